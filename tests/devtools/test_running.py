# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""A stage is run again over a fault of the emulator or a guest that stood still, once."""

import os
import tempfile
import unittest
from unittest import mock

from testing import counting, running, stages
from testing.stage import stage

FAULT = "qemu-system-ppc64: system/physmem.c:1: iotlb_to_section: Assertion `i < n' failed."


class Again(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        path = lambda item, ending="log": os.path.join(self.folder, "stage." + ending)
        for module in (running, counting):
            patch = mock.patch.object(module, "log_path", path)
            patch.start()
            self.addCleanup(patch.stop)

    def runs(self, script):
        """How often a script ran, and whether the stage failed."""
        count = os.path.join(self.folder, "count")
        with mock.patch.object(running, "say"), mock.patch.object(running, "show_tail"):
            done = running.run(stage("a", "check", "sh", "-c", f"echo >>{count}; {script}",
                                     again=stages.EMULATOR))
        with open(count, encoding="ascii") as stream:
            lines = len(stream.readlines())
        os.unlink(count)
        return lines, bool(done.counts.failed)

    def test_good(self):
        self.assertEqual(self.runs(f'echo "{FAULT}"'.replace("`", "")), (1, False))

    def test_failed(self):
        self.assertEqual(self.runs("echo wrong; false"), (1, True))

    def test_emulator_failed(self):
        text = FAULT.replace("`", "").replace("'", "")
        mark = os.path.join(self.folder, "second")
        once = f'[ -e {mark} ] || {{ touch {mark}; echo "{text}"; false; }}'
        self.assertEqual(self.runs(once), (2, False))
        self.assertEqual(self.runs(f'echo "{text}"; false'), (2, True))

    def test_guest_stood_still(self):
        for text in ("powerlab.errors.GuestTimeout: error: a command in the guest took too long: x",
                     "subprocess.TimeoutExpired: Command 'a' timed out after 540 seconds"):
            text = text.replace("'", "")
            self.assertEqual(self.runs(f'echo "{text}"; false'), (2, True))


if __name__ == "__main__":
    unittest.main()
