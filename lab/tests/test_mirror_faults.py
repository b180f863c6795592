# SPDX-License-Identifier: BSD-3-Clause
"""A mirror that does not do what it should: one error says why, and nothing is half made."""

import os
import unittest
from unittest import mock

import tests.mirror as mirrors
from tests.mirror_case import MirrorCase


class FaultsTest(MirrorCase):
    """A mirror that does not do what it should."""

    def test_one_file_is_missing(self):
        self.mirror.drop("library")
        err = self.fails("sysroot", "--suite", "sid", what=r"library 1\.0", fix="wait")
        self.assertIn("lacks 1 of 2 packages", err)
        # Found out at once: what is not there does not come by asking again.
        self.assertEqual(sum("library" in path for path in self.mirror.requests), 1)

    def test_one_large_file_is_missing(self):
        self.mirror.drop("programs")
        err = self.fails("choose", "--suite", "sid", what=r"programs 1\.0", fix="wait")
        self.assertIn("lacks 1 of 1 packages", err)

    def test_redirected(self):
        """The mirror sends to another place, which lacks a file."""
        self.mirror.faults = {"^/pool/": mirrors.redirected}
        self.assertEqual(self.sysroot("forky")[0], "1.0")
        self.mirror.drop("library")
        self.mirror.faults = {"^/pool/": mirrors.redirected}
        self.fails("sysroot", "--suite", "sid", what=r"library 1\.0", fix="wait")

    def test_list_of_mirrors(self):
        self.mirror.use(self.environment["APT_CONFIG"], f"mirror+file:{self.folder}/mirrors")
        with open(os.path.join(self.folder, "mirrors"), "w", encoding="ascii") as stream:
            stream.write(f"http://127.0.0.1:{self.mirror.port}\n")
        self.assertEqual(self.sysroot("forky")[0], "1.0")
        self.mirror.drop("library")
        self.fails("sysroot", "--suite", "sid", what=r"library 1\.0", fix="wait")

    def test_several_mirrors(self):
        """What the first one lacks the second one may have."""
        self.mirror.faults = {"^/first/pool/": lambda handler, _: handler.send_error(404)}
        self.mirror.use(self.environment["APT_CONFIG"],
                        f"http://127.0.0.1:{self.mirror.port}/first "
                        f"http://127.0.0.1:{self.mirror.port}")
        self.lab("lock", "sid")
        os.rename(self.cache, self.cache + ".aside")
        self.assertEqual(self.sysroot()[0], "1.0")

    def test_lock_and_index_fail(self):
        """Both reasons are told."""
        self.lab("lock", "sid")
        os.rename(self.cache, self.cache + ".aside")
        self.mirror.drop("library")
        self.mirror.add("headers", "2.0")
        self.mirror.index("sid", ("headers", "2.0"))
        self.mirror.drop("headers", "2.0")
        err = self.fails("sysroot", "--suite", "sid", what=r"library 1\.0")
        self.assertRegex(err, r"headers 2\.0")

    def test_no_suite_at_all(self):
        for suite in self.suites:
            self.mirror.index(suite, ("headers", "1.0"), ("library", "1.0"))
        err = self.fails("choose", what="no suite is available", fix="wait")
        for suite in ("trixie", "forky", "sid", "bookworm"):
            self.assertRegex(err, rf"{suite}: ")

    def test_unsigned_even_if_the_machine_allows_it(self):
        self.mirror.unsigned("sid")
        with open(self.environment["APT_CONFIG"], "a", encoding="ascii") as stream:
            stream.write('Acquire::AllowInsecureRepositories "true";\n'
                         'APT::Get::AllowUnauthenticated "true";\n')
        self.fails("lock", "sid", what="lists of sid cannot be fetched")
        self.assertEqual(os.listdir(self.locks), [])

    def test_status_tells_what_is_missing(self):
        self.mirror.add("programs", "4.0", depends="library")
        self.mirror.index("sid", ("programs", "4.0"), ("library", "1.0"))
        self.mirror.drop("library")
        out, _ = self.lab("status")
        self.assertRegex(out, "(?m)^sid .*of the small files 1 are missing")
        self.mirror.end()
        _, err = self.lab("status")
        self.assertEqual(err.count("reading the index"), 1)

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
        other = mirrors.Key(os.path.join(self.folder, "other"))
        self.addCleanup(other.end)
        self.mirror.index("sid", ("headers", "1.0"), ("library", "1.0"), key=other)
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
        self.fails("choose", "--offline", what="no suite is available", fix="once without")
        self.lab("lock", "sid")
        self.assertNotIn("index", self.fails("image", "--suite", "forky", "--offline",
                                             what="not in the cache"))
        with mock.patch.dict(self.environment, {"DDW_LAB_OFFLINE": "1"}):
            self.fails("lock", "sid", what="written from the index")
        self.lab("choose", "--suite", "sid")
        self.mirror.requests.clear()
        self.assertEqual(self.sysroot("sid", "--offline")[0], "1.0")
        self.assertEqual(self.lab("choose", "--offline")[0], "sid")
        self.assertEqual(dict(self.mirror.requests), {})


if __name__ == "__main__":
    unittest.main()
