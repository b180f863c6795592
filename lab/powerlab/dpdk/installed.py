# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK of the user's own, in the place of Debian's: what "ninja install" left in a folder.

The folder is the one that DESTDIR named, or the prefix itself. In the guest the files go where
they were built to be: programs have the folder of their plugins compiled in.
"""

import dataclasses
import glob
import os
import re
import shutil
import subprocess

from .. import cache
from ..errors import LabError

TRIPLET = "powerpc64le-linux-gnu"
VARIABLE = "DDW_LAB_DPDK"
_DEBIAN = os.path.join("usr", "lib", TRIPLET)
_MACHINES = {3: "x86", 21: "ppc64el", 62: "x86-64", 183: "AArch64", 243: "RISC-V"}
_KNOWN = re.compile(r"^#define (?:FIRST|LAST)_KNOWN +(\d\d)(\d\d)$", re.M)
_ABI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "drivers", "bus",
                    "vfio_spapr", "base", "dpdk_abi.c")
_KEPT = 3                               # sysroots of installations


@dataclasses.dataclass(frozen=True)
class Installed:
    """One installation, on this machine and in the guest."""
    here: str                   # its prefix on this machine
    prefix: str                 # and in the guest
    libdir: str                 # folder of the libraries, below the prefix
    version: str

    @property
    def static(self):
        """Does testpmd contain DPDK? Such a program loads no plugin by itself."""
        program = os.path.join(self.here, "bin", "dpdk-testpmd")
        done = subprocess.run(["readelf", "-d", program], capture_output=True, text=True,
                              check=False)
        return "(NEEDED)" in done.stdout and "[librte_eal.so" not in done.stdout

    def programs(self):
        """Files in the folder of programs."""
        return _walk(os.path.join(self.here, "bin"))

    def libraries(self):
        """Libraries and plugins, shared ones and archives."""
        folder = os.path.join(self.here, self.libdir)
        return [*sorted(glob.glob(os.path.join(folder, "librte_*"))),
                *_walk(os.path.join(folder, "dpdk"))]

    def sources(self):
        """Headers, and what DPDK's examples are built from."""
        return [*_walk(os.path.join(self.here, "include")),
                *_walk(os.path.join(self.here, "share", "dpdk"))]

    def place(self, path):
        """Where a file is in the guest."""
        return os.path.join(self.prefix, os.path.relpath(path, self.here))


def _walk(folder):
    """All files below a folder."""
    return sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)


def default():
    """The folder that is meant when none is named: that of make, or None for Debian's."""
    return os.environ.get(VARIABLE) or None


def wanted(folder=None):
    """The installation in that folder, else in the default one; None means Debian's."""
    return find(folder or default())


def add_option(parser):
    """--dpdk."""
    parser.add_argument("--dpdk", default=default(), metavar="DIR",
                        help="an installed DPDK for ppc64el (what DESTDIR named, or the prefix) in "
                             "the place of Debian's; its programs are static or shared")


def find(folder):
    """The installation in a folder; None when no folder is named."""
    if not folder:
        return None
    if not os.path.isdir(folder):
        raise LabError(f"there is no folder {folder}", "--dpdk and DPDK= name an installed DPDK",
                       "install yours with 'DESTDIR=DIR ninja -C BUILD install', then name DIR")
    found = glob.glob(os.path.join(os.path.abspath(folder), "**", "pkgconfig", "libdpdk.pc"),
                      recursive=True)
    if len(found) != 1:
        raise LabError(f"{folder} is not an installed DPDK",
                       "it has no pkgconfig/libdpdk.pc, which 'ninja install' writes" if not found
                       else "it has several: " + ", ".join(sorted(found)),
                       "name the folder that DESTDIR had in 'DESTDIR=DIR ninja -C BUILD install', "
                       "or the prefix of one installation")
    libraries = os.path.dirname(os.path.dirname(found[0]))
    values = _variables(found[0])
    libdir = os.path.relpath(values["libdir"], values["prefix"])
    here = os.path.normpath(os.path.join(libraries, os.path.relpath(".", libdir)))
    _check_machine(folder, libraries)
    return Installed(here, values["prefix"], libdir, values["Version"])


