# SPDX-License-Identifier: BSD-3-Clause
"""Contiguous memory on scattered hugepages, and the addresses that EAL's own functions tell."""

import os
import re
import time
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, LabCase, rounds
from testpmd import Testpmd

PROGRAM = "/opt/lab/contiguous"
FILES = "rtemap_*"                      # of pages that EAL has not given back at its end
BASE = "--base-virtaddr=0x2000000000"   # see test_secondary.py


class Contiguous(LabCase):
    """One machine with scattered pages of 2M."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "contiguous"), PROGRAM)

    def zones(self, mebibytes, zones, count=1, eal="", pages="held"):
        """Runs the program; returns its figures, its exit status and all that it printed."""
        if pages != "as-is":
            self.m.run(f"rm -f /dev/hugepages/{FILES}").check()
        result = self.m.run(f"{PROGRAM} {testpmd.eal_words(eal)} "
                            f"-- {pages} {mebibytes} {zones} {count}", 60 * max(4, count))
        found = re.search(r"contiguous: (.*)", result.out)
        self.assertIsNotNone(found, result.out[-2000:])
        values = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found[1])}
        self.assertEqual(values.pop("scattered"), {"held": self.pages // 2, "mixed": self.pages,
                                                   "as-is": 0}[pages])
        return values, result.rc, result.out

    def check_zones(self, mebibytes, zones, count=1, eal="", pages="held"):
        """Every zone is had, contiguous, and at the address that EAL's functions tell."""
        values, status, out = self.zones(mebibytes, zones, count, eal, pages)
        self.assertEqual(values, {"had": zones * count, "missed": 0, "apart": 0, "translated": 0,
                                  "spoiled": 0}, out[-2000:])
        self.assertEqual(status, 0)
        self.check_release(out)
        self.check_taken_over(out)

    def check_taken_over(self, out):
        """EAL's own calls are among those that come to the plugin, and none was left out."""
        found = re.search(r"redirected calls: rte_mem_virt2iova=(\d+) \(EAL (\d+), left (\d+)\) "
                          r"rte_mem_virt2phy=(\d+) \(EAL (\d+), left (\d+)\)", out)
        self.assertIsNotNone(found, out[-2000:])
        iova, iova_eal, iova_left, phy, phy_eal, phy_left = map(int, found.groups())
        # The program, and EAL.
        self.assertGreater(iova, iova_eal)
        self.assertGreater(phy, phy_eal)
        self.assertEqual((iova_eal, iova_left, phy_eal, phy_left), (1, 0, 1, 0))

    def test_zones_at_run_time(self):
        """16 MiB and 64 MiB at any time, given back and taken again, without -m."""
        self.check_zones(16, 20, rounds(4, 100))
        self.check_zones(64, 5, rounds(2, 50))
        self.check_zones(400, 1, 2)
        self.check_zones(16, 20, rounds(2, 50), pages="mixed")
        self.check_hugepages_free()

    def test_other_ways_to_take_pages(self):
        """The same with each of EAL's ways, with static memory, and in the default window."""
        for eal in ("--single-file-segments", "--match-allocations", "--in-memory", "-m 64",
                    "-a vfio_spapr:config,page_size=64K", "-a vfio_spapr:config,mode=dma32"):
            with self.subTest(eal=eal):
                self.check_zones(16, 4, 2, eal)
                self.check_hugepages_free()

    def test_legacy_memory(self):
        """There EAL keeps pages apart that are not neighbours; the addresses are right."""
        self.check_zones(1, 10, 1, "--legacy-mem -m 128")
        self.check_hugepages_free()

    def test_zones_without(self):
        """interpose=0 shows what stock DPDK does: pages that lie scattered stay so."""
        values, status, out = self.zones(16, 4, 2, "-a vfio_spapr:config,interpose=0")
        self.assertEqual((values["had"], values["missed"], values["apart"]), (0, 8, 0),
                         out[-2000:])
        self.assertGreater(values["translated"], 0)
        self.assertEqual(status, 1)
        self.assertEqual(plugin_log.message_ids(out), [])
        self.check_hugepages_free()

    def test_window_is_not_used_up(self):
        """Requests for which the kernel has no pages give their bus addresses back.

        Each round has one that goes well and two that do not; together those would
        take several times the window.
        """
        values, _status, out = self.zones(600, 3, 4, "-a vfio_spapr:config,window_size=2G",
                                          "mixed")
        self.assertEqual((values["had"], values["missed"], values["apart"],
                          values["translated"]), (4, 8, 0, 0), out[-2000:])
        self.check_release(out)
        self.check_hugepages_free()

    def autotest(self, name, config):
        """Runs one of dpdk-test's tests; returns its status and what it printed."""
        result = self.m.run(f"DPDK_TEST={name} dpdk-test {testpmd.eal_words()} "
                            f"-a vfio_spapr:config,{config} </dev/null", 300)
        self.m.run(f"rm -f /dev/hugepages/{FILES}").check()
        return result.rc, result.out

    def test_mempool_autotest(self):
        """DPDK's own test of mempools compares with rte_mem_virt2iova()."""
        status, out = self.autotest("mempool_autotest", "interpose=1")
        self.assertEqual(status, 0, out[-2000:])
        self.assertEqual(plugin_log.setup(out)["groups"], 2)
        self.check_release(out)
        # It can fail, and does when the functions tell physical addresses.
        status, out = self.autotest("mempool_autotest", "interpose=0")
        self.assertNotEqual(status, 0, out[-2000:])
        self.check_hugepages_free()

    def test_secondary(self):
        """A secondary process asks its primary for contiguous memory, and knows its addresses."""
        with Testpmd(self.m, BASE) as pmd:
            self.check_zones_of_secondary(3)
            result, stats = pmd.traffic(500)
            self.check_traffic(result, 500, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def check_zones_of_secondary(self, count):
        """All zones are had, and known by their bus addresses in that process too."""
        values, status, out = self.zones(16, 4, count, f"--proc-type=secondary {BASE}", "as-is")
        self.assertEqual(values, {"had": 4 * count, "missed": 0, "apart": 0, "translated": 0,
                                  "spoiled": 0}, out[-2000:])
        self.assertEqual(status, 0)

    def test_traffic_on_scattered_pages(self):
        """A driver's rings and buffers on scattered pages; then ends with and without cleanup."""
        holder = self.m.start(f"{PROGRAM} hold")
        try:
            holder.read_until(f"scattered={self.pages // 2}", 60)
            with Testpmd(self.m) as pmd:
                result, stats = pmd.traffic(2000)
                self.check_traffic(result, 2000, stats)
                pmd.kill()
            self.check_normal_start()
        finally:
            holder.kill(9)
            holder.wait(30)
        self.check_hugepages_free()

    def test_killed_while_memory_comes_and_goes(self):
        """Nothing stays behind, whatever EAL and the plugin were doing."""
        for seconds in range(rounds(3, 30)):
            process = self.m.start(f"{PROGRAM} {testpmd.eal_words()} -- held 16 10 1000000")
            process.read_until("redirected calls", 60)
            time.sleep(1 + seconds / 7)
            process.kill(9)
            process.wait(30)
        self.check_normal_start()
        self.check_hugepages_free()



if __name__ == "__main__":
    unittest.main()
