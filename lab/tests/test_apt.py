# SPDX-License-Identifier: BSD-3-Clause
"""Reading what apt prints, and turning its failures into messages."""

import io
import unittest
from unittest import mock

from powerlab import apt
from powerlab.debs import Deb
from powerlab.errors import LabError
from powerlab.progress import Progress


class ParseTest(unittest.TestCase):

    def test_uris(self):
        sha256 = "0123456789abcdef" * 4
        text = ("Reading...\n"
                "'http://m.example/pool/main/z/zlib/zlib1g_1.3%2b1-4_ppc64el.deb' "
                f"zlib1g_1%3a1.3+1-4_ppc64el.deb 42 SHA256:{sha256}\n"
                "'mirror+file:/etc/mirrors/pool/main/a/a/a_1_all.deb' a_1_all.deb 7 "
                f"SHA256:{sha256}\n"
                "'http://m.example/pool/x_1_all.deb' x_1_all.deb 7 MD5:0\n")
        self.assertEqual(apt.parse_uris(text), [
            Deb("a", "1", 7, sha256, "pool/main/a/a/a_1_all.deb"),
            Deb("zlib1g", "1:1.3+1-4", 42, sha256,
                "pool/main/z/zlib/zlib1g_1.3+1-4_ppc64el.deb")])


class FailureTest(unittest.TestCase):

    def test_dead_mirror(self):
        err = apt.mirror_error("no lists", "Err:1 http://m.example x\nE: Unable to connect\n")
        self.assertIn("Unable to connect", err.why)
        self.assertTrue(err.transient)
        self.assertEqual(str(err).count("error:"), 1)

    def test_missing_key_and_full_disk_have_their_own_remedy(self):
        self.assertIn("debian-archive-keyring", apt.mirror_error("x", "E: NO_PUBKEY 1").fix)
        self.assertIn("disk", apt.mirror_error("x", "E: No space left on device").fix)

    @mock.patch.object(apt.time, "sleep")
    def test_three_attempts_with_growing_pauses(self, sleep):
        action = mock.Mock(side_effect=LabError("a", "b", "c", transient=True))
        with self.assertRaises(LabError):
            apt.retry(action, Progress(io.StringIO()), "x")
        self.assertEqual(action.call_count, 3)
        pauses = [call.args[0] for call in sleep.call_args_list]
        self.assertEqual(pauses, sorted(set(pauses)))

    @mock.patch.object(apt.time, "sleep")
    def test_second_attempt_may_succeed(self, _sleep):
        action = mock.Mock(side_effect=[LabError("a", "b", "c", transient=True), 7])
        self.assertEqual(apt.retry(action, Progress(io.StringIO()), "x"), 7)


if __name__ == "__main__":
    unittest.main()
