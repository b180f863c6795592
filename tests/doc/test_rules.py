# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Every command of the guides is run by a test, and every file that they name exists."""

import configparser
import glob
import os
import re
import subprocess
import unittest

import guide

PROGRAMS = ("make", "meson", "ninja", "sudo", "dpdk-", "modprobe", "lab/", "devtools/", "build/",
            "lspci", "sysctl", "cc ", "strace", "timeout", "apt-get", "git ", "python3")
COMMAND = re.compile(r"\s*(?:[$#] )?(?:[A-Z_]+=\S* )*(?:%s)" % "|".join(PROGRAMS))
# An inline command has at least one argument; what is in capitals or <> stands for something.
INLINE = re.compile(r"(?:[A-Z_]+=\S+ )*(?:RUN --|make|meson|ninja|sudo|dpdk-[\w.-]+|modprobe|"
                    r"(?:lab|devtools|build)/\S+|timeout|strace|ulimit|dmesg|uname) .+", re.S)
FOLDERS = ("app", "config", "devtools", "doc", "drivers", "examples", "lab", "lib", "tests")
PATH = re.compile(r"(?:\.ci|%s)/[\w./*-]*|(?:[a-z]+/)?[\w-]+\.(?:c|h|py|rst|map)"
                  % "|".join(FOLDERS))
# Of Linux and DPDK; and any file.
FOREIGN = re.compile(r"drivers/vfio/.*|pci-ioda-tce\.c|dpdk-\w+\.py|linux/vfio\.h|X\.[ch]")
# Where a command that a guide only mentions may be run.
TESTS = ("tests/**/*.py", "tests/**/*.sh", "lab/tests/*.py", "lab/powerlab/**/*.py", "lab/[a-z]*",
         "devtools/*", ".ci/run", "Makefile")


def literals(page):
    """Inline literals of a page, on one line each."""
    text = guide.read(page)
    pattern = r"``(.+?)``" if page.endswith(".rst") else r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)"
    if page.endswith(".md"):
        text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    return [" ".join(word.split()) for word in re.findall(pattern, text, flags=re.S)]


def files(patterns):
    """The texts of files, by name."""
    found = {}
    for pattern in patterns:
        for name in glob.glob(os.path.join(guide.ROOT, pattern), recursive=True):
            if os.path.isfile(name):
                with open(name, encoding="utf-8", errors="replace") as stream:
                    found[os.path.relpath(name, guide.ROOT)] = stream.read()
    return found


def contains(text, word):
    """Is the word in the text, and not as a part of a longer one?"""
    return re.search(r"(?<![\w-])" + re.escape(word) + r"(?![\w-])", text) is not None


