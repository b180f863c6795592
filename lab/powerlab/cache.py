# SPDX-License-Identifier: BSD-3-Clause
"""The cache directory: where it is, how entries are named, who may write.

Everything that takes long to make is kept outside the checkout, under a name
that contains a hash of what went into it. An entry is made under a temporary
name and renamed when it is complete, so whatever has the final name can be used.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil

from .errors import DISK_FULL, LabError


def root():
    """The cache directory; DDW_LAB_CACHE overrides the XDG default."""
    path = os.environ.get("DDW_LAB_CACHE")
    if not path:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        path = os.path.join(base, "dpdk-ddw")
    return os.path.abspath(path)


def subdir(*parts):
    """A directory in the cache, created when it does not exist."""
    path = os.path.join(root(), *parts)
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as err:
        raise LabError(f"cannot create the cache directory {path}", err.strerror,
                       "set DDW_LAB_CACHE to a directory that you may write") from err
    return path


def key(inputs):
    """A short, stable name for anything that JSON can express."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def file_digest(path):
    """SHA-256 of a file, for keys that depend on its content."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


@contextlib.contextmanager
def lock(name, progress=None):
    """Holds a lock on one entry: of two builds at once the second one waits."""
    path = os.path.join(subdir("locks"), name + ".lock")
    with open(path, "w", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress:
                progress.step(f"waiting for another process that holds {name}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def need_space(path, need_bytes, what):
    """Fails before the work starts when the disk is too full for it."""
    free = shutil.disk_usage(path).free
    if free < need_bytes:
        raise LabError(
            f"not enough disk space for {what}",
            f"{path} has {free / 1e9:.1f} GB free, {need_bytes / 1e9:.1f} GB are needed",
            DISK_FULL)


@contextlib.contextmanager
def building(final):
    """A temporary directory that becomes `final` when the block succeeds.

    The caller holds the lock of this entry, so what an earlier, killed build
    left under the temporary name is nobody's and is removed.
    """
    temporary = final + ".tmp"
    remove_tree(temporary)
    os.makedirs(temporary)
    try:
        yield temporary
        if os.path.exists(final):
            remove_tree(final + ".old.tmp")
            os.rename(final, final + ".old.tmp")
        os.rename(temporary, final)
        remove_tree(final + ".old.tmp")
    except BaseException:
        remove_tree(temporary)
        raise


def remove_tree(path):
    """Removes a directory even when it contains directories without write permission."""
    if not os.path.isdir(path):
        return
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path)


def read_manifest(path):
    """The manifest of a complete entry, or None."""
    try:
        with open(os.path.join(path, "manifest.json"), encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError):
        return None


def write_manifest(path, manifest):
    """Notes what went into an entry."""
    with open(os.path.join(path, "manifest.json"), "w", encoding="utf-8") as stream:
        json.dump(manifest, stream, indent=1, sort_keys=True)
        stream.write("\n")
