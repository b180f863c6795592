# SPDX-License-Identifier: BSD-3-Clause
"""Cross-compiles DPDK's own examples, as they are, from the sources of the suite's package.

The package has the sources below usr/share/dpdk/examples, each with a makefile that takes
flags from pkg-config. They are unpacked, compiled against the sysroot, and only the
programs are kept.
"""

import os
import shutil
import subprocess

from .. import cache, entries, sets, suites, sysroot, unpack
from ..errors import LabError, tail

RECIPE = 1
TRIPLET = "powerpc64le-linux-gnu"
# The folder of each example and the program that its makefile builds.
PROGRAMS = {"l2fwd": "l2fwd", "l3fwd": "l3fwd", "skeleton": "basicfwd"}


def recipe(name, root):
    """How the programs are made against a sysroot."""
    suite = suites.get(name)

    def make(paths, folder, progress):
        source = os.path.join(folder, "source")
        os.makedirs(source)
        unpack.unpack(paths, source, (), progress)
        for example, program in PROGRAMS.items():
            progress.step(f"  compiling {example}")
            where = os.path.join(source, "usr", "share", "dpdk", "examples", example)
            _compile(where, root)
            shutil.copy(os.path.join(where, "build", program), os.path.join(folder, program))
        cache.remove_tree(source)
        return {}

    return entries.Recipe(
        what=f"examples {name}", suite=suite, packages=sets.EXAMPLES, folder="examples",
        prefix=f"{name}-", space=200_000_000, tools=("make", "pkg-config", TRIPLET + "-gcc"),
        make=make, keep=lambda package: package in sets.asked(suite, sets.EXAMPLES),
        inputs={"recipe": RECIPE, "suite": name, "programs": PROGRAMS,
                "sysroot": cache.read_manifest(root)["versions"]})


def build(name, progress, refresh=False):
    """Builds or reuses the programs for a suite; returns their folder."""
    return entries.build(recipe(name, sysroot.build(name, progress)), progress, refresh)


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
