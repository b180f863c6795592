# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Suricata of Debian as it is, between two ports: what no rule drops passes, and is unchanged.

What one types is in doc/guides/suricata.rst, and typed from there.
"""

import contextlib
import re
import unittest

import plugin_log
from powerlab import Nic
from powerlab.traffic import run_traffic
from support import MEGABYTE
from typist import ProgramCase

FRAMES = 2_000
DROPPED = 200                           # fewer than the sender has under way at a time
HERE = "198.18.0.7"
# As the rules of the page have it.
ALLOWED, NOT_THERE, NOT_THESE_WORDS = "198.18.1.9", "198.18.9.9", "198.18.3.9"


class Suricata(ProgramCase):
    """Two NICs in two groups, a CPU for each and one for the rest."""

    page = "suricata"
    package = "suricata"
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))
    machine_options = {"cpus": 3}

    def send(self, target, frames=FRAMES, ends=(0, 1), **options):
        """IPv4 frames to a target; returns what came of them."""
        sockets = (self.nics[end].socket for end in ends)
        return run_traffic(*sockets, frames=frames, ipv4=target and (HERE, target), **options)

    def test_between_two_ports(self):
        """Frames pass both ways, those of the rules do not; then it ends."""
        # As systemd would.
        self.m.run("mkdir -p /run/suricata").check()
        self.type_section("Configuration")
        with contextlib.ExitStack() as running:
            started, = self.type_section("Start", running)
            for result in self.send(ALLOWED, both=True):
                self.check_traffic(result, FRAMES)
            # No IPv4 at all.
            self.check_traffic(self.send(None), FRAMES)
            for target in (NOT_THERE, NOT_THESE_WORDS):
                result = self.send(target, DROPPED, idle_timeout=3.0)
                self.assertEqual((result.sent, result.received), (DROPPED, 0))
            self.check_traffic(self.send(ALLOWED, ends=(1, 0)), FRAMES)
        self.check_log(started.output)
        dropped, = self.type_section("What was dropped")
        # A rule for addresses is told once for all frames of a flow.
        told = re.findall(r"\[Drop\].*\[1:(\d+):1\].*\{UDP\} (\S+):9 -> (\S+):9", dropped.output)
        self.assertEqual(set(told), {("1000001", HERE, NOT_THERE),
                                     ("1000002", HERE, NOT_THESE_WORDS)})
        self.assertEqual(len(told), len(dropped.output.splitlines()))

    def check_log(self, text):
        """Two groups, no message, and nothing left at the end."""
        found = plugin_log.setup(text)
        self.assertEqual(found["groups"], 2)
        self.assertGreaterEqual(found["mapped_bytes"], MEGABYTE)
        self.check_release(text)
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
