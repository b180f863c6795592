# SPDX-License-Identifier: BSD-3-Clause
"""Memory of the application's own: in heaps, given to devices, and made into mempools."""

import os
import re
import unittest

import plugin_log
from powerlab import Nic
from support import BUILD, GIGABYTE, LabCase
from testpmd import Testpmd, eal_words

PROGRAM = "/opt/lab/external_memory"
POOLS = ("native", "xmem", "xmemhuge", "xbuf", "anon")
FRAMES = 3000
# What the mistakes of the program are called, in their order.
MISTAKES = ["DDW-bad-iova"] * 3 + ["DDW-bad-range"] * 2 + ["DDW-external-memory"] * 4
BAD_SMALL = ["DDW-bad-iova"]            # small pages at an address of the large window
TWO_DEVICES = ["DDW-bad-iova", "DDW-external-memory"]
REPLACED = ["DDW-external-memory"]
ALL = TWO_DEVICES + MISTAKES + BAD_SMALL + REPLACED + TWO_DEVICES
FORGOTTEN = "was unregistered without rte_dev_dma_unmap()"


class External:
    """What all machines do."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "external_memory"), PROGRAM)

    def run_program(self, config, large, small, wanted):
        """Runs the program with two ranges; every expectation is met, every mistake told."""
        ranges = " ".join(f"{start:#x} {size}" for start, size in (large, small))
        out = self.m.run(f"{PROGRAM} {eal_words(config)} -- {ranges}", 240)
        self.assertEqual(re.findall(r"^external: FAILED.*", out.out, re.M), [])
        self.assertEqual(out.rc, 0, out.out[-3000:])
        self.assertGreater(len(re.findall(r"^external: ok", out.out, re.M)), 30)
        self.assertEqual(plugin_log.message_ids(out.out), wanted)
        self.assertEqual(len(plugin_log.messages(out.out)), len(wanted))
        self.assertEqual(out.out.count(FORGOTTEN), 1)
        self.check_ledger(out.out, away=self.addresses[1:])
        self.check_hugepages_free()
        return plugin_log.messages(out.out)

    def check_pools(self, eal="", pools=POOLS):
        """testpmd takes its buffers from each kind of memory; all bytes of frames are compared."""
        for pool in pools:
            with self.subTest(pool=pool):
                with Testpmd(self.m, eal, f"--mp-alloc={pool}") as pmd:
                    self.assertEqual(plugin_log.message_ids(pmd.output), [])
                    result, stats = pmd.traffic(FRAMES)
                    self.check_traffic(result, FRAMES, stats)
                    self.assertEqual(pmd.quit(), 0)
                    self.check_release(pmd.output)
                self.check_hugepages_free()


class Lpar(External, LabCase):
    """Small pages go to the default window, hugepages to the dynamic one."""

    def test_calls(self):
        """Every call, and every mistake in it."""
        told = self.run_program("", (plugin_log.WINDOW_START, GIGABYTE),
                                (0, self.default_window), ALL)
        # Both ranges are named, the wrong address too.
        for message in told:
            if message.id == "DDW-bad-iova" and "mapped at" not in message.what:
                self.assertIn(f"{plugin_log.WINDOW_START:#x}-", message.fix)
                self.assertIn(f"0x0-{self.default_window - 1:#x}", message.fix)

    def test_calls_in_the_default_window(self):
        """mode=dma32: one range for all pages."""
        window = (0, self.default_window)
        self.run_program("-a vfio_spapr:config,mode=dma32", window, window,
                         TWO_DEVICES + MISTAKES + REPLACED + TWO_DEVICES)

    def test_pools(self):
        """Two windows."""
        self.check_pools()

    def test_pools_in_the_default_window(self):
        """mode=dma32."""
        self.check_pools("-a vfio_spapr:config,mode=dma32")

    def test_pools_in_legacy_mode(self):
        """EAL tells of no memory there: what is in a heap is mapped when a pool is made of it."""
        self.check_pools("--legacy-mem -m 256")


class LargePages(External, LabCase):
    """A kernel whose pages have 64K: they are small ones, too."""

    machine_options = {"flavour": "64k"}

    def test_calls(self):
        """As with 4K."""
        self.run_program("", (plugin_log.WINDOW_START, GIGABYTE), (0, self.default_window), ALL)

    def test_pools(self):
        """The two that have small pages."""
        self.check_pools(pools=("xmem", "anon"))


class BareMetal(External, LabCase):
    """With window=low the default window is gone, and with it the place for small pages."""

    kind = "powernv9"

    def test_no_window_for_small_pages(self):
        """Hugepages are mapped; small ones are refused, and get no address that is in use."""
        told = self.run_program("-a vfio_spapr:config,window=low", (0, GIGABYTE), (0, 0),
                                TWO_DEVICES + MISTAKES + REPLACED + ["DDW-small-pages"] * 3)
        self.assertIn("hugepages", told[-1].fix)

    def test_pools(self):
        """Two windows."""
        self.check_pools()


if __name__ == "__main__":
    unittest.main()
