# SPDX-License-Identifier: BSD-3-Clause
"""Secondary processes: stock DPDK programs that share the devices of a primary with the plugin.

Every primary is started with an address for its memory: where EAL wants it by itself, at
4 GiB, Linux loads programs on POWER, and a secondary then finds the place taken now and
then. One that dies there may even take the memory lock of the primary along.
"""

import os
import re
import socket
import struct
import threading
import time
import unittest

import plugin_log
import testpmd
from machine_dpdk import PLUGIN
from powerlab import Nic
from support import BUILD, GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

BASE = "--base-virtaddr=0x2000000000"   # 128 GiB
PROGRAMS = "/opt/lab"
SECONDARY = "--proc-type=secondary"
FRAMES = 500                            # in the guest's pages that are new
DEATHS = 10
ETHERTYPE = 0x88b5


def port_counters(text):
    """{port: {"RX-packets": n, ...}} of dpdk-proc-info's --stats."""
    stats = {}
    for part in text.split("NIC statistics for port ")[1:]:
        stats[int(part.split()[0])] = {
            name: int(value) for name, value in re.findall(r"^  ([RT]X-\w+): +(\d+)", part, re.M)
            + re.findall(r"([RT]X-errors): +(\d+)", part.split("Stats reg")[0])}
    return stats


class Listener(threading.Thread):
    """Takes what a NIC sends from a secondary process; a context manager.

    In a thread of its own: QEMU stops the whole machine while nobody reads.
    """

    def __init__(self, nic):
        super().__init__(daemon=True)
        self.end = socket.socket(socket.AF_UNIX)
        self.end.connect(nic.socket)
        self.end.settimeout(5.0)
        self.data = b""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exception):
        self.end.shutdown(socket.SHUT_RDWR)
        self.join()
        self.end.close()

    def run(self):
        while True:
            try:
                more = self.end.recv(1 << 16)
            except TimeoutError:
                continue
            if not more:
                return
            self.data += more

    def numbers(self, count):
        """The numbers of the first `count` frames of ours; fewer when no more come."""
        found = []
        for _ in range(100):
            found = [number for number in map(frame_number, split_frames(self.data))
                     if number is not None]
            if len(found) >= count:
                break
            time.sleep(0.05)
        return found


def split_frames(data):
    """The frames of a stream: each comes after its length."""
    frames = []
    while len(data) >= 4 and len(data) >= 4 + struct.unpack(">I", data[:4])[0]:
        end = 4 + struct.unpack(">I", data[:4])[0]
        frames.append(data[4:end])
        data = data[end:]
    return frames


def frame_number(frame):
    """The number in a frame of the guest's program; -1 when it is damaged, None for others."""
    if frame[12:14] != struct.pack(">H", ETHERTYPE):
        return None
    number, = struct.unpack(">I", frame[14:18])
    return number if frame[18:] == bytes([number & 0xff]) * (len(frame) - 18) else -1


