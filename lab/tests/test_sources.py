# SPDX-License-Identifier: BSD-3-Clause
"""Finding the Debian mirror in apt's two source formats."""

import unittest

from powerlab import sources
from powerlab.errors import LabError

DEB822 = """\
# a comment
Types: deb deb-src
# another one
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
EMBEDDED = """\
Types: deb
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abcd
 -----END PGP PUBLIC KEY BLOCK-----
"""
ONE_LINE = """\
# deb http://commented.example/debian trixie main
deb [arch=amd64 signed-by=/k/debian-archive-keyring.gpg] http://one.example/debian trixie main # x
deb-src http://one.example/debian trixie main
deb http://other.example/apt trixie stable
"""


class ParseTest(unittest.TestCase):

    def test_deb822(self):
        found = sources.parse_deb822(DEB822, "/x/debian.sources")
        self.assertEqual(len(found), 3)
        self.assertEqual(found[0].uris, ["http://mirror.example/debian"])
        self.assertEqual(found[0].suites, ["bookworm", "bookworm-updates"])
        self.assertEqual(found[0].types, ["deb", "deb-src"])
        self.assertTrue(found[0].signed_by.endswith("debian-archive-keyring.gpg"))
        self.assertEqual([source.enabled for source in found], [True, True, False])

    def test_embedded_key_survives(self):
        source = sources.parse_deb822(EMBEDDED)[0]
        again = sources.parse_deb822(sources.paragraph(source, ["sid"]))[0]
        self.assertEqual(again.signed_by, source.signed_by)
        self.assertIn("abcd", again.signed_by)
        self.assertEqual(again.suites, ["sid"])
        self.assertEqual(again.uris, ["mirror+file:/etc/apt/mirrors/debian.list"])

    def test_one_line(self):
        found = sources.parse_one_line(ONE_LINE)
        self.assertEqual([source.types for source in found], [["deb"], ["deb-src"], ["deb"]])
        self.assertEqual(found[0].uris, ["http://one.example/debian"])
        self.assertEqual(found[0].components, ["main"])
        self.assertEqual(found[0].signed_by, "/k/debian-archive-keyring.gpg")

    def test_empty_file(self):
        self.assertEqual(sources.parse_one_line(""), [])
        self.assertEqual(sources.parse_deb822(""), [])


class PickTest(unittest.TestCase):

    def test_archive_is_preferred_to_third_parties(self):
        third = sources.parse_one_line("deb http://third.example/x bookworm main", "/p/a.list")
        debian = sources.parse_deb822(DEB822, "/p/debian.sources")
        self.assertIs(sources.pick(third + debian, "bookworm"), debian[0])

    def test_security_is_not_the_archive(self):
        only = sources.parse_deb822(DEB822)[1:2]
        with self.assertRaises(LabError):
            sources.pick(only, "bookworm")

    def test_other_components_do_not_count(self):
        with self.assertRaises(LabError) as caught:
            sources.pick(sources.parse_one_line(ONE_LINE)[2:], "trixie")
        self.assertIn("no Debian mirror", str(caught.exception))

    def test_rolling_names(self):
        found = sources.parse_one_line("deb http://m.example/debian unstable main")
        self.assertIs(sources.pick(found, "forky"), found[0])

    def test_paragraph_names_the_keyring(self):
        source = sources.parse_one_line(ONE_LINE)[0]
        self.assertIn("Signed-By: /k/debian-archive-keyring.gpg",
                      sources.paragraph(source, ["sid"]))


if __name__ == "__main__":
    unittest.main()
