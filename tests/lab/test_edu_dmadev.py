# SPDX-License-Identifier: BSD-3-Clause
"""The driver of examples/edu_dmadev with QEMU's edu device, in both windows."""

import os
import re
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, LabCase

DRIVER = "/opt/lab/librte_dma_edu.so"
DMA_COPY = "/opt/lab/dma_copy"
REACH = 1 << 28
UNREACHABLE = "--unreachable 0x10000000"
# The commands of doc/guides/edu_dmadev.rst.
BIND = """\
modprobe -a vfio_iommu_spapr_tce vfio-pci
echo vfio-pci > /sys/bus/pci/devices/{0}/driver_override
echo {0} > /sys/bus/pci/drivers_probe
"""
# DPDK's own tests of the API that make no copy. The others wait 50 ms for one, and this
# device takes 200 ms: it transfers twice, and QEMU lets each transfer last 100 ms.
API_TESTS = ("get_dev_id_by_name", "is_valid_dev", "count", "info_get", "configure",
             "vchan_setup", "start_stop", "stats", "dump")
DONE = """\
sizes: 12 copies of 1 to 9001 bytes are right
reach: what is out of reach is refused
random: {random} copies of {bytes} bytes are right
order: 4 copies to the same place are right
ring: 8 copies fill it, one more is refused
statistics: {all} copies submitted and completed
stop: a copy was stopped, the next one is right and has number 0
all copies are right
"""


class Edu:
    """Tests for both platforms."""

    pages = 160
    nics = (Nic("edu", bridge=1),)
    bind = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in (DRIVER, DMA_COPY):
            base = os.path.basename(name)
            cls.m.put(os.path.join(BUILD, "examples", "edu_dmadev", base), name)
        cls.addresses = [nic.address for nic in cls.m.nics]
        cls.m.run(BIND.format(*cls.addresses)).check()

    def words(self, eal, options=""):
        """A command line of dma_copy."""
        return f"{DMA_COPY} {testpmd.eal_words(eal)} -d {DRIVER} -m 64 -- {options}"

    def narrow(self):
        """EAL's options with which all memory is in the default window."""
        return f"-a vfio_spapr:config,dma32={self.addresses[0]}"

    def check_copies(self, done, random):
        """It did everything, in memory that the device reaches, and gave everything back."""
        self.assertEqual(done.rc, 0, done.out)
        self.assertIn(f"device: {self.addresses[0]}", done.out)
        found = re.search(r"memory: source 0x(\w+), destination 0x(\w+)", done.out)
        self.assertLess(max(int(text, 16) for text in found.groups()), REACH)
        count = re.search(r"random: \d+ copies of (\d+) bytes", done.out)[1]
        expected = DONE.format(random=random, bytes=count, all=24 + random)
        said = [line for line in done.out.splitlines() if line + "\n" in expected]
        self.assertEqual("\n".join(said) + "\n", expected, done.out)
        self.check_release(done.out)
        self.check_hugepages_free()

    def test_heap(self):
        """All memory in the default window, because of this device.

        The process before it gets SIGKILL in the middle of a copy.
        """
        process = self.m.start(self.words(self.narrow(), "--copies 1000"))
        process.read_until("memory: source", 60)
        process.kill(9)
        self.assertEqual(process.wait(30), -9)
        self.check_hugepages_free()
        done = self.m.run(self.words(self.narrow(), f"--copies 5 {UNREACHABLE}"))
        self.check_copies(done, 5)
        self.assertEqual(plugin_log.setup(done.out)["dma32"], 1)
        self.assertIn(self.addresses[0], plugin_log.fallback(done.out))

    def test_pool(self):
        """A pool in the default window, and everything else in the dynamic one."""
        command = self.words("-d librte_mempool_ddw.so",
                             f"--copies 0 --ops ddw {UNREACHABLE}")
        done = self.m.run("MEMPOOL_DDW_CONFIG=window=default,addr_bits=28 " + command)
        self.check_copies(done, 0)
        self.assertEqual(plugin_log.setup(done.out)["dma32"], 0)


class PSeries(Edu, LabCase):
    """An LPAR."""

    def test_out_of_reach(self):
        """Memory of the dynamic window is refused, with the remedy, and nothing is copied."""
        done = self.m.run(self.words(""))
        self.assertEqual(done.rc, 1)
        self.assertIn("a copy of 1 bytes is refused: Numerical result out of range", done.out)
        warning = re.findall(r"dma_edu: .*", done.out)
        self.assertEqual(len(warning), 1, done.out)
        self.assertRegex(warning[0], rf"{self.addresses[0]}: refuses to copy from 0x8\w{{14}} to "
                                     r"0x8\w{14}: it has 28 address bits\. .*addr_bits=28.*"
                                     rf"dma32={self.addresses[0]}")
        self.check_release(done.out)
        self.check_hugepages_free()

    def test_dpdk_test(self):
        """DPDK's own tests accept the device, as far as they have the patience for it."""
        done = self.m.run(f"DPDK_TEST=dmadev_autotest dpdk-test {testpmd.eal_words(self.narrow())} "
                          f"-d {DRIVER} -m 128", 120)
        if self.release(done.out).dmadev_tests_library:
            self.assertIn(f"Test dmadev infrastructure using 0 [{self.addresses[0]}]", done.out)
            passed = re.findall(r"TestCase \[ *\d+\] : test_dma_(\w+) succeeded", done.out)
            self.assertEqual(sorted(passed), sorted(API_TESTS), done.out)
        else:
            # Copies take longer than it waits; the device reports no error.
            self.assertIn(f"### Test dmadev instance 0 [{self.addresses[0]}]", done.out)
            self.assertEqual(set(re.findall(r"dma_err = (\d+)", done.out)), {"0"}, done.out)
        self.check_release(done.out)
        self.check_hugepages_free()


class PowerNV(Edu, LabCase):
    """Bare metal."""

    kind = "powernv9"


if __name__ == "__main__":
    unittest.main()
