# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The manual page of dpdk-test-ddw says what the program's own help says."""

import os
import re
import subprocess
import unittest

PROGRAM = os.environ["DDW_TEST_DDW"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
HELP = {"-h", "--help"}


def read(name):
    """A file of the tree."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


def usage(*words):
    """What the program says to --help."""
    done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True,
                          check=True, timeout=60)
    return done.stdout


def sections():
    """The parts of the page by their heading."""
    parts = re.split(r"^([^\n]+)\n-+\n", read("doc/guides/man/dpdk-test-ddw.rst"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Manual(unittest.TestCase):
    """Commands, options, exit status."""

    def setUp(self):
        self.parts = sections()
        self.commands = re.findall(r"^  ([a-z]+) ", usage(), flags=re.M)

    def test_commands_documented(self):
        """Each has a section and a line in the synopsis, and no other one has."""
        self.assertIn("doctor", self.commands)
        self.assertEqual(self.commands, [name for name in self.parts if name.islower()])
        shown = re.findall(r"^\| \*\*dpdk-test-ddw ([a-z]+)\*\*", self.parts["SYNOPSIS"],
                           flags=re.M)
        self.assertEqual(self.commands, list(dict.fromkeys(shown)))

    def options(self, name):
        """Those that the help of a command names; two commands may share their help."""
        text = usage(name)
        lines = dict(re.findall(r"dpdk-test-ddw ([a-z]+)(?: (.*))?$", text, flags=re.M))
        self.assertIn(name, lines)
        return set(OPTION.findall(lines[name] if len(lines) > 1 else text)) - HELP

    def test_options_documented(self):
        """Those of each command, none missing and none invented."""
        for name in self.commands:
            with self.subTest(command=name):
                listed = re.findall(r"^\*\*(-[^*]*)\*\*(?:, \*\*(-[^*]*)\*\*)?", self.parts[name],
                                    flags=re.M)
                documented = {word for pair in listed for word in pair if word}
                self.assertEqual(documented - HELP, self.options(name))

    def test_options_of_tests_by_name_documented(self):
        """The options for tests that are called by name."""
        listed = re.findall(r"^\*\*(--[^*]*)\*\*", self.parts["TESTS BY NAME"], flags=re.M)
        lines = [line for line in usage().splitlines() if "[TEST...]" in line]
        self.assertEqual(set(listed), set(OPTION.findall("".join(lines))))
        self.assertTrue(listed)

    def test_exit_status_documented(self):
        """Every exit status that the program has."""
        header = read("app/test-ddw/common/command.h")
        defined = re.findall(r"^\tEXIT_\w+ = (\d+),", header, flags=re.M)
        shown = re.findall(r"^(\d+)\n   \S", self.parts["EXIT STATUS"], flags=re.M)
        self.assertTrue(defined)
        self.assertEqual(shown, defined)


if __name__ == "__main__":
    unittest.main()
