# SPDX-License-Identifier: BSD-3-Clause
"""What there is of each suite: in the cache, in its lock, in the index of the mirror."""

from . import cache, image, locks, packages, sets, suites, sysroot
from .errors import LabError

_COLUMNS = ("suite", "in the cache", "lock", "index of the mirror")


def report(progress):
    """The table, as text."""
    rows, nobody = [_COLUMNS], None
    for name, suite in suites.SUITES.items():
        index, nobody = (nobody, nobody) if nobody else _index(name, progress)
        rows.append((name, _cached(name), _locked(suite), index))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)


def facts(versions):
    """The versions that matter."""
    kernels = [version for name, version in versions.items()
               if name in suites.FLAVOURS.values()]
    dpdk = versions.get("dpdk") or versions.get("libdpdk-dev")
    words = [f"DPDK {dpdk}"] if dpdk else []
    return ", ".join(words + [f"Linux {version}" for version in sorted(set(kernels))])


def _cached(name):
    parts = [recipe for recipe in (sysroot.recipe(name), image.recipe(name, "std"),
                                   image.recipe(name, "64k")) if recipe.find()]
    if not parts:
        return "-"
    versions = {}
    for recipe in parts:
        versions.update(cache.read_manifest(recipe.find())["versions"])
    return f"{facts(versions)} ({', '.join(recipe.packages for recipe in parts)})"


def _locked(suite):
    lock = locks.read(suite.name, locks.path_of(suite.name))
    if not lock:
        return "-"
    versions = packages.versions(lock.all())
    stale = [name for name in sets.names(suite) if lock.get(name, sets.asked(suite, name)) is None]
    return f"{facts(versions)} ({len(lock.all())} files" + (
        f"; out of date: {', '.join(stale)})" if stale else ")")


def _index(name, progress):
    """What the index has, and that again if nobody answers: then the others need not be asked."""
    if packages.offline():
        return "not asked", None
    try:
        debs, lacking = image.recipe(name, "std").provider(progress).sample()
    except LabError as err:
        return err.what, err.what if err.unreachable else None
    missing = f"; of the small files {len(lacking)} are missing" if lacking else ""
    return facts(packages.versions(debs)) + missing, None
