# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw used wrongly: one message that says what, and status 3."""

import json
import os
import tempfile
import unittest

from test_cli import LPAR, PROGRAM, run

FINE, LIMIT, FAIL, USAGE = range(4)


class Usage(unittest.TestCase):
    """What is not a command gets one message and status 3."""

    def refused(self, words, text):
        """The program says "text" to stderr, and nothing to stdout."""
        status, out, err = run(*words)
        self.assertEqual((status, out), (USAGE, ""), err)
        self.assertIn(text, err)

    def test_unknown_command_refused(self):
        """The command is named, and the one that is close."""
        self.refused(["docter"], 'there is no command "docter"; did you mean "doctor"?')
        self.refused(["map_order_autotst"], 'did you mean "map_order_autotest"?')
        _, _, err = run("xyzzy")
        self.assertIn('there is no command "xyzzy"\n', err)

    def test_unknown_option_refused(self):
        """Each command knows its own options only."""
        self.refused(["doctor", "--xml"], "usage: dpdk-test-ddw doctor")
        self.refused(["plan", "--json"], "usage: dpdk-test-ddw plan")

    def test_superfluous_words_refused(self):
        """They are named too."""
        self.refused(["doctor", "now"], 'doctor takes no "now"')
        self.refused(["probe", "1"], 'probe takes no "1"')

    def test_help_printed(self):
        """Help is no error."""
        for words in (["--help"], ["doctor", "--help"], ["plan", "--help"], ["probe", "--help"]):
            status, out, err = run(*words)
            self.assertEqual((status, err), (FINE, ""))
            self.assertIn("usage: dpdk-test-ddw", out)

    def test_options_of_other_commands_refused(self):
        """probe plans nothing, so it has no memory and no parameters."""
        self.refused(["probe", "--memory", "512M"], "usage: dpdk-test-ddw probe")
        self.refused(["probe", "--config", "mode=ddw"], "usage: dpdk-test-ddw probe")

    def test_missing_argument_refused(self):
        """The option is named."""
        self.refused(["plan", "--memory"], "'--memory' requires an argument")
        self.refused(["probe", "--simulate"], "'--simulate' requires an argument")
        self.refused(["bench", "--json"], "'--json' requires an argument")
        self.refused(["doctor", "--json=x"], "'--json' doesn't allow an argument")

    def test_full_output_fails(self):
        """A report that could not be written is no success."""
        for words in (["doctor"], ["doctor", "--json"], ["--help"],
                      ["bench", "lookup", "--repeat", "1", "--json", "-"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                status, _, err = run(*words, stdout=full)
            self.assertEqual(status, USAGE, words)
            self.assertIn("No space left", err)


class BrokenFile(unittest.TestCase):
    """A machine that cannot be read: the place and the mistake in one line, and no plan."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "machine.json")

    def broken(self, machine, text, *words):
        """plan and, without further options, probe refuse it."""
        data = machine if isinstance(machine, (str, bytes)) else json.dumps(machine)
        with open(self.path, "wb") as stream:
            stream.write(data if isinstance(data, bytes) else data.encode())
        for command in ("plan",) if words else ("plan", "probe"):
            status, out, err = run(command, "--simulate", self.path, *words)
            self.assertEqual((status, out), (USAGE, ""), (machine, err))
            self.assertIn(text, err)
            self.assertEqual((err.count("\n"), err.count(self.path)), (1, 0 if words else 1), err)

    def test_bad_json_reported_with_line(self):
        """The line is named."""
        for text in ("", " ", "{", "hello", "5", "null", "[" * 100000, b"\xff\xfe{",
                     '{"groups":\x000}', "{} {}", '{"memlock": 99999999999999999999}',
                     '{"memlock": 1e999}'):
            self.broken(text, "line 1:")
        self.broken('{\n"groups": [],\n"groups": []}', "line 3: duplicate")

    def test_unreadable_file_reported_once(self):
        """Named once, with the reason."""
        for path, why in ((self.path, "No such file"), ("/", "Is a directory"),
                          ("", "No such file")):
            for command in ("plan", "probe"):
                status, out, err = run(command, "--simulate", path)
                self.assertEqual((status, out), (USAGE, ""))
                self.assertIn(f"dpdk-test-ddw: {path}: cannot be read: {why}", err)
                self.assertEqual(err.count("\n"), 1)
                self.assertEqual(err.count(self.path), int(path == self.path))

    @unittest.skipIf(os.geteuid() != 0, "needs root, to give up its rights")
    def test_file_without_permission_refused(self):
        """One that may not be read, by who may read the program wherever it is."""
        with open(self.path, "w", encoding="utf-8") as stream:
            json.dump(LPAR, stream)
        os.chmod(self.path, 0)
        rights = "-dac_override,-dac_read_search"
        status, out, err = run("--bounding-set", rights, "--inh-caps", rights, PROGRAM, "plan",
                               "--simulate", self.path, program="setpriv")
        self.assertEqual((status, out), (USAGE, ""), err)
        self.assertIn("Permission denied", err)

    def test_wrong_structure_refused(self):
        """What is missing, of the wrong type, or not known."""
        groups, pages = LPAR["groups"], LPAR["hugepages"]
        self.broken("[]", "the machine must be an object")
        self.broken({"hugepages": pages}, '"groups" must be a list')
        self.broken(dict(LPAR, groups={}), '"groups" must be a list')
        self.broken(dict(LPAR, groups=[]), "1 to 64")
        self.broken(dict(LPAR, groups=groups * 33), "1 to 64")
        self.broken({"groups": groups}, '"hugepages" must be a list')
        self.broken(dict(LPAR, hugepages=pages * 9), "at most 8")
        self.broken(dict(LPAR, memlok=1), 'unknown key "memlok"')
        self.broken(dict(LPAR, comment=7), '"comment" must be a text')
        self.broken(dict(LPAR, groups=[3]), "group 0 must be an object")
        self.broken(dict(LPAR, hugepages=["2M"]), "hugepages 0 must be an object")
        self.broken(dict(LPAR, groups=[groups[0], {"page": 1}]), 'group 1: unknown key "page"')

    def test_wrong_sizes_refused(self):
        """Negative ones, too large ones, fractions, and what is no size."""
        for value in (-1, 1.5, True, None, [], "", "-1", "1.5G", "5X", "16777216T",
                      "99999999999999999999"):
            self.broken(dict(LPAR, memlock=value), 'the machine: "memlock" must be a size')
        for value in (-4096, "4G", "3K", 1, 1 << 32):
            for key in ("default_start", "default_size"):
                self.broken(dict(LPAR, groups=[{key: value}]), f'group 0: "{key}" must be')

    def group(self, text, **keys):
        """A group with a mistake."""
        self.broken(dict(LPAR, groups=[dict(LPAR["groups"][0], **keys)]), "group 0: " + text)

    def test_wrong_groups_refused(self):
        """What a group cannot have."""
        for value in (5, "", "x" * 64, None):
            self.group('"name" must be a text', name=value)
        for value in (4096, "4K", {}, None):
            self.group('"pages" must be a list', pages=value)
        for value in ("3K", "2K", "1", "32G", 65536, None):
            self.group('"pages" must be sizes', pages=["4K", value])
        for value in (-1, 3, 1 << 32, 1.0, "2", None):
            self.group('"windows" must be a number from 0 to 2', windows=value)
        for value in (-1, 0, 6, "1"):
            self.group('"levels" must be a number from 1 to 5', levels=value)
        for value in (1, "yes", None):
            self.group('"v1" must be true or false', v1=value)
            self.group('"narrow" must be true or false', narrow=value)

    def pages(self, text, *lists):
        """Hugepages with a mistake."""
        self.broken(dict(LPAR, hugepages=list(lists)), text)

    def test_wrong_hugepages_refused(self):
        """What hugepages cannot be."""
        self.pages("power of two", {"size": "3M", "total": "3M"})
        self.pages("power of two", {"size": 1, "total": 4096})
        self.pages("power of two", {"total": "1G"})
        self.pages('"total"', {"size": "2M"})
        self.pages("multiples of", {"size": "2M", "total": 3})
        self.pages("multiples of", {"size": "2M", "total": "4M", "start": "3M"})
        self.pages("more than", {"size": "2M", "total": "1G", "start": "2G"})
        self.pages("already", {"size": "2M", "total": "1G"}, {"size": "2M", "total": "2M"})
        self.pages("64 bits", {"size": "2M", "total": "16777215T"},
                   {"size": "16M", "total": "16777215T"})

    def test_wrong_options_refused(self):
        """A good file with options that cannot be used."""
        for value in ("lots", "0", "-1", "1.5G", "99999999999T", ""):
            self.broken(LPAR, "is not a size", "--memory", value)
        self.broken(LPAR, "too few hugepages", "--memory", "5T")
        self.broken(LPAR, "colour", "--config", "colour=red")
        self.broken(LPAR, "page_size", "--config", "page_size=-1")


if __name__ == "__main__":
    unittest.main()
