# SPDX-License-Identifier: BSD-3-Clause
"""Where the packages of the host come from."""

import os
import tempfile
import unittest
from unittest import mock

from powerlab import hostdeps, sources

_MACHINE = """Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://mirror.example/security
Suites: trixie-security
Components: main
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://other.example/things
Suites: stable
Components: contrib
"""


class SourcesTest(unittest.TestCase):

    def used(self, text):
        """The sources that apt is given on a machine that has these."""
        found = sources.parse_deb822(text, "debian.sources")
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(sources, "read_machine", return_value=found), \
                mock.patch.object(sources, "codename", return_value="trixie"):
            hostdeps._options(folder, found[0], ["trixie", "trixie-updates"])
            with open(os.path.join(folder, "sources", "lab.sources"), encoding="utf-8") as stream:
                return [(source.uris, source.suites)
                        for source in sources.parse_deb822(stream.read())]

    def test_security(self):
        """What is installed may be newer than what the archive proper has."""
        self.assertEqual(self.used(_MACHINE), [
            (["http://mirror.example/debian"], ["trixie", "trixie-updates"]),
            (["http://mirror.example/security"], ["trixie-security"])])

    def test_no_security(self):
        """A machine without the security archive goes without it."""
        self.assertEqual(self.used(_MACHINE.split("\n\n", maxsplit=1)[0]), [
            (["http://mirror.example/debian"], ["trixie", "trixie-updates"])])


if __name__ == "__main__":
    unittest.main()
