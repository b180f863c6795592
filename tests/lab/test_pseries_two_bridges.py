# SPDX-License-Identifier: BSD-3-Clause
"""Two NICs on two PCI host bridges of an LPAR: two IOMMU groups, two containers.

This is the machine on which stock DPDK cannot use a single device.
"""

import socket
import struct
import unittest

import plugin_log
import strace
import testpmd
from machine_dpdk import PLUGIN
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

FRAMES = 100_000
ROUNDS = 10


class TwoBridges(LabCase):
    """The main case."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    # Without the plugin.

    def check_stock_failure(self, text):
        """Both devices were tried, and neither works."""
        self.assertEqual(text.count(plugin_log.STOCK_FAILURE), 2, text[-2000:])
        self.assertIn("No probed ethernet devices", text)
        self.assertEqual(testpmd.ports(text), 0)

    def test_stock_fails_mode_off(self):
        """mode=off means that the plugin is not there: nothing said, nothing done."""
        out = testpmd.run(self.m, "-a vfio_spapr:config,mode=off").out
        self.check_stock_failure(out)
        self.assertEqual(plugin_log.lines(out), [])

    def test_stock_fails_without_plugin(self):
        """The same failure when the file is away; so mode=off hides no effect of the plugin."""
        self.m.run(f"for f in {PLUGIN}; do mv $f $f.away; done").check()
        try:
            out = testpmd.run(self.m).out
        finally:
            self.m.run(f"for f in {PLUGIN}.away; do mv $f ${{f%.away}}; done").check()
        self.check_stock_failure(out)
        self.assertEqual(plugin_log.lines(out), [])

    # With the plugin.

    def test_traffic_static_memory(self):
        """-m 512: everything is mapped at the start; io, then macswap in the same process."""
        with Testpmd(self.m, "-m 512") as pmd:
            found = self.check_setup(pmd.output, 2, GIGABYTE, 21, 512 * MEGABYTE)
            self.assertLessEqual(found["registers"] + found["maps"], 2 * 8)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.write_result("pseries-two-bridges-io", pmd.output, result)
            result, stats = pmd.traffic(FRAMES, "macswap")
            self.check_traffic(result, FRAMES, stats)
            self.write_result("pseries-two-bridges-macswap", pmd.output, result)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_traffic_dynamic_memory(self):
        """Without -m, buffers are mapped as EAL takes their pages: both ways at once."""
        with Testpmd(self.m) as pmd:
            found = self.check_setup(pmd.output, 2, GIGABYTE, 21)
            self.assertLess(found["mapped_bytes"], 64 * MEGABYTE)
            (there, back), stats = pmd.traffic(FRAMES // 4, both=True)
            self.check_traffic(there, FRAMES // 4)
            self.check_traffic(back, FRAMES // 4, stats)
            self.write_result("pseries-two-bridges-dynamic", pmd.output, there)
            self.assertEqual(pmd.quit(), 0)
            found = self.check_release(pmd.output)
            self.assertGreater(found["registers"], 2)
        self.check_hugepages_free()

    def test_window_is_sized_to_hugepages(self):
        """The window follows the hugepages that exist, and two, and has 1 GiB at least."""
        for pages, window in ((256, GIGABYTE), (510, GIGABYTE), (511, 2 * GIGABYTE)):
            with self.subTest(pages=pages):
                self.m.hugepages("2M", pages)
                self.addCleanup(self.m.hugepages, "2M", self.pages)
                out = testpmd.run(self.m).out
                self.check_setup(out, 2, window, 21)
                self.check_release(out)

    def test_parameters_from_the_environment(self):
        """Applications with fixed EAL arguments are configured by a variable."""
        out = testpmd.run(self.m, before="VFIO_SPAPR_CONFIG=window_size=4G,page_size=64K").out
        self.check_setup(out, 2, 4 * GIGABYTE, 16)
        out = testpmd.run(self.m, before="VFIO_SPAPR_CONFIG=mode=off").out
        self.check_stock_failure(out)
        # An argument wins over the variable.
        out = testpmd.run(self.m, "-a vfio_spapr:config,window_size=2G",
                          before="VFIO_SPAPR_CONFIG=window_size=4G").out
        self.check_setup(out, 2, 2 * GIGABYTE, 21)

    def test_few_ioctls(self):
        """-m 1024: at most 8 REGISTER + MAP calls per group, by strace and by the plugin."""
        self.m.hugepages("2M", 600)
        self.addCleanup(self.m.hugepages, "2M", self.pages)
        trace = "/tmp/strace"
        out = testpmd.run(self.m, "-m 1024", timeout=240,
                          before=f"strace {strace.RAW} --seccomp-bpf -o {trace}").out
        found = self.check_setup(out, 2, 2 * GIGABYTE, 21, GIGABYTE)
        calls = strace.counts(self.m.get(trace).decode())
        self.assertEqual(calls["create"], 2)
        self.assertEqual(calls["remove"], 0)
        self.assertEqual((calls["register"], calls["map"]), (found["registers"], found["maps"]))
        self.assertLessEqual(calls["register"] + calls["map"], 2 * 8)
        released = self.check_release(out)
        self.assertEqual((calls["unregister"], calls["unmap"]),
                         (released["unregisters"], released["unmaps"]))
        self.write_result("pseries-two-bridges-ioctls", out)
        self.check_hugepages_free()     # else the pages that EAL leaves are more than a guest has

    # Ends and new starts.

    def test_restart(self):
        """Ten starts and exits, traffic in each: an exit leaves nothing behind."""
        for number in range(ROUNDS):
            with self.subTest(number=number):
                self.check_normal_start(frames=300)
        self.check_hugepages_free()

    def test_kill_and_restart(self):
        """SIGKILL while frames flow, ten times: the kernel undoes it, the next start works."""
        for number in range(ROUNDS):
            with self.subTest(number=number), Testpmd(self.m) as pmd:
                self.check_setup(pmd.output, 2, GIGABYTE, 21)
                pmd.forward()
                result = testpmd.send(self.m, 400)
                self.check_traffic(result, 400)
                self.assertEqual(pmd.kill(), -9)
        self.check_normal_start()
        self.check_hugepages_free()

    def test_default_window_serves_the_kernel_again(self):
        """After the exit the kernel's own driver drives both NICs through their windows."""
        self.check_normal_start()
        self.addCleanup(self.m.bind_vfio)
        self.bind_kernel(self.addresses)
        for index, nic in enumerate(self.m.nics):
            with self.subTest(device=nic.address):
                device = self.m.run(f"ls /sys/bus/pci/devices/{nic.address}/net").check()
                name = device.out.split()[0]
                ours = f"10.9.{index}.1"
                self.m.run(f"ip link set {name} up && ip addr add {ours}/24 dev {name}").check()
                self.assertTrue(ask_arp(nic.socket, ours), "the kernel's driver does not answer")
        self.m.bind_vfio()
        self.check_normal_start()


def ask_arp(path, address):
    """Asks for the owner of an IPv4 address on a NIC's socket; True when it answers.

    The answer needs DMA both ways. The link may take a moment to come up.
    """
    target = socket.inet_aton(address)
    mac, source = bytes.fromhex("02dd00000001"), target[:3] + b"\x02"
    request = struct.pack(">6s6sHHHBBH6s4s6s4s", b"\xff" * 6, mac, 0x0806, 1, 0x0800, 6, 4, 1,
                          mac, source, b"\0" * 6, target).ljust(60, b"\0")
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(path)
        end.settimeout(1.0)
        seen = b""
        for _ in range(30):
            end.sendall(struct.pack(">I", len(request)) + request)
            try:
                seen += end.recv(1 << 16)
            except TimeoutError:
                pass
            if struct.pack(">H", 2) + b"\x52\x54\x00" in seen and target in seen:
                return True
    return False


if __name__ == "__main__":
    unittest.main()
