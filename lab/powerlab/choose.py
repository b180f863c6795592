# SPDX-License-Identifier: BSD-3-Clause
"""Chooses the suite: the one that was asked for, or the first available one.

A suite is available when its sysroot and its image can be built. A suite that was asked
for by name is never replaced by another one.
"""

import os

from . import cache, image, packages, suites, sysroot
from .errors import LabError
from .progress import Progress

AUTO = "auto"


def default():
    """The suite that is meant when none is named: that of make, else the first one."""
    return os.environ.get("SUITE") or AUTO


def add_option(parser):
    """--suite."""
    parser.add_argument("--suite", default=default(), metavar="|".join((AUTO, *suites.SUITES)),
                        help="Debian suite of the POWER machine; auto is the first one that is "
                             "available (default: %(default)s)")


def choose(name, progress):
    """The name of an available suite, with everything fetched that it is built from."""
    if name != AUTO:
        suites.get(name)
        return name if _cached(name) else _fetch(name, progress)
    for candidate in suites.SUITES:
        if _cached(candidate):
            return candidate
    errors = []
    for candidate in suites.SUITES:
        try:
            return _fetch(candidate, progress)
        except LabError as err:
            if not err.transient or err.unreachable:
                raise
            if not packages.offline():
                progress.step(f"suite {candidate}: {err.what} ({_brief(err)})")
            errors.append(err)
    raise LabError("no suite is available",
                   "\n       ".join(f"{err.packages_of}: {err.what}" for err in errors),
                   errors[-1].fix if packages.offline() else
                   "wait until the mirror is complete, or use another mirror")


def add_alternatives(err, name, progress):
    """Adds to an error about the packages of a named suite which others are available."""
    if err.packages_of != name or not err.transient:
        return
    ask = not (err.unreachable or packages.offline())
    if ask:
        progress.step("looking for other suites that are available")
    others = alternatives(name, progress, ask)
    if others:
        err.fix = f"use SUITE={' or SUITE='.join(others)}; or {err.fix}"


def _brief(err):
    return err.why.splitlines()[0].strip() if err.why else ""


def _recipes(name):
    return sysroot.recipe(name), image.recipe(name, "std")


def _cached(name):
    """Whether both parts are there, or can be built without the network."""
    quiet = Progress(quiet=True)
    return all(recipe.find() or recipe.provider(quiet).cached() for recipe in _recipes(name))


def _fetch(name, progress):
    """Fetches what both parts are built from; returns the name."""
    try:
        for recipe in _recipes(name):
            if not recipe.find():
                cache.need_space(cache.root(), recipe.space, f"the {recipe.what}")
                with cache.lock(f"apt-{name}", progress):
                    recipe.provider(progress).get()
    except LabError as err:
        older = all(recipe.others() for recipe in _recipes(name))
        if not older or not err.transient:
            raise
        progress.step(f"notice: {err.what}; the suite is used as it is in the cache")
    return name


def alternatives(name, progress, ask):
    """Other suites that are available: those in the cache and, if the mirror may be asked,
    those of which it has the small files."""
    found = []
    for other in suites.SUITES:
        if other == name:
            continue
        try:
            if _cached(other) or (ask and not any(recipe.provider(progress).sample()[1]
                                                  for recipe in _recipes(other))):
                found.append(other)
        except LabError:
            continue
    return found
