# SPDX-License-Identifier: BSD-3-Clause
"""Cross-compiles DPDK's own examples, as they are, from the sources of the suite's package.

The package has the sources below usr/share/dpdk/examples, as an installed DPDK has, each with
a makefile that takes flags from pkg-config. They are unpacked, compiled against the sysroot,
and only the programs are kept.
"""

import os
import re
import shutil
import subprocess

from .. import cache, entries, sets, suites, sysroot, unpack
from ..errors import LabError, tail
from . import installed
from .installed import TRIPLET

RECIPE = 4
FOLDER = os.path.join("usr", "share", "dpdk", "examples")
# The folder of each program, and what its makefile is asked for.
PROGRAMS = {
    "l2fwd": ("l2fwd", "shared"),
    "l3fwd": ("l3fwd", "shared"),
    "basicfwd": ("skeleton", "shared"),
    "l2fwd-static": ("l2fwd", "static"),
    "basicfwd-static": ("skeleton", "static"),
    # Static, and plugins find no symbol of DPDK in it.
    "l2fwd-hidden": ("l2fwd", "static", "LDFLAGS_STATIC=$(shell pkg-config --static --libs libdpdk)"
                     " -Wl,--no-export-dynamic"),
}


def recipe(name, root, own=None):
    """How the programs are made against a sysroot, which has that DPDK or Debian's."""
    suite = suites.get(name)

    def make(paths, folder, progress):
        source = os.path.join(folder, "package")
        os.makedirs(source)
        unpack.unpack(paths, source, (), progress)
        own_sources = own and os.path.join(own.here, "share", "dpdk", "examples")
        if own_sources and os.path.isdir(own_sources):
            shutil.copytree(own_sources, os.path.join(source, FOLDER), dirs_exist_ok=True)
        for program, (example, *words) in PROGRAMS.items():
            progress.step(f"  compiling {program}")
            where = os.path.join(source, FOLDER, example)
            compile_one(where, root, words, os.path.join(folder, program))
        # For a program that has more inside than DPDK.
        shutil.copytree(os.path.join(source, FOLDER, "l2fwd"), os.path.join(folder, "source"),
                        ignore=shutil.ignore_patterns("build"))
        cache.remove_tree(source)
        return {}

    return entries.Recipe(
        what=f"examples {name}", suite=suite, packages=sets.EXAMPLES, folder="examples",
        prefix=f"{name}-", space=200_000_000, tools=("make", "pkg-config", TRIPLET + "-gcc"),
        make=make, keep=lambda package: package in sets.asked(suite, sets.EXAMPLES),
        inputs={"recipe": RECIPE, "suite": name, "programs": PROGRAMS,
                "sysroot": cache.read_manifest(root)["versions"]})


def build(name, progress, refresh=False, dpdk=None):
    """Builds or reuses the programs, with that DPDK or Debian's; returns their folder."""
    root = sysroot.build(name, progress, dpdk=dpdk)
    return entries.build(recipe(name, root, installed.wanted(dpdk)), progress, refresh)


def environment(root):
    """What a makefile needs to compile against a sysroot."""
    libraries = os.path.join(root, "usr", "lib", TRIPLET)
    headers = os.path.join(root, "usr", "include")
    # Debian's static libraries have machine code and, for its own release of gcc only, bytecode.
    return dict(
        os.environ, CC=TRIPLET + "-gcc",
        CFLAGS=f"--sysroot={root} -isystem {headers}/{TRIPLET} -isystem {headers}",
        LDFLAGS=f"--sysroot={root} -L{libraries} -B{libraries} -fno-lto -fno-use-linker-plugin",
        PKG_CONFIG_SYSROOT_DIR=root,
        PKG_CONFIG_LIBDIR=f"{libraries}/pkgconfig:{root}/usr/share/pkgconfig")


def absent_libraries(folder, env):
    """A folder of empty archives for libraries that a static link names and the sysroot lacks.

    pkg-config --static also names what shared libraries need, which find that by themselves:
    libsystemd of libdbus, in Debian 12.
    """
    flags = subprocess.run(["pkg-config", "--static", "--libs", "libdpdk"], env=env, text=True,
                           capture_output=True, check=False).stdout.split()
    where = os.path.join(folder, "absent")
    os.makedirs(where, exist_ok=True)
    for name in {word[2:] for word in flags if re.match("-l[^:]", word)}:
        files = [f"lib{name}.so", f"lib{name}.a"]
        asked = [env["CC"], *env["LDFLAGS"].split()]
        found = [subprocess.run([*asked, f"-print-file-name={file}"], text=True, check=False,
                                capture_output=True).stdout.strip() for file in files]
        if found == files:
            with open(os.path.join(where, files[1]), "wb") as stream:
                stream.write(b"!<arch>\n")
    return where


def compile_one(folder, root, words, program):
    """One example, with its own makefile, whatever it was compiled as before."""
    env = environment(root)
    if "static" in words:
        env["LDFLAGS"] += " -L" + absent_libraries(folder, env)
    result = subprocess.run(["make", "-B", "-C", folder, *words], capture_output=True, text=True,
                            check=False, stdin=subprocess.DEVNULL, env=env)
    if result.returncode != 0:
        raise LabError(f"the example {os.path.basename(program)} does not compile",
                       tail(result.stderr, 8), "run 'lab/power deps'; if it is installed, the "
                       "package and the sysroot may differ: lab/power sysroot --refresh")
    name = os.path.basename(program).partition("-")[0]
    shutil.copy(os.path.join(folder, "build", name), program)
