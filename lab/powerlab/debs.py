# SPDX-License-Identifier: BSD-3-Clause
"""Fetches .deb files by their path in the pool, and proves each one by its SHA-256.

Downloads go through apt-helper, so proxies, credentials and kinds of mirrors are those
of the machine. What arrives is compared here, wherever it comes from; so is what was
fetched earlier. Only what fits gets its final name.
"""

import dataclasses
import hashlib
import os
import re
import shutil
import time
import urllib.parse

from . import cache, process
from .errors import DISK_FULL, LabError
from .progress import megabytes

ATTEMPTS = 3
DELAYS = (3, 10)
_CONNECTIONS = 4
_HELPER = "/usr/lib/apt/apt-helper"
_PERMANENT = re.compile(r"(403|404|410)\b|File not found")
_NO_SPACE = "no space left on the disk"
_SHOWN = 4
SMALL = 40_000              # bytes


@dataclasses.dataclass(frozen=True, order=True)
class Deb:
    """One package file: what it is, and how the archive describes it."""
    name: str
    version: str
    size: int
    sha256: str
    path: str               # below the root of the archive, as in pool/main/d/dpdk/...

    @property
    def file(self):
        """The name of the file."""
        return os.path.basename(self.path)


class Outgrown(LabError):
    """What an index or a lock says does not go with the pool of the mirror."""


class NotInPool(Outgrown):
    """The archive's index, or a lock, names files that the pool does not have."""

    def __init__(self, suite, lacking, total):
        super().__init__(
            f"the mirror lacks {len(lacking)} of {total} packages of {suite} that were tried",
            _names(lacking), "wait until the mirror is complete", transient=True)
        self.lacking = lacking


def _names(debs):
    """Some packages with their versions, and how many more there are."""
    more = len(debs) - _SHOWN
    return (", ".join(f"{deb.name} {deb.version}" for deb in debs[:_SHOWN])
            + (f" and {more} more" if more > 0 else ""))


def fits(path, deb):
    """Whether a file is the package, to the last bit."""
    try:
        if os.path.getsize(path) != deb.size:
            return False
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == deb.sha256
    except OSError:
        return False


