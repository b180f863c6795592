# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw selftest and its prompt on emulated POWER machines, with DMA by an edu device."""

import json
import os
import re
import unittest

from powerlab import Nic
from support import NO_IPC_LOCK, RESULTS, SUITE, LabCase

FINE, LIMIT, FAIL = range(3)
SKIPPED = 77
AS_USER = "setpriv --reuid 65534 --regid 65534 --clear-groups"
CASE = re.compile(r"^ \+ TestCase \[ ?\d+\] : (\w+ \w+) (\w+)(?:: (.*))?$", re.M)
COUNT = re.compile(r"^ \+ Tests (\w+) ?: +(\d+)$", re.M)


class SelftestCase(LabCase):
    """What the machines have in common."""

    nics = (Nic("e1000e", bridge=1), Nic("edu", bridge=2))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.run("modprobe vfio_iommu_spapr_tce").check()
        cls.nic, cls.edu = cls.addresses

    def tearDown(self):
        self.check_hugepages_free()
        super().tearDown()

    def program(self, words="", before=""):
        """Runs dpdk-test-ddw."""
        return self.m.run(f"{before} dpdk-test-ddw {words} 2>&1 </dev/null", 300)

    def check_all(self):
        """A whole run, in which all passed that this platform can have."""
        done = self.program("selftest")
        cases = {name: (result, message) for name, result, message in CASE.findall(done.out)}
        counts = {name: int(number) for name, number in COUNT.findall(done.out)}
        self.assertEqual(done.rc, FINE, done.out)
        self.assertEqual((counts["Failed"], counts["Skipped"]), (0, 0), done.out)
        self.assertEqual(counts["Total"], len(cases))
        self.assertEqual(counts["Total"], counts["Passed"] + counts["Unsupported"])
        self.assertIn(f"DMA by the edu device {self.edu}", done.out)
        self.assertRegex(cases["dma_edu data"][1], r"^\d+ bytes at 0x\w+ in the default window$")
        for name in ("no_window", "data", "unmapped", "after_unmap"):
            self.assertEqual(cases[f"dma_edu {name}"][0], "succeeded", done.out)
        print(f"{self.kind}: {counts['Passed']} of {counts['Total']} tests passed, the others are "
              f"unsupported; {done.seconds:.0f} s", flush=True)
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, f"selftest-{self.kind}-{SUITE}.txt"), "w",
                  encoding="utf-8") as stream:
            stream.write(done.out)
        return cases


class Lpar(SelftestCase):
    """An LPAR, like lab/power run --nic e1000e@1 --nic edu@2 --overlay build/ppc64el/stage
    --hugepages 2M:512 --bind-vfio. The device has a default window smaller than its reach.
    """

    # Small default windows, which the kernel clears entry by entry, save a lot of time.
    machine_options = {"bridges": {1: {"dma_win_size": "0x8000000"},
                                   2: {"dma_win_size": "0x4000000"}}}

    def test_all(self):
        """All tests, on both groups and with DMA."""
        cases = self.check_all()
        self.assertEqual(cases["dma_edu outside"][0], "succeeded")
        self.assertEqual(cases["page_sizes 2M"][0], "succeeded")
        self.assertEqual(cases["page_sizes 1G"][0], "unsupported")
        self.assertEqual(cases["limits memlock"][0], "unsupported")

    def test_prompt(self):
        """Tests at the prompt, through a pipe."""
        done = self.m.run("printf 'map_order_autotest\nlist\nprobe\nlimits_autotest\nquit\n' | "
                          f"dpdk-test-ddw --device {self.nic} 2>&1", 120).check()
        self.assertEqual(re.findall(r"^Test \w+$", done.out, re.M), ["Test OK"] * 2, done.out)
        self.assertIn("map_order random succeeded", done.out)
        self.assertIn(f"\n + IOMMU group 1 ({self.nic})\n + DMA by the edu device", done.out)
        self.assertIn("default window at 0x0, 64M", done.out)
        done = self.m.run("echo restart_autotest | dpdk-test-ddw 2>&1", 120).check()
        self.assertIn("\nTest OK\nRTE>>", done.out)

    def test_scripts(self):
        """DPDK_TEST, names as arguments, and DPDK_TEST_SKIP."""
        done = self.program(before="DPDK_TEST=limits_autotest DPDK_TEST_SKIP=restart_autotest",
                            words="restart_autotest page_sizes_autotest")
        self.assertEqual(done.rc, FINE, done.out)
        self.assertEqual(done.out.count("Test OK\n"), 2)
        self.assertIn("Skipping restart_autotest", done.out)
        self.assertEqual(self.program("dma_edu_autotest", "DPDK_TEST_SKIP=dma_edu_autotest").rc,
                         SKIPPED)

    def test_in_use(self):
        """A group that another process has: an error when it was named, else left out."""
        hold = "exec 9<>/dev/vfio/1;"
        done = self.program(f"selftest --test limits --device {self.nic}", hold)
        self.assertEqual(done.rc, FAIL, done.out)
        self.assertIn("DDW-group-busy", done.out)
        done = self.program("selftest --test limits", hold)
        self.assertEqual(done.rc, LIMIT, done.out)
        self.assertIn(" + left out: DDW-group-busy", done.out)
        self.assertIn("limits outside succeeded", done.out)

    def test_killed(self):
        """A run that is killed in the middle leaves nothing."""
        process = self.m.start("dpdk-test-ddw selftest")
        process.read_until("map_order up succeeded", 60)
        process.kill(9)
        self.assertEqual(process.wait(30), -9)
        self.check_hugepages_free()
        self.assertEqual(self.program("selftest --test partial_unmap").rc, FINE)

    def test_limited(self):
        """Little locked memory: what it does not suffice for is skipped, the limit is tested."""
        done = self.program(f"selftest --json --test limits --device {self.nic}",
                            f"ulimit -l 20480; {NO_IPC_LOCK}")
        report = json.loads(done.out)
        results = {one["case"]: one for one in report["tests"]}
        self.assertEqual((done.rc, report["status"], report["failed"]), (LIMIT, LIMIT, 0))
        self.assertEqual(results["memlock"]["result"], "succeeded")
        self.assertEqual(results["outside"]["result"], "skipped")
        self.assertIn("ulimit -l", results["outside"]["message"])

    def test_without_rights(self):
        """Who may not open the groups is told so."""
        done = self.program("selftest", AS_USER)
        self.assertEqual(done.rc, FAIL)
        self.assertIn("DDW-group-not-given", done.out)

    def test_without_hugepages(self):
        """Hugepages are named with their remedy."""
        self.without_small_pages()
        done = self.program("selftest --test map_order")
        self.assertEqual(done.rc, LIMIT)
        self.assertIn("map_order up skipped: 4 free hugepages", done.out)


class BareMetal(SelftestCase):
    """PowerNV: windows may be anywhere, and all pages that are offered can be made."""

    kind = "powernv9"

    def test_all(self):
        """All tests, on both groups and with DMA."""
        cases = self.check_all()
        self.assertEqual(cases["page_sizes 4K"][0], "succeeded")
        self.assertEqual(cases["dma_edu outside"][0], "unsupported")


if __name__ == "__main__":
    unittest.main()
