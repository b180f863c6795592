# SPDX-License-Identifier: BSD-3-Clause
"""Where packages come from, in layers: each one is tried when the one before fails.

    cache   what an earlier run has fetched completely
    lock    lab/locks/SUITE.lock: files by their path in the mirror's pool
    index   what the mirror's signed index says today

A mirror is often half updated: its index names files that its pool lacks, or the other
way round. The pool keeps superseded files for a while, so that a lock works when the
index does not, and the other way round some weeks later.
"""

import os

from . import cache, locks, sets
from .apt import ARCH, Apt
from .debs import SMALL, NotInPool, Outgrown, Store
from .errors import LabError

_OFFLINE = "DDW_LAB_OFFLINE"


def offline():
    """Whether nothing may be asked of the network."""
    return os.environ.get(_OFFLINE, "") not in ("", "0")


def set_offline():
    """From now on nothing is asked of the network, in child processes neither."""
    os.environ[_OFFLINE] = "1"


def versions(debs):
    """{package: version}."""
    return {deb.name: deb.version for deb in sorted(debs)}


class Provider:
    """Provides the files of one set of packages of a suite."""

    def __init__(self, suite, name, progress, keep=None):
        """`keep` picks from the set, by name, the packages whose files are wanted."""
        self.suite, self.name = suite, name
        self.asked = sets.asked(suite, name)
        self._keep = keep
        self._progress = progress
        self._store = Store(suite.name, ARCH)
        self._record_path = os.path.join(self._store.folder, "fetched.lock")
        self._lock = locks.read(suite.name, locks.path_of(suite.name))
        self._apt = None

    def wanted(self):
        """The set that the cache should have; None when any will do, because there is no lock.

        What the index had instead counts as long as the lock is the one that failed.
        """
        locked, record = self._locked(), self._record()
        if locked and record.instead.get(self.name) == self._lock.digest(self.name):
            return record.get(self.name, self.asked) or locked
        return locked

    def get(self, refresh=False):
        """The set, and the paths of the files that were picked: (debs, paths).

        With `refresh` only the index counts. The caller holds the lock of the suite.
        """
        errors = []
        for layer in self._layers(refresh):
            try:
                debs = layer(errors)
            except LabError as err:
                if not err.transient:
                    raise
                errors.append(err)
                if layer == self._from_lock and not offline():
                    self._say(f"{err.what} ({err.why}); trying the index of the mirror")
                continue
            if debs is not None:
                return debs, [self._store.path(deb) for deb in self._picked(debs)]
        error = self._failure(errors)
        error.packages_of = self.suite.name
        raise error

    def _layers(self, refresh):
        if offline():
            return [self._from_cache, self._from_lock]
        if refresh:
            return [self._from_index]
        return [self._from_cache, self._from_lock, self._from_index]

    def cached(self):
        """Whether the cache has the set, so that the network is not needed."""
        return self._from_cache([]) is not None

    def sample(self):
        """What the index of the mirror has: (set, packages of those tried that the pool lacks).

        Only small files are fetched, which are most: a guess, but a quick one.
        """
        with cache.lock(f"apt-{self.suite.name}", self._progress):
            apt = self._reach()
            apt.update()
            debs = apt.resolve(self.asked)
            few = [deb for deb in self._picked(debs) if deb.size <= SMALL]
            try:
                self._store.fetch(few, self._reach, self._progress)
            except NotInPool as err:
                return debs, err.lacking
        return debs, []

    def _failure(self, errors):
        """One error of those that the layers have ended with."""
        if not errors:
            return self._not_cached()
        if len({str(err) for err in errors}) == 1:
            return errors[-1]
        reasons = "\n       ".join(f"{err.what}: {err.why.splitlines()[-1]}" for err in errors)
        merged = LabError(f"the packages of {self.suite.name} are not available", reasons,
                          errors[-1].fix, transient=True)
        merged.unreachable = any(err.unreachable for err in errors)
        return merged

    def _not_cached(self):
        return LabError(f"the packages of {self.suite.name} ({self.name}) are not in the cache",
                        f"{_OFFLINE} or --offline forbids to fetch them", "run once without it",
                        transient=True)

    def _say(self, text):
        self._progress.step(f"packages of {self.suite.name}: {text}")

    def _reach(self):
        """apt, for what has to be fetched."""
        if offline():
            raise self._not_cached()
        self._apt = self._apt or Apt(self.suite, self._progress)
        return self._apt

    def _picked(self, debs):
        return [deb for deb in debs if self._keep is None or self._keep(deb.name)]

    def _locked(self):
        return self._lock.get(self.name, self.asked) if self._lock else None

    def _record(self):
        """What was fetched; one that cannot be read counts as nothing."""
        try:
            found = locks.read(self.suite.name, self._record_path)
        except LabError:
            found = None
        return found or locks.Lock(self.suite.name)

    def _from_cache(self, _errors):
        """What was fetched last, when it is still whole and no lock asks for something else."""
        debs = self._record().get(self.name, self.asked)
        if debs is None or self.wanted() not in (None, debs):
            return None
        return None if self._store.missing(self._picked(debs)) else debs

    def _from_lock(self, _errors):
        """What the lock of the repository names."""
        if self._lock and self.name in self._lock.asked and not self._locked():
            self._say(f"the lock is for other packages than {self.name} needs now; "
                      f"lab/power lock {self.suite.name} renews it")
        return self._fetch(self._locked(), self._lock.date) if self._locked() else None

    def _from_index(self, errors):
        """What the mirror's index names today."""
        apt = self._reach()
        apt.update()
        outgrown = any(isinstance(err, Outgrown) for err in errors)
        return self._fetch(apt.resolve(self.asked, sets.more(self.name)), apt.date(),
                           self._lock.digest(self.name) if outgrown else None)

    def _fetch(self, debs, date, instead=None):
        """Fetches a set and notes it, and which locked one it stands for."""
        self._store.fetch(self._picked(debs), self._reach, self._progress)
        record = self._record()
        record.date = date
        record.add(self.name, self.asked, debs)
        record.instead.pop(self.name, None)
        if instead:
            record.instead[self.name] = instead
        record.write(self._record_path, ARCH)
        self._store.prune(record.all() + (self._lock.all() if self._lock else []))
        return debs


def write_lock(suite, progress):
    """Writes the lock of a suite, once every file of it has been fetched; returns its path."""
    if offline():
        raise LabError("a lock is written from the index of the mirror",
                       f"{_OFFLINE} forbids to ask for it", "run it without")
    with cache.lock(f"apt-{suite.name}", progress):
        apt, store = Apt(suite, progress), Store(suite.name, ARCH)
        apt.update()
        lock = locks.Lock(suite.name, apt.date())
        for name in sets.names(suite):
            asked = sets.asked(suite, name)
            lock.add(name, asked, apt.resolve(asked))
        store.fetch(lock.all(), lambda: apt, progress)
    lock.write(locks.path_of(suite.name), ARCH)
    return locks.path_of(suite.name)
