# SPDX-License-Identifier: BSD-3-Clause
"""Packs a folder for the guest's root: everything owned by root, nothing writable by others.

DPDK refuses plugins from a folder that others may write to, and the host's
owners and modes say nothing about the guest.
"""

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


def pack(folder, path):
    """Writes the content of `folder`, or what it links to, as an archive for the guest's root."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(os.path.realpath(folder), arcname=".", filter=_as_root)
    size = os.path.getsize(path)
    os.truncate(path, size + -size % _STEP)
