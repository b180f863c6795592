# SPDX-License-Identifier: BSD-3-Clause
"""Writes the initramfs: busybox, a few modules and the lab's guest programs.

It is kept apart from the image, because it is made in a second: a change of the
agent needs no new image.
"""

import lzma
import os
import stat

from . import cache

_GUEST = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guest")
_FILES = {"initramfs-init": ("init", 0o755), "init": ("lab/init", 0o755),
          "agent.py": ("lab/agent.py", 0o644)}
_FOLDERS = ("bin", "dev", "lab", "modules", "root", "proc", "sys")


def _entry(number, name, mode, data=b"", rdev=(0, 0)):
    """One member of a cpio archive in the format that the kernel reads ('newc')."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _pad(head) + _pad(data)


def _pad(data):
    return data + b"\0" * (-len(data) % 4)


def archive(members):
    """A cpio archive from (name, mode, data, device) tuples."""
    parts = [_entry(number, *member) for number, member in enumerate(members, 1)]
    return b"".join(parts) + _entry(0, "TRAILER!!!", 0)


def _members(boot):
    """Everything that goes in."""
    yield from ((name, stat.S_IFDIR | 0o755) for name in _FOLDERS)
    # The kernel opens the console before anything is mounted.
    yield ("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1))
    yield ("dev/null", stat.S_IFCHR | 0o666, b"", (1, 3))
    names = []
    with open(os.path.join(boot, "order"), encoding="ascii") as stream:
        for line in stream:
            name = line.strip()
            data = _read(os.path.join(boot, name))
            if name.endswith(".xz"):
                # busybox cannot load compressed modules.
                name, data = name[:-3], lzma.decompress(data)
            names.append(name)
            yield ("modules/" + name, stat.S_IFREG | 0o644, data)
    yield ("modules/order", stat.S_IFREG | 0o644, ("\n".join(names) + "\n").encode())
    yield ("bin/busybox", stat.S_IFREG | 0o755, _read(os.path.join(boot, "busybox")))
    for source, (name, mode) in _FILES.items():
        yield (name, stat.S_IFREG | mode, _read(os.path.join(_GUEST, source)))


def _read(path):
    with open(path, "rb") as stream:
        return stream.read()


def build(image):
    """The initramfs for an image; made again when a guest program has changed."""
    digest = cache.key([cache.file_digest(os.path.join(_GUEST, name)) for name in sorted(_FILES)]
                       + [cache.file_digest(__file__)])
    path = os.path.join(image, f"initramfs-{digest}.cpio")
    if not os.path.exists(path):
        temporary = f"{path}.{os.getpid()}"
        with open(temporary, "wb") as stream:
            stream.write(archive(list(_members(os.path.join(image, "boot")))))
        os.rename(temporary, path)
    return path
