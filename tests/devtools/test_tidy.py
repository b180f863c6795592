# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""devtools/tidy: what it checks, and what it does not check again.

A script stands for clang-tidy.
"""

import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TIDY = """#!/bin/sh
case $1 in --version) echo "${TIDY_VERSION:-1}"; exit ;; esac
for name; do :; done
echo "${name##*/}" >>"$TIDY_CALLS"
! grep -q bad "$name"
"""
FILES = {
    "meson.build": "project('x', 'c')\nlibrary('x', 'lib/a.c', 'lib/b.c', 'lib/c.c', "
                   "'tests/t.c')\n",
    "lib/a.c": '#include "h.h"\n', "lib/b.c": '#include "h.h"\n', "lib/c.c": "int c;\n",
    "lib/h.h": "extern int h;\n", "tests/t.c": "int t;\n",
    ".clang-tidy": "Checks: '-*'\n", ".gitignore": "/build/\n",
}


class Tidy(unittest.TestCase):
    """In a small tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.tree = self.make_tree("tree")
        os.mkdir(self.path("bin"))
        with open(self.path("bin", "clang-tidy"), "w", encoding="ascii") as stream:
            stream.write(TIDY)
        os.chmod(stream.name, 0o755)

    def path(self, *words):
        """A path below the folder of the test."""
        return os.path.join(self.folder, *words)

    def make_tree(self, name):
        """Writes a tree and builds it."""
        tree = self.path(name)
        for file, text in FILES.items():
            os.makedirs(os.path.dirname(os.path.join(tree, file)), exist_ok=True)
            with open(os.path.join(tree, file), "w", encoding="ascii") as stream:
                stream.write(text)
        os.mkdir(os.path.join(tree, "devtools"))
        shutil.copy(os.path.join(ROOT, "devtools/tidy"), os.path.join(tree, "devtools"))
        os.symlink(os.path.join(ROOT, "lab"), os.path.join(tree, "lab"))
        self.command("meson", "setup", "build", tree=tree)
        self.command("ninja", "-C", "build", tree=tree)
        return tree

    def command(self, *words, tree=None):
        """Runs a command in the tree that must succeed."""
        environment = dict(os.environ, CCACHE_DISABLE="1", GIT_CONFIG_GLOBAL=os.devnull)
        subprocess.run(words, cwd=tree or self.tree, env=environment, check=True,
                       stdout=subprocess.DEVNULL)

    def append(self, name, text):
        """Adds to a file of the tree and builds again."""
        with open(os.path.join(self.tree, name), "a", encoding="ascii") as stream:
            stream.write(text)
        self.command("ninja", "-C", "build")

    def tidy(self, *options, tree=None, status=0, **environment):
        """Runs devtools/tidy; returns the files that were checked."""
        calls = self.path("calls")
        with open(calls, "w", encoding="ascii"):
            pass
        tree = tree or self.tree
        done = subprocess.run(
            [os.path.join(tree, "devtools/tidy"), *options, os.path.join(tree, "build")],
            env=dict(os.environ, DDW_LAB_CACHE=self.path("cache"), TIDY_CALLS=calls,
                     PATH=self.path("bin") + ":" + os.environ["PATH"], **environment),
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        with open(calls, encoding="ascii") as stream:
            return sorted(stream.read().split())

    def test_remembered(self):
        """What was good is not checked again, here or in another checkout."""
        self.assertEqual(self.tidy(), ["a.c", "b.c", "c.c"])
        self.assertEqual(self.tidy(), [])
        self.assertEqual(self.tidy(tree=self.make_tree("other")), [])

    def test_changes(self):
        """Sources, headers, the configuration and another clang-tidy count."""
        self.tidy()
        self.append("lib/c.c", "int d;\n")
        self.assertEqual(self.tidy(), ["c.c"])
        self.append("lib/h.h", "extern int i;\n")
        self.assertEqual(self.tidy(), ["a.c", "b.c"])
        self.append(".clang-tidy", "# more\n")
        self.assertEqual(self.tidy(), ["a.c", "b.c", "c.c"])
        self.assertEqual(self.tidy(TIDY_VERSION="2"), ["a.c", "b.c", "c.c"])
        self.command("meson", "configure", "build", "-Dc_args=-DX")
        self.command("ninja", "-C", "build")
        self.assertEqual(self.tidy(), ["a.c", "b.c", "c.c"])

    def test_bad(self):
        """What is bad is checked until it is good."""
        self.append("lib/a.c", "/* bad */\n")
        self.tidy(status=1)
        self.assertEqual(self.tidy(status=1), ["a.c"])
        self.append("lib/h.h", "/* not a fault of a.c */\n")
        self.assertEqual(self.tidy(status=1), ["a.c", "b.c"])

    def test_changed(self):
        """Only what is not committed, and for a header one source that includes it."""
        self.assertEqual(self.tidy("--changed"), ["a.c", "b.c", "c.c"])     # no git
        shutil.rmtree(self.path("cache"))
        self.command("git", "init", "-q", "-b", "main")
        self.command("git", "add", ".")
        self.command("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit",
                     "-q", "-m", "x")
        self.assertEqual(self.tidy("--changed"), [])
        self.append("lib/h.h", "extern int j;\n")
        self.assertEqual(self.tidy("--changed"), ["a.c"])
        self.append("lib/c.c", "int e;\n")
        self.assertEqual(self.tidy("--changed"), ["c.c"])
        self.command("git", "checkout", "-q", "-b", "topic")
        self.command("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit",
                     "-q", "-a", "-m", "y")
        shutil.rmtree(self.path("cache"))
        self.assertEqual(self.tidy("--changed"), ["a.c", "c.c"])            # not in main

    def test_flags(self):
        """A source that tests compile as well is checked with the flags of its own library."""
        entries = [{"directory": ROOT, "file": "lib/ddw/space/map.c",
                    "output": name + "/x.p/space_map.c.o", "command": name}
                   for name in ("tests/unit", "lib/ddw", "tests/model")]
        with open(self.path("compile_commands.json"), "w", encoding="ascii") as stream:
            json.dump(entries, stream)
        loader = importlib.machinery.SourceFileLoader("tidy", os.path.join(ROOT, "devtools/tidy"))
        tidy = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
        loader.exec_module(tidy)
        found = tidy.sources(self.folder)
        self.assertEqual({name: entry["command"] for name, entry in found.items()},
                         {"lib/ddw/space/map.c": "lib/ddw"})

    def test_nothing(self):
        """A build without sources is an error, and so is a wrong call."""
        with open(os.path.join(self.tree, "build/compile_commands.json"), "w",
                  encoding="ascii") as stream:
            stream.write("[]")
        self.tidy(status=1)
        self.tidy("--what", status=2)


if __name__ == "__main__":
    unittest.main()
