# SPDX-License-Identifier: BSD-3-Clause
"""Pools on a machine with two NUMA nodes: where the kernel has put their pages."""

import re
import unittest

import plugin_log
from pools import Pools, buffers
from powerlab import Nic
from support import MEGABYTE, LabCase

NODES = (256, 128)                      # hugepages of 2M


class Numa(Pools, LabCase):
    """Two nodes with one CPU and one NIC each."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))
    pages = 0
    machine_options = {"numa": (2048, 2048), "bridges": {1: {"numa_node": "0"},
                                                      2: {"numa_node": "1"}}}
    programs = ("mempool_api",)

    def setUp(self):
        super().setUp()
        for number, count in enumerate(NODES):
            self.m.hugepages("2M", count, node=number)

    def numa_maps(self, program):
        """[(first address, {node: pages})] of all hugepages of a process, in order."""
        pid = self.m.run(f"pgrep -x {program}").check().out.split()[0]
        found = []
        for line in self.m.run(f"cat /proc/{pid}/numa_maps").check().out.splitlines():
            nodes = {int(node): int(pages) for node, pages in re.findall(r" N(\d+)=(\d+)", line)}
            if "kernelpagesize_kB=2048" in line:
                found.append((int(line.split()[0], 16), nodes))
        return sorted(found)

    def check_node(self, node):
        """A check of the memory in which an object is: all of it is on that node."""
        def check(objects):
            maps = self.numa_maps("mempool_api")
            _, nodes = max(entry for entry in maps if entry[0] <= objects[0][0])
            self.assertEqual(list(nodes), [node], maps)
            self.check_objects(objects)
        return check

    def test_placement(self):
        """A pool is on the node that it was asked for, as the kernel has it."""
        for node in (0, 1):
            for config in ("mode=ddw", "mode=dma32"):
                with self.subTest(node=node, config=config):
                    self.api(f"node={node}", eal="--socket-mem=32,32", config=config,
                             objects=self.check_node(node))

    def test_node_without_pages(self):
        """The other node's pages are no help."""
        self.m.hugepages("2M", 0, node=1)
        out = self.api("node=1,none", "node=0", eal="--socket-mem=32,0",
                       ids=["DDW-pool-hugepages"], objects=self.check_node(0))
        self.assertIn("node 1", out)

    def test_no_such_node(self):
        """Nor is there a node 7."""
        self.api("node=7,none", eal="--socket-mem=32,32", ids=["DDW-pool-node"])

    def test_testpmd(self):
        """A pool for each port on its node; frames from one node to the other."""
        with self.forwarder(eal="--socket-mem=32,32", buffers=buffers(64 * MEGABYTE),
                          app="--numa --port-numa-config='(0,0),(1,1)' "
                              "--ring-numa-config='(0,3,0),(1,3,1)'") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            maps = [nodes for _, nodes in self.numa_maps("dpdk-testpmd")]
            pools = [nodes for nodes in maps if sum(nodes.values()) >= 32]
            self.assertEqual(sorted(list(nodes) for nodes in pools), [[0], [1]], maps)
            self.forward(pmd, 3000)
            self.forward(pmd, 3000, ends=(1, 0), mode="macswap")
            self.finish(pmd)


if __name__ == "__main__":
    unittest.main()
