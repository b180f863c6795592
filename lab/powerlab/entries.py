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
    kept: int = 2               # how many entries of that prefix are kept

    def path(self, versions):
        """Where the entry made of these versions is."""
        inputs = {**self.inputs, "packages": sets.asked(self.suite, self.packages)}
        return os.path.join(cache.subdir(self.folder),
                            f"{self.prefix}{cache.key(inputs)}-{cache.key(versions)}")

    def find(self):
        """The path of the entry with the versions of the lock, or of the newest one; or None."""
        wanted = self.provider(None).wanted()
        if wanted:
            path = self.path(packages.versions(wanted))
            return path if cache.read_manifest(path) else None
        found = self.others(os.path.basename(self.path({})).rpartition("-")[0] + "-")
        return found[-1] if found else None

    def provider(self, progress):
        """Where its packages come from."""
        return packages.Provider(self.suite, self.packages, progress, self.keep)

    def others(self, prefix=None):
        """Complete entries of the same prefix, the newest last."""
        pattern = os.path.join(cache.subdir(self.folder), (prefix or self.prefix) + "*")
        paths = [path for path in glob.glob(pattern)
                 if not path.endswith(".tmp") and cache.read_manifest(path)]
        return sorted(paths, key=os.path.getmtime)


def build(recipe, progress, refresh=False):
    """Builds or reuses an entry; returns the path of its folder."""
    if not refresh and (found := recipe.find()):
        return found
    hostdeps.need("apt-get", "dpkg-deb", "tar", *recipe.tools)
    with cache.lock(f"apt-{recipe.suite.name}", progress):
        if not refresh and (found := recipe.find()):
            return found
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
    final = recipe.path(versions)
    if cache.read_manifest(final):
        progress.step(f"{recipe.what}: already up to date")
        return final
    with cache.building(final) as folder:
        progress.step(f"{recipe.what}: unpacking {len(paths)} packages")
        more = recipe.make(paths, folder, progress)
        cache.write_manifest(folder, {"inputs": recipe.inputs, "versions": versions, **more})
    for older in recipe.others()[:-recipe.kept]:
        cache.remove_tree(older)
    facts = "".join(f"{name} {value}, " for name, value in {
        **more, "DPDK": versions.get("dpdk") or versions.get("libdpdk-dev")}.items() if value)
    progress.step(f"{recipe.what}: {facts}ready after {time.monotonic() - started:.0f} s")
    return final
