# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""make test DPDK=DIR looks at the folder before it does anything."""

import os
import subprocess
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class OwnDpdk(unittest.TestCase):

    def test_refused(self):
        """A folder that is not there, and one without an installation."""
        for folder, words in (("/nowhere", "there is no folder /nowhere"),
                              ("doc", "doc is not an installed DPDK")):
            done = subprocess.run(["make", "-s", "test", f"DPDK={folder}"], cwd=ROOT, text=True,
                                  capture_output=True, check=False, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
