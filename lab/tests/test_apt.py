# SPDX-License-Identifier: BSD-3-Clause
"""Reading what apt prints, and turning its failures into messages."""

import io
import unittest
from unittest import mock

from powerlab import apt
from powerlab.errors import LabError
from powerlab.progress import Progress

SIMULATION = """\
Inst libc6 (2.41-12 Debian:13.7/stable [ppc64el]) []
Inst zlib1g:ppc64el (1:1.3+really1.3.1-1+b1 Debian:13.7/stable [ppc64el])
Inst pci.ids (0.0~2025-1 Debian:13.7/stable [all])
Conf libc6 (2.41-12 Debian:13.7/stable [ppc64el])
"""


class ParseTest(unittest.TestCase):

    def test_simulation(self):
        found = apt.parse_simulation(SIMULATION)
        self.assertEqual(found, {"libc6": ("2.41-12", "ppc64el"),
                                 "zlib1g": ("1:1.3+really1.3.1-1+b1", "ppc64el"),
                                 "pci.ids": ("0.0~2025-1", "all")})

    def test_epoch_in_file_name(self):
        self.assertEqual(apt.deb_name("zlib1g", "1:1.3-1", "ppc64el"),
                         "zlib1g_1%3a1.3-1_ppc64el.deb")

    def test_uris(self):
        text = "Reading...\n'http://m.example/p/x_1%3a2.deb' x_1%3a2_all.deb 42 SHA256:abc\n"
        self.assertEqual(apt.parse_uris(text), [
            ("http://m.example/p/x_1%3a2.deb", "x_1%3a2_all.deb", 42, "SHA256:abc")])


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
        action = mock.Mock(side_effect=LabError("a", "b", "c"))
        with self.assertRaises(LabError):
            apt.retry(action, Progress(io.StringIO()), "x")
        self.assertEqual(action.call_count, 3)
        pauses = [call.args[0] for call in sleep.call_args_list]
        self.assertEqual(pauses, sorted(set(pauses)))

    @mock.patch.object(apt.time, "sleep")
    def test_second_attempt_may_succeed(self, _sleep):
        action = mock.Mock(side_effect=[LabError("a", "b", "c"), 7])
        self.assertEqual(apt.retry(action, Progress(io.StringIO()), "x"), 7)


if __name__ == "__main__":
    unittest.main()
