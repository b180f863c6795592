# SPDX-License-Identifier: BSD-3-Clause
"""Groups whose windows differ: the common range, the smaller party, or the default windows."""

import re
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from test_pseries_two_bridges import ask_arp
from testpmd import Testpmd

CONFIG = "-a vfio_spapr:config,"
FRAMES = 5_000
HIGH = plugin_log.WINDOW_START
FAR = 1 << 60
PLAIN, FELLOW, APART, OVERLAPPING, WITHOUT, SHIFTED, ELSEWHERE = range(7)
# The kernel expects each default window at 0 and warns, once, of one that is not; it uses it
# all the same (tce_iommu_create_default_window()).
_EXPECTED = re.compile(r"WARNING:.*tce_iommu_create_default_window|Call Trace:")


class Mismatch(LabCase):
    """One NIC on each bridge; `allow` picks those that a test is about."""

    default_window = GIGABYTE
    nics = tuple(Nic("e1000e", bridge=bridge, net="stream") for bridge in range(1, 8))
    machine_options = {"bridges": {
        APART + 1: {"dma64_win_addr": str(FAR)},
        OVERLAPPING + 1: {"dma64_win_addr": str(HIGH + GIGABYTE // 2)},
        WITHOUT + 1: {"ddw": "off"},
        SHIFTED + 1: {"dma_win_addr": str(256 * MEGABYTE), "dma_win_size": str(512 * MEGABYTE)},
        ELSEWHERE + 1: {"dma_win_addr": str(2 * GIGABYTE), "dma_win_size": str(GIGABYTE)}}}

    def check_kernel(self):
        """Nothing but the one warning that is explained above."""
        log = self.kernel_log()
        if "tce_iommu_create_default_window" in log:
            bad = [line for line in log.splitlines() if "WARNING:" in line or "BUG:" in line
                   or "Oops" in line or "EEH: " in line or "Call Trace" in line]
            self.assertEqual([line for line in bad if not _EXPECTED.search(line)], [])
            self.assertLessEqual(len(bad), 2)
        else:
            super().check_kernel()

    def start(self, devices, config, eal="-m 64"):
        """testpmd with some of the NICs."""
        allow = " ".join(f"-a {self.addresses[device]}" for device in devices)
        return Testpmd(self.m, f"{eal} {allow} {CONFIG}{config}")

    def forward(self, pmd, ends, errors=0):
        """Traffic between two NICs, then a clean exit; ports count in the order of addresses."""
        result, stats = pmd.traffic(FRAMES, ends=ends)
        self.check_traffic(result, FRAMES, stats)
        self.assertEqual(pmd.quit(), 0)
        self.check_ledger(pmd.output, errors)

    def check_windows(self, pmd, dma32, start, size):
        """Two groups share this range."""
        found = pmd.setup
        self.assertEqual((found["dma32"], found["groups"], found["start"], found["size"]),
                         (int(dma32), 2, start, size))

    def check_left_out(self, pmd, name, device):
        """One message, which names this device; the others have a port each."""
        message = self.check_one_message(pmd.output, name)
        self.assertIn(self.addresses[device], message.what)
        self.assertIn(f"{self.addresses[device]} is not probed", pmd.output)
        self.assertEqual(testpmd.ports(pmd.output), 2)
        return message

    # Dynamic windows.

    def test_windows_apart(self):
        """Two against one: the one is refused by name, wherever it stands; the two forward."""
        with self.start((PLAIN, FELLOW, APART), "mode=auto") as pmd:
            message = self.check_left_out(pmd, "DDW-range-mismatch", APART)
            self.assertIn(f"{FAR:#x}", message.what)
            self.check_windows(pmd, False, HIGH, GIGABYTE)
            self.forward(pmd, (PLAIN, FELLOW))
        self.check_hugepages_free()

    def test_windows_apart_default_windows(self):
        """on_mismatch=dma32: all of them forward, through the windows that they share."""
        with self.start((PLAIN, APART), "on_mismatch=dma32") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_windows(pmd, True, 0, GIGABYTE)
            self.assertIn(self.addresses[APART], plugin_log.fallback(pmd.output))
            self.forward(pmd, (PLAIN, APART))
        self.check_hugepages_free()

    def test_windows_overlap(self):
        """The second half of the one is the first half of the other."""
        with self.start((PLAIN, OVERLAPPING), "mode=auto", "-m 256") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_windows(pmd, False, HIGH + GIGABYTE // 2, GIGABYTE // 2)
            self.assertEqual([group.start for group in plugin_log.groups(pmd.output)],
                             [HIGH, HIGH + GIGABYTE // 2])
            self.forward(pmd, (PLAIN, OVERLAPPING))
        self.check_hugepages_free()

    # A group without dynamic windows, which has no default one either on these kernels.

    def test_group_without_ddw(self):
        """It is refused by name; no wish moves the others away from their dynamic windows."""
        for config in ("mode=auto", "mode=ddw", "on_mismatch=dma32"):
            with self.subTest(config=config):
                with self.start((PLAIN, FELLOW, WITHOUT), config) as pmd:
                    message = self.check_left_out(pmd, "DDW-no-ddw", WITHOUT)
                    self.assertIn("ddw=on", message.fix)
                    self.assertIsNone(plugin_log.fallback(pmd.output))
                    self.check_windows(pmd, False, HIGH, GIGABYTE)
                    self.forward(pmd, (PLAIN, FELLOW))
                self.check_hugepages_free()

    def test_group_without_any_window(self):
        """Asked for, its default window is refused; the others use theirs."""
        for config in ("mode=dma32", "iommu=v1"):
            with self.subTest(config=config):
                with self.start((PLAIN, FELLOW, WITHOUT), config) as pmd:
                    message = self.check_left_out(pmd, "DDW-no-window", WITHOUT)
                    self.assertIn("ddw=on", message.fix)
                    self.check_windows(pmd, True, 0, GIGABYTE)
                    # An UNMAP asks whether there is a default window.
                    self.forward(pmd, (PLAIN, FELLOW), errors=1)
                self.check_hugepages_free()

    def test_group_without_ddw_serves_the_kernel(self):
        """The refusal has spoilt nothing: the kernel's own driver still works there."""
        alone = testpmd.run(self.m, f"-m 64 -a {self.addresses[WITHOUT]}")
        self.check_one_message(alone.out, "DDW-no-ddw")
        self.addCleanup(self.m.bind_vfio, [self.nics[WITHOUT]])
        self.bind_kernel([self.addresses[WITHOUT]])
        device = self.m.run(f"ls /sys/bus/pci/devices/{self.addresses[WITHOUT]}/net").check()
        name = device.out.split()[0]
        self.m.run(f"ip link set {name} up && ip addr add 10.9.0.1/24 dev {name}").check()
        self.assertTrue(ask_arp(self.m.nics[WITHOUT].socket, "10.9.0.1"))

    # Default windows.

    def test_default_windows_overlap(self):
        """One is a part of the other: that part is used."""
        with self.start((PLAIN, SHIFTED), "mode=dma32", "-m 256") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_windows(pmd, True, 256 * MEGABYTE, 512 * MEGABYTE)
            self.forward(pmd, (PLAIN, SHIFTED))
        self.check_hugepages_free()

    def test_default_windows_apart(self):
        """They share nothing: the smaller party is refused. Dynamic windows do not mind."""
        with self.start((PLAIN, SHIFTED, ELSEWHERE), "mode=dma32") as pmd:
            message = self.check_left_out(pmd, "DDW-range-mismatch", ELSEWHERE)
            self.assertIn("default window", message.what)
            self.forward(pmd, (PLAIN, SHIFTED))
        with self.start((PLAIN, ELSEWHERE), "mode=auto") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_windows(pmd, False, HIGH, GIGABYTE)
            self.forward(pmd, (PLAIN, ELSEWHERE))
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