class Commands(unittest.TestCase):
    """Blocks and inline commands."""

    maxDiff = None

    def setUp(self):
        self.blocks = [block for page in guide.pages() for block in guide.blocks(page)]

    def test_all_pages(self):
        """Every page is in the index, so that none is left out here."""
        found = glob.glob(os.path.join(guide.ROOT, guide.GUIDES, "**", "*.rst"), recursive=True)
        names = {os.path.relpath(name, guide.ROOT) for name in found}
        names -= {os.path.join(guide.GUIDES, "index.rst")}
        self.assertEqual(names, set(guide.pages()) - {"README.md"})

    def test_readme(self):
        """README.md leads to every page."""
        text = guide.read("README.md")
        for page in guide.pages()[1:]:
            with self.subTest(page=page):
                self.assertIn(f"]({page})", text)

    def test_tagged(self):
        """A block of commands has a tag, a block of anything else has none, or that of a file."""
        for block in self.blocks:
            with self.subTest(page=block.page, line=block.line):
                runner = block.tag.runner if block.tag else None
                self.assertEqual(runner not in (None, "file"), guide.is_shell(block), block.text)

    def test_hidden(self):
        """What looks like a command is in a block of commands."""
        for block in self.blocks:
            if block.language != "text":
                continue
            with self.subTest(page=block.page, line=block.line):
                bad = [line for line in block.text.split("\n") if re.match(r"\$ ", line)]
                self.assertEqual(bad, [])
                self.assertIsNone(COMMAND.match(block.text), block.text)

    def test_by(self):
        """The tests that a tag names contain the words of its commands."""
        for block in self.blocks:
            if block.tag is None or block.tag.runner != "by":
                continue
            with self.subTest(page=block.page, line=block.line):
                text = "\n".join(guide.read(name) for name in block.tag.words)
                missing = [word for word in guide.essential(guide.script(block))
                           if not contains(text, word)]
                self.assertEqual(missing, [], f"not in {' '.join(block.tag.words)}")

    def test_own(self):
        """The test of a page names each section with commands that it has to type."""
        for block in self.blocks:
            if block.tag is None or not (block.tag.runner == "own" or block.tag.runner == "file"
                                         and os.path.isabs(block.tag.words[0])):
                continue
            with self.subTest(page=block.page, line=block.line):
                self.assertIn(f'type_section("{block.section}"',
                              guide.read(guide.own_test(block.page)))

    def test_inline(self):
        """Commands in sentences and tables are in a block, or in a file of tests or tools."""
        shown = [" ".join(guide.script(block).replace("\\\n", " ").split())
                 for block in self.blocks if guide.is_shell(block)]
        places = files(TESTS)
        # What was measured in the lab by hand is asserted by its tests, in other words.
        lab = "\n".join([*files(("tests/lab/*.py",)).values(), *shown])
        for page in guide.pages():
            for command in literals(page):
                if not INLINE.fullmatch(command) or command.startswith("make ") \
                        or any(command in text for text in shown):
                    continue
                with self.subTest(page=page, command=command):
                    words = guide.essential(re.sub(r"<\S+>|\[|\]", " ", command))
                    texts = [lab] if command.startswith("RUN --") else places.values()
                    self.assertTrue(any(all(contains(text, word) for word in words)
                                        for text in texts), f"no test has {words}")

    def test_make(self):
        """Targets of make that are named exist."""
        text = "\n".join([*(block.text for block in self.blocks if guide.is_shell(block)),
                          *(word for page in guide.pages() for word in literals(page))])
        targets = sorted(set(re.findall(r"^make ([a-z][\w-]*)", text, flags=re.M)))
        self.assertIn("test", targets)
        for target in targets:
            done = subprocess.run(["make", "-n", target], cwd=guide.ROOT, capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


class Files(unittest.TestCase):
    """What the guides point at."""

    def test_paths(self):
        """Files and folders that are named exist."""
        every = {"/".join(name.split("/")[-words:]) for name in glob.glob(
            os.path.join(guide.ROOT, "[!b]*", "**", "*.*"), recursive=True) for words in (1, 2)}
        for page in guide.pages():
            for word in literals(page):
                if not PATH.fullmatch(word) or FOREIGN.fullmatch(word):
                    continue
                with self.subTest(page=page, word=word):
                    found = word in every or glob.glob(os.path.join(guide.ROOT, word))
                    self.assertTrue(found, f"{word} does not exist")

    def test_commands(self):
        """So do the scripts that commands start."""
        pattern = re.compile(r"(?<![\w./-])(?:devtools|lab)/[\w./-]+")
        found = 0
        for page in guide.pages():
            for block in guide.blocks(page):
                for name in pattern.findall(guide.script(block) if guide.is_shell(block) else ""):
                    with self.subTest(page=page, line=block.line, name=name):
                        self.assertTrue(os.path.exists(os.path.join(guide.ROOT, name)))
                    found += 1
        self.assertGreater(found, 0)

    def test_architecture(self):
        """Every room of the map has a line in the architecture."""
        shown = literals(os.path.join(guide.GUIDES, "architecture.rst"))
        layers = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        layers.read_string(guide.read("devtools/layers"))
        for product in layers.sections():
            self.assertIn(f"{product}/", shown)
            for room in set(layers[product]) - {"prefix", "public", "uses", "later", "top"}:
                with self.subTest(product=product, room=room):
                    self.assertTrue({f"{product}/{room}/", room} & set(shown), "it has no line")

    def test_links(self):
        """README.md and lab/README.md link to files that exist."""
        for page in ("README.md", "lab/README.md"):
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", guide.read(page)):
                with self.subTest(page=page, link=link):
                    self.assertTrue(os.path.exists(os.path.join(
                        guide.ROOT, os.path.dirname(page), link)))


class Tags(unittest.TestCase):
    """The reader of tags refuses what it does not know."""

    def test_bad(self):
        """Neither a typing error nor a missing pattern passes."""
        for text in ("", "hosts", "by", "file a b", "lab until", "lab untill x",
                     "lab until x keep y", 'host prints "x'):
            with self.subTest(text=text), self.assertRaises(guide.TagError):
                guide.parse_tag(text)

    def test_good(self):
        """Runner, patterns, files."""
        tag = guide.parse_tag('lab keep "a b" prints c')
        self.assertEqual((tag.runner, tag.until, tag.keep, tag.prints), ("lab", "a b", True, "c"))
        self.assertEqual(guide.parse_tag("by a b").words, ["a", "b"])

    def test_section(self):
        """A block knows the title above it."""
        found = {block.text: block.section for block in guide.blocks("doc/guides/build.rst")}
        self.assertGreater(len(set(found.values())), 1)
        text = guide.read("doc/guides/build.rst")
        for section in found.values():
            self.assertRegex(text, rf"(?m)^{re.escape(section)}\n[=~-]+$")

    def test_script(self):
        """Prompts go, and so does the output."""
        block = guide.Block("", 0, "console", "$ one \\\n  two\noutput\n$ three", None)
        self.assertEqual(guide.script(block), "one \\\n  two\nthree")
        words = guide.essential("sudo dpdk-devbind.py -b vfio-pci 0001:00:01.0 # comment")
        self.assertEqual(words, ["dpdk-devbind.py", "vfio-pci"])


if __name__ == "__main__":
    unittest.main()
