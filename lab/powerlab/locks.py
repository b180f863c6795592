# SPDX-License-Identifier: BSD-3-Clause
"""Sets of packages as text: the lock files of the repository, and what the cache holds.

A set is what one thing is built from: the sysroot, or an image. The file says which
packages were asked for, and names each file that they need with version, size, SHA-256
and path in the pool. It is made from a signed index, so a file that fits its hash is what
the archive signed, wherever it came from and whatever the index says by now.
"""

import dataclasses
import os
import re

from . import cache
from .debs import Deb
from .errors import LabError

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "locks")
_HEAD = """\
# SPDX-License-Identifier: BSD-3-Clause
# Packages for {arch} of the Debian suite {suite}. Written from the signed index of the
# archive by "lab/power lock {suite}"; each line is
# deb NAME VERSION SIZE SHA256 PATH SETS
"""
_DEB = re.compile(r"deb (\S+) (\S+) (\d+) ([0-9a-f]{64}) (pool/\S+\.deb) (\S+)")
_SET = re.compile(r"set (\S+) (\S.*)")


class Lock:
    """Sets of packages of one suite, and the date of the index that they come from."""

    def __init__(self, suite, date=""):
        self.suite = suite
        self.date = date
        self.asked = {}         # {set: packages that were asked for}
        self.debs = {}          # {set: files}
        self.instead = {}       # {set: digest of the locked files that could not be had}

    def add(self, name, asked, debs):
        """Enters a set, or replaces it."""
        self.asked[name] = list(asked)
        self.debs[name] = sorted(debs)

    def get(self, name, asked):
        """The files of a set; None when there is none for just these packages."""
        return self.debs[name] if self.asked.get(name) == list(asked) else None

    def digest(self, name):
        """A short name for the files of a set."""
        return cache.key([dataclasses.astuple(deb) for deb in self.debs[name]])

    def all(self):
        """The files of all sets."""
        return sorted({deb for debs in self.debs.values() for deb in debs})

    def text(self, arch):
        """The file, the same for the same content."""
        lines = [f"index {self.date or 'unknown'}"]
        lines += [f"set {name} {' '.join(asked)}" for name, asked in sorted(self.asked.items())]
        lines += [f"instead {name} {digest}" for name, digest in sorted(self.instead.items())]
        for deb in self.all():
            sets = ",".join(name for name in sorted(self.debs) if deb in self.debs[name])
            lines.append(f"deb {deb.name} {deb.version} {deb.size} {deb.sha256} {deb.path} {sets}")
        return _HEAD.format(suite=self.suite, arch=arch) + "\n".join(lines) + "\n"

    def write(self, path, arch):
        """Writes the file, whole or not at all."""
        temporary = f"{path}.{os.getpid()}.new"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(temporary, "w", encoding="utf-8") as stream:
                stream.write(self.text(arch))
            os.replace(temporary, path)
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)


def path_of(suite):
    """Where the lock of a suite is in the repository."""
    return os.path.join(FOLDER, f"{suite}.lock")


def read(suite, path):
    """The lock of a suite; None when there is no file."""
    try:
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as err:
        raise _broken(path, "it is not text", suite) from err
    lock = Lock(suite)
    found = {}
    for number, line in enumerate(lines, 1):
        deb, head = _DEB.fullmatch(line), _SET.fullmatch(line)
        if deb:
            name, version, size, sha256, where, sets = deb.groups()
            for one in sets.split(","):
                found.setdefault(one, []).append(Deb(name, version, int(size), sha256, where))
        elif head:
            lock.asked[head[1]] = head[2].split()
        elif line.startswith("instead ") and line.count(" ") == 2:
            lock.instead[line.split()[1]] = line.split()[2]
        elif line.startswith("index "):
            lock.date = line.removeprefix("index ")
        elif not line.startswith("#"):
            raise _broken(path, f"line {number} is none of its lines: {line[:60]}", suite)
    if set(found) != set(lock.asked):
        raise _broken(path, f"its sets are {', '.join(sorted(lock.asked)) or 'none'}, its packages "
                      f"belong to {', '.join(sorted(found)) or 'none'}", suite)
    for name, debs in found.items():
        lock.debs[name] = sorted(debs)
    return lock


def _broken(path, why, suite):
    return LabError(f"cannot read {os.path.relpath(path)}", why,
                    f"restore it with git, or write it anew: lab/power lock {suite}")
