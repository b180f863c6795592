# SPDX-License-Identifier: BSD-3-Clause
"""Contiguous memory on scattered hugepages, and the addresses that EAL's own functions tell."""

import os
import re
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, LabCase, rounds
from testpmd import Testpmd

PROGRAM = "/root/contiguous"


class Contiguous(LabCase):
    """One machine with scattered pages of 2M."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests/guest/contiguous"), PROGRAM)

    def zones(self, mebibytes, zones, count=1, eal="", before=""):
        """Runs the program; returns its figures, its exit status and all that it printed."""
        result = self.m.run(f"chmod +x {PROGRAM}; {before} {PROGRAM} {testpmd.eal_words(eal)} "
                            f"-- {mebibytes} {zones} {count}", 120)
        found = re.search(r"contiguous: (.*)", result.out)
        self.assertIsNotNone(found, result.out[-2000:])
        values = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found[1])}
        self.assertGreater(values["scattered"], 400)
        return values, result.rc, result.out

    def check_zones(self, mebibytes, zones, count=1, eal=""):
        """Every zone is had, contiguous, and at the address that EAL's functions tell."""
        values, status, out = self.zones(mebibytes, zones, count, eal)
        self.assertEqual({name: values[name] for name in
                          ("had", "missed", "apart", "translated", "spoiled")},
                         {"had": zones * count, "missed": 0, "apart": 0, "translated": 0,
                          "spoiled": 0}, out[-2000:])
        self.assertEqual(status, 0)
        self.check_release(out)

    def test_zones_at_run_time(self):
        """16 MiB and 64 MiB at any time, given back and taken again, without -m."""
        self.check_zones(16, 20, rounds(4, 100))
        self.check_zones(64, 5, rounds(2, 50))
        self.check_zones(400, 1, 2)
        self.check_hugepages_free()

    def test_zones_in_the_default_window(self):
        """The same in the default window."""
        self.check_zones(16, 10, 3, "-a vfio_spapr:config,mode=dma32")
        self.check_hugepages_free()

    def test_zones_without(self):
        """interpose=0 shows what stock DPDK does: pages that lie scattered stay so."""
        values, status, out = self.zones(16, 4, 1, "-a vfio_spapr:config,interpose=0")
        self.assertGreater(values["missed"], 0, out[-2000:])
        self.assertEqual(status, 1)
        self.assertEqual(plugin_log.message_ids(out), [])
        self.check_hugepages_free()

    def test_secondary(self):
        """A secondary process asks; the primary takes the memory, and both tell the same."""
        with Testpmd(self.m, "-m 64 --base-virtaddr=0x200000000", before="setarch -R") as pmd:
            values, status, out = self.zones(16, 5, 3, "--proc-type=secondary --iova-mode=pa",
                                             "setarch -R")
            self.assertEqual((values["had"], values["missed"], values["apart"],
                              values["translated"], status), (15, 0, 0, 0, 0), out[-2000:])
            result, stats = pmd.traffic(2000)
            self.check_traffic(result, 2000, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_window_is_not_used_up(self):
        """Requests for which the kernel has no pages give their bus addresses back.

        Each round has one that goes well and two that do not; together those would
        take several times the window.
        """
        values, _status, out = self.zones(600, 3, 10, "-a vfio_spapr:config,window_size=4G")
        self.assertEqual((values["had"], values["missed"], values["apart"],
                          values["translated"]), (10, 20, 0, 0), out[-2000:])
        self.check_release(out)
        self.check_hugepages_free()

    def test_mempool_autotest(self):
        """DPDK's own test of mempools compares with rte_mem_virt2iova()."""
        result = self.m.run("printf 'mempool_autotest\\nquit\\n' | "
                            f"dpdk-test {testpmd.eal_words('--no-telemetry')}", 300)
        self.assertIn("Test OK", result.out, result.out[-2000:])
        self.assertNotIn("Test Failed", result.out)
        self.check_hugepages_free()

    def test_traffic_afterwards(self):
        """A driver's rings and buffers on scattered pages; then an end without cleanup."""
        self.zones(16, 1)
        with Testpmd(self.m) as pmd:
            result, stats = pmd.traffic(2000)
            self.check_traffic(result, 2000, stats)
            pmd.kill()
        self.check_normal_start()
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
