# SPDX-License-Identifier: BSD-3-Clause
"""Pools on bare metal: in both modes, and without a window for small pages."""

import unittest

import plugin_log
from pools import ADOPT, JUMBO, Pools, buffers
from powerlab import Nic, traffic
from support import MEGABYTE, LabCase


class PowerNV(Pools, LabCase):
    """Two NICs in two groups, 2 GiB of default window."""

    kind = "powernv9"
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("igb", bridge=2, net="stream"))
    programs = ("mempool_api",)

    def test_traffic(self):
        """Frames of up to 9,014 bytes in each kind of window."""
        for config in ("mode=ddw", "mode=dma32", "window=low"):
            with self.subTest(config=config):
                with self.forwarder(config, app=JUMBO, buffers=buffers(128 * MEGABYTE)) as pmd:
                    self.assertEqual(plugin_log.message_ids(pmd.output), [])
                    for mode in ("io", "macswap"):
                        self.forward(pmd, 2000, mode, sizes=traffic.JUMBO, window=64)
                    self.finish(pmd)

    def test_memory_of_the_application(self):
        """Where the default window has gone nothing takes normal pages."""
        self.api("adopt=/dev/hugepages/of_the_application", "small=refused",
                 eal="-m 64", config="window=low", objects=self.check_objects,
                 ids=ADOPT + ["DDW-pool-memory"])

    def test_large_objects(self):
        """16 MiB on pages of 2M."""
        for mapping in ("static", "demand"):
            self.api(f"large={mapping}", eal="-m 64", ids=["DDW-pool-busy"],
                     objects=self.check_objects)


if __name__ == "__main__":
    unittest.main()
