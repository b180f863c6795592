# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The programs of examples/ on an emulated LPAR."""

import os
import re
import subprocess
import tempfile
import unittest

import testpmd
from powerlab import Nic, sysroot
from powerlab.dpdk import examples
from powerlab.progress import Progress
from support import BUILD, MEGABYTE, ROOT, STAGE, SUITE, LabCase

FOLDER = "/opt/lab"
WINDOW = 256 * MEGABYTE                 # the default windows of this machine
FRAMES = 5_000
DMA32 = "-a vfio_spapr:config,mode=dma32"


class Examples(LabCase):
    """A machine with small default windows."""

    all_drivers = True
    pages = 640
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))
    default_window = WINDOW

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("ddw_hello", "ddw_l2fwd"):
            cls.m.put(os.path.join(BUILD, "examples", name), f"{FOLDER}/{name}")

    def hello(self, eal):
        """Its output, and the bus addresses of its objects."""
        done = self.m.run(f"{FOLDER}/ddw_hello {testpmd.eal_words(eal)} -m 64").check()
        self.check_release(done.out)
        self.check_hugepages_free()
        # DPDK has room for 16 handlers, and its own take nearly all of them.
        self.assertNotIn("Maximum number of mempool ops", done.out)
        addresses = [int(text, 16) for text in re.findall(r"bus address 0x(\w+)", done.out)]
        self.assertEqual(len(addresses), 6)
        for first, second in zip(addresses, addresses[1:]):
            self.assertGreaterEqual(second - first, 512 << 10)
        return done.out, addresses

    def test_hello(self):
        """Objects in the dynamic window."""
        out, addresses = self.hello("")
        self.assertIn("main window: 0x800000000000000, 2048 MiB", out)
        self.assertIn(f"default window: 0x0, {WINDOW // MEGABYTE} MiB", out)
        self.assertGreater(min(addresses), 1 << 59)

    def test_hello_dma32(self):
        """Objects in the default window."""
        _, addresses = self.hello(DMA32)
        self.assertLess(max(addresses), WINDOW)

    def build_with_pkg_config(self, name):
        """A program of examples/, built as a user does, with the libddw that is installed."""
        env = {**examples.environment(sysroot.build(SUITE, Progress(quiet=True))),
               "PKG_CONFIG_SYSROOT_DIR": STAGE,
               "PKG_CONFIG_LIBDIR": f"{STAGE}/usr/lib/{examples.TRIPLET}/pkgconfig"}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = os.path.join(folder.name, name)
        subprocess.run(f"$CC -Wall -Wextra -Werror $CFLAGS $LDFLAGS -o '{program}' main.c "
                       "$(pkg-config --cflags --libs libddw)", shell=True, check=True, env=env,
                       cwd=os.path.join(ROOT, "examples", name))
        return program

    def test_map(self):
        """libddw without DPDK: two groups, one bus address for a page in both."""
        self.m.put(self.build_with_pkg_config("ddw_map"), f"{FOLDER}/ddw_map")
        devices = " ".join(self.addresses)
        for _ in range(2):              # the first one leaves nothing behind
            done = self.m.run(f"ldd {FOLDER}/ddw_map; {FOLDER}/ddw_map {devices}").check()
            self.assertRegex(done.out, r"libddw\.so\.\d+ => (/usr)?/lib/")
            self.assertNotIn("librte", done.out)
            self.assertRegex(done.out, r"window at 0x800000000000000, 2048 MiB, pages of 2048 KiB")
            self.assertRegex(done.out, r"address 0x\w+, bus address 0x800000000\w+")
            self.assertEqual(done.out.count("IOMMU group "), 2)
            self.check_hugepages_free()

    def forward(self, eal, options):
        """Frames through ddw_l2fwd, all compared; returns what it printed."""
        process = self.m.start(f"{FOLDER}/ddw_l2fwd {testpmd.eal_words(eal)} -m 64 -- {options}")
        try:
            process.read_until("ends with SIGINT", 120)
            result = testpmd.send(self.m, FRAMES)
            self.check_traffic(result, FRAMES)
            process.kill(2)
            self.assertEqual(process.wait(60), 0)
        finally:
            if process.rc is None:
                process.kill(9)
        self.assertNotIn("some buffers were not returned", process.output)
        self.check_release(process.output)
        self.check_hugepages_free()
        return process.output

    def test_l2fwd(self):
        """The whole pool is mapped in the dynamic window."""
        out = self.forward("", "--mbufs 65536")
        self.assertRegex(out, r"pool: 1\d\d MiB, mapped as a whole")

    def test_l2fwd_pool_larger_than_window(self):
        """A pool four times the window: as much of it is mapped as frames are in flight."""
        out = self.forward(DMA32, "--mbufs 450000")
        size = int(re.search(r"pool: (\d+) MiB, mapped on demand", out)[1])
        self.assertGreater(size, 4 * WINDOW // MEGABYTE)
        mapped, chunks = map(int, re.search(r"pool: (\d+) of (\d+) chunks mapped", out).groups())
        self.assertLess(mapped, chunks // 4)
        self.assertGreater(mapped, 0)
        self.assertIn("0 without room", out)

    def test_bad_input(self):
        """One message, and nothing is left behind."""
        done = self.m.run(f"{FOLDER}/ddw_l2fwd {testpmd.eal_words(DMA32)} -m 64 -- --mbufs many")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("usage: ddw_l2fwd", done.out)
        done = self.m.run(f"{FOLDER}/ddw_l2fwd {testpmd.eal_words('')} -m 64 -- --mbufs 9000000")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("DDW-pool-hugepages", done.out)
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
