# SPDX-License-Identifier: BSD-3-Clause
"""Whatever state the mirror is in: the right layer serves, or one error says why."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import tests.mirror as mirrors
from powerlab import debs

_TINY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny_lab.py")
_KEYS = {}


def setUpModule():      # noqa: N802 (the name is unittest's)
    folder = tempfile.TemporaryDirectory(prefix="ddw-key-")
    unittest.addModuleCleanup(folder.cleanup)
    for name in ("ours", "other"):
        os.mkdir(os.path.join(folder.name, name))
        _KEYS[name] = mirrors.Key(os.path.join(folder.name, name))
        unittest.addModuleCleanup(_KEYS[name].end)


class MirrorCase(unittest.TestCase):
    """A mirror with two suites, forky and sid; each test makes its own."""

    suites = ("forky", "sid")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ddw-mirror-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.mirror = mirrors.Mirror(os.path.join(self.folder, "mirror"), _KEYS["ours"])
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
                        self.assertIn(stream.read(), self.pool(), name)

    def pool(self):
        """The content of all packages that the mirror has ever had."""
        found = []
        for base, _, names in os.walk(self.mirror.folder):
            for name in names:
                if name.endswith(".deb"):
                    with open(os.path.join(base, name), "rb") as stream:
                        found.append(stream.read())
        return found


class LayersTest(MirrorCase):
    """Which layer serves."""

    def test_index(self):
        version, err = self.sysroot()
        self.assertEqual(version, "1.0")
        self.assertIn("reading the index", err)

    def test_cache_asks_nobody(self):
        self.sysroot()
        self.mirror.requests.clear()
        self.assertEqual(self.sysroot(), ("1.0", ""))
        self.assertEqual(dict(self.mirror.requests), {})

    def test_packages_of_the_cache_build_again(self):
        """What was fetched is enough to build anew, without any index."""
        out, _ = self.lab("sysroot", "--suite", "sid")
        os.rename(out, out + ".moved")
        os.unlink(os.path.join(out + ".moved", "manifest.json"))
        self.mirror.end()
        self.assertEqual(self.sysroot()[0], "1.0")

    def test_damaged_cache_is_fetched_again(self):
        out, _ = self.lab("sysroot", "--suite", "sid")
        os.unlink(os.path.join(out, "manifest.json"))
        path = os.path.join(self.cache, "debs", "sid-ppc64el", "library_1.0_ppc64el.deb")
        with open(path, "r+b") as stream:
            stream.write(b"x")
        self.assertEqual(self.sysroot()[0], "1.0")
        self.check_cache()

    def test_index_newer_than_pool(self):
        """The pool still has what the lock names; the index names what the pool lacks."""
        self.lab("lock", "sid")
        self.publish("2.0", self.suites)
        for name in ("headers", "library", "programs"):
            self.mirror.drop(name, "2.0")
        self.mirror.requests.clear()
        version, err = self.sysroot("sid")
        self.assertEqual(version, "1.0")
        self.assertFalse([path for path in self.mirror.requests if "dists" in path], err)

    def test_lock_is_repeatable(self):
        self.lab("lock", "sid")
        self.publish("2.0", self.suites)
        self.assertEqual(self.sysroot("sid")[0], "1.0")
        self.assertEqual(self.sysroot("sid", "--refresh")[0], "2.0")
        # The lock holds again as soon as nobody asks for news.
        self.assertEqual(self.sysroot("sid")[0], "1.0")

    def test_pool_newer_than_lock(self):
        """The pool has given up what the lock names: the index serves, and it is said."""
        self.lab("lock", "sid")
        self.publish("2.0", self.suites)
        for name in ("headers", "library", "programs"):
            self.mirror.drop(name, "1.0")
        os.rename(self.cache, self.cache + ".aside")
        version, err = self.sysroot("sid")
        self.assertEqual(version, "2.0")
        self.assertRegex(err, r"lacks 2 of 2 packages of sid.*headers 1\.0.*trying the index")

    def test_auto_takes_the_next_suite(self):
        self.mirror.add("headers", "3.0")
        self.mirror.index("forky", ("headers", "3.0"), ("programs", "1.0"))
        self.mirror.drop("headers", "3.0")
        out, err = self.lab("choose")
        self.assertEqual(out, "sid")
        self.assertRegex(err, r"suite trixie: .*\n(.*\n)*suite forky: .*lacks 1 of 1.*headers 3\.0")
        self.assertEqual(self.lab("choose"), ("sid", ""))
        self.check_cache()

    def test_auto_has_an_order(self):
        self.assertEqual(self.lab("choose")[0], "forky")

    def test_a_name_is_never_replaced(self):
        self.mirror.index("forky", ("programs", "1.0"))
        self.mirror.drop("programs")
        self.mirror.add("programs", "2.0")
        self.mirror.index("sid", ("headers", "1.0"), ("library", "1.0"), ("programs", "2.0"))
        err = self.fails("choose", "--suite", "forky", what="no way to install", fix="SUITE=sid")
        self.assertNotIn("SUITE=trixie", err)

    def test_status(self):
        self.sysroot("forky")
        self.lab("lock", "sid")
        out, _ = self.lab("status")
        rows = {line.split()[0]: line for line in out.splitlines()}
        self.assertIn("(sysroot)", rows["forky"])
        self.assertIn("(3 files)", rows["sid"])
        self.assertIn("cannot be fetched", rows["trixie"])
        self.assertIn("not asked", self.lab("status", "--offline")[0])

    def test_lock_is_complete_and_stable(self):
        self.lab("lock", "sid")
        path = os.path.join(self.locks, "sid.lock")
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        names = re.findall(r"^deb (\S+) 1\.0 \d+ [0-9a-f]{64} pool/\S+ (\S+)$", text, re.M)
        self.assertEqual(names, [("headers", "examples,sysroot"), ("library", "examples,sysroot"),
                                 ("programs", "image-64k,image-std")])
        self.lab("lock", "sid")
        with open(path, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), text)


class FaultsTest(MirrorCase):
    """A mirror that does not do what it should."""

    def test_one_file_is_missing(self):
        self.mirror.drop("library")
        err = self.fails("sysroot", "--suite", "sid", what=r"library 1\.0", fix="wait")
        self.assertIn("lacks 1 of 2 packages", err)
        # Found out at once: what is not there does not come by asking again.
        self.assertEqual(sum("library" in path for path in self.mirror.requests), 1)

    def test_lock_is_not_written_for_what_is_missing(self):
        self.mirror.drop("library")
        self.fails("lock", "sid", what=r"library 1\.0")
        self.assertEqual(os.listdir(self.locks), [])

    def test_truncated(self):
        for fault in (mirrors.truncated, mirrors.shortened):
            with self.subTest(fault=fault.__name__):
                self.mirror.faults = {"library_": fault}
                self.fails("sysroot", "--suite", "sid", what=r"library 1\.0: ")
        self.mirror.faults = {}
        self.assertEqual(self.sysroot()[0], "1.0")

    def test_wrong_hash(self):
        self.mirror.faults = {"library_": mirrors.garbled}
        self.fails("sysroot", "--suite", "sid", what=r"library 1\.0: its SHA-256 is not",
                   fix="another mirror")

    def test_busy_now_and_then(self):
        self.mirror.faults = {"library_": mirrors.busy(4)}
        self.assertEqual(self.sysroot()[0], "1.0")

    def test_slow(self):
        self.mirror.faults = {"pool/": mirrors.slow(1.5)}
        self.assertEqual(self.sysroot()[0], "1.0")

    def test_another_key(self):
        self.mirror.index("sid", ("headers", "1.0"), ("library", "1.0"), key=_KEYS["other"])
        self.fails("sysroot", "--suite", "sid", what="lists of sid cannot be fetched",
                   fix="keyring")

    def test_index_does_not_fit_its_signature(self):
        self.mirror.faults = {"Packages": mirrors.garbled}
        self.fails("sysroot", "--suite", "sid", what="lists of sid cannot be fetched")

    def test_another_architecture(self):
        self.mirror.index("sid", ("headers", "1.0"), ("library", "1.0"), arch="amd64")
        self.fails("sysroot", "--suite", "sid", what="no packages of sid for ppc64el",
                   fix="carries ppc64el")

    def test_nobody_answers(self):
        self.mirror.end()
        err = self.fails("choose", what="cannot be fetched", fix="network")
        self.assertNotIn("suite forky", err, "another suite would not fare better")

    def test_nobody_answers_but_the_cache_has_it(self):
        self.lab("choose", "--suite", "sid")
        self.mirror.end()
        self.assertEqual(self.lab("choose"), ("sid", ""))
        self.assertEqual(self.sysroot()[0], "1.0")
        self.fails("choose", "--suite", "forky", what="cannot be fetched", fix="SUITE=sid")

    def test_offline(self):
        self.fails("sysroot", "--suite", "sid", "--offline", what="not in the cache",
                   fix="once without")
        self.lab("choose", "--suite", "sid")
        self.mirror.requests.clear()
        self.assertEqual(self.sysroot("sid", "--offline")[0], "1.0")
        self.assertEqual(self.lab("choose", "--offline")[0], "sid")
        self.assertEqual(dict(self.mirror.requests), {})


class InputTest(MirrorCase):
    """Wrong input, and work that is cut short."""

    def edit_lock(self, pattern, by):
        """Changes the lock of sid as a hand would."""
        self.lab("lock", "sid")
        path = os.path.join(self.locks, "sid.lock")
        with open(path, encoding="utf-8") as stream:
            text, count = re.subn(pattern, by, stream.read(), count=1, flags=re.M)
        self.assertEqual(count, 1)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.rename(self.cache, self.cache + ".aside")

    def test_unknown_suite(self):
        for words in (("choose", "--suite", "woody"), ("lock", "woody"),
                      ("image", "--suite", "woody")):
            self.fails(*words, what="unknown suite 'woody'", fix="")

    def test_lock_with_another_hash(self):
        """The file in the pool does not fit the lock, so it is not used; the index's is."""
        self.edit_lock(r"^(deb library \S+ \S+ )\w{8}", r"\g<1>00000000")
        version, err = self.sysroot()
        self.assertEqual(version, "1.0")
        self.assertRegex(err, r"library 1\.0: its SHA-256 is not 00000000.*trying the index")
        self.check_cache()

    def test_lock_that_cannot_be_read(self):
        self.edit_lock(r"^deb library .*", "deb library")
        self.fails("sysroot", "--suite", "sid", what="is none of its lines", fix="lock sid")

    def test_lock_without_a_set(self):
        self.edit_lock(r"^set sysroot.*\n", "")
        self.fails("sysroot", "--suite", "sid", what="its sets are", fix="git")

    def test_lock_of_other_packages(self):
        self.edit_lock(r"^set sysroot .*", "set sysroot something-else")
        version, err = self.sysroot()
        self.assertEqual(version, "1.0")
        self.assertIn("lab/power lock sid renews it", err)

    def test_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("a small file system takes root")
        os.mkdir(self.cache)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", self.cache], check=True)
        self.addCleanup(subprocess.run, ["umount", self.cache], check=True)
        self.fails("sysroot", "--suite", "sid", what="not enough disk space", fix="free disk space")
        with mock.patch.dict(self.environment, {"TINY_SPACE": "1"}):
            self.fails("choose", "--suite", "sid", what="No space left", fix="larger disk")

    def interrupt(self, number):
        """Ends the lab in the middle of a download; then it starts anew and succeeds."""
        self.mirror.faults = {"library_": mirrors.slow(20)}
        with self.start("sysroot", "--suite", "sid") as running:
            while not any("library_" in path for path in self.mirror.requests):
                time.sleep(0.02)
                self.assertIsNone(running.poll())
            running.send_signal(number)
            running.communicate(timeout=10)
        self.check_cache()
        self.mirror.faults = {}
        self.assertEqual(self.sysroot()[0], "1.0")
        self.check_cache()

    def test_ended(self):
        self.interrupt(signal.SIGTERM)

    def test_interrupted(self):
        self.interrupt(signal.SIGINT)

    def test_killed(self):
        self.interrupt(signal.SIGKILL)

    def test_two_at_once(self):
        self.mirror.faults = {"library_": mirrors.slow(1)}
        first, second = (self.start("sysroot", "--suite", "sid") for _ in range(2))
        ends = [running.communicate(timeout=60) for running in (first, second)]
        self.assertEqual((first.returncode, second.returncode), (0, 0), ends)
        self.assertEqual(ends[0][0], ends[1][0])
        self.assertTrue(any("waiting for another process" in err for _, err in ends), ends)
        self.assertEqual(sum("library_" in path for path in self.mirror.requests), 1)


class DebTest(unittest.TestCase):

    def test_fits(self):
        with tempfile.NamedTemporaryFile() as stream:
            stream.write(b"abc")
            stream.flush()
            good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            for size, sha256, fits in ((3, good, True), (4, good, False), (3, "0" * 64, False)):
                deb = debs.Deb("x", "1", size, sha256, "pool/x.deb")
                self.assertEqual(debs.fits(stream.name, deb), fits)
        self.assertFalse(debs.fits("/nonexistent", deb))


if __name__ == "__main__":
    unittest.main()
