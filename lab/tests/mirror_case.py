# SPDX-License-Identifier: BSD-3-Clause
"""What the tests with a mirror share: a mirror of their own, and the lab's command line."""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import unittest

import tests.mirror as mirrors

_TINY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny_lab.py")


class MirrorCase(unittest.TestCase):
    """A mirror with two suites, forky and sid; each test makes its own."""

    suites = ("forky", "sid")

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ddw-key-")
        cls.addClassCleanup(folder.cleanup)
        cls.key = mirrors.Key(os.path.join(folder.name, "ours"))
        cls.addClassCleanup(cls.key.end)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ddw-mirror-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.mirror = mirrors.Mirror(os.path.join(self.folder, "mirror"), self.key)
        self.addCleanup(self.mirror.end)
        self.locks = os.path.join(self.folder, "locks")
        self.cache = os.path.join(self.folder, "cache")
        os.mkdir(self.locks)
        self.publish("1.0", self.suites)
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("SUITE", "DDW_LAB_OFFLINE")}
        self.environment.update(
            APT_CONFIG=self.mirror.apt_config(os.path.join(self.folder, "etc")),
            DDW_LAB_CACHE=self.cache)

    def publish(self, version, suites):
        """A version of all packages, in the pool and in the index of these suites."""
        names = ("headers", "library", "programs")
        self.mirror.add("headers", version, depends=f"library (= {version})")
        self.mirror.add("library", version)
        self.mirror.add("programs", version, size=20_000)
        for suite in suites:
            self.mirror.index(suite, *((name, version) for name in names))

    def start(self, *words):
        """Starts the lab's command line."""
        return subprocess.Popen([sys.executable, "-B", _TINY, self.locks, *words],
                                env=self.environment, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def lab(self, *words, status=0):
        """Runs it; returns what it said on its two outputs."""
        with self.start(*words) as running:
            out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, status, out + err)
        self.assertNotIn("Traceback", err)
        self.assertEqual(len(re.findall("^error: ", err, re.M)), int(status != 0), err)
        return out.strip(), err

    def sysroot(self, suite="sid", *words):
        """Builds a sysroot; returns the version of the packages in it, and what was said."""
        out, err = self.lab("sysroot", "--suite", suite, *words)
        with open(os.path.join(out, "usr", "include", "headers.h"), encoding="ascii") as stream:
            return stream.readline().strip(), err

    def fails(self, *words, what, fix=""):
        """One error with these words, and nothing half made."""
        _, err = self.lab(*words, status=1)
        self.assertRegex(err, f"error: .*(?:{what})|why: .*(?:{what})|^ {{7}}.*(?:{what})")
        self.assertRegex(err, f"fix: .*{fix}")
        self.check_cache()
        return err

    def check_cache(self):
        """All packages with a final name are those of the mirror, and no build is half made."""
        for base, folders, names in os.walk(self.cache):
            self.assertEqual([name for name in folders if name.endswith((".tmp", ".new"))], [])
            for name in names:
                self.assertFalse(name.endswith(".new"), name)
                if name.endswith(".deb") and os.path.basename(base) != "partial":
                    with open(os.path.join(base, name), "rb") as stream:
                        sha256 = hashlib.sha256(stream.read()).hexdigest()
                    self.assertIn(sha256, self.mirror.made, name)
