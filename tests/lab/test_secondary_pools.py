# SPDX-License-Identifier: BSD-3-Clause
"""Pools of the library in secondary processes: the same memory at the same addresses.

A program of our own lets packets travel between two processes, and each looks at every
byte and at the bus address; dpdk-testpmd lets a secondary process forward real frames.
"""

import os
import re
import unittest

import pools
import testpmd
from machine_dpdk import PMDS
from powerlab import Nic
from support import BUILD, LabCase
from testpmd import Testpmd

BASE = "--base-virtaddr=0x2000000000"
SECONDARY = "--proc-type=secondary"
PROGRAM = "/opt/lab/shared_pool"
OBJECTS = 8191


class End:
    """One of the two processes: a line in, a line out."""

    def __init__(self, case, eal, mapping=None):
        command = f"{PROGRAM} {testpmd.eal_words(eal)}" + (f" -- {mapping}" if mapping else "")
        self.case = case
        self.role = "primary" if mapping else "secondary"
        self.process = case.m.start(command, tty=False)
        case.addCleanup(lambda: self.process.rc is None and self.process.kill(9))
        self.line(120)

    def line(self, timeout=60):
        """The number in the next answer."""
        answer = rf"{self.role}: (wrong: )?(\w+)=(-?\d+)\r?\n"
        text = self.process.read_until(answer, timeout)
        found = re.search(answer, text)
        self.case.assertIsNone(found[1], text)
        return int(found[3])

    def ask(self, words):
        """Something is done; the number in the answer."""
        self.process.write(words + "\n")
        return self.line()

    def tell(self):
        """Objects available and bytes, by the library's statistics."""
        return self.ask("tell"), self.line()

    def end(self):
        """The normal end."""
        self.process.close_stdin()
        self.case.assertEqual(self.process.wait(60), 0)

    @property
    def output(self):
        """All that it has printed."""
        return self.process.output


