# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of hugepages and of IOMMU pages, and how the plugin pairs them, on an LPAR."""

import unittest

from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

FRAMES = 10_000
WINDOW = 4 * GIGABYTE                   # for the hugepages of 2M and 2 of 1G
SMALL = "0x11000"                       # bridges that offer IOMMU pages of 4K and 64K only


class Pages(LabCase):
    """Bridges 1 and 2 offer all pages (4K, 64K, 2M, 16M), bridges 3 and 4 small ones only."""

    nics = tuple(Nic("e1000e", bridge=bridge, net="stream") for bridge in (1, 2, 3, 4))
    machine_options = {"memory": 6144, "bridges": {3: {"pgsz": SMALL}, 4: {"pgsz": SMALL}},
                       "kernel_args": "hugepagesz=1G hugepages=2"}
    large_pages = 2

    def forward(self, name, devices, eal, window, shift, mapped, group_shifts=None):
        """One start on two of the devices, traffic, one exit; all figures compared."""
        allow = " ".join(f"-a {self.addresses[device]}" for device in devices)
        with Testpmd(self.m, f"{allow} {eal}") as pmd:
            self.check_setup(pmd.output, 2, window, shift, mapped, group_shifts)
            result, stats = pmd.traffic(FRAMES, ends=devices)
            self.check_traffic(result, FRAMES, stats, (0, 1))
            self.write_result(f"pseries-{name}", pmd.output, result)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_64k_iommu_pages(self):
        """A bridge without large IOMMU pages: 2M hugepages through 64K ones."""
        self.forward("pgsz-64k", (2, 3), "-m 512", WINDOW, 16, 512 * MEGABYTE)

    def test_64k_iommu_pages_dynamic(self):
        """The same with memory that EAL takes page by page."""
        self.forward("pgsz-64k-dynamic", (2, 3), "", WINDOW, 16, None)

    def test_bridges_that_differ(self):
        """Two groups with different IOMMU pages still have one layout of bus addresses."""
        self.forward("pgsz-mixed", (0, 2), "-m 512", WINDOW, 21, 512 * MEGABYTE, (21, 16))

    def test_page_size_as_asked_for(self):
        """page_size is obeyed when the platform offers it."""
        for text, shift in (("4K", 12), ("64K", 16)):
            with self.subTest(page_size=text):
                self.forward(f"page-size-{text}", (0, 1),
                             f"-m 64 -a vfio_spapr:config,page_size={text}",
                             WINDOW, shift, 64 * MEGABYTE)

    def test_1g_hugepages(self):
        """1G hugepages: 16M is the largest IOMMU page that pseries offers."""
        self.without_small_pages()
        self.forward("1g", (0, 1), "-m 1024", WINDOW, 24, GIGABYTE)

    def test_1g_hugepages_64k_iommu_pages(self):
        """2^16 pages of 64K are 4 GiB: two pages of 1G are one MAP call still."""
        self.without_small_pages()
        self.forward("1g-pgsz-64k", (2, 3), "-m 2048", WINDOW, 16, 2 * GIGABYTE)

    def test_2m_and_1g_hugepages(self):
        """Both sizes: the IOMMU page fits the smaller one, the window holds both."""
        self.forward("mixed-hugepages", (0, 1), "-m 2560", WINDOW, 21, 2560 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