class Secondary(LabCase):
    """Two groups, so two containers: the primary has both, a secondary gets both groups."""

    random_addresses = True
    # A secondary process finds no list of a library that its primary has not loaded.
    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for program in ("secondary", "memory_grow"):
            cls.m.put(os.path.join(BUILD, "tests", "guest", program), f"{PROGRAMS}/{program}")

    # Parts.

    def primary(self, eal="", app="--rxq=2 --txq=2"):
        """A primary; a second queue is there for a secondary that sends."""
        return Testpmd(self.m, f"{BASE} {eal}", app)

    def proc_info(self, eal=""):
        """dpdk-proc-info, as it is; returns its counters and its output."""
        out = self.m.run(f"dpdk-proc-info {eal} -- --stats", 60).out
        return port_counters(out), out

    def start_secondary(self, stay=False):
        """Our own secondary at work: memory of its own, and frames from there to the host."""
        with Listener(self.m.nics[0]) as listener:
            process = self.m.start(f"{PROGRAMS}/secondary {testpmd.eal_words(SECONDARY)} "
                                   f"-- {plugin_log.WINDOW_START:#x} {GIGABYTE} 0 1 {FRAMES}"
                                   f"{' stay' if stay else ''}", tty=False)
            self.addCleanup(lambda: process.rc is None and process.kill(9))
            process.read_until(r"sent=\d+", 60)
            self.assertEqual(listener.numbers(FRAMES), list(range(FRAMES)), process.output)
        found = re.search(r"^secondary: (.*)", process.output, re.M)
        words = {name: int(value) for name, value in
                 (word.split("=") for word in found[1].split())}
        self.assertEqual((words["block"], words["pool"], words["outside"], words["sent"]),
                         (1, 1, 0, FRAMES))
        self.assertGreaterEqual(words["after"] - words["before"], 32 * MEGABYTE)
        self.check_maps_nothing(process.output)
        return process

    def check_maps_nothing(self, text):
        """No error from the plugin in a secondary, no group opened, no window, nothing released."""
        self.assertEqual(plugin_log.message_ids(text), [])
        self.assertEqual((plugin_log.setup(text), plugin_log.groups(text),
                          plugin_log.release(text)), (None, [], None), text[-2000:])

    def check_forwarding(self, frames=300):
        """The primary forwards; it has been told to."""
        self.check_traffic(testpmd.send(self.m, frames), frames)

    def check_end(self, pmd):
        """The primary ends as always."""
        self.assertEqual(pmd.quit(), 0)
        self.check_release(pmd.output)
        self.check_hugepages_free()

    # Tests.

    def test_proc_info(self):
        """dpdk-proc-info reads the counters of both ports, while frames flow and after."""
        count = 100_000
        with self.primary() as pmd:
            pmd.forward()
            results = []
            thread = threading.Thread(
                target=lambda: results.append(testpmd.send(self.m, count)))
            thread.start()
            busy, out = self.proc_info()
            thread.join()
            self.assertEqual(sorted(busy), [0, 1], out)
            self.check_traffic(results[0], count)
            idle, out = self.proc_info()
            self.assertEqual(plugin_log.lines(out), [])
            for port, name in ((0, "RX-packets"), (1, "TX-packets")):
                self.assertEqual(idle[port][name], count, out)
                self.assertLessEqual(busy[port][name], count)
            self.check_end(pmd)

    def test_secondary_that_forwards(self):
        """All frames go through a secondary's hands; it dies, and the next one does the same."""
        with self.primary("-m 64", "--num-procs=2 --proc-id=1 --rxq=2 --txq=2") as pmd:
            for end in ("kill", "quit"):
                with self.subTest(end=end), Testpmd(
                        self.m, SECONDARY, "--num-procs=2 --proc-id=0 --rxq=2 --txq=2") as other:
                    self.assertEqual(testpmd.ports(other.output), 2)
                    result, _ = other.traffic(2_000)
                    self.check_traffic(result, 2_000)
                    self.assertEqual(getattr(other, end)(), -9 if end == "kill" else 0)
                    self.check_maps_nothing(other.output)
            self.check_end(pmd)

    def test_deaths(self):
        """A secondary takes memory, sends from it, and is killed or ends: the primary goes on."""
        with self.primary() as pmd:
            pmd.forward()
            for number in range(DEATHS):
                with self.subTest(number=number):
                    process = self.start_secondary(stay=True)
                    self.check_forwarding()
                    if number % 2:
                        process.close_stdin()
                        self.assertEqual(process.wait(30), 0)
                    else:
                        process.kill(9)
                        self.assertEqual(process.wait(30), -9)
                    self.check_forwarding()
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.check_end(pmd)

    def test_memory_to_the_end_of_the_window(self):
        """A secondary asks until the window is full: refused there, and given back."""
        window = 128 * MEGABYTE
        with self.primary(f"-a vfio_spapr:config,window_size={window >> 20}M") as pmd:
            pmd.forward()
            result = self.m.run(
                f"{PROGRAMS}/memory_grow {testpmd.eal_words(SECONDARY)} -- "
                f"{plugin_log.WINDOW_START:#x} {window} 1 1", 120)
            self.assertEqual(result.rc, 0, result.out[-2000:])
            sizes = [int(size) for size in re.findall(r" bytes=(\d+)", result.out)]
            full = window - 4 * MEGABYTE    # the top two pages stay empty
            self.assertEqual((sizes[1], sizes[3], sizes[4]), (full, full, sizes[0]))
            self.check_forwarding()
            self.assertEqual(set(plugin_log.message_ids(pmd.output)), {"DDW-window-full"})
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_secondary_without_the_plugin(self):
        """The primary's plugin is enough; the IOVA mode has to be PA."""
        with self.primary("-m 64") as pmd:
            self.m.run(f"for f in {PLUGIN}; do mv $f $f.away; done").check()
            try:
                counters, out = self.proc_info("--iova-mode=pa")
            finally:
                self.m.run(f"for f in {PLUGIN}.away; do mv $f ${{f%.away}}; done").check()
            self.assertEqual(sorted(counters), [0, 1], out)
            self.check_end(pmd)

    def test_wrong_iova_mode(self):
        """In VA mode a secondary would hand virtual addresses to the devices: no devices then."""
        with self.primary("-m 64") as pmd:
            _, out = self.proc_info("--iova-mode=va")
            self.check_one_message(out, "DDW-iova-va")
            self.assertIn("No Ethernet ports", out)
            self.check_end(pmd)

    def test_device_that_the_primary_does_not_have(self):
        """A group without a window is given to nobody; the other one works."""
        first = self.addresses[0]
        with self.primary(f"-m 64 -a {first}", "") as pmd:
            counters, out = self.proc_info()
            self.assertEqual(sorted(counters), [0], out)
            self.check_end(pmd)
            self.check_normal_start()

    def test_primary_ends_first(self):
        """While a secondary lives its groups stay in use: another primary is told by whom.

        EAL does not even start one with the same prefix.
        """
        for end in ("kill", "quit"):
            with self.subTest(end=end):
                with self.primary() as pmd:
                    other = self.start_secondary(stay=True)
                    self.assertEqual(getattr(pmd, end)(), -9 if end == "kill" else 0)
                result = testpmd.run(self.m, "--file-prefix=other")
                self.assertEqual(set(plugin_log.message_ids(result.out)), {"DDW-group-busy"})
                self.assertIn("secondary", plugin_log.messages(result.out)[0].what)
                other.kill(9)
                other.wait(30)
                self.wait_for_groups()
                self.check_normal_start()
                self.check_hugepages_free()

    def wait_for_groups(self):
        """Until the kernel has closed what the process held."""
        for _ in range(50):
            if not self.m.run("ls -l /proc/[0-9]*/fd 2>/dev/null | grep /dev/vfio/").out:
                return
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
