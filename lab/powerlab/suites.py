# SPDX-License-Identifier: BSD-3-Clause
"""What the lab knows about each Debian suite that it can boot or build for."""

import dataclasses

from .errors import LabError


@dataclasses.dataclass(frozen=True)
class Suite:
    """One suite of the archive."""
    name: str
    releases: tuple         # suites in the apt source
    kernel_release: str     # where the kernel comes from; "" means the suite itself
    gcc: int                # the libgcc-N-dev that belongs to the suite's compiler


# In the order in which they are tried.
SUITES = {suite.name: suite for suite in (
    Suite("trixie", ("trixie",), "", 14),
    Suite("forky", ("forky",), "", 15),
    Suite("sid", ("sid",), "", 15),
    # Bookworm's own kernel (6.1) predates the sPAPR VFIO code under test.
    Suite("bookworm", ("bookworm", "bookworm-backports"), "bookworm-backports", 12),
)}
FLAVOURS = {"std": "linux-image-powerpc64le", "64k": "linux-image-powerpc64le-64k"}


def get(name):
    """The suite of that name, or an error that lists the names that exist."""
    if name not in SUITES:
        raise LabError(f"unknown suite '{name}'", "the lab knows " + ", ".join(SUITES),
                       "choose one of them, or auto")
    return SUITES[name]


def kernel_package(suite, flavour):
    """The kernel of a suite, with its release when that is not the suite itself."""
    if flavour not in FLAVOURS:
        raise LabError(f"unknown kernel flavour '{flavour}'",
                       "the lab knows " + ", ".join(FLAVOURS), "pass one of them to --flavour")
    name = FLAVOURS[flavour]
    return f"{name}/{suite.kernel_release}" if suite.kernel_release else name
