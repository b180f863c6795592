# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""devtools/lint says how it is used."""

import os
import subprocess
import tempfile
import unittest

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "devtools", "lint")


def lint(*words):
    """Exit status, standard output, standard error."""
    done = subprocess.run([LINT, *words], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Lint(unittest.TestCase):
    """No check is run here: that takes minutes."""

    def test_help_printed(self):
        """Help is no error."""
        for word in ("-h", "--help"):
            status, out, err = lint(word)
            self.assertEqual((status, err), (0, ""))
            self.assertIn("usage: devtools/lint [BUILD_DIR]", out)

    def test_missing_build_refused(self):
        """A folder that is no build, or is not there: what to do."""
        with tempfile.TemporaryDirectory() as folder:
            for words in ((folder,), (folder + "/none",), ("--fix",), (folder, folder)):
                status, out, err = lint(*words)
                self.assertEqual((status, out), (2, ""), words)
                self.assertIn(f"{words[0]} is no configured build; run: meson setup", err)


if __name__ == "__main__":
    unittest.main()
