# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The driver of examples/edu_dmadev in a DPDK without such a device, and dma_copy."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import test_plugin

BUILT = PLUGIN = os.environ["DDW_EDU"]
DMA_COPY = os.environ["DDW_DMA_COPY"]
FUTURE = os.environ["DDW_FUTURE"]
EAL = ("--no-huge", "-m", "64", "--no-shconf", "--no-telemetry", "--no-pci", "--iova-mode=va",
       "--lcores=0,1@0")
DEBUG = "--log-level=pmd.dma.edu:debug"


def setUpModule():  # noqa: N802 (the name is unittest's)
    """Moves the driver to where EAL accepts it."""
    global PLUGIN  # pylint: disable=global-statement
    if test_plugin.others_can_write(os.path.realpath(BUILT)):
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        os.makedirs(cache, exist_ok=True)
        folder = tempfile.mkdtemp(prefix="dpdk-ddw-", dir=cache)
        unittest.addModuleCleanup(shutil.rmtree, folder)
        PLUGIN = shutil.copy(BUILT, folder)


def dma_copy(*words, preload=None):
    """Its exit status and its text."""
    env = dict(os.environ, **({"LD_PRELOAD": preload} if preload else {}))
    result = subprocess.run([DMA_COPY, *EAL, *words], timeout=120, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=env, check=False)
    return result.returncode, result.stdout


class Driver(unittest.TestCase):
    """Without a device it does nothing; in another DPDK not even that."""

    def test_driver_registers(self):
        status, text = dma_copy("-d", PLUGIN, DEBUG)
        self.assertIn("dma_edu: registered with DPDK ", text)
        self.assertEqual(status, 1)
        self.assertIn("no DMA device: bind one to vfio-pci, and load its driver with -d", text)

    def test_unused_driver_silent(self):
        plain = test_plugin.testpmd()
        self.assertEqual(plain[0], 0, plain[1])
        loaded = test_plugin.testpmd("-d", PLUGIN)
        self.assertEqual(loaded[0], 0, loaded[1])
        self.assertEqual(test_plugin.steady(loaded[1]), test_plugin.steady(plain[1]))

    def test_other_release_refused(self):
        """One line that names both releases; the application goes on without the driver."""
        _, text = dma_copy("-d", PLUGIN, DEBUG, preload=FUTURE)
        lines = [line for line in text.splitlines() if "dma_edu" in line]
        self.assertEqual(len(lines), 1, text)
        self.assertRegex(lines[0], r"built for DPDK \d\d\.\d\d, but this is DPDK 99\.11\.0: "
                                   r"not used\. Rebuild it")
        self.assertIn("no DMA device", text)

    def test_exports_nothing(self):
        """Its names are its own: several drivers can be loaded."""
        symbols = subprocess.run(["readelf", "--wide", "--dyn-syms", PLUGIN], check=True,
                                 text=True, capture_output=True).stdout
        shown = [line.split()[7] for line in symbols.splitlines()
                 if re.match(r"\s*\d+:", line) and "UND" not in line and len(line.split()) > 7]
        self.assertEqual(shown, [])


class DmaCopy(unittest.TestCase):
    """The test program, with the DMA device that DPDK makes of a thread."""

    def copy(self, *words):
        """A run that has to go well."""
        status, text = dma_copy("--vdev=dma_skeleton", "--", *words)
        self.assertEqual(status, 0, text)
        self.assertIn("device: dma_skeleton\n", text)
        self.assertTrue(text.endswith("all copies are right\n"), text)
        return text

    def test_copies_in_heap(self):
        self.assertRegex(self.copy("--copies", "100", "--seed", "7"),
                         r"random: 100 copies of \d{6} bytes are right\n")

    def test_copies_in_pool(self):
        self.copy("--copies", "0", "--ops", "ring_mp_mc")

    def refused(self, message, *words):
        """Exit status 1 and a message."""
        status, text = dma_copy("--vdev=dma_skeleton", "--", *words)
        self.assertEqual(status, 1, text)
        self.assertIn(message, text)

    def test_bad_options_refused(self):
        for words in (("--copies", "many"), ("--copies", "-1"), ("--copies", "1001"),
                      ("--copies", ""), ("--seed", "99999999999999999999"), ("--other",),
                      ("--ops",), ("word",)):
            with self.subTest(words=words):
                self.refused("usage: dma_copy EAL-OPTIONS -- [--copies 0..1000]", *words)

    def test_unknown_handler_refused(self):
        self.refused("there is no mempool handler 'none_such': load it with -d",
                     "--ops", "none_such")


if __name__ == "__main__":
    unittest.main()
