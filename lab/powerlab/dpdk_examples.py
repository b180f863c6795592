# SPDX-License-Identifier: BSD-3-Clause
"""Cross-compiles DPDK's own examples, as they are, from the sources of the suite's package.

The package has the sources below usr/share/dpdk/examples, each with a makefile that takes
flags from pkg-config. They are unpacked, compiled against the sysroot, and only the
programs are kept.
"""

import os
import shutil
import subprocess
import time

from . import cache, hostdeps, suites, sysroot, unpack
from .apt import Apt
from .errors import LabError, tail

RECIPE = 1
PACKAGE = "dpdk-doc"
TRIPLET = "powerpc64le-linux-gnu"
# The folder of each example and the program that its makefile builds.
PROGRAMS = {"l2fwd": "l2fwd", "l3fwd": "l3fwd", "skeleton": "basicfwd"}
_SPACE = 200_000_000


def build(name, progress, refresh=False):
    """Builds or reuses the programs for a suite; returns their folder."""
    suite = suites.get(name)
    root = sysroot.build(name, progress)
    wanted = {"recipe": RECIPE, "suite": name, "sysroot": cache.read_manifest(root)["versions"],
              "programs": PROGRAMS}
    final = os.path.join(cache.subdir("examples"), f"{name}-{cache.key(wanted)}")
    if cache.read_manifest(final) and not refresh:
        return final
    with cache.lock(f"apt-{name}", progress):
        if cache.read_manifest(final) and not refresh:
            return final
        return _build_locked(suite, root, final, wanted, progress)


def _build_locked(suite, root, final, wanted, progress):
    started = time.monotonic()
    hostdeps.need("dpkg-deb", "tar", "make", "pkg-config", TRIPLET + "-gcc")
    cache.need_space(cache.root(), _SPACE, f"the examples of {suite.name}")
    apt = Apt(suite.name, suite.releases, progress)
    apt.update()
    version = apt.resolve([PACKAGE])[PACKAGE]
    debs = apt.download([PACKAGE], {PACKAGE: version})
    with cache.building(final) as folder:
        source = os.path.join(folder, "source")
        os.makedirs(source)
        unpack.unpack(debs, source, (), progress)
        for example, program in PROGRAMS.items():
            progress.step(f"examples of {suite.name}: compiling {example}")
            where = os.path.join(source, "usr", "share", "dpdk", "examples", example)
            _compile(where, root)
            shutil.copy(os.path.join(where, "build", program), os.path.join(folder, program))
        cache.remove_tree(source)
        cache.write_manifest(folder, {"inputs": wanted, "version": version[0]})
    progress.step(f"examples of {suite.name}: ready after {time.monotonic() - started:.0f} s")
    return final


def environment(root):
    """What a makefile needs to compile against a sysroot."""
    libraries = os.path.join(root, "usr", "lib", TRIPLET)
    headers = os.path.join(root, "usr", "include")
    return dict(
        os.environ, CC=TRIPLET + "-gcc",
        CFLAGS=f"--sysroot={root} -isystem {headers}/{TRIPLET} -isystem {headers}",
        LDFLAGS=f"--sysroot={root} -L{libraries} -B{libraries}",
        PKG_CONFIG_SYSROOT_DIR=root,
        PKG_CONFIG_LIBDIR=f"{libraries}/pkgconfig:{root}/usr/share/pkgconfig")


def _compile(folder, root):
    """One example, with its own makefile."""
    result = subprocess.run(["make", "-C", folder, "shared"], capture_output=True, text=True,
                            check=False, stdin=subprocess.DEVNULL, env=environment(root))
    if result.returncode != 0:
        raise LabError(f"the example {os.path.basename(folder)} does not compile",
                       tail(result.stderr, 8), "run 'lab/power deps'; if it is installed, the "
                       "package and the sysroot may differ: lab/power sysroot --refresh")
