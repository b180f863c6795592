# SPDX-License-Identifier: BSD-3-Clause
"""Bare metal: two NICs on two PCI host bridges, next to the default window."""

import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

FRAMES = 100_000
WINDOW = 4 * GIGABYTE                   # for the hugepages of 2M and 2 of 1G


class PowerNV9(LabCase):
    """The main case; stock DPDK works here, with a window that replaces the default one."""

    all_drivers = True
    kind = "powernv9"
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))
    machine_options = {"memory": 6144, "kernel_args": "hugepagesz=1G hugepages=2"}
    large_pages = 2

    def test_traffic_static_memory(self):
        """The default window stays, the new one is at 1<<59; every byte is compared."""
        with Testpmd(self.m, "-m 512") as pmd:
            found = self.check_setup(pmd.output, 2, WINDOW, 21, 512 * MEGABYTE)
            self.assertLessEqual(found["registers"] + found["maps"], 2 * 8)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.write_result("powernv9-io", pmd.output, result)
            result, stats = pmd.traffic(FRAMES // 4, "macswap")
            self.check_traffic(result, FRAMES // 4, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_traffic_dynamic_memory(self):
        """Pages come and go at run time."""
        with Testpmd(self.m) as pmd:
            self.check_setup(pmd.output, 2, WINDOW, 21)
            result, stats = pmd.traffic(FRAMES // 4)
            self.check_traffic(result, FRAMES // 4, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_large_pages(self):
        """1G hugepages alone: the IOMMU page is 1G too. With 2M ones: 2M."""
        for pages, shift in ((0, 30), (self.pages, 21)):
            with self.subTest(small_pages=pages):
                self.m.hugepages("2M", pages)
                self.addCleanup(self.m.hugepages, "2M", self.pages)
                with Testpmd(self.m, "-m 1024") as pmd:
                    self.check_setup(pmd.output, 2, WINDOW, shift, GIGABYTE)
                    result, stats = pmd.traffic(FRAMES // 10)
                    self.check_traffic(result, FRAMES // 10, stats)
                    self.write_result(f"powernv9-1g-{pages}", pmd.output, result)
                    self.assertEqual(pmd.quit(), 0)
                    self.check_release(pmd.output)
                self.check_hugepages_free()


class PowerNV10(LabCase):
    """The newer bridge: a shorter run, and what comes after it."""

    all_drivers = True
    kind = "powernv10"
    nics = PowerNV9.nics

    def test_forwards(self):
        """It starts, forwards and ends."""
        with Testpmd(self.m, "-m 256") as pmd:
            self.check_setup(pmd.output, 2, GIGABYTE, 21, 256 * MEGABYTE)
            result, stats = pmd.traffic(FRAMES // 10)
            self.check_traffic(result, FRAMES // 10, stats)
            self.write_result("powernv10-io", pmd.output, result)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_other_windows(self):
        """The default windows, by both versions of sPAPR, and a window in their place."""
        for config, dma32, size in (("mode=dma32", 1, 2 * GIGABYTE), ("iommu=v1", 1, 2 * GIGABYTE),
                                    ("window=low", 0, 2 * GIGABYTE)):
            with self.subTest(config=config):
                with Testpmd(self.m, f"-m 256 -a vfio_spapr:config,{config}") as pmd:
                    self.assertEqual((pmd.setup["dma32"], pmd.setup["start"], pmd.setup["size"]),
                                     (dma32, 0, size))
                    result, stats = pmd.traffic(FRAMES // 20)
                    self.check_traffic(result, FRAMES // 20, stats)
                    self.assertEqual(pmd.quit(), 0)
                    self.check_release(pmd.output)
                self.check_hugepages_free()

    def test_secondary(self):
        """A secondary has the plugin's IOVA mode, though EAL by itself would select VA here.

        In VA mode the plugin would keep the devices from it, with a message.
        """
        with Testpmd(self.m, "-m 64 --base-virtaddr=0x2000000000") as pmd:
            out = self.m.run("dpdk-proc-info -- --stats", 60).out
            self.assertEqual(out.count("NIC statistics for port"), 2, out)
            self.assertEqual(plugin_log.lines(out), [])
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_kill_and_stock(self):
        """After a SIGKILL and after an exit stock DPDK finds the machine as it always was."""
        for end in ("kill", "quit"):
            with self.subTest(end=end), Testpmd(self.m) as pmd:
                self.check_setup(pmd.output, 2, GIGABYTE, 21)
                getattr(pmd, end)()
        with Testpmd(self.m, "-a vfio_spapr:config,mode=off") as pmd:
            self.assertEqual(plugin_log.lines(pmd.output), [])
            self.assertEqual(testpmd.ports(pmd.output), 2)
            result, stats = pmd.traffic(FRAMES // 20)
            self.check_traffic(result, FRAMES // 20, stats)
            # Not quit(): stock DPDK's own exit leaves pages pinned, and the kernel warns.
            pmd.kill()
        self.check_normal_start()
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
