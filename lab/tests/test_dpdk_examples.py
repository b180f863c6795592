# SPDX-License-Identifier: BSD-3-Clause
"""How an example of DPDK is compiled, with makefiles that stand for those of the package."""

import os
import tempfile
import unittest

from powerlab.dpdk import examples
from powerlab.errors import LabError

ROOT = "/some/sysroot"


class ExamplesTest(unittest.TestCase):

    def compile(self, recipe):
        """Runs a makefile with that recipe; returns what it wrote into "out"."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "Makefile"), "w", encoding="ascii") as stream:
                stream.write(f"CFLAGS += -O3\nshared:\n\t{recipe}\n\tmkdir build; touch build/x\n")
            program = os.path.join(folder, "x-shared")
            examples.compile_one(folder, ROOT, ["shared"], program)
            self.assertTrue(os.path.exists(program))
            with open(os.path.join(folder, "out"), encoding="ascii") as stream:
                return stream.read()

    def test_flags(self):
        """The makefile adds its flags to those of the sysroot, and asks its pkg-config files."""
        words = self.compile("@echo $(CC) $(CFLAGS) $(LDFLAGS) $$PKG_CONFIG_LIBDIR >out").split()
        self.assertEqual(words[0], "powerpc64le-linux-gnu-gcc")
        self.assertEqual(words.count(f"--sysroot={ROOT}"), 2)
        self.assertIn("-O3", words)
        self.assertTrue(words[-1].startswith(
            f"{ROOT}/usr/lib/powerpc64le-linux-gnu/pkgconfig:"), words)

    def test_failure(self):
        """The compiler's words are in the message."""
        with self.assertRaises(LabError) as caught:
            self.compile("@echo main.c: no such header >&2; exit 1")
        self.assertIn("does not compile", str(caught.exception))
        self.assertIn("main.c: no such header", str(caught.exception))

    def test_absent_libraries(self):
        """What is nowhere gets an empty archive; what is there, or named as a file, does not."""
        with tempfile.TemporaryDirectory() as folder:
            tool = os.path.join(folder, "pkg-config")
            with open(tool, "w", encoding="ascii") as stream:
                stream.write("#!/bin/sh\necho -lc -lddw_nowhere -l:librte_eal.a -Wl,--as-needed\n")
            os.chmod(tool, 0o755)
            env = {"CC": "cc", "LDFLAGS": "", "PATH": f"{folder}:{os.environ['PATH']}"}
            where = examples.absent_libraries(folder, env)
            self.assertEqual(os.listdir(where), ["libddw_nowhere.a"])


if __name__ == "__main__":
    unittest.main()
