# SPDX-License-Identifier: BSD-3-Clause
"""What the lab builds from packages and keeps: sysroots, images, examples."""

import dataclasses
import glob
import os
import time
import typing

from . import cache, hostdeps, packages, sets
from .errors import LabError


@dataclasses.dataclass
class Recipe:
    """How one entry of the cache is made."""
    what: str                   # in messages: "sysroot sid"
    suite: object
    packages: str               # the name of its set of packages
    folder: str                 # below the cache
    prefix: str                 # of its name there; a hash of the inputs follows
    inputs: dict                # what shapes it, beside the versions of the packages
    space: int                  # bytes that must be free
    tools: tuple                # host programs
    make: typing.Callable       # (paths of the packages, folder, progress) -> more of the manifest
    keep: typing.Callable = None    # which packages it unpacks, by name; default: all
    older: int = 1              # how many entries of that prefix are kept

    def path(self):
        """Where the entry is when it is complete."""
        inputs = {**self.inputs, "packages": sets.asked(self.suite, self.packages)}
        return os.path.join(cache.subdir(self.folder), self.prefix + cache.key(inputs))

    def complete(self):
        """The manifest of the entry, if it is there and has the versions of the lock."""
        manifest = cache.read_manifest(self.path())
        asked = sets.asked(self.suite, self.packages)
        wanted = packages.locked(self.suite, self.packages, asked)
        if manifest and wanted and manifest["versions"] != packages.versions(wanted):
            return None
        return manifest

    def provider(self, progress):
        """Where its packages come from."""
        return packages.Provider(self.suite, self.packages, progress, self.keep)

    def others(self):
        """Complete entries of the same prefix, the newest last."""
        paths = [path for path in glob.glob(os.path.join(cache.subdir(self.folder),
                                                         self.prefix + "*"))
                 if not path.endswith(".tmp") and cache.read_manifest(path)]
        return sorted(paths, key=os.path.getmtime)


def build(recipe, progress, refresh=False):
    """Builds or reuses an entry; returns the path of its folder."""
    if recipe.complete() and not refresh:
        return recipe.path()
    hostdeps.need("apt-get", "dpkg-deb", "tar", *recipe.tools)
    with cache.lock(f"apt-{recipe.suite.name}", progress):
        if recipe.complete() and not refresh:
            return recipe.path()
        try:
            return _build_locked(recipe, progress, refresh)
        except LabError as err:
            older = recipe.others()
            if not err.transient or not older or refresh:
                raise
            progress.step(f"notice: {err.what}; using the existing {older[-1]}")
            return older[-1]


def _build_locked(recipe, progress, refresh):
    started = time.monotonic()
    cache.need_space(cache.root(), recipe.space, f"the {recipe.what}")
    debs, paths = recipe.provider(progress).get(refresh)
    versions = packages.versions(debs)
    final = recipe.path()
    old = cache.read_manifest(final)
    if old and old["versions"] == versions:
        progress.step(f"{recipe.what}: already up to date")
        return final
    with cache.building(final) as folder:
        progress.step(f"{recipe.what}: unpacking {len(paths)} packages")
        more = recipe.make(paths, folder, progress)
        cache.write_manifest(folder, {"inputs": recipe.inputs, "versions": versions, **more})
    for older in recipe.others()[:-recipe.older]:
        cache.remove_tree(older)
    facts = "".join(f"{name} {value}, " for name, value in {
        **more, "DPDK": versions.get("dpdk") or versions.get("libdpdk-dev")}.items() if value)
    progress.step(f"{recipe.what}: {facts}ready after {time.monotonic() - started:.0f} s")
    return final