def _variables(path):
    """The values in a pkg-config file."""
    with open(path, encoding="utf-8") as stream:
        values = dict(re.findall(r"^(\w+)(?:=|: *)(.*)$", stream.read(), re.M))
    values["pcfiledir"] = os.path.dirname(path)

    def value(text):
        return re.sub(r"\$\{(\w+)\}", lambda found: value(values[found[1]]), text)

    return {name: os.path.normpath(value(values[name]))
            for name in ("prefix", "libdir", "Version")}


def _check_machine(folder, libraries):
    """Libraries of another architecture are refused, shared ones and archives."""
    found = sorted(filter(os.path.isfile, glob.glob(os.path.join(libraries, "librte_eal.*"))))
    data = b""
    if found:
        with open(found[0], "rb") as stream:
            data = stream.read()
    head = data[data.find(b"\x7fELF"):][:20]
    number = int.from_bytes(head[18:20], "little" if head[5:6] == b"\1" else "big")
    name = _MACHINES.get(number, f"machine {number}") if head else None
    if name == "ppc64el" and head[4:6] != b"\2\1":
        name = "big-endian POWER"
    if name != "ppc64el":
        raise LabError(f"{folder} is not a DPDK for ppc64el",
                       f"{os.path.basename(found[0])} is for {name}" if name else
                       f"{libraries} has no librte_eal", "cross-build DPDK for ppc64el, and "
                       "install it with 'DESTDIR=DIR ninja -C BUILD install'")


def check_release(own):
    """Refuses a release that the plugin of this tree does not know."""
    with open(_ABI, encoding="utf-8") as stream:
        first, last = _KNOWN.findall(stream.read())
    year, month = (int(part) for part in own.version.split(".")[:2])
    if not tuple(map(int, first)) <= (year, month) <= tuple(map(int, last)):
        raise LabError(f"the plugin does not support DPDK {own.version}",
                       f"this tree knows {'.'.join(first)} to {'.'.join(last)}",
                       "name another installation, or use a newer tree")


def sysroot(base, own, progress):
    """A sysroot with the installation in the place of Debian's DPDK; returns its folder."""
    check_release(own)
    files = [(path, os.lstat(path).st_size, os.lstat(path).st_mtime_ns)
             for path in (*own.libraries(), *own.sources())]
    name = cache.key([base, dataclasses.astuple(own), files])
    final = os.path.join(cache.subdir("dpdk"), name)
    with cache.lock("dpdk", progress):
        if not cache.read_manifest(final):
            progress.step(f"sysroot with DPDK {own.version} of {own.here}")
            with cache.building(final) as folder:
                _exchange(base, own, folder)
                versions = cache.read_manifest(base)["versions"]
                cache.write_manifest(folder, {"versions": {**versions, "dpdk": name}})
        os.utime(final)
        others = glob.glob(os.path.join(cache.subdir("dpdk"), "*"))
        for older in sorted(others, key=os.path.getmtime)[:-_KEPT]:
            cache.remove_tree(older)
    return final


def _exchange(base, own, folder):
    """Links the sysroot without Debian's DPDK, and copies the installation into it."""
    def debian(where, names):
        inside = os.path.relpath(where, base)
        return [name for name in names if name == "dpdk"
                or inside == "." and name == "manifest.json"
                or inside == _DEBIAN and name.startswith("librte_")
                or inside.endswith("pkgconfig") and name.startswith("libdpdk")]

    shutil.copytree(base, folder, symlinks=True, copy_function=os.link, ignore=debian,
                    dirs_exist_ok=True)
    for path in (*own.libraries(), *own.sources()):
        target = folder + own.place(path)
        # What is there is linked: to write there would change the other sysroot.
        if not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target, follow_symlinks=False)
    # Where each cross file looks; what it says of the prefix holds at any place.
    for path in glob.glob(os.path.join(own.here, own.libdir, "pkgconfig", "libdpdk*.pc")):
        with open(path, encoding="utf-8") as stream:
            text = re.sub(r"^prefix=.*$", f"prefix={own.prefix}", stream.read(), flags=re.M)
        with open(os.path.join(folder, _DEBIAN, "pkgconfig", os.path.basename(path)), "w",
                  encoding="utf-8") as stream:
            stream.write(text)
