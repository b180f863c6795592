# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Some of DPDK's own tests with the plugin: those of what it has to do with.

All of the fast suite, also without the plugin, is what lab/dpdk-tests runs.
"""

import re
import unittest

from powerlab import Nic
from powerlab.demo import plugin_in
from powerlab.dpdk import tests
from support import STAGE, LabCase

# Memory and what is made of it.
TESTS = ("memory_autotest", "memzone_autotest", "malloc_autotest", "mempool_autotest",
         "mbuf_autotest")


class DpdkTest(LabCase):
    """Two devices in two groups, so that all memory is mapped for both."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1), Nic("e1000e", bridge=2))
    pages = tests.HUGEPAGES
    machine_options = {"memory": tests.MEMORY}

    def dpdk_test(self, name):
        """One test in a process of its own."""
        found = tests.Runner(self.m, plugin_in(STAGE)[1], tests.LIMIT).run(name, True)
        print(f"{name}: {found.seconds} s", flush=True)
        self.assertEqual((found.active, found.trouble), (True, []), found.output[-3000:])
        return found

    def test_memory(self):
        """Each passes with the plugin at work, and leaves nothing behind."""
        for name in TESTS:
            with self.subTest(test=name):
                found = self.dpdk_test(name)
                self.assertEqual(found.status, "pass", found.output[-3000:])

    def test_external_memory(self):
        """No test of the fast suite, and the one that cannot pass: bus addresses in place of
        those that the test invents, see doc/guides/external_memory.rst. Nothing else is wrong.
        """
        found = self.dpdk_test("external_mem_autotest")
        self.assertEqual(found.status, "fail")
        self.assertEqual(re.findall(r"^(\w+)\(\):\d+: (.*?)\r?$", found.output, re.M),
                         [("check_mem", "IOVA mismatch")] * 2, found.output[-3000:])


if __name__ == "__main__":
    unittest.main()
