# SPDX-License-Identifier: BSD-3-Clause
"""Reads the signed index of a suite for ppc64el with the machine's own apt.

apt runs with a configuration of its own: another architecture, its own lists
and an empty dpkg status. The machine's configuration is read first (for proxies
and credentials) and stays as it is; its hooks are cleared. No root is needed.
"""

import glob
import os
import re
import subprocess
import time
import urllib.parse

from . import cache, sources
from .debs import ATTEMPTS, DELAYS, Deb
from .errors import DISK_FULL, LabError, tail

ARCH = "ppc64el"
_KEY = re.compile(r"NO_PUBKEY|Missing key")
_UNKNOWN = re.compile(r"^E: (?:Unable to locate package |Package ')([^\s']+)", re.M)
_UNREACHABLE = re.compile(r"Could not (connect|resolve)|Temporary failure|Unable to connect|"
                          r"Network is unreachable|Connection (failed|refused|timed out)")

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
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
Dir::State "{dir}";
Dir::State::Lists "{dir}/lists";
Dir::State::status "{dir}/status";
Dir::Cache "{dir}";
Dir::Cache::Archives "{dir}/archives";
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
            if attempt + 1 == ATTEMPTS or not (err.transient and err.again):
                raise
            delay = DELAYS[attempt]
            progress.step(f"  {what} failed ({err.what}); next attempt in {delay} s")
            time.sleep(delay)
    return None


def parse_uris(text):
    """The packages that `apt-get --print-uris` names."""
    found = []
    for uri, name, size, sha256 in re.findall(
            r"^'([^']+)' (\S+)\.deb (\d+) SHA256:([0-9a-f]{64})$", text, re.M):
        package, version, _ = name.split("_")
        path = re.search(r"(?:^|/)(pool/.*)", urllib.parse.unquote(uri))
        if path:
            found.append(Deb(package, version.replace("%3a", ":"), int(size), sha256, path[1]))
    return sorted(found)


class Apt:
    """apt for one suite of another architecture."""

    def __init__(self, suite, progress):
        self.suite = suite
        self._progress = progress
        self.dir = cache.subdir("apt", f"{suite.name}-{ARCH}")
        self.config = os.path.join(self.dir, "apt.conf")
        source = sources.debian()
        self.bases = [uri.rstrip("/") + "/" for uri in source.uris]
        self._write_config(source)

    def _write_config(self, source):
        # The archive folder stays empty, so that apt lists every package.
        for name in ("lists/partial", "archives/partial", "sources"):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)
        files = {
            "status": "",
            "apt.conf": _CONFIG.format(arch=ARCH, dir=self.dir),
            "sources/lab.sources": sources.paragraph(source, self.suite.releases),
        }
        for name, text in files.items():
            with open(os.path.join(self.dir, name), "w", encoding="utf-8") as stream:
                stream.write(text)

    def _run(self, *arguments):
        result = subprocess.run(["apt-get", "-c", self.config, "-q", "-y", *arguments],
                                capture_output=True, text=True, check=False,
                                env=dict(os.environ, LC_ALL="C"), stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout, result.stderr

    def update(self):
        """Fetches the package lists of the suite."""
        self._progress.step(f"packages of {self.suite.name}: reading the index of the mirror")
        retry(self._update_once, self._progress, "fetching the package lists")

    def _update_once(self):
        code, out, err = self._run("update")
        if code != 0:
            raise mirror_error(f"the package lists of {self.suite.name} cannot be fetched",
                               out + err)
        if not self._lists(f"binary-{ARCH}_Packages"):
            error = LabError(f"the mirror has no packages of {self.suite.name} for {ARCH}",
                             "its index does not name this architecture",
                             f"use a mirror that carries {ARCH}", transient=True)
            error.again = False
            raise error

    def _lists(self, ending):
        return sorted(glob.glob(os.path.join(self.dir, "lists", "*" + ending)))

    def date(self):
        """The date of the index, as its signer wrote it; "" without an index."""
        dates = []
        for path in self._lists(f"_{self.suite.releases[0]}_InRelease"):
            with open(path, encoding="utf-8") as stream:
                dates += re.findall(r"^Date: (.*)", stream.read(), re.M)
        return dates[0] if dates else ""

    def resolve(self, packages, named=()):
        """All packages of an installation of `packages` on an empty system.

        Those that the user has `named` must be there by just that name.
        """
        code, out, err = self._run("--print-uris", "-o", "Acquire::ForceHash=SHA256",
                                   "install", *packages)
        found = parse_uris(out)
        unknown = {*_UNKNOWN.findall(err)} | ({*named} - {deb.name for deb in found} if found
                                              else set())
        wrong = [name for name in named if name in unknown]
        if wrong:
            raise LabError(f"{self.suite.name} has no package {' and no '.join(wrong)} for {ARCH}",
                           "the index of the mirror does not name it",
                           "correct the name, or choose another suite")
        if code != 0 or not found:
            raise LabError(
                f"the index of {self.suite.name} has no way to install the packages",
                tail(err or out, 8), "run again later; the archive may be in transition",
                transient=True)
        return found


def mirror_error(what, output):
    """Turns what apt printed into one message with the likely cause."""
    lines = [line for line in output.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    why = "\n       ".join(lines[-4:]) or tail(output, 4) or "apt gave no reason"
    fix = "check the network and the mirror in this machine's apt sources, then run again"
    if _KEY.search(output):
        fix = "upgrade the package debian-archive-keyring: it lacks the key of this suite"
    elif "No space left" in output or "enough free space" in output:
        fix = DISK_FULL
    error = LabError(what, why, fix, transient=fix != DISK_FULL)
    error.again = not (_KEY.search(output) or "404 " in output)
    error.unreachable = bool(_UNREACHABLE.search(output))
    return error
