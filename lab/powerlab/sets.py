# SPDX-License-Identifier: BSD-3-Clause
"""Which packages each thing is built from, before their dependencies."""

import re

from . import suites
from .errors import LabError

SYSROOT, EXAMPLES = "sysroot", "examples"
# The programs of others that tests/lab runs, in an image of their own.
_PROGRAMS = ("openvswitch-switch-dpdk", "suricata")
# Debian 12 has a Suricata with DPDK in its backports only.
_ABSENT = {"bookworm": ("suricata",)}
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")     # a sign at the end is a wish of apt's
# libgcc's objects, which are added by suite, let clang find its runtime in the sysroot.
_SYSROOT = ("libc6-dev", "libbsd-dev", "libdpdk-dev", "libnuma-dev", "linux-libc-dev",
            "libcmocka-dev")
# The sources of DPDK's own examples are in its documentation.
_EXAMPLES = ("dpdk-doc",)
_IMAGE = (
    "dpdk", "dpdk-dev", "kmod", "strace", "python3", "procps", "util-linux", "mount", "iproute2",
    "pciutils", "busybox-static", "libnuma1", "numactl", "bash", "dash", "coreutils", "debianutils",
    "libc-bin", "grep", "sed", "findutils", "mawk", "tar", "gzip", "hostname", "diffutils",
    # For its library, whose name differs between suites: the unit tests can run in the guest.
    "libcmocka-dev",
)


def image(flavour, more=()):
    """The name of the set of an image, with `more` packages in it."""
    wrong = [name for name in more if not _NAME.fullmatch(name)]
    if wrong:
        raise LabError(f"'{wrong[0]}' is no name of a package", "Debian's have small letters, "
                       "digits and the signs + - .", "give names as 'apt-cache search' prints them")
    return ":".join(("image-" + flavour, *sorted(set(more))))


def programs(suite):
    """The packages that tests of a suite add to an image."""
    return [name for name in _PROGRAMS if name not in _ABSENT.get(suite.name, ())]


def names(suite):
    """All sets that the lock of a suite has to have."""
    return (SYSROOT, EXAMPLES, *(image(flavour) for flavour in suites.FLAVOURS),
            image("std", programs(suite)))


def more(name):
    """The packages that were added to what the lab itself needs."""
    return name.split(":")[1:]


def asked(suite, name):
    """The packages of a set, as apt takes them."""
    if name == SYSROOT:
        return [*_SYSROOT, f"libgcc-{suite.gcc}-dev"]
    if name == EXAMPLES:
        return list(_EXAMPLES)
    flavour = name.split(":", maxsplit=1)[0].removeprefix("image-")
    return [suites.kernel_package(suite, flavour), *_IMAGE, *more(name)]
