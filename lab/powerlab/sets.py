# SPDX-License-Identifier: BSD-3-Clause
"""Which packages each thing is built from, before their dependencies."""

from . import suites

SYSROOT, EXAMPLES = "sysroot", "examples"
NAMES = (SYSROOT, EXAMPLES, *("image-" + flavour for flavour in suites.FLAVOURS))
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


def image(flavour):
    """The name of the set of an image."""
    return "image-" + flavour


def asked(suite, name):
    """The packages of a set, as apt takes them."""
    if name == SYSROOT:
        return [*_SYSROOT, f"libgcc-{suite.gcc}-dev"]
    if name == EXAMPLES:
        return list(_EXAMPLES)
    return [suites.kernel_package(suite, name.removeprefix("image-")), *_IMAGE]
