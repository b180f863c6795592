# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-proc-info, dpdk-pdump and dpdk-dumpcap, as they are, beside a testpmd with the plugin."""

import re
import signal
import unittest

import pcap
import plugin_log
import testpmd
from powerlab import Nic
from powerlab.traffic import SIZES, Frames
from support import GIGABYTE, MEGABYTE, PAGE_2M, LabCase

# Where no program is: see doc/guides/secondary.rst.
BASE = "--base-virtaddr=0x2000000000"
MEMORY = 256                            # MiB, so that the number of segments is known
FRAMES = 1_000
CRC = 4                                 # that these NICs count, too
POOL = "mb_pool_0"
# As many buffers as frames: nothing has to be dropped, however slow the tool is.
BUFFERS = "total-num-mbufs=4095,ring-size=2048"
# A capture is written in blocks: the last one is missing until the end.
_WAIT = """
for n in $(seq 100); do
	[ $(stat -c %s {path}) -ge {size} ] && exit 0
	sleep 0.2
done
exit 1
"""


def sent():
    """The frames of one run of traffic."""
    source = Frames(0, FRAMES, SIZES, 1, "io")
    return [source.make(number) for number in range(FRAMES)]


class Tools(LabCase):
    """One testpmd that forwards; the tools come and go."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    def setUp(self):
        super().setUp()
        self.pmd = testpmd.Testpmd(self.m, f"{BASE} -m {MEMORY}")
        self.pmd.forward()

    def tearDown(self):
        if self.pmd.process.rc is None:
            self.pmd.kill()
        super().tearDown()

    def traffic(self):
        """Frames through testpmd, all compared on their way back."""
        self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)

    def end(self):
        """Whatever the tools did, testpmd has nothing left and ends as always."""
        self.pmd.stop()
        self.assertEqual(self.pmd.quit(), 0)
        self.check_release(self.pmd.output)
        self.check_hugepages_free()

    def proc_info(self, options):
        """One call of dpdk-proc-info; returns what it printed."""
        out = self.m.run(f"dpdk-proc-info -- {options}").check().out
        self.assertEqual(plugin_log.lines(out), [])
        return out

    def counters(self):
        """[{name: value}] of the extended statistics of both ports."""
        ports = self.proc_info("--xstats").split("NIC extended statistics for port ")[1:]
        return [{name: int(value) for name, value in re.findall(r"^(\w+): (\d+)$", part, re.M)}
                for part in ports]

    def test_proc_info(self):
        """Counters, memory, ports, pools and rings are those of the primary."""
        self.traffic()
        size = sum(len(frame) + CRC for frame in sent())
        zero = {"rx_missed_errors": 0, "rx_errors": 0, "tx_errors": 0,
                "rx_mbuf_allocation_errors": 0}
        none = {"rx_good_packets": 0, "rx_good_bytes": 0, "tx_good_packets": 0,
                "tx_good_bytes": 0, **zero}
        self.assertEqual(self.counters(), [
            {**none, "rx_good_packets": FRAMES, "rx_good_bytes": size},
            {**none, "tx_good_packets": FRAMES, "tx_good_bytes": size}])
        self.proc_info("--stats-reset")
        self.assertEqual(self.counters(), [none, none])
        out = self.proc_info(f"--show-port --show-mempool={POOL} --show-ring")
        self.assertEqual(re.findall(r"driver net_e1000_em device (\S+)", out), self.addresses)
        self.assertEqual(re.findall(r"-- mac (\S+)", out),
                         [f"52:54:00:DD:00:0{port}" for port in (0, 1)])
        self.assertIn("Size 2048 Cache 250", out)
        counts = re.search(r"Count: avail \((\d+)\), in use \((\d+)\)", out)
        self.assertEqual(sum(map(int, counts.groups())), 2048)
        self.assertIn(f"ring <MP_{POOL}>", out)
        self.check_memory()
        self.end()

    def check_memory(self):
        """The segments have the bus addresses that the devices use, all in the window."""
        out = self.proc_info("-m")
        segments = [tuple(int(text, 0) for text in found) for found in re.findall(
            r"^Segment \S+ IOVA:(\w+), len:(\d+), virt:(\w+),", out, re.M)]
        self.assertEqual(len(segments), MEMORY * MEGABYTE // PAGE_2M)
        self.assertEqual(len({iova for iova, _, _ in segments}), len(segments))
        for iova, length, _ in segments:
            self.assertEqual(length, PAGE_2M)
            self.assertGreaterEqual(iova, plugin_log.WINDOW_START)
            self.assertLess(iova, plugin_log.WINDOW_START + GIGABYTE)
        pool = self.proc_info("--show-mempool")
        addr, iova = (int(text, 0) for text in re.search(
            rf"(?s)mempool <{POOL}>@(\w+).*?iova=(\w+)", pool).groups())
        inside = [(first, virt) for first, length, virt in segments
                  if virt <= addr < virt + length]
        self.assertEqual([first + addr - virt for first, virt in inside], [iova])

    def capture(self, command, ready, path):
        """Runs a tool while frames pass; returns its output after its end by SIGINT."""
        process = self.m.start(command)
        try:
            process.read_until(ready, 60)
            self.traffic()
            size = sum(len(frame) + 16 for frame in sent())
            self.m.run(_WAIT.format(path=path, size=size - MEGABYTE // 16)).check()
            self.m.run("sleep 1").check()
            process.kill(signal.SIGINT)
            self.assertEqual(process.wait(60), 0, process.output[-2000:])
        finally:
            if process.rc is None:
                process.kill(signal.SIGKILL)
        self.assertEqual(plugin_log.message_ids(process.output), [])
        return process.output

    def test_captures(self):
        """Two tools, one after the other, and testpmd is none the worse for it."""
        self.check_pdump()
        self.check_dumpcap()
        self.traffic()
        self.end()

    def check_pdump(self):
        """What port 0 received and port 1 sent, byte by byte."""
        out = self.capture(f"dpdk-pdump -- --pdump 'port=0,queue=*,rx-dev=/tmp/rx.pcap,{BUFFERS}'"
                           f" --pdump 'port=1,queue=*,tx-dev=/tmp/tx.pcap,{BUFFERS}'",
                           r"capture for \(2\) tuples", "/tmp/tx.pcap")
        self.assertEqual(re.findall(r"packets dequeued:\s+(\d+)", out), [str(FRAMES)] * 2)
        wanted = sent()
        for name in ("rx", "tx"):
            self.assertEqual(pcap.frames(self.m.get(f"/tmp/{name}.pcap")), wanted)

    def check_dumpcap(self):
        """The other tool for captures, in the same format.

        Without -p that of DPDK 22.11 turns promiscuous mode off at its end.
        """
        out = self.capture("dpdk-dumpcap -p -i 0 -P -w /tmp/capture.pcap", "Packets captured:",
                           "/tmp/capture.pcap")
        self.assertRegex(out, rf"received/dropped on interface \S+ {FRAMES}/0 ")
        self.assertEqual(pcap.frames(self.m.get("/tmp/capture.pcap")), sent())


if __name__ == "__main__":
    unittest.main()
