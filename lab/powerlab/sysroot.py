# SPDX-License-Identifier: BSD-3-Clause
"""Builds a folder with the headers and libraries of a suite, for cross-compilers."""

import os
import time

from . import cache, suites, unpack
from .apt import Apt

RECIPE = 1
_PACKAGES = ("libc6-dev", "libbsd-dev", "libdpdk-dev", "libnuma-dev", "linux-libc-dev",
             "libcmocka-dev")
_EXCLUDES = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*",
             "./usr/share/i18n/*", "./usr/share/lintian/*", "./usr/share/zoneinfo/*",
             "./usr/bin/*", "./usr/sbin/*", "./bin/*", "./sbin/*", "./etc/*", "./var/*",
             "./usr/lib/systemd/*", "./lib/systemd/*", "*/librte_*.a",
             "./usr/share/perl*", "./usr/lib/*/perl*")
_SPACE = 1_500_000_000


def inputs(suite):
    """What a sysroot is made of; its cache key is the hash of this."""
    return {"recipe": RECIPE, "suite": suite.name, "releases": suite.releases,
            "packages": packages(suite), "excludes": _EXCLUDES}


def packages(suite):
    """The packages to unpack; libgcc's objects let clang find its runtime in the sysroot."""
    return [*_PACKAGES, f"libgcc-{suite.gcc}-dev"]


def build(name, progress, refresh=False):
    """Builds or reuses the sysroot of a suite; returns its path."""
    suite = suites.get(name)
    wanted = inputs(suite)
    final = os.path.join(cache.subdir("sysroots"), f"{name}-{cache.key(wanted)}")
    if cache.read_manifest(final) and not refresh:
        return final
    with cache.lock(f"apt-{name}", progress):
        if cache.read_manifest(final) and not refresh:
            return final
        return _build_locked(suite, final, progress)


def _build_locked(suite, final, progress):
    started = time.monotonic()
    cache.need_space(cache.root(), _SPACE, f"the {suite.name} sysroot")
    apt = Apt(suite.name, suite.releases, progress)
    apt.update()
    resolved = apt.resolve(packages(suite))
    versions = {name: version for name, (version, _) in sorted(resolved.items())}
    old = cache.read_manifest(final)
    if old and old["versions"] == versions:
        progress.step(f"sysroot {suite.name}: already up to date")
        return final
    debs = apt.download(packages(suite), resolved)
    with cache.building(final) as folder:
        progress.step(f"sysroot {suite.name}: unpacking {len(debs)} packages")
        unpack.unpack(debs, folder, _EXCLUDES, progress)
        unpack.relative_links(folder)
        cache.write_manifest(folder, {"inputs": inputs(suite), "versions": versions})
    progress.step(f"sysroot {suite.name}: ready after {time.monotonic() - started:.0f} s")
    return final
