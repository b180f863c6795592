# SPDX-License-Identifier: BSD-3-Clause
"""Wrong input for the packages, and work that is cut short."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from unittest import mock

import tests.mirror as mirrors
from powerlab import debs
from tests.mirror_case import MirrorCase


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

    def test_lock_that_is_no_text(self):
        self.lab("lock", "sid")
        with open(os.path.join(self.locks, "sid.lock"), "ab") as stream:
            stream.write(b"\xff\n")
        self.fails("sysroot", "--suite", "sid", what="it is not text", fix="lock sid")

    def test_edited_lock_costs_no_files(self):
        self.lab("choose", "--suite", "sid")
        self.lab("lock", "sid")
        path = os.path.join(self.locks, "sid.lock")
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(re.sub(r"(?m)^(deb library \S+ \S+ )\w{8}", r"\g<1>00000000", text))
        self.mirror.end()
        self.fails("sysroot", "--suite", "sid", what="cannot be fetched")
        os.unlink(path)
        self.assertEqual(self.sysroot("sid", "--offline")[0], "1.0")

    def test_record_that_cannot_be_read(self):
        """The cache's own list is worth no more than the files: it is made anew."""
        self.lab("choose", "--suite", "sid")
        path = os.path.join(self.cache, "debs", "sid-ppc64el", "fetched.lock")
        with open(path, "a", encoding="ascii") as stream:
            stream.write("?\n")
        self.assertEqual(self.sysroot("sid")[0], "1.0")

    def test_cache_of_somebody_else(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        os.mkdir(self.cache, mode=0o500)
        self.fails("sysroot", "--suite", "sid", what="cannot create|Permission denied")

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
            self.fails("choose", "--suite", "sid", what="[Nn]o space left", fix="larger disk")
            # There is room for the index now, but not for the packages.
            subprocess.run(["mount", "-o", "remount,size=60M", self.cache], check=True)
            self.mirror.add("programs", "2.0", size=500_000)
            self.mirror.index("sid", ("headers", "1.0"), ("library", "1.0"), ("programs", "2.0"))
            self.lab("lock", "sid")
            os.unlink(os.path.join(self.cache, "debs", "sid-ppc64el", "programs_2.0_ppc64el.deb"))
            free = os.statvfs(self.cache)
            with open(os.path.join(self.cache, "full"), "wb") as stream:
                stream.write(bytes(free.f_bavail * free.f_frsize - 100_000))
            self.fails("choose", "--suite", "sid", what="no space left", fix="larger disk")

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
