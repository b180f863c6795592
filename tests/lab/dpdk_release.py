# SPDX-License-Identifier: BSD-3-Clause
"""What the releases of DPDK do differently: the one place where tests look it up."""

import dataclasses
import re

# Drivers of these devices of QEMU close them by themselves, in every release.
_CLOSED_BY_DRIVER = ("virtio-net-pci",)


@dataclasses.dataclass(frozen=True)
class Release:
    """A release from this version on, up to the next row; those of the rows were run."""
    since: tuple                        # year and month
    # The clean-up of the PCI bus closes all devices, and with the last one of a group the group:
    # the kernel then drops its windows, mappings and registrations before the plugin ends.
    closes_groups: bool
    # dmadev_autotest tests the library with the first device that it finds. Before, it makes a
    # device of its own for that, which works with IOVA as VA only.
    dmadev_tests_library: bool

    def closes_group(self, model):
        """Is the group of such a device closed before the plugin ends?"""
        return self.closes_groups or model in _CLOSED_BY_DRIVER


_RELEASES = (
    Release((22, 11), closes_groups=False, dmadev_tests_library=False),
    Release((24, 11), closes_groups=False, dmadev_tests_library=True),
    Release((25, 11), closes_groups=True, dmadev_tests_library=True),
)


def version(text):
    """The version that EAL has told with -v; None when it has not."""
    found = re.search(r"RTE Version: '(?:DPDK )?([^']+)'", text)
    return found[1] if found else None


def of(told):
    """The row of a version: "24.11.4", "25.11.0-rc2"."""
    number = tuple(int(part) for part in told.split(".")[:2])
    found = [release for release in _RELEASES if release.since <= number]
    if not found:
        raise AssertionError(f"nothing is known of DPDK {told}")
    return found[-1]
