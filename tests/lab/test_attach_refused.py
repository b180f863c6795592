# SPDX-License-Identifier: BSD-3-Clause
"""Devices that cannot be attached to a running process: one message, and the others go on."""

import unittest

import plugin_log
from powerlab import Nic
from support import NO_IPC_LOCK, LabCase
from testpmd import Testpmd

FRAMES = 300
ALL_PAGES = "/mnt/huge_full"
# No hugepage is left for the process.
TAKE_ALL_PAGES = f"""
mkdir -p {ALL_PAGES} && mount -t hugetlbfs none {ALL_PAGES} || exit 1
n=$(sed -n 's/^HugePages_Free: *//p' /proc/meminfo)
fallocate -l $((n * 2))M {ALL_PAGES}/taken && grep -q 'HugePages_Free: *0$' /proc/meminfo
"""


class AttachRefused(LabCase):
    """Bridges 1 and 2 are sound. Bridge 3 has no DDW, and bridge 4 is poisoned: test_bad_input."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("e1000e", bridge=3), Nic("virtio-net-pci", bridge=4))
    machine_options = {"maxmem": False, "bridges": {3: {"ddw": "off"}}}
    bind = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addresses = cls.m.bind_vfio(cls.nics[:2])

    def start(self, eal="", before=""):
        """A process with the first device only."""
        return Testpmd(self.m, f"-a {self.addresses[0]} {eal}", "--no-mlockall", before)

    def check_first_works(self, pmd):
        """Frames go in and out of the device that was there before."""
        result, stats = pmd.traffic(FRAMES, ends=(0, 0))
        self.check_traffic(result, FRAMES)
        self.assertEqual(stats[0]["TX-packets"], stats[0]["RX-packets"])

    def check_second_works(self, pmd):
        """What was in the way is gone: the second device can be attached, and forwards."""
        self.assertTrue(pmd.attach(self.addresses[1]))
        result, stats = pmd.traffic(FRAMES)
        self.check_traffic(result, FRAMES, stats)

    def check_group_refused(self, name, nic):
        """A group without a window is refused, as at the start."""
        bad = self.m.bind_vfio([nic])[0]
        self.addCleanup(self.unbind, [bad])
        with self.start("-m 64") as pmd:
            self.assertFalse(pmd.attach(bad))
            self.assertIn(bad, self.check_one_message(pmd.output, name).what)
            self.assertNotIn(plugin_log.STOCK_FAILURE, pmd.output)
            self.check_first_works(pmd)
            self.check_second_works(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_bridge_without_ddw(self):
        """Firmware offers no window."""
        self.check_group_refused("DDW-no-ddw", self.nics[2])

    def test_poisoned_bridge(self):
        """A CREATE failed before: only a reboot helps."""
        self.need_refusal()
        self.check_group_refused("DDW-pe-poisoned", self.nics[3])

    def test_memlock(self):
        """The limit was enough for one group; the memory counts once, the table of each group."""
        with self.start("-m 64", f"ulimit -l 66200; exec {NO_IPC_LOCK}") as pmd:
            self.assertFalse(pmd.attach(self.addresses[1]))
            self.assertIn("66200 KiB", self.check_one_message(pmd.output, "DDW-memlock").what)
            self.check_first_works(pmd)
            self.m.run("prlimit --memlock=unlimited --pid $(pgrep -x dpdk-testpmd)").check()
            self.check_second_works(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_no_hugepages_left(self):
        """Memory that is there already is mapped for the group: no more hugepages are needed."""
        with self.start() as pmd:
            self.addCleanup(self.m.run, f"umount {ALL_PAGES}")
            self.m.run(TAKE_ALL_PAGES).check()
            self.check_second_works(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)


if __name__ == "__main__":
    unittest.main()
