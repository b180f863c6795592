# SPDX-License-Identifier: BSD-3-Clause
"""What the tests in machines know of DPDK's releases, and how they find testpmd's prompt."""

import itertools
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                                "tests", "lab"))

import dpdk_release  # noqa: E402
import testpmd  # noqa: E402

LOG = "E1000_INIT: eth_em_interrupt_action():  Port 0: Link Up - speed 1000 Mbps - full-duplex\r\n"
EVENT = "Port 0: link state change event\r\n"


class Releases(unittest.TestCase):
    """Rows by version."""

    def test_rows(self):
        """Stable releases and candidates belong to their release."""
        for text, closes in (("22.11.11", False), ("24.11.4", False), ("25.07.0", False),
                             ("25.11.0-rc2", True), ("25.11.4", True), ("26.03.0", True)):
            self.assertEqual(dpdk_release.of(text).closes_groups, closes, text)
        with self.assertRaisesRegex(AssertionError, "DPDK 21.11.1"):
            dpdk_release.of("21.11.1")

    def test_version(self):
        """As EAL prints it, with and without the name."""
        self.assertEqual(dpdk_release.version("EAL: RTE Version: 'DPDK 25.11.4'\r\n"), "25.11.4")
        self.assertEqual(dpdk_release.version("EAL: RTE Version: '24.11.4 (a build)'"),
                         "24.11.4 (a build)")
        self.assertIsNone(dpdk_release.version("EAL: Detected CPU lcores: 2"))

    def test_drivers(self):
        """virtio's driver closes its device in every release."""
        old, new = dpdk_release.of("24.11.4"), dpdk_release.of("25.11.4")
        self.assertEqual([old.closes_group(model) for model in ("e1000e", "virtio-net-pci")],
                         [False, True])
        self.assertTrue(new.closes_group("e1000e"))


class Prompt(unittest.TestCase):
    """Other threads print while testpmd prints its prompt."""

    def found(self, text):
        """Where the prompt ends."""
        found = re.search(testpmd.PROMPT, text, re.M)
        return found.end() if found else None

    def test_lines_in_the_middle(self):
        """Lines of others at any place, alone and together."""
        for others in ("", "\r\n" + EVENT, LOG, LOG + "\r\n" + EVENT, 2 * (LOG + "\r\n" + EVENT)):
            for place in range(len("testpmd> ")):
                text = "Done\r\ntestpmd> "
                at = len("Done\r\n") + place
                text = text[:at] + others + text[at:]
                self.assertEqual(self.found(text), len(text), text)

    def test_lines_apart(self):
        """Each of them is written by itself, with letters of the prompt between."""
        for places in itertools.combinations_with_replacement(range(len("testpmd> ")), 3):
            text = "testpmd> "
            for place, other in zip(reversed(places), (EVENT, "\r\n", LOG)):
                text = text[:place] + other + text[place:]
            self.assertEqual(self.found("Done\r\n" + text), len("Done\r\n" + text), text)

    def test_no_prompt(self):
        """Not yet complete, or in the middle of a line."""
        for text in ("", "testpmd>", "Done\r\ntestpmd" + LOG, "echo testpmd> ",
                     "testpmd: create a new mbuf pool"):
            self.assertIsNone(self.found(text), text)


if __name__ == "__main__":
    unittest.main()
