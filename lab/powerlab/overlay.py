# SPDX-License-Identifier: BSD-3-Clause
"""Packs what goes over the guest's root: everything owned by root, nothing writable by others.

DPDK refuses plugins from a folder that others may write to, and the host's
owners and modes say nothing about the guest.
"""

import io
import os
import tarfile


# The guest sees a disk of one size whatever the build has made, so that a saved machine fits.
_STEP = 64 << 20


def _as_root(member):
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode &= 0o755
    if member.isdir():
        member.mode |= 0o755
    return member


def pack(folder, own, path):
    """Writes an archive for the guest's root.

    It has the content of `folder`, or of what that links to, and the programs and libraries of an
    installed DPDK; either may be None.
    """
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        if folder:
            archive.add(os.path.realpath(folder), arcname=".", filter=_as_root)
        if own:
            _add_installed(archive, own)
    size = os.path.getsize(path)
    os.truncate(path, size + -size % _STEP)


def _add_installed(archive, own):
    """Each file at its place; the guest looks for programs in /usr/bin only."""
    shared = [library for library in own.libraries() if ".so" in os.path.basename(library)]
    for path in (*own.programs(), *shared):
        archive.add(path, own.place(path), filter=_as_root)
    for path in own.programs() if own.prefix != "/usr" else ():
        link = tarfile.TarInfo("usr/bin/" + os.path.basename(path))
        link.type, link.linkname = tarfile.SYMTYPE, own.place(path)
        archive.addfile(link)
    text = f"{own.prefix}/{own.libdir}\n".encode()
    member = tarfile.TarInfo("etc/ld.so.conf.d/dpdk.conf")
    member.size = len(text)
    archive.addfile(member, io.BytesIO(text))
