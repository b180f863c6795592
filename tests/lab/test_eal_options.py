# SPDX-License-Identifier: BSD-3-Clause
"""EAL's options, one after the other: each works, with traffic, or is refused clearly.

doc/guides/eal_options.rst is the table of these; what is refused by a message of the plugin's own
is in test_bad_input.py.
"""

import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

# Where a secondary process finds its place too, see test_secondary.py.
BASE = "--base-virtaddr=0x2000000000"
FRAMES = 300


class _Options(LabCase):
    """What the machines have in common."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))
    window = GIGABYTE
    page_shift = 21

    def check_works(self, eal, groups=2, ports=2, ends=(0, 1), mapped=None, secondary=None):
        """A start, frames, an exit, nothing left behind; the same in each case.

        `secondary`: the options with which a secondary process sees the ports.
        """
        with self.subTest(eal=eal), Testpmd(self.m, f"{BASE} {eal}") as pmd:
            self.check_setup(pmd.output, groups, self.window, self.page_shift, mapped)
            self.assertEqual(testpmd.ports(pmd.output), ports)
            if secondary is not None:
                out = self.m.run(f"dpdk-proc-info {secondary} -- --stats", 60).out
                self.assertEqual(out.count("NIC statistics for port"), ports, out)
                self.assertEqual(plugin_log.lines(out), [])
            result, stats = pmd.traffic(FRAMES, ends=ends)
            self.check_traffic(result, FRAMES)
            self.assertEqual([stats[end]["RX-errors"] for end in range(min(ports, 2))],
                             [0] * min(ports, 2))
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()


class Options(_Options):
    """An LPAR with 4K pages."""

    def test_ways_to_hold_memory(self):
        """Files or none, one or many, given back as taken or in pieces, all at start or not."""
        self.check_works("--legacy-mem -m 64", mapped=64 * MEGABYTE, secondary="")
        self.check_works("--single-file-segments", secondary="")
        self.check_works("--in-memory")
        self.check_works("--in-memory --single-file-segments --match-allocations")
        self.check_works("--huge-unlink")
        self.check_works("--huge-unlink=never", secondary="")
        self.check_works("--match-allocations", secondary="")

    def test_amounts_of_memory(self):
        """What is there at start, and how much there may be."""
        self.check_works("--socket-mem 64", mapped=64 * MEGABYTE)
        self.check_works("--socket-mem 32 --socket-limit 64", mapped=32 * MEGABYTE)

    def test_limit_of_a_socket(self):
        """EAL's own limit makes an allocation fail as without the plugin."""
        result = testpmd.run(self.m, "--socket-limit 16")
        self.assertEqual(result.rc, 1)
        self.assertIn("Creation of mbuf pool", result.out)
        self.check_release(result.out)
        self.check_hugepages_free()

    def test_processes(self):
        """How the process shows itself to others."""
        self.check_works("--no-shconf")
        self.check_works("--no-telemetry --iova-mode=pa", secondary="")
        self.check_works("--file-prefix=other", secondary="--file-prefix=other")
        self.check_works("--proc-type=auto", secondary="")

    def test_choice_of_devices(self):
        """-a and -b choose the groups that get a window; others are left alone."""
        first, second = self.addresses
        self.check_works(f"-a {first} -a {second}")
        self.check_works(f"-a {first}", 1, 1, (0, 0), secondary=f"-a {first}")
        self.check_works(f"-b {first}", 1, 1, (1, 1), secondary=f"-b {first}")

    def test_virtual_devices(self):
        """They use the same memory, before and after the plugin's devices."""
        self.check_works("--vdev net_null0 --vdev net_ring0", ports=4)

    def test_without_pci(self):
        """No PCI device, no group, no word from the plugin."""
        for eal, ports in (("--no-pci", 0), ("--no-pci --vdev net_null0 --no-huge -m 64", 1),
                           ("--no-pci --vdev net_null0 --iova-mode=va", 1)):
            with self.subTest(eal=eal):
                result = testpmd.run(self.m, eal)
                self.assertEqual(result.rc, 0, result.out[-1000:])
                self.assertEqual(testpmd.ports(result.out), ports)
                self.assertEqual(plugin_log.lines(result.out), [])
        self.check_hugepages_free()

    def test_options_that_exclude_each_other(self):
        """EAL refuses these by itself, before the plugin has done anything."""
        result = testpmd.run(self.m, "--legacy-mem --in-memory")
        self.assertEqual(result.rc, 1)
        self.assertEqual(plugin_log.lines(result.out), [])


class Options64k(_Options):
    """An LPAR whose kernel has 64K pages; hugepages are 2M all the same."""

    machine_options = {"flavour": "64k"}

    def test_options(self):
        """The ways to hold memory that differ most."""
        self.assertEqual(self.m.run("getconf PAGESIZE").out.strip(), "65536")
        self.check_works("", secondary="")
        self.check_works("--legacy-mem -m 64", mapped=64 * MEGABYTE, secondary="")
        self.check_works("--single-file-segments")
        self.check_works("--in-memory")
        result = testpmd.run(self.m, "--no-huge -m 64")
        self.check_one_message(result.out, "DDW-iova-va")

    def test_small_iommu_pages(self):
        """IOMMU pages of 64K, and of 4K, which are smaller than the kernel's."""
        for text, shift in (("64K", 16), ("4K", 12)):
            self.page_shift = shift
            self.check_works(f"-m 64 -a vfio_spapr:config,page_size={text}",
                             mapped=64 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
