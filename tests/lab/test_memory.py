# SPDX-License-Identifier: BSD-3-Clause
"""Memory that grows and shrinks while devices can reach it, up to the end of the window."""

import os
import re
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

MEMORY_GROW = "/opt/lab/memory_grow"
# 64 MiB hold what drivers take, and not the buffers that testpmd makes by default.
SMALL_WINDOW = 64 * MEGABYTE
SPARE = 4 * MEGABYTE                    # top of a window, where nothing is ever mapped


class Memory(LabCase):
    """Two groups; most of the time no packet flows."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "memory_grow"), MEMORY_GROW)

    def grow(self, window, eal="", rounds=2):
        """Runs memory_grow; returns its phases as dictionaries, and its output."""
        result = self.m.run(f"{MEMORY_GROW} {testpmd.eal_words(eal)} -- "
                            f"{plugin_log.WINDOW_START:#x} {window} {rounds} 1", 240)
        self.assertEqual(result.rc, 0, result.out[-3000:])
        phases = []
        for line in re.findall(r"^memory: (.*)", result.out, re.M):
            words = dict(word.split("=") for word in line.split())
            name = words.pop("phase")
            phases.append((name, {key: int(value) for key, value in words.items()}))
        self.assertEqual([name for name, _ in phases],
                         ["start"] + ["full", "half", "again", "empty"] * rounds)
        for name, phase in phases:
            self.assertEqual((phase["outside"], phase["shared"], phase["translated"],
                              phase["spoiled"]), (0, 0, 0, 0), name)
        return phases, result.out

    def check_phases(self, phases, full):
        """Full means full, and what was given back is gone."""
        start = phases[0][1]
        for name, phase in phases[1:]:
            if name in ("full", "again"):
                self.assertEqual(phase["bytes"], full, name)
            elif name == "empty":
                self.assertEqual(phase["bytes"], start["bytes"], name)
            else:
                self.assertLess(phase["bytes"], full, name)

    def test_growth_stops_at_the_window(self):
        """The window ends before the hugepages do: growth is refused there, exactly."""
        window = 256 * MEGABYTE
        phases, out = self.grow(window, f"-a vfio_spapr:config,window_size={window >> 20}M")
        self.check_phases(phases, window - SPARE)
        self.assertEqual(set(plugin_log.message_ids(out)), {"DDW-window-full"})
        self.assertEqual(len(plugin_log.messages(out)), len(plugin_log.message_ids(out)))
        self.check_ledger(out)
        self.check_hugepages_free()

    def test_growth_to_the_last_hugepage(self):
        """The window holds all hugepages that exist; both end at the same page.

        Which of the two EAL hits first is its own affair, so a message may come or not.
        """
        phases, out = self.grow(GIGABYTE, rounds=1)
        self.assertEqual(plugin_log.setup(out)["size"], GIGABYTE)
        self.check_phases(phases, GIGABYTE - SPARE)
        self.assertLessEqual(set(plugin_log.message_ids(out)), {"DDW-window-full"})
        self.check_ledger(out)
        self.check_hugepages_free()

    def test_growth_beyond_static_memory(self):
        """-m is the start, not the limit; it is given back like other memory only at the end."""
        window = 256 * MEGABYTE
        phases, out = self.grow(window, f"-m 128 -a vfio_spapr:config,window_size={window >> 20}M",
                                rounds=1)
        self.assertEqual(phases[0][1]["bytes"], 128 * MEGABYTE)
        self.check_phases(phases, window - SPARE)
        self.assertEqual(set(plugin_log.message_ids(out)), {"DDW-window-full"})
        self.check_ledger(out)
        self.check_hugepages_free()

    def test_small_pages_grow_too(self):
        """Through 64K pages: one hugepage is 32 of them."""
        window = 128 * MEGABYTE
        phases, out = self.grow(
            window, f"-a vfio_spapr:config,page_size=64K,window_size={window >> 20}M", rounds=1)
        self.check_phases(phases, window - SPARE)
        self.assertEqual(plugin_log.setup(out)["page"], 65536)
        self.check_hugepages_free()

    def test_single_file_segments_and_exact_frees(self):
        """Other ways in which EAL takes and gives back pages."""
        window = 128 * MEGABYTE
        for eal in ("--single-file-segments", "--match-allocations", "--in-memory"):
            with self.subTest(eal=eal):
                phases, _ = self.grow(
                    window, f"{eal} -a vfio_spapr:config,window_size={window >> 20}M", rounds=1)
                for name, phase in phases:
                    if name == "full":
                        self.assertEqual(phase["bytes"], window - SPARE)
                self.check_hugepages_free()

    def test_legacy_memory(self):
        """--legacy-mem takes all memory at the start and never gives any back."""
        with Testpmd(self.m, "--legacy-mem -m 256") as pmd:
            found = self.check_setup(pmd.output, 2, GIGABYTE, 21, 256 * MEGABYTE)
            self.assertLessEqual(found["registers"] + found["maps"], 2 * 8)
            result, stats = pmd.traffic(5000)
            self.check_traffic(result, 5000, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_pool_is_refused(self):
        """testpmd's pool does not fit the window: no pool, no crash, nothing left behind."""
        result = self.m.run(
            f"dpdk-testpmd {testpmd.eal_words()} "
            f"-a vfio_spapr:config,window_size={SMALL_WINDOW >> 20}M --", 120)
        self.assertEqual(result.rc, 1, result.out[-2000:])
        self.assertIn("Creation of mbuf pool", result.out)
        self.assertEqual(set(plugin_log.message_ids(result.out)), {"DDW-window-full"})
        first = plugin_log.messages(result.out)[0]
        self.assertIn("window_size", first.fix)
        self.check_normal_start()
        self.check_hugepages_free()

    def test_no_alarm_for_pages_that_do_not_exist(self):
        """EAL tries the largest pages first, also where there are none: that is no shortage."""
        mount = "/dev/hugepages1G"
        self.m.run(f"mkdir -p {mount} && mount -t hugetlbfs -o pagesize=1G none {mount}").check()
        self.addCleanup(lambda: self.m.run(f"umount {mount}").check())
        result = testpmd.run(self.m)
        self.check_setup(result.out, 2, GIGABYTE, 21)
        self.assertEqual(testpmd.ports(result.out), 2)
        self.check_release(result.out)
        self.check_hugepages_free()

    def check_autotest(self, name, known=()):
        """The verdict of one of DPDK's own tests is the same with the plugin as without it."""
        stock, _ = self.autotest(name, "-a vfio_spapr:config,mode=off")
        ours, out = self.autotest(name, "")
        self.assertEqual((stock, ours), (0, 0), out[-2000:])
        self.assertEqual(plugin_log.setup(out)["groups"], 2)
        self.check_ledger(out)
        self.assertLessEqual(set(plugin_log.message_ids(out)), set(known))

    def test_dpdk_own_tests(self):
        """DPDK's tests of its memory. One of them adds memory of its own to a heap."""
        self.check_autotest("malloc_autotest")
        self.check_autotest("memzone_autotest")
        self.check_autotest("mbuf_autotest")

    def autotest(self, name, eal):
        """Runs one of dpdk-test's tests; returns its status and what it printed."""
        result = self.m.run(f"DPDK_TEST={name} dpdk-test {testpmd.eal_words(eal)} </dev/null", 240)
        self.m.run("rm -f /dev/hugepages/rtemap_*").check()
        return result.rc, result.out


if __name__ == "__main__":
    unittest.main()