class SecondaryPools(LabCase):
    """Two groups, so two containers."""

    random_addresses = True
    # A secondary process finds no list of a library that its primary has not loaded.
    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "shared_pool"), PROGRAM)

    def start(self, mapping, eal=""):
        """A primary with a pool, and a secondary that the plugin has attached."""
        first = End(self, f"{BASE} -m 64 {eal}", mapping)
        second = End(self, SECONDARY)
        attached = second.ask("attach")
        self.assertNotIn("DDW-", second.output)
        self.assertEqual(attached, 1)
        return first, second

    def check_tables(self):
        """EAL's tables are near its memory, not among libraries, which are anywhere."""
        # Those of the secondary's own are in no other process.
        maps = self.m.run("cat $(grep -L proc-type=secondary $(grep -l shared_pool "
                          "/proc/[0-9]*/comm | sed s/comm$/cmdline/) | sed s/cmdline$/maps/)")
        starts = {line.split()[-1]: int(line.split("-")[0], 16)
                  for line in maps.check().out.splitlines() if "/fbarray_" in line}
        self.assertGreater(len(starts), 4)
        self.assertEqual([name for name, start in starts.items() if start >= 1 << 40], [])

    def finish(self, first, second):
        """Both end, and nothing is left."""
        second.end()
        first.end()
        self.check_release(first.output)
        self.assertNotIn("DDW-", second.output)
        self.check_hugepages_free()

    def travel(self, first, second, there, back):
        """Packets of the one process are read and freed by the other; returns how many came."""
        sent = first.ask(f"send {there}")
        self.assertEqual(second.ask("receive"), sent)
        returned = second.ask(f"send {back}")
        self.assertEqual(first.ask("receive"), returned)
        for end in (first, second):
            end.ask("give")
        return sent, returned

    # Tests.

    def test_mapped_at_once(self):
        """Dynamic windows: both directions, growth, trimming, another pool."""
        first, second = self.start("static")
        self.assertEqual(self.travel(first, second, 3000, 5000), (3000, 5000))
        grown = first.ask("grow 8000")
        self.assertGreaterEqual(grown, 8000)
        self.check_tables()
        objects = OBJECTS + grown
        self.assertEqual(second.tell(), first.tell())
        self.assertEqual(first.tell()[0], objects)
        self.assertEqual(self.travel(first, second, objects, objects), (objects, objects))
        trimmed = first.ask("trim 100")
        self.assertGreater(trimmed, objects // 2)
        left = objects - trimmed
        self.assertEqual(self.travel(first, second, objects, objects), (left, left))
        self.assertEqual(second.tell(), first.tell())
        self.assertEqual(first.tell()[0], left)
        self.assertEqual(first.ask("free"), 0)
        self.assertEqual(second.ask("attach"), 0)
        self.assertEqual(first.ask("make"), OBJECTS)
        self.assertEqual(second.ask("attach"), 1)
        self.assertEqual(self.travel(first, second, 4000, 4000), (4000, 4000))
        self.assertEqual(first.ask("free"), 0)
        self.finish(first, second)

    def test_mapped_on_demand(self):
        """Default windows: a secondary gets what the primary has mapped, and no more."""
        first, second = self.start("demand", "-a vfio_spapr:config,mode=dma32")
        self.assertEqual(second.ask("send 100"), 0)
        self.assertEqual(first.ask("receive"), 0)
        sent, returned = self.travel(first, second, 3000, OBJECTS)
        self.assertEqual(sent, 3000)
        self.assertGreaterEqual(returned, 3000)
        self.assertLess(returned, OBJECTS)
        grown = first.ask("grow 8000")
        objects = OBJECTS + grown
        self.assertEqual(self.travel(first, second, objects, objects), (objects, objects))
        self.assertGreater(first.ask("trim 100"), objects // 2)
        self.assertEqual(first.tell(), second.tell())
        self.assertEqual(first.ask("free"), 0)
        self.finish(first, second)

    def test_deaths(self):
        """A secondary is killed: the primary waits for nobody, and its pool can go."""
        first, second = self.start("static")
        self.assertEqual(first.ask("send 1000"), 1000)
        self.assertEqual(second.ask("receive"), 1000)
        second.ask("give")
        second.process.kill(9)
        self.assertEqual(second.process.wait(30), -9)
        self.assertGreaterEqual(first.ask("grow 8000"), 8000)
        self.assertEqual(first.ask("give"), 0)
        self.assertEqual(first.ask("free"), 0)
        self.assertEqual(first.ask("make"), OBJECTS)
        second = End(self, SECONDARY)
        self.assertEqual(second.ask("attach"), 1)
        self.assertEqual(self.travel(first, second, 2000, 2000), (2000, 2000))
        # The memory stays for the one that is left.
        self.assertEqual(first.ask("send 500"), 500)
        first.process.kill(9)
        self.assertEqual(first.process.wait(30), -9)
        self.assertEqual(second.ask("receive"), 500)
        second.process.kill(9)
        second.process.wait(30)

    def test_handlers_in_another_order(self):
        """A library that only the secondary has with -d: no pool is attached, and why."""
        first = End(self, f"{BASE} -m 64", "static")
        stack = self.m.run(f"ls {PMDS}/librte_mempool_stack.so*").check().out.split()[0]
        result = self.m.run(f"dpdk-proc-info -d {stack} -- --stats", 60)
        message, = pools.messages(result.out)
        self.assertEqual(message.id, "DDW-pool-secondary", result.out[-3000:])
        self.assertIn("mempool handler ddw has number", message.what)
        self.assertIn("NIC statistics for port 1", result.out)
        # It has ended, and is not waited for.
        self.assertEqual(first.ask("free"), 0)
        first.end()
        self.check_release(first.output)
        self.check_hugepages_free()

    def forward(self, eal, app="", env=""):
        """A secondary testpmd forwards between its own queues of a pool with the handler."""
        app = f"--num-procs=2 --rxq=2 --txq=2 {app}"
        eal = f"{BASE} -m 64 --mbuf-pool-ops-name=ddw {eal}"
        with Testpmd(self.m, eal, f"{app} --proc-id=1", env) as pmd:
            with Testpmd(self.m, SECONDARY, f"{app} --proc-id=0") as other:
                self.assertEqual(testpmd.ports(other.output), 2)
                self.assertNotIn("DDW-", other.output)
                result, _ = other.traffic(2_000)
                self.check_traffic(result, 2_000)
                self.assertEqual(other.quit(), 0)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_forwarding(self):
        """Frames from and to devices, in dynamic and in default windows."""
        self.forward("")
        self.forward("-a vfio_spapr:config,mode=dma32", env="MEMPOOL_DDW_CONFIG=mapping=static")


if __name__ == "__main__":
    unittest.main()
