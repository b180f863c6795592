# SPDX-License-Identifier: BSD-3-Clause
"""Pools of lib/mempool_ddw in a machine: testpmd with them, the programs of tests/guest."""

import json
import os
import re

import plugin_log
import testpmd
from support import BUILD
from testpmd import Testpmd

OPS = "--mbuf-pool-ops-name=ddw"
CONFIG = "-a vfio_spapr:config,"
SELECTED = "preferred mempool ops selected: ddw"
JUMBO = "--max-pkt-len=9018 --mbuf-size=9216"
HEADERS = 64 + 128                      # of each object, and of each mbuf
PREFIX = "MEMPOOL_DDW: "
PROGRAMS = "/opt/lab/"
# The messages of mempool_api's "adopt", which goes round three times.
ADOPT = ["DDW-pool-eal", "DDW-pool-busy", "DDW-pool-busy"] * 3
_MESSAGE = re.compile(re.escape(PREFIX) + r"(?P<id>DDW-pool-[a-z0-9-]+): (?P<what>\S.*?)\r?\n"
                      + re.escape(PREFIX) + r"  why: (?P<why>\S.*?)\r?\n"
                      + re.escape(PREFIX) + r"  fix: (?P<fix>\S.*?)\r?\n")


def messages(text):
    """All errors of the library that have all three parts."""
    return [plugin_log.Message(m["id"], m["what"], m["why"], m["fix"])
            for m in _MESSAGE.finditer(text)]


def pairs(text, head):
    """{name: value} of each line that begins so; numbers as numbers."""
    found = []
    for line in re.findall(rf"^{head}(.*?)\r?$", text, re.M):
        values = dict(re.findall(r"(\w+)=(\S+)", line))
        found.append({name: int(value, 0) if re.fullmatch(r"-?(0x)?[0-9a-f]*\d", value) else value
                      for name, value in values.items()})
    return found


class Pools:
    """Tests of pools, for any machine; next to LabCase."""

    programs = ()                       # of tests/guest

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in cls.programs:
            cls.m.put(os.path.join(BUILD, "tests", "guest", name), PROGRAMS + name)

    def allow(self, devices):
        """EAL's options for some of the NICs."""
        return " ".join(f"-a {self.addresses[device]}" for device in devices)

    def forwarder(self, config="mode=ddw", devices=(0, 1), eal="-m 64", **options):
        """testpmd with the handler as its default."""
        return Testpmd(self.m, f"{eal} {self.allow(devices)} {CONFIG}{config} {OPS}", **options)

    def ask(self, *commands):
        """{command: answer} of telemetry."""
        words = "\\n".join(commands)
        out = self.m.run(f"printf '{words}\\n' | dpdk-telemetry.py", 120).check().out
        found = {}
        for line in out.splitlines():
            if line.startswith('{"/'):
                found.update(json.loads(line))
        for command in commands:
            self.assertIn(command.split(",")[0], found, out[-3000:])
        return found

    def maps(self):
        """Every extent that the plugin has mapped: (vaddr, iova, bytes), in order."""
        found, query = [], "/vfio_spapr/maps"
        while query:
            answer = self.ask(query)["/vfio_spapr/maps"]
            found += [(int(value["vaddr"], 0), int(value["iova"], 0), value["len"])
                      for name, value in answer.items() if name.startswith("map_")]
            query = f"/vfio_spapr/maps,{answer['next']}" if "next" in answer else None
        return sorted(found)

    def check_mapped(self, objects, maps):
        """Every byte of each object (vaddr, iova, bytes) is mapped there."""
        at = 0
        for vaddr, iova, length in sorted(objects):
            while at + 1 < len(maps) and maps[at][0] + maps[at][2] <= vaddr:
                at += 1
            here = at
            while length > 0:
                first, bus, size = maps[here]
                self.assertTrue(first <= vaddr < first + size, f"{vaddr:#x} is not mapped")
                self.assertEqual(bus + vaddr - first, iova, f"{vaddr:#x} is mapped elsewhere")
                step = min(length, first + size - vaddr)
                vaddr, iova, length, here = vaddr + step, iova + step, length - step, here + 1

    def check_end(self, text):
        """The plugin has let go of everything, no page is left, and nobody complained."""
        self.check_ledger(text)
        self.check_hugepages_free()

    def check_one_pool_message(self, text, name):
        """Exactly one error, of the library; returns it."""
        self.assertEqual(plugin_log.message_ids(text), [name], text[-3000:])
        found = messages(text)
        self.assertEqual([message.id for message in found], [name], text[-3000:])
        return found[0]

    def forward(self, pmd, frames, mode="io", ends=(0, 1), **options):
        """Traffic with all bytes compared."""
        result, stats = pmd.traffic(frames, mode, ends, **options)
        # Ports count in the order of addresses.
        self.check_traffic(result, frames, stats, [sorted(ends).index(end) for end in ends])

    def finish(self, pmd):
        """The normal end, with nothing left."""
        self.assertEqual(pmd.quit(), 0)
        self.check_end(pmd.output)

    # The program mempool_api.

    def api(self, *tests, eal="", config="mode=ddw", ids=(), objects=None, cores="0-1"):
        """Runs tests of the program; `objects` is called with those that it shows.

        `ids` are the messages, in their order. Returns what it printed.
        """
        process = self.m.start(f"{PROGRAMS}mempool_api {testpmd.eal_words(eal, cores)} "
                               f"{CONFIG}{config} -- {' '.join(tests)}")
        try:
            while self._to_look(process):
                if objects:
                    objects(self._objects(process.output))
                process.write("\n")
            self.assertEqual(process.wait(60), 0, process.output[-4000:])
        finally:
            if process.rc is None:
                process.kill(9)
                process.wait(30)
        out = process.output
        self.assertNotIn("FAILED", out)
        self.assertIn("api: ok", out)
        self.assertEqual([message.id for message in messages(out)], list(ids), out[-4000:])
        self.assertEqual(plugin_log.message_ids(out), list(ids), out[-4000:])
        self.check_hugepages_free()
        return out

    @staticmethod
    def _to_look(process):
        """Waits for "look" or the end; is there something to look at?"""
        return "api: look" in process.read_until(r"api: look\r?$|api: end\r?$", 120)

    @staticmethod
    def _objects(text):
        """The objects that were shown last: (vaddr, iova, bytes)."""
        last = text.rsplit("api: look", 2)[-2]
        return [(int(vaddr, 16), int(iova, 16), int(size)) for vaddr, iova, size in
                re.findall(r"^api: object (\S+) (\S+) (\d+)", last, re.M)]

    def check_objects(self, objects):
        """What the program shows is what the plugin has mapped."""
        self.assertTrue(objects)
        self.check_mapped(objects, self.maps())


def buffers(size, room=2176):
    """testpmd's option for a pool of about that many bytes, in buffers of that size."""
    return f"--total-num-mbufs={size // (HEADERS + room)}"
