# SPDX-License-Identifier: BSD-3-Clause
"""Pools larger than the window: mapped on demand, with real devices that use every address."""

import json
import os
import unittest

import plugin_log
import testpmd
from pools import CONFIG, PROGRAMS, SELECTED, Pools, buffers, pairs
from powerlab import Nic
from support import MEGABYTE, RESULTS, SUITE, LabCase, rounds

WINDOW = 256 * MEGABYTE
POOL = 4 * WINDOW
# One of four windows; and four that all fit into what EAL leaves, but not at a time.
POOLS = (POOL,) + (144 * MEGABYTE,) * 4
OBJECTS = "/tmp/objects"
EAL = "-m 64"


class Demand(Pools, LabCase):
    """An LPAR with small default windows; NICs 2 and 3 are connected back to back."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("e1000e", bridge=3, net="a"), Nic("e1000e", bridge=4, net="a"))
    pages = 960                         # all pools, and what EAL takes
    default_window = WINDOW
    programs = ("mempool_api", "mempool_demand")

    def pool(self, name):
        """What telemetry tells of a pool."""
        return self.ask(f"/mempool_ddw/info,{name}")["/mempool_ddw/info"]

    def check_window(self, text):
        """The default window is the small one."""
        found = plugin_log.setup(text)
        self.assertEqual((found["dma32"], found["start"], found["size"]), (1, 0, WINDOW))

    def test_testpmd(self):
        """Frames of all sizes, rings that are filled again and again, a pool of four windows."""
        app = "--rxd=4096 --txd=4096 --mbcache=512 --burst=64"
        with self.forwarder("mode=dma32", eal=EAL, app=app, buffers=buffers(POOL)) as pmd:
            self.assertIn(SELECTED, pmd.output)
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_window(pmd.output)
            for mode in ("io", "macswap") * rounds(2, 50):
                self.forward(pmd, 10_000, mode)
                # Buffers of all rings come back, and others take their place.
                pmd.command("port stop all")
                pmd.command("port start all")
            found = self.pool("mb_pool_0")
            self.write_answer(found)
            self.assertEqual((found["mapping"], found["no_room"], found["map_failures"]),
                             ("demand", 0, 0))
            self.assertGreater(found["bytes"], POOL - 2 * MEGABYTE)
            self.assertGreater(found["demand_maps"], 0)
            self.assertLess(found["chunks_mapped"] * found["chunk_size"], WINDOW)
            self.finish(pmd)

    def write_answer(self, found):
        """For the documentation."""
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, f"mempool-demand-{SUITE}.json"), "w",
                  encoding="utf-8") as stream:
            json.dump(found, stream, indent=1)
            stream.write("\n")

    def test_beyond_the_window(self):
        """What cannot be mapped is refused when it is created."""
        self.api("beyond", eal=f"{EAL} {self.allow((0, 1))}", config="mode=dma32",
                 ids=["DDW-pool-window"] * 2)

    def test_kill(self):
        """SIGKILL with chunks mapped and pages pinned: nothing stays behind."""
        with self.forwarder("mode=dma32", eal=EAL, buffers=buffers(POOL)) as pmd:
            pmd.forward()
            self.check_traffic(testpmd.send(self.m, 400), 400)
            self.assertEqual(pmd.kill(), -9)
        self.check_hugepages_free()
        with self.forwarder("mode=dma32", eal=EAL, buffers=buffers(POOL)) as pmd:
            self.forward(pmd, 400)
            self.finish(pmd)

    def test_every_object(self):
        """Each pool in turn takes all that can be mapped, and a device reads all of it."""
        turns = rounds(2, 30)
        process = self.m.start(
            f"{PROGRAMS}mempool_demand {testpmd.eal_words(f'{EAL} {self.allow((2, 3))}')} "
            f"{CONFIG}mode=dma32 -- 0 {WINDOW} {turns} {OBJECTS} "
            f"{' '.join(str(size // MEGABYTE) for size in POOLS)}")
        try:
            process.read_until("demand: written", 120)
            self.check_full()
            process.write("\n")
            self.assertEqual(process.wait(rounds(240, 2400)), 0, process.output[-3000:])
        finally:
            if process.rc is None:
                process.kill(9)
                process.wait(30)
        self.check_window(process.output)
        self.assertEqual(set(plugin_log.message_ids(process.output)), {"DDW-pool-full"})
        self.check_phases(pairs(process.output, "demand: (?=phase)"), turns)
        self.check_end(process.output)

    def check_full(self):
        """Each buffer that was handed out is in the plugin's maps, at its address."""
        lines = self.m.get(OBJECTS).decode().split("\n")[:-1]
        objects = [(int(vaddr, 16), int(iova, 16), int(size))
                   for vaddr, iova, size in map(str.split, lines)]
        self.check_mapped(objects, self.maps())
        found = self.pool("pool0")
        self.assertEqual(found["chunks_idle"], 0)
        self.assertGreaterEqual(found["no_room"], 1)
        # All the room that EAL has left is used, but for less than a chunk at each end.
        room = WINDOW - 64 * MEGABYTE
        self.assertGreater(found["chunks_mapped"] * found["chunk_size"], room - 40 * MEGABYTE)

    def check_phases(self, phases, turns):
        """Every frame came back whole, whatever was mapped where."""
        for phase in phases:
            self.assertEqual([phase[name] for name in ("damaged", "missing", "outside", "stale",
                                                       "failed", "map_failures")], [0] * 6, phase)
            self.assertEqual(phase["sent"], phase["received"])
        full = [phase for phase in phases if phase["phase"] == "full"]
        self.assertEqual(len(full), len(POOLS) * turns)
        for phase in full:
            self.assertGreater(phase["out"] * 4096, WINDOW // 2, phase)
        idle, malloc = (phase for phase in phases if phase["phase"] in ("idle", "malloc"))
        self.assertGreater(malloc["evictions"], idle["evictions"], "EAL got no room")
        large, *others = phases[-len(POOLS):]
        print(f"{large['demand_maps']} maps, {large['evictions']} evictions, "
              f"{large['sent']} frames, {large['visited']} of {large['objects']} objects",
              flush=True)
        self.assertGreater(large["evictions"], 0)
        for phase in others:
            self.assertEqual(phase["visited"], phase["objects"])
            self.assertGreater(phase["evictions"], 0)


if __name__ == "__main__":
    unittest.main()
