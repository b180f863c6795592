# SPDX-License-Identifier: BSD-3-Clause
"""Installs the host packages that the project needs to build and to test.

QEMU 10.0 or newer is needed for PowerNV with hugepages. Debian 12 has it only
in its backports suite, which is used for this one package through temporary
source and list directories: the machine's apt configuration stays as it is.
"""

import os
import re
import shutil
import subprocess
import tempfile

from . import sources
from .apt import mirror_error, retry
from .errors import LabError

QEMU = "qemu-system-ppc"
QEMU_BINARY = "qemu-system-ppc64"
QEMU_MINIMUM = (10, 0)
PACKAGES = (
    QEMU, "build-essential", "meson", "ninja-build", "pkg-config",
    "gcc-powerpc64le-linux-gnu", "clang", "clang-format", "clang-tidy",
    "ccache", "libbsd-dev", "libcmocka-dev", "gcovr", "libnuma-dev", "libjansson-dev",
    "dpdk", "dpdk-dev", "libdpdk-dev",
    "python3-sphinx", "python3-sphinx-rtd-theme", "doxygen", "graphviz",
    "device-tree-compiler", "gnupg", "gnuplot-nox", "e2fsprogs", "kmod", "xz-utils", "python3",
)


def missing():
    """Which packages are not installed; QEMU counts as missing when it is too old."""
    result = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Abbrev}\n", *PACKAGES],
                            capture_output=True, text=True, check=False)
    have = {line.split()[0] for line in result.stdout.splitlines() if line.split()[1:] == ["ii"]}
    if qemu_version() >= QEMU_MINIMUM:
        have.add(QEMU)
    return [name for name in PACKAGES if name not in have]


def qemu_version():
    """The version of the installed emulator as a pair; (0, 0) when there is none."""
    if not shutil.which(QEMU_BINARY):
        return (0, 0)
    result = subprocess.run([QEMU_BINARY, "--version"], capture_output=True, text=True,
                            check=False)
    match = re.search(r"version (\d+)\.(\d+)", result.stdout)
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


def need(*tools):
    """Fails with one message when a program that the lab runs is not installed."""
    # mke2fs, debugfs and depmod live where only root's PATH looks.
    for folder in ("/usr/sbin", "/sbin"):
        if folder not in os.environ.get("PATH", "").split(":"):
            os.environ["PATH"] = os.environ.get("PATH", "") + ":" + folder
    absent = [tool for tool in tools if not shutil.which(tool)]
    if absent:
        raise LabError("missing program: " + ", ".join(absent),
                       "it is not installed, or not in PATH", "run 'lab/power deps'")


def _as_root():
    """The words to put before a command so that it runs as root."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo", "--"]
    raise LabError("packages cannot be installed", "this is not root and there is no sudo",
                   "run 'lab/power deps' as root, or install the packages by hand: "
                   + " ".join(missing()))


def install(progress):
    """Installs what is missing; does nothing when nothing is."""
    packages = missing()
    if not packages:
        progress.step("host packages: complete")
        return
    prefix = _as_root()
    progress.step("host packages: installing " + " ".join(packages))
    source = sources.debian()
    code = sources.codename()
    suites = [suite for suite in source.suites if suite.startswith(code)] or source.suites
    release = []
    if QEMU in packages and code == "bookworm":
        suites = suites + [code + "-backports"]
        release = [code + "-backports"]
    with tempfile.TemporaryDirectory(prefix="ddw-apt-") as folder:
        os.chmod(folder, 0o755)
        options = _options(folder, source, suites)
        run = lambda *words: _apt_get(prefix, options, *words)
        retry(lambda: run("update"), progress, "fetching the package lists")
        # First what is not from the backports: these would bring newer libraries, whose
        # development files are then refused.
        stable = [name for name in packages if name != QEMU or not release]
        if stable:
            retry(lambda: run("install", *stable), progress, "installing packages")
        if release:
            retry(lambda: run("install", "-t", release[0], QEMU), progress, "installing QEMU")
    left = missing()
    if left:
        raise LabError("packages are still missing: " + " ".join(left),
                       f"the suite {code} does not offer them in the version that is needed",
                       f"install QEMU >= {QEMU_MINIMUM[0]}.{QEMU_MINIMUM[1]} by hand")
    progress.step("host packages: complete")


def _options(folder, source, suites):
    """apt options that use a temporary copy of the machine's Debian source."""
    os.makedirs(os.path.join(folder, "sources"))
    os.makedirs(os.path.join(folder, "lists", "partial"))
    # Libraries may be from the security archive already: their development files are there too.
    security = sources.codename() + "-security"
    found = [sources.paragraph(source, suites)]
    found += [sources.paragraph(other, [security]) for other in sources.read_machine()
              if security in other.suites]
    with open(os.path.join(folder, "sources", "lab.sources"), "w", encoding="utf-8") as stream:
        stream.write("\n".join(found))
    settings = {
        "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": folder + "/sources",
        "Dir::State::Lists": folder + "/lists", "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "", "DPkg::Lock::Timeout": "600", "Acquire::Retries": "2",
        "APT::Update::Error-Mode": "any", "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _apt_get(prefix, options, *words):
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-q", "-y",
               "--no-install-recommends", *options, *words]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        raise mirror_error("apt-get " + words[0] + " failed", result.stdout + result.stderr)
