# SPDX-License-Identifier: BSD-3-Clause
"""Memory that a library pins once, and maps and unmaps through the plugin."""

import os
import re
import unittest

import plugin_log
from powerlab import Nic
from support import BUILD, GIGABYTE, LabCase
from testpmd import eal_words

PROGRAM = "/opt/lab/pinned"
# What rte_dev_dma_map() and rte_dev_dma_unmap() refuse, in this order.
REFUSED = ["DDW-external-memory", "DDW-bad-iova", "DDW-external-memory"]


class Pinned:
    """What all machines do."""

    nics = (Nic("e1000e", bridge=1), Nic("e1000e", bridge=2))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "pinned"), PROGRAM)

    def run_program(self, config, kind, start, size, wanted):
        """Runs the program; every expectation is met, and nothing is left at the end."""
        out = self.m.run(f"{PROGRAM} {eal_words(config)} -- {kind} {start:#x} {size}", 240)
        self.assertEqual(re.findall(r"^pinned: FAILED.*", out.out, re.M), [], out.out[-4000:])
        self.assertEqual(out.rc, 0, out.out[-4000:])
        self.assertGreater(len(re.findall(r"^pinned: ok", out.out, re.M)), 30)
        self.assertEqual(plugin_log.message_ids(out.out), wanted)
        self.check_ledger(out.out)
        self.check_hugepages_free()
        return plugin_log.messages(out.out)

    def test_dynamic_windows(self):
        """Hugepages in the dynamic window and in the default one."""
        self.run_program("-m 64", "ddw", plugin_log.WINDOW_START, GIGABYTE, REFUSED)

    def test_default_windows(self):
        """mode=dma32: one window for all."""
        self.run_program("-m 64 -a vfio_spapr:config,mode=dma32", "dma32", 0,
                         self.default_window, REFUSED)

    def test_small_window(self):
        """A window that fills up: what is idle makes room for EAL."""
        told = self.run_program("-m 64 -a vfio_spapr:config,window_size=256M", "ddw",
                                plugin_log.WINDOW_START, GIGABYTE // 4,
                                REFUSED + ["DDW-window-full"])
        self.assertIn("KiB more memory", told[-1].what)


class PSeries(Pinned, LabCase):
    """An LPAR."""

    default_window = GIGABYTE           # the program fills smaller ones: test_small_window()


class PowerNV9(Pinned, LabCase):
    """Bare metal, where the default window has 2 GiB."""

    kind = "powernv9"

    def test_default_windows(self):
        self.run_program("-m 64 -a vfio_spapr:config,mode=dma32", "dma32", 0, 2 * GIGABYTE,
                         REFUSED)


if __name__ == "__main__":
    unittest.main()
