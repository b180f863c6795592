# SPDX-License-Identifier: BSD-3-Clause
"""Builds a folder with the headers and libraries of a suite, for cross-compilers."""

from . import entries, sets, suites, unpack
from .dpdk import installed

RECIPE = 1
_EXCLUDES = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*",
             "./usr/share/i18n/*", "./usr/share/lintian/*", "./usr/share/zoneinfo/*",
             "./usr/bin/*", "./usr/sbin/*", "./bin/*", "./sbin/*", "./etc/*", "./var/*",
             "./usr/lib/systemd/*", "./lib/systemd/*",
             "./usr/share/perl*", "./usr/lib/*/perl*")


def recipe(name):
    """How the sysroot of a suite is made."""
    suite = suites.get(name)
    return entries.Recipe(
        what=f"sysroot {name}", suite=suite, packages=sets.SYSROOT, folder="sysroots",
        prefix=f"{name}-", space=1_500_000_000, tools=(), make=_make,
        inputs={"recipe": RECIPE, "suite": name, "releases": suite.releases,
                "excludes": _EXCLUDES})


def build(name, progress, refresh=False, dpdk=None):
    """Builds or reuses the sysroot of a suite, with that DPDK or Debian's; returns its path."""
    own = installed.wanted(dpdk)
    base = entries.build(recipe(name), progress, refresh)
    return installed.sysroot(base, own, progress) if own else base


def _make(paths, folder, progress):
    unpack.unpack(paths, folder, _EXCLUDES, progress)
    unpack.relative_links(folder)
    return {}
