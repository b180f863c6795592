# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""DPDK's own l2fwd, l3fwd and skeleton, built from the sources of the suite's package as they are.

Each frame that they forward is compared with what it has to be: l2fwd and l3fwd write
Ethernet addresses, l3fwd routes by IPv4 address and counts the time to live down.
"""

import glob
import os
import shutil
import signal
import struct
import tempfile
import unittest

import plugin_log
import testpmd
from machine_dpdk import PLUGIN
from powerlab import Nic, sysroot
from powerlab.dpdk import examples
from powerlab.progress import Progress
from powerlab.traffic import checksum, run_traffic
from support import STAGE, SUITE, LabCase

FOLDER = "/share"                       # of the host: large programs need not be copied
QUIET = Progress(quiet=True)
FRAMES = 3_000                          # each way
# Routes of l3fwd's own tables: 198.18.N.0/24 leads to port N. Exact match: a single flow.
NETWORKS = ("198.18.0.7", "198.18.1.9")


def port_address(port):
    """The Ethernet address of a NIC, as the lab gives it to QEMU."""
    return bytes.fromhex("525400dd00") + bytes([port])


def readdressed(port):
    """What l2fwd makes of a frame that leaves by `port`."""
    ends = b"\x02\0\0\0\0" + bytes([port]) + port_address(port)
    return lambda frame: ends + frame[12:]


def routed(port):
    """What l3fwd makes of an IPv4 frame that leaves by `port`."""
    def transform(frame):
        frame = bytearray(readdressed(port)(frame))
        frame[22] -= 1
        frame[24:26] = bytes(2)
        frame[24:26] = struct.pack(">H", checksum(frame[14:34]))
        return bytes(frame)
    return transform


class DpdkExamples(LabCase):
    """Two NICs in two groups."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        built = examples.build(SUITE, QUIET)
        for name in examples.PROGRAMS:
            shutil.copy(os.path.join(built, name), folder)
        cls.link_plugin(os.path.join(built, "source"), os.path.join(folder, "l2fwd-linked"))
        cls.machine_options = {"share": folder}
        super().setUpClass()

    @staticmethod
    def link_plugin(source, program):
        """l2fwd with DPDK and the plugin inside, by the plugin's pkg-config file."""
        archive, = glob.glob(f"{STAGE}/**/librte_bus_vfio_spapr.a", recursive=True)
        libraries = os.path.dirname(archive)
        words = ("static", f"LDFLAGS_STATIC=-L{libraries} $(shell PKG_CONFIG_PATH={libraries}/"
                 "pkgconfig pkg-config --static --libs librte_bus_vfio_spapr)")
        with tempfile.TemporaryDirectory() as folder:
            where = shutil.copytree(source, os.path.join(folder, "l2fwd"))
            examples.compile_one(where, sysroot.build(SUITE, QUIET), words, program)

    def forward(self, command, ready, status=0, both=True, **options):
        """Starts a program, sends frames both ways, and ends it with SIGINT."""
        name, _, words = command.partition(" ")
        eal, _, own = words.partition("--")
        process = self.m.start(f"{FOLDER}/{name} {testpmd.eal_words(eal)} -- {own}")
        try:
            process.read_until(ready, 120)
            ends = (nic.socket for nic in self.m.nics)
            results = run_traffic(*ends, frames=FRAMES, both=both, **options)
            process.kill(signal.SIGINT)
            self.assertEqual(process.wait(60), status, process.output[-2000:])
        finally:
            if process.rc is None:
                process.kill(signal.SIGKILL)
        for result in results if both else (results,):
            self.check_traffic(result, FRAMES)
        self.assertEqual(plugin_log.setup(process.output)["groups"], 2)
        self.assertEqual(plugin_log.message_ids(process.output), [])
        if status == 0:
            self.check_release(process.output)
        self.check_hugepages_free()
        return process.output

    def test_l2fwd(self):
        """Ports in pairs; new Ethernet addresses."""
        self.l2fwd("l2fwd")

    def test_l2fwd_static(self):
        """The same with all of DPDK in the program, which is told to load the plugin."""
        self.l2fwd(f"l2fwd-static -d {PLUGIN}")

    def test_l2fwd_linked(self):
        """The same with the plugin inside, too."""
        self.l2fwd("l2fwd-linked")

    def test_without_symbols(self):
        """The plugin finds no function of EAL: it says so, and the process is as without it."""
        out = self.m.run(f"{FOLDER}/l2fwd-hidden {testpmd.eal_words(f'-d {PLUGIN}')} -- -p 3", 120)
        self.assertNotEqual(out.rc, 0)
        self.assertEqual(plugin_log.message_ids(out.out), ["DDW-eal-symbols"], out.out)
        self.assertIn(plugin_log.STOCK_FAILURE, out.out)
        self.assertIsNone(plugin_log.setup(out.out))
        self.check_hugepages_free()

    def l2fwd(self, command):
        """Two cores, each with a port."""
        out = self.forward(f"{command} -- -p 3 -q 1 -P -T 0", r"(?s)(entering main loop.*){2}",
                           transform=(readdressed(1), readdressed(0)))
        self.assertIn("Bye...", out)

    def test_l2fwd_without_new_addresses(self):
        """Ports in pairs; frames as they are."""
        self.forward("l2fwd -- -p 3 -q 2 -P -T 0 --no-mac-updating", "entering main loop")

    def l3fwd(self, lookup, ipv4, **options):
        """One way to look a route up."""
        out = self.forward(f"l3fwd -- -p 3 -P --parse-ptype --lookup={lookup} "
                           "--config='(0,0,0),(1,0,1)'", r"(?s)(entering main loop.*){2}",
                           transform=(routed(1), routed(0)), ipv4=ipv4, **options)
        self.assertIn("Bye...", out)

    def test_l3fwd_longest_prefix(self):
        """Routes from a table of prefixes."""
        self.l3fwd("lpm", NETWORKS)

    def test_l3fwd_fib(self):
        """Routes from a forwarding information base."""
        self.l3fwd("fib", NETWORKS)

    def test_skeleton(self):
        """The smallest program: it has no handler for SIGINT, so the kernel cleans up."""
        self.skeleton("basicfwd")

    def test_skeleton_static(self):
        """The same with all of DPDK in the program."""
        self.skeleton(f"basicfwd-static -d {PLUGIN}")

    def skeleton(self, command):
        """SIGINT ends it; the next start is a normal one."""
        self.forward(command, "forwarding packets", -signal.SIGINT)
        self.check_normal_start(frames=0)


if __name__ == "__main__":
    unittest.main()
