# SPDX-License-Identifier: BSD-3-Clause
"""Unpacks .deb files into a folder, without root and without maintainer scripts."""

import concurrent.futures
import os
import subprocess

from .errors import DISK_FULL, LabError, tail

# Both merged-/usr links must exist before the first package that ships /lib.
_MERGED = ("bin", "sbin", "lib", "lib64")


def prepare(folder):
    """Creates the links of a merged /usr."""
    for name in _MERGED:
        os.makedirs(os.path.join(folder, "usr", name), exist_ok=True)
        os.symlink("usr/" + name, os.path.join(folder, name))


def _unpack_one(path, folder, excludes):
    arguments = [f"--exclude={pattern}" for pattern in excludes]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as deb:
        untar = subprocess.run(
            ["tar", "-x", "-C", folder, "--keep-directory-symlink", "--no-same-owner",
             "--wildcards", *arguments], stdin=deb.stdout, capture_output=True, check=False)
        deb.stdout.close()
        # tar may stop before the padding at the end of the archive: that is no error.
        message = untar.stderr.decode() or deb.stderr.read().decode()
    if untar.returncode != 0:
        fix = "remove that file from the cache and run again"
        if "No space left" in message:
            fix = DISK_FULL
        raise LabError(f"cannot unpack {os.path.basename(path)}", tail(message, 3), fix, path)


def unpack(paths, folder, excludes, progress):
    """Unpacks all packages, two at a time: decompression takes most of the time."""
    prepare(folder)
    workers = min(4, os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_unpack_one, path, folder, excludes) for path in paths]
        try:
            for count, job in enumerate(concurrent.futures.as_completed(jobs), 1):
                job.result()
                progress.update(f"unpacked {count} of {len(jobs)} packages")
        except BaseException:
            for job in jobs:
                job.cancel()
            raise


def relative_links(folder):
    """Makes absolute links relative, so that they hold inside `folder` too."""
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(base, name)
            if os.path.islink(path) and os.readlink(path).startswith("/"):
                target = os.path.join(folder, os.readlink(path).lstrip("/"))
                os.unlink(path)
                os.symlink(os.path.relpath(target, base), path)
