# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The programs of examples/ on a machine without sPAPR, as the documents show them."""

import os
import re
import signal
import subprocess
import textwrap
import unittest

FOLDER = os.environ["DDW_EXAMPLES"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EAL = ("--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=0@0")
PORTS = ("--vdev=net_null0", "--vdev=net_null1")


def start(name, *words):
    """A program, its two outputs in one."""
    return subprocess.Popen([os.path.join(FOLDER, name), *EAL, *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def run(name, *words):
    """Its exit status and what it printed."""
    with start(name, *words) as process:
        text = process.communicate(timeout=60)[0]
        return process.returncode, text


def read(name):
    """A file of the tree."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


class Examples(unittest.TestCase):
    """They need no root, no hugepages and no device."""

    def test_hello_prints_six_addresses(self):
        """Six objects, at different addresses; no windows."""
        status, text = run("ddw_hello")
        self.assertEqual(status, 0, text)
        self.assertIn("main window: none\ndefault window: none\n", text)
        self.assertEqual(len(set(re.findall(r"object \d: address (0x\w+)", text))), 6)

    def test_map_without_a_group_says_so_once(self):
        """Without a group there is one message, and no more."""
        for words, message in (((), "usage: ddw_map PCI_ADDRESS..."),
                               (("0000:00:7f.7",), "ddw_map: DDW-group-open: 0000:00:7f.7 has no "
                                                   "IOMMU group; why: ")):
            done = subprocess.run([os.path.join(FOLDER, "ddw_map"), *words], text=True,
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr[:len(message)], message)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_pool_prints_lines_of_guide(self):
        """Three lines, as in the guide, which shows the program as it is."""
        status, text = run("ddw_pool")
        self.assertEqual(status, 0, text)
        lines = "".join(line for line in text.splitlines(True) if " packets, " in line)
        self.assertEqual(lines, "used: 8000 packets, 0 available\n"
                                "grown: 16000 packets, 8000 available\n"
                                "trimmed: 0 packets, 0 available\n")
        guide = read("doc/guides/mempool.rst")
        self.assertIn(textwrap.indent("\n" + lines + "\n", "   ", str.strip), guide)
        self.assertIn(".. literalinclude:: ../../examples/ddw_pool/main.c\n", guide)

    def test_forward_until_interrupted(self):
        """Frames pass until SIGINT."""
        with start("ddw_l2fwd", *PORTS, "--", "--mbufs", "8192") as process:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "forwarding between 2 ports" in line:
                    process.send_signal(signal.SIGINT)
            text = "".join(lines)
            self.assertEqual(process.wait(60), 0, text)
        self.assertRegex(text, r"pool: \d+ MiB, mapped as a whole")
        self.assertRegex(text, r"port 1: received \d+, sent \d+, missed 0\n")
        self.assertNotIn("some buffers were not returned", text)

    def test_bad_input_refused(self):
        """One message each, status 1."""
        for words, message in (
                ((*PORTS, "--", "--mbufs", "many"), "usage: ddw_l2fwd"),
                ((*PORTS, "--", "--mbufs", "-5"), "usage: ddw_l2fwd"),
                ((*PORTS, "--", "--mbufs", "1073741824"), "usage: ddw_l2fwd"),
                ((*PORTS, "--", "--buffer", "65408"), "usage: ddw_l2fwd"),
                ((*PORTS, "--", "--colour"), "usage: ddw_l2fwd"),
                ((*PORTS, "--", "word"), "usage: ddw_l2fwd"),
                ((PORTS[0],), "1 ports: an even number is needed"),
                ((*PORTS, "--", "--mbufs", "100000000"), "DDW-no-memory")):
            with self.subTest(words=words):
                status, text = run("ddw_l2fwd", *words)
                self.assertEqual((status, text.count(message)), (1, 1), text)


if __name__ == "__main__":
    unittest.main()
