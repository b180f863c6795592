# SPDX-License-Identifier: BSD-3-Clause
"""Devices that leave and come back at run time: the group's window goes and has to come again.

EAL closes a group with its last device, and the kernel then drops the windows, the
mappings and the registrations of that group.
"""

import unittest

import plugin_log
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase, rounds
from testpmd import Testpmd


class Hotplug(LabCase):
    """What the machines below have in common."""

    frames = 200

    def detach(self, pmd, port, address):
        """The way a person takes a device away; the port numbers are testpmd's."""
        self.assertIn("Done", pmd.command(f"port stop {port}"))
        pmd.command(f"port close {port}")
        self.assertIn("is detached", pmd.command(f"device detach {address}"))

    def check_forwarding(self, pmd):
        """Frames cross both ports in one direction and in the other."""
        there, stats = pmd.traffic(self.frames)
        self.check_traffic(there, self.frames, stats)
        back, _stats = pmd.traffic(self.frames, ends=(1, 0))
        self.check_traffic(back, self.frames)

    def one_round(self, pmd, port, address):
        """One device leaves and returns."""
        self.detach(pmd, port, address)
        self.assertTrue(pmd.attach(address))
        self.check_forwarding(pmd)


class OnePerGroup(Hotplug):
    """Each device is the last one of its group."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    def test_rounds(self):
        """The group's only device goes and comes; the same window, all pages mapped again."""
        count = rounds(6, 100)
        with Testpmd(self.m, "-m 256") as pmd:
            self.check_setup(pmd.output, 2, GIGABYTE, 21, 256 * MEGABYTE)
            for number in range(count):
                port = number % 2
                self.one_round(pmd, port, self.addresses[port])
            self.assertEqual(pmd.output.count(plugin_log.GROUP_GONE), count)
            self.assertEqual(pmd.output.count(plugin_log.GROUP_JOINED), count)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_both_away(self):
        """No device is left for a while."""
        with Testpmd(self.m) as pmd:
            for port in (0, 1):
                self.detach(pmd, port, self.addresses[port])
            for port in (0, 1):
                self.assertTrue(pmd.attach(self.addresses[port]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_default_window(self):
        """The same in the default windows."""
        with Testpmd(self.m, "-m 128 -a vfio_spapr:config,mode=dma32") as pmd:
            for port in (0, 1):
                self.one_round(pmd, port, self.addresses[port])
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_device_that_was_not_there(self):
        """A group that the process did not have at its start."""
        with Testpmd(self.m, f"-m 128 -a {self.addresses[0]}") as pmd:
            self.assertTrue(pmd.attach(self.addresses[1]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_no_device_at_start(self):
        """Everything comes later: none is allowed, as in Open vSwitch, or all are blocked."""
        blocked = " ".join(f"-b {address}" for address in self.addresses)
        for eal in ("--in-memory -a pci:0000:00:00.0", blocked):
            with self.subTest(eal=eal), Testpmd(self.m, f"-m 128 {eal}") as pmd:
                self.assertEqual(plugin_log.setup(pmd.output)["groups"], 0)
                for address in self.addresses:
                    self.assertTrue(pmd.attach(address))
                self.assertEqual(pmd.output.count(plugin_log.GROUP_JOINED), 2)
                self.check_forwarding(pmd)
                self.assertEqual(pmd.quit(), 0)
                self.check_release(pmd.output)
            self.check_hugepages_free()

    def test_no_vfio_device_at_start(self):
        """None was bound to vfio-pci: with a parameter the plugin waits all the same."""
        self.unbind(self.addresses)
        self.addCleanup(self.m.bind_vfio, self.m.nics)
        with Testpmd(self.m, "-m 128", before="VFIO_SPAPR_CONFIG=mode=auto") as pmd:
            self.m.bind_vfio(self.m.nics)
            for address in self.addresses:
                self.assertTrue(pmd.attach(address))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_group_is_taken(self):
        """Another process has the group meanwhile: refused, and the other port goes on."""
        with Testpmd(self.m, "-m 128") as pmd:
            self.detach(pmd, 1, self.addresses[1])
            with Testpmd(self.m, f"-m 64 --file-prefix=other -a {self.addresses[1]}"):
                self.assertFalse(pmd.attach(self.addresses[1]))
            self.check_one_message(pmd.output, "DDW-group-busy")
            self.assertTrue(pmd.attach(self.addresses[1]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
        self.check_hugepages_free()

    def test_group_was_taken_at_start(self):
        """Another process has the group at the start: refused then, and taken when it is free."""
        taken = f"-m 64 --file-prefix=other -a {self.addresses[1]}"
        with Testpmd(self.m, taken) as other, Testpmd(self.m, "-m 128") as pmd:
            self.check_one_message(pmd.output, "DDW-group-busy")
            self.assertEqual(other.quit(), 0)
            self.assertTrue(pmd.attach(self.addresses[1]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_kernel_driver_meanwhile(self):
        """The kernel drives the device for a while; then it is back."""
        with Testpmd(self.m, "-m 128") as pmd:
            self.detach(pmd, 1, self.addresses[1])
            self.bind_kernel([self.addresses[1]])
            self.addCleanup(self.m.bind_vfio, self.m.nics)
            self.assertFalse(pmd.attach(self.addresses[1]))
            self.m.bind_vfio(self.m.nics[1:])
            self.assertTrue(pmd.attach(self.addresses[1]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()


class TwoPerGroup(Hotplug):
    """The group stays while the other device does."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=1, net="stream"))

    def test_rounds(self):
        """One of two devices goes and comes; then both."""
        with Testpmd(self.m, "-m 256") as pmd:
            for number in range(rounds(2, 100)):
                port = number % 2
                self.one_round(pmd, port, self.addresses[port])
            self.assertNotIn(plugin_log.GROUP_GONE, pmd.output)
            for port in (0, 1):
                self.detach(pmd, port, self.addresses[port])
            self.assertIn(plugin_log.GROUP_GONE, pmd.output)
            for port in (0, 1):
                self.assertTrue(pmd.attach(self.addresses[port]))
            self.check_forwarding(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()


del Hotplug                             # it has no machine of its own

if __name__ == "__main__":
    unittest.main()
