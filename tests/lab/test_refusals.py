# SPDX-License-Identifier: BSD-3-Clause
"""What the plugin does not do is refused, never left to DPDK's own code.

DPDK would hand such a device addresses of its own choice while all memory has
the plugin's: it could reach another process's memory, or none.
"""

import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import LabCase
from testpmd import Testpmd

FRAMES = 2_000


class Refusals(LabCase):
    """Three NICs on three bridges; the third one has no driver unless a test gives it one."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("e1000e", bridge=3))

    def setUp(self):
        super().setUp()
        self.third = self.addresses[2]
        self.unbind([self.third])

    def bind_uio(self):
        """Gives the third NIC to the generic UIO driver until the end of the test."""
        device = f"/sys/bus/pci/devices/{self.third}"
        self.addCleanup(self.unbind, [self.third])
        self.m.run(f"modprobe uio_pci_generic; echo uio_pci_generic >{device}/driver_override; "
                   f"echo {self.third} >/sys/bus/pci/drivers_probe; "
                   f"readlink {device}/driver | grep uio_pci_generic").check()

    def check_others(self, pmd):
        """The devices that were set up at start forward as before."""
        result, stats = pmd.traffic(FRAMES)
        self.check_traffic(result, FRAMES, {port: stats[port] for port in (0, 1)})

    def test_attach_after_a_failed_start(self):
        """Where the plugin has no windows, no device is left to DPDK's own code later either."""
        with Testpmd(self.m, "-m 64 -a vfio_spapr:config,page_size=3K") as pmd:
            self.check_one_message(pmd.output, "DDW-param-value")
            out = pmd.command(f"port attach {self.addresses[0]}")
            message = self.check_one_message(out, "DDW-hotplug")
            self.assertIn(self.addresses[0], message.what)
            self.assertNotIn(plugin_log.STOCK_FAILURE, pmd.output)
            self.assertEqual(pmd.quit(), 0)
        self.check_hugepages_free()

    def test_attach_where_nothing_was_bound(self):
        """A process that had nothing to do at its start has no bus addresses to give."""
        self.unbind(self.addresses)
        self.addCleanup(self.m.bind_vfio, self.m.nics[:2])
        with Testpmd(self.m, "-m 64") as pmd:
            self.assertEqual(plugin_log.lines(pmd.output), [])
            self.m.bind_vfio(self.m.nics[:2])
            out = pmd.command(f"port attach {self.addresses[0]}")
            message = self.check_one_message(out, "DDW-hotplug")
            self.assertIn(self.addresses[0], message.what)
            self.assertIn("VFIO_SPAPR_CONFIG=mode=auto", message.fix)
            self.assertNotIn(plugin_log.STOCK_FAILURE, pmd.output)
            self.assertEqual(pmd.quit(), 0)
        self.check_normal_start()

    def test_attach_with_virtual_addresses(self):
        """With IOVA as VA it has none either; it says so when a device comes."""
        with Testpmd(self.m, "-m 64 --iova-mode=va -a pci:0000:00:00.0") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            out = pmd.command(f"port attach {self.addresses[0]}")
            message = self.check_one_message(out, "DDW-hotplug")
            self.assertIn("--iova-mode=pa", message.fix)
            self.assertEqual(pmd.quit(), 0)
        self.check_normal_start()

    def test_attach_uio_at_run_time(self):
        """A device outside VFIO does not come in later; the others go on."""
        with Testpmd(self.m, "-m 64") as pmd:
            self.bind_uio()
            pmd.command(f"port attach {self.third}")
            message = self.check_one_message(pmd.output, "DDW-not-vfio")
            self.assertIn(self.third, message.what)
            self.check_others(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_uio_device(self):
        """A device outside VFIO reaches memory at other addresses than those in use."""
        self.bind_uio()
        with Testpmd(self.m, "-m 64") as pmd:
            message = self.check_one_message(pmd.output, "DDW-not-vfio")
            self.assertIn("uio_pci_generic", message.what)
            self.assertIn(self.third, message.fix)
            self.assertEqual(testpmd.ports(pmd.output), 2)
            self.check_others(pmd)
            self.assertEqual(pmd.quit(), 0)


if __name__ == "__main__":
    unittest.main()
