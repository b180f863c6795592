# SPDX-License-Identifier: BSD-3-Clause
"""Resolves and downloads ppc64el packages with the machine's own apt.

apt runs with a configuration of its own: another architecture, its own lists
and an empty dpkg status. The machine's configuration is read first (for proxies
and credentials) and stays as it is; its hooks are cleared. No root is needed.
"""

import os
import re
import subprocess
import time

from . import cache, sources
from .errors import LabError, tail
from .progress import megabytes

ARCH = "ppc64el"
ATTEMPTS = 3
_DELAYS = (3, 10)
_CONNECTIONS = 4
_HELPER = "/usr/lib/apt/apt-helper"

_CONFIG = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear APT::Architectures;
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
APT::Default-Release "";
Acquire::Retries "2";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Acquire::GzipIndexes "false";
Dir::State "{dir}";
Dir::State::Lists "{dir}/lists";
Dir::State::status "{dir}/status";
Dir::Cache "{dir}";
Dir::Cache::Archives "{archives}";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "{dir}/sources";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
"""


def retry(action, progress, what):
    """Runs `action` up to three times; the pauses between the attempts grow."""
    for attempt in range(ATTEMPTS):
        try:
            return action()
        except LabError as err:
            if attempt + 1 == ATTEMPTS:
                raise
            delay = _DELAYS[attempt]
            progress.step(f"  {what} failed ({err.what}); next attempt in {delay} s")
            time.sleep(delay)
    return None


def parse_simulation(text):
    """Packages of `apt-get -s install`: {name: (version, architecture)}."""
    found = {}
    for name, version, arch in re.findall(r"^Inst (\S+) \((\S+) .*\[([^\]]+)\]\)", text, re.M):
        found[name.partition(":")[0]] = (version, arch)
    return found


def parse_uris(text):
    """Items of `apt-get --print-uris`: (uri, file name, size, hash)."""
    return [(uri, name, int(size), digest) for uri, name, size, digest in
            re.findall(r"^'([^']+)' (\S+) (\d+) (\S+:\S+)$", text, re.M)]


def deb_name(name, version, arch):
    """The file name under which apt keeps a package in its archive directory."""
    return f"{name}_{version.replace(':', '%3a')}_{arch}.deb"


class Apt:
    """apt for one suite of another architecture."""

    def __init__(self, suite, releases, progress):
        self.suite = suite
        self._releases = releases
        self._progress = progress
        self.dir = cache.subdir("apt", f"{suite}-{ARCH}")
        self.archives = cache.subdir("debs", f"{suite}-{ARCH}")
        self._config = os.path.join(self.dir, "apt.conf")
        self._log = os.path.join(self.dir, "download.log")
        self._write_config()

    def _write_config(self):
        for name in ("lists/partial", "sources"):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)
        os.makedirs(os.path.join(self.archives, "partial"), exist_ok=True)
        files = {
            "status": "",
            "apt.conf": _CONFIG.format(arch=ARCH, dir=self.dir, archives=self.archives),
            "sources/lab.sources": sources.paragraph(sources.debian(), self._releases),
        }
        for name, text in files.items():
            with open(os.path.join(self.dir, name), "w", encoding="utf-8") as stream:
                stream.write(text)

    def _command(self, *arguments):
        return ["apt-get", "-c", self._config, "-q", "-y", *arguments]

    def _run(self, *arguments):
        result = subprocess.run(self._command(*arguments), capture_output=True, text=True,
                                check=False, env=dict(os.environ, LC_ALL="C"),
                                stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout, result.stderr

    def update(self):
        """Fetches the package lists of the suite."""
        self._progress.step(f"apt: package lists of {self.suite} ({ARCH})")
        retry(self._update_once, self._progress, "fetching the package lists")

    def _update_once(self):
        code, out, err = self._run("update")
        if code != 0:
            raise mirror_error(f"the package lists of {self.suite} cannot be fetched", out + err)

    def resolve(self, packages):
        """The complete set of packages for an installation on an empty system."""
        code, out, err = self._run("-s", "install", *packages)
        if code != 0:
            raise LabError(
                f"apt finds no way to install the packages of {self.suite}",
                tail(out + err, 8), "run again with --refresh; the archive may be in transition")
        return parse_simulation(out)

    def download(self, packages, resolved):
        """Fetches what is not yet there; returns the paths of all .deb files."""
        paths = [os.path.join(self.archives, deb_name(name, *resolved[name]))
                 for name in sorted(resolved)]
        missing = [path for path in paths if not os.path.exists(path)]
        if missing:
            self._progress.step(f"apt: {len(paths)} packages, {len(missing)} to download")
            retry(lambda: self._download_once(packages, paths), self._progress, "the download")
            size = sum(os.path.getsize(path) for path in paths)
            self._progress.step(f"apt: {len(paths)} packages complete, {megabytes(size)}")
        return paths

    def _download_once(self, packages, paths):
        code, out, err = self._run("--print-uris", "-o", "Acquire::ForceHash=SHA256",
                                   "install", *packages)
        if code != 0:
            raise mirror_error("packages cannot be downloaded", out + err)
        # A caller may want fewer than an installation needs.
        items = [item for item in parse_uris(out) if self._kept(item[1]) in paths]
        with open(self._log, "w", encoding="utf-8"):
            pass
        processes = [self._start_helper(items[first::_CONNECTIONS])
                     for first in range(min(_CONNECTIONS, len(items)))]
        try:
            self._watch(processes, items)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
        self._keep_complete(items)
        if not all(os.path.exists(path) for path in paths):
            with open(self._log, encoding="utf-8", errors="replace") as stream:
                raise mirror_error("packages cannot be downloaded", stream.read(), self._log)

    def _start_helper(self, items):
        """One of several downloads at once: a single apt-get waits for each small file."""
        words = []
        for uri, name, _, digest in items:
            words += [uri, os.path.join(self.archives, "partial", name), digest]
        with open(self._log, "a", encoding="utf-8") as log:
            return subprocess.Popen(
                [_HELPER, "-c", self._config, "download-file", *words], stdout=log,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=dict(os.environ, LC_ALL="C"))

    def _watch(self, processes, items):
        total = sum(item[2] for item in items)
        partial = os.path.join(self.archives, "partial")
        while any(process.poll() is None for process in processes):
            time.sleep(0.3)
            sizes = [_size(os.path.join(partial, item[1])) for item in items]
            self._progress.update(f"downloaded {sum(1 for size in sizes if size)} of {len(items)}"
                                  f" packages, {megabytes(sum(sizes))} of {megabytes(total)}")

    def _keep_complete(self, items):
        """Moves what arrived whole; apt-helper has compared its hash with the index."""
        for _, name, size, _ in items:
            path = os.path.join(self.archives, "partial", name)
            if _size(path) == size:
                os.replace(path, self._kept(name))

    def _kept(self, name):
        """Where a downloaded file stays, by the name that apt gives it."""
        return os.path.join(self.archives, name.replace(":", "%3a"))


def _size(path):
    """The size of a file that may not exist yet."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def mirror_error(what, output, log=None):
    """Turns what apt printed into one message with the likely cause."""
    lines = [line for line in output.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    why = "\n       ".join(lines[-4:]) or tail(output, 4) or "apt gave no reason"
    fix = "check the network and the mirror in this machine's apt sources, then run again"
    if "NO_PUBKEY" in output or "not signed" in output or "Missing key" in output:
        fix = "upgrade the package debian-archive-keyring: it lacks the key of this suite"
    elif "No space left" in output or "enough free space" in output:
        fix = "free disk space, or set DDW_LAB_CACHE to a directory on a larger disk"
    return LabError(what, why, fix, log, transient=True)
