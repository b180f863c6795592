# SPDX-License-Identifier: BSD-3-Clause
"""Whatever state the mirror is in: which layer serves."""

import os
import re
import unittest

from tests.mirror_case import MirrorCase


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
        # What came instead is what the cache has from now on: nobody is asked again.
        self.lab("choose", "--suite", "sid")
        self.mirror.requests.clear()
        self.assertEqual(self.sysroot("sid"), ("2.0", ""))
        self.assertEqual(self.lab("choose"), ("sid", ""))
        self.assertEqual(dict(self.mirror.requests), {})
        # A new lock is another matter.
        self.lab("lock", "sid")
        self.publish("3.0", self.suites)
        self.lab("lock", "sid")
        self.assertEqual(self.sysroot("sid")[0], "3.0")

    def test_two_checkouts(self):
        """Locks that differ have entries that differ: none is replaced under its users."""
        self.lab("lock", "sid")
        first, _ = self.lab("sysroot", "--suite", "sid")
        self.publish("2.0", self.suites)
        self.lab("lock", "sid")
        second, _ = self.lab("sysroot", "--suite", "sid")
        self.assertNotEqual(first, second)
        for folder, version in ((first, "1.0"), (second, "2.0")):
            with open(os.path.join(folder, "usr/include/headers.h"), encoding="ascii") as stream:
                self.assertEqual(stream.readline(), version + "\n")

    def test_lock_keeps_what_it_fetched(self):
        self.lab("lock", "sid")
        self.mirror.requests.clear()
        self.sysroot("sid")
        self.lab("choose", "--suite", "sid")
        self.assertEqual(dict(self.mirror.requests), {})

    def test_what_no_set_needs_is_removed(self):
        self.sysroot("sid")
        self.publish("2.0", self.suites)
        self.sysroot("sid", "--refresh")
        names = os.listdir(os.path.join(self.cache, "debs", "sid-ppc64el"))
        self.assertEqual(sorted(name for name in names if name.endswith(".deb")),
                         ["headers_2.0_ppc64el.deb", "library_2.0_ppc64el.deb"])

    def test_names_with_epoch_and_signs(self):
        self.mirror.add("headers", "2:1.0+a~b", depends="library")
        self.mirror.index("sid", ("headers", "2:1.0+a~b"), ("library", "1.0"))
        self.assertEqual(self.sysroot()[0], "2:1.0+a~b")

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


if __name__ == "__main__":
    unittest.main()
