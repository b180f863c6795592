# SPDX-License-Identifier: BSD-3-Clause
"""Several NICs on one bridge: one IOMMU group, one container; and a group spoilt by a neighbour."""

import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

FRAMES = 20_000


class OneBridge(LabCase):
    """NICs 0, 1 and 2 share bridge 1, NICs 3 and 4 have a bridge each."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=1, net="stream"),
            Nic("e1000e", bridge=1), Nic("e1000e", bridge=2, net="stream"),
            Nic("virtio-net-pci", bridge=3, net="stream"))

    def setUp(self):
        super().setUp()
        # Without a driver a NIC does not count, neither for its group nor for DPDK.
        self.neighbour, self.other, self.virtio = self.addresses[2:]
        self.unbind([self.neighbour, self.virtio])

    def test_two_ports_in_one_group(self):
        """Two devices of a group share one container: one window, mapped once."""
        with Testpmd(self.m, f"-m 256 -b {self.other}") as pmd:
            found = self.check_setup(pmd.output, 1, GIGABYTE, 21, GIGABYTE // 4)
            self.assertLessEqual(found["registers"] + found["maps"], 8)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.write_result("pseries-one-bridge", pmd.output, result)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_three_ports_in_two_groups(self):
        """Groups with two devices and with one, in one process."""
        with Testpmd(self.m, app="--portlist=0,2") as pmd:
            self.check_setup(pmd.output, 2, GIGABYTE, 21)
            self.assertEqual(testpmd.ports(pmd.output), 3)
            result, _ = pmd.traffic(FRAMES, ends=(0, 3))
            self.check_traffic(result, FRAMES)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)

    def test_virtio(self):
        """A virtual NIC that the kernel had at boot, with a 64-bit window of the kernel's own."""
        self.m.bind_vfio([self.nics[4]])
        self.addCleanup(self.unbind, [self.virtio])
        with Testpmd(self.m, f"-m 64 -a {self.other} -a {self.virtio}") as pmd:
            self.check_setup(pmd.output, 2, GIGABYTE, 21, 64 * MEGABYTE)
            self.assertEqual(testpmd.ports(pmd.output), 2)
            result, stats = pmd.traffic(FRAMES, ends=(3, 4))
            self.check_traffic(result, FRAMES, stats)
            result, stats = pmd.traffic(FRAMES, "macswap", ends=(4, 3))
            self.check_traffic(result, FRAMES, stats, (1, 0))
            self.write_result("pseries-virtio", pmd.output, result)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_two_processes_share_the_machine(self):
        """Each process has its groups, its window and its memory; neither disturbs the other."""
        eal = "-m 64 --file-prefix"
        with Testpmd(self.m, f"{eal} a -b {self.other}") as first:
            self.check_setup(first.output, 1, GIGABYTE, 21)
            with Testpmd(self.m, f"{eal} b -a {self.other}") as second:
                self.check_setup(second.output, 1, GIGABYTE, 21)
                result, stats = first.traffic(FRAMES // 4)
                self.check_traffic(result, FRAMES // 4, stats)
                self.assertEqual(second.quit(), 0)
                self.check_release(second.output)
            result, stats = first.traffic(FRAMES // 4)
            self.check_traffic(result, FRAMES // 4, stats)
            self.assertEqual(first.quit(), 0)
            self.check_release(first.output)
        self.check_hugepages_free()

    # A group with a device that the kernel drives.

    def spoil(self):
        """The kernel's driver takes the third NIC; it goes back at the end of the test."""
        self.bind_kernel([self.neighbour])
        self.addCleanup(self.unbind, [self.neighbour])

    def test_group_not_viable(self):
        """The message names the device and its driver; the other group goes on working."""
        self.spoil()
        with Testpmd(self.m, "-m 64") as pmd:
            message = self.check_one_message(pmd.output, "DDW-group-not-viable")
            self.assertIn(self.neighbour, message.what)
            self.assertIn("e1000e", message.what)
            self.assertIn(self.neighbour, message.fix)
            self.assertNotIn(plugin_log.STOCK_FAILURE, pmd.output)
            for address in self.addresses[:2]:
                self.assertIn(f"{address} is not probed", pmd.output)
            self.assertEqual(testpmd.ports(pmd.output), 1)
            self.assertEqual([group.device for group in plugin_log.groups(pmd.output)],
                             [self.other])
            # Out of the only port again: a chain of one.
            result, stats = pmd.traffic(FRAMES // 4, ends=(3, 3))
            self.check_traffic(result, FRAMES // 4, stats, (0, 0))
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.unbind([self.neighbour])
        self.check_normal_start(ports=3)

    def test_group_not_viable_strict(self):
        """With strict=1 one device that cannot be used ends the process."""
        self.spoil()
        result = testpmd.run(self.m, "-m 64 -a vfio_spapr:config,strict=1")
        self.assertNotEqual(result.rc, 0)
        self.check_one_message(result.out, "DDW-group-not-viable")
        self.assertIn("strict=1", result.out.splitlines()[-1])
        self.unbind([self.neighbour])
        self.check_normal_start(ports=3)


if __name__ == "__main__":
    unittest.main()
