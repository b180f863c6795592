# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The example of the guide: it runs, and the guide shows it as it is."""

import os
import subprocess
import unittest

EXAMPLE = os.environ["DDW_EXAMPLE"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EAL = ("--no-huge", "-m", "64", "--no-shconf", "--no-pci", "--iova-mode=va", "--no-telemetry")


def read(name):
    """A file of the tree."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


class Example(unittest.TestCase):
    """examples/ddw_pool."""

    def test_run(self):
        """What it says of its pool is right."""
        done = subprocess.run([EXAMPLE, *EAL], stdout=subprocess.PIPE, text=True, timeout=60,
                              check=True)
        lines = done.stdout.splitlines()[-3:]
        self.assertEqual(lines, ["used: 8000 packets, 0 available",
                                 "grown: 16000 packets, 8000 available",
                                 "trimmed: 0 packets, 0 available"])
        self.assertIn("\n".join(lines), read("doc/mempool.md"))

    def test_guide(self):
        """All of it but the two comments at its top."""
        text = read("examples/ddw_pool/main.c")
        self.assertIn("```c\n" + text[text.index("#include"):] + "```\n", read("doc/mempool.md"))


if __name__ == "__main__":
    unittest.main()