class Store:
    """The package files of one suite in the cache."""

    def __init__(self, suite, architecture):
        self.suite = suite
        self.folder = cache.subdir("debs", f"{suite}-{architecture}")
        self._partial = cache.subdir("debs", f"{suite}-{architecture}", "partial")

    def path(self, deb):
        """Where a package is kept."""
        return os.path.join(self.folder, deb.file)

    def missing(self, debs):
        """Which packages are not here, or do not fit their hash."""
        return [deb for deb in debs if not fits(self.path(deb), deb)]

    def prune(self, keep):
        """Removes the files that no set of packages names any more."""
        names = {deb.file for deb in keep}
        for name in os.listdir(self.folder):
            if name.endswith(".deb") and name not in names:
                _remove(os.path.join(self.folder, name))

    def fetch(self, debs, reach, progress):
        """Fetches what is not here, in up to three attempts; returns the paths of all.

        `reach` returns the apt to fetch with; it is not called when everything is here.
        Fails with NotInPool as soon as the mirror says that it has no such file. Small files,
        which are most, come first: then that is known before much was fetched.
        """
        left = self.missing(debs)
        if not left:
            return [self.path(deb) for deb in debs]
        apt = reach()
        progress.step(f"packages of {self.suite}: {len(debs)}, {len(left)} to fetch, "
                      f"{megabytes(sum(deb.size for deb in left))}")
        for part in ([deb for deb in left if deb.size <= SMALL],
                     [deb for deb in left if deb.size > SMALL]):
            self._fetch_part(part, apt, progress)
        return [self.path(deb) for deb in debs]

    def _fetch_part(self, debs, apt, progress):
        left, reason = debs, ""
        for attempt in range(ATTEMPTS):
            if not left:
                return
            if attempt:
                delay = DELAYS[attempt - 1]
                progress.step(f"  {len(left)} packages did not arrive ({left[0].name}: {reason}); "
                              f"next attempt in {delay} s")
                time.sleep(delay)
            left, reasons = self._attempt(left, apt, progress)
            lacking = [deb for deb in left if _PERMANENT.match(reasons[deb])]
            if lacking:
                raise NotInPool(self.suite, lacking, len(debs))
            reason = reasons[left[0]] if left else ""
        if left:
            kind, fix = _remedy(reason)
            raise kind(f"{len(left)} packages of {self.suite} cannot be fetched",
                       f"{left[0].name} {left[0].version}: {reason}", fix,
                       transient=fix != DISK_FULL)

    def _attempt(self, debs, apt, progress):
        """One try; returns what is still missing, and why for each."""
        said = ""
        for base in apt.bases:
            uris = {deb: base + _quoted(deb.path) for deb in debs}
            said = self._download(uris, apt, progress)
            wrong = [deb for deb in debs if not self._keep(deb)]
            reasons = {deb: self._reason(deb, said) for deb in wrong}
            for deb in wrong:
                _remove(self._part(deb))
            if not wrong:
                return [], {}
            debs = wrong
        return wrong, reasons

    def _download(self, uris, apt, progress):
        """Runs several apt-helpers at once: a single one waits for each small file."""
        items = list(uris.items())
        logs, processes = [], []
        for number in range(min(_CONNECTIONS, len(items))):
            words = []
            for deb, uri in items[number::_CONNECTIONS]:
                words += [uri, self._part(deb)]
            logs.append(os.path.join(self._partial, f"log{number}"))
            processes.append(process.start(
                ["env", "LC_ALL=C", _HELPER, "-c", apt.config, "download-file", *words], logs[-1]))
        try:
            self._watch(processes, list(uris), progress)
        finally:
            for running in processes:
                process.end(running)
        return "".join(_read(log) for log in logs)

    def _watch(self, processes, debs, progress):
        total = sum(deb.size for deb in debs)
        while any(running.poll() is None for running in processes):
            time.sleep(0.1)
            sizes = [_size(self._part(deb)) for deb in debs]
            progress.update(f"fetched {sum(1 for size in sizes if size)} of {len(debs)} packages, "
                            f"{megabytes(sum(sizes))} of {megabytes(total)}")

    def _part(self, deb):
        return os.path.join(self._partial, deb.file)

    def _keep(self, deb):
        """Gives a complete file its final name."""
        if not fits(self._part(deb), deb):
            return False
        os.replace(self._part(deb), self.path(deb))
        return True

    def _reason(self, deb, said):
        """Why a file is not there: apt's words, or what is wrong with the file itself."""
        size = _size(self._part(deb))
        # On a full disk there may be no words: the log is there too.
        if shutil.disk_usage(self._partial).free < deb.size - size:
            return _NO_SPACE
        # A redirection changes the address, but not its end.
        ends = "|".join(re.escape(end) for end in (deb.file, _quoted(deb.file)))
        failed = re.search(rf"Failed to fetch \S*/(?:{ends})\s+(.*)", said, re.I)
        if failed:
            return re.sub(r"\s+", " ", failed[1]).strip()
        if size and size != deb.size:
            return f"it has {size} bytes instead of {deb.size}"
        if size:
            return f"its SHA-256 is not {deb.sha256[:12]}..., as it should be"
        errors = re.findall(r"^[EW]: (.*)", said, re.M)
        return errors[-1] if errors else "apt gave no reason"


def _remedy(reason):
    """What to do about a download that failed for that reason, and the kind of error."""
    if reason == _NO_SPACE:
        return LabError, DISK_FULL
    if "SHA-256" in reason or "bytes instead of" in reason:
        return Outgrown, "the mirror, or a proxy before it, serves wrong files: use another mirror"
    return LabError, ("check the network and the mirror in this machine's apt sources, then run "
                      "again")


def _quoted(path):
    return urllib.parse.quote(path, safe="/~:")


def _remove(path):
    if os.path.exists(path):
        os.unlink(path)


def _read(path):
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def _size(path):
    """The size of a file that may not exist yet."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
