# SPDX-License-Identifier: BSD-3-Clause
"""Images with packages that the user names: lab/power image --with."""

import os
import unittest
from unittest import mock

import tests.mirror as mirrors
from powerlab import image, sets, suites
from powerlab.errors import LabError
from tests.mirror_case import MirrorCase


class WithTest(MirrorCase):
    """A switch, and what it depends on."""

    def publish(self, version, suites):
        """The switch too."""
        self.mirror.add("libswitch", version)
        self.mirror.add("switch", version, depends=f"libswitch (= {version})")
        super().publish(version, ())
        for suite in suites:
            self.mirror.index(suite, *((name, version) for name in (
                "headers", "library", "programs", "switch", "libswitch")))

    def image(self, *words):
        """Builds an image; returns its folder and {package: version} of what is in it."""
        out, err = self.lab("image", "--suite", "sid", *words)
        found, where = {}, os.path.join(out, "usr", "include")
        for name in os.listdir(where):
            with open(os.path.join(where, name), encoding="ascii") as stream:
                found[name.removesuffix(".h")] = stream.readline().strip()
        return out, found, err

    def test_dependencies_come_too(self):
        _, found, _ = self.image("--with", "switch")
        self.assertEqual(found, {"programs": "1.0", "switch": "1.0", "libswitch": "1.0"})
        self.check_cache()

    def test_entries_of_their_own(self):
        """Neither image takes the place of the other one, and each is built once."""
        plain, found, _ = self.image()
        self.assertEqual(found, {"programs": "1.0"})
        more, _, _ = self.image("--with", "switch", "headers")
        self.mirror.requests.clear()
        self.assertEqual(self.image(), (plain, {"programs": "1.0"}, ""))
        self.assertEqual(self.image("--with", "headers", "--with", "switch")[0], more)
        self.assertEqual(dict(self.mirror.requests), {})
        self.assertEqual(len({plain, more, self.image("--with", "headers")[0]}), 3)

    def test_no_other_image_instead(self):
        """Without the mirror an image that lacks the packages is no help."""
        self.image()
        self.image("--with", "headers")
        self.mirror.end()
        self.fails("image", "--suite", "sid", "--with", "switch", what="cannot be fetched")
        self.fails("image", "--suite", "sid", "--with", "switch", "--offline",
                   what="not in the cache")

    def test_wrong_names(self):
        """One message, and no other suite is asked for."""
        err = self.fails("image", "--suite", "sid", "--with", "switch", "swich", "hedaers",
                         what="sid has no package hedaers and no swich", fix="correct the name")
        self.assertNotIn("forky", err)
        for name in ("switch-", "switch=1.0", "switch/sid", "Switch", ".*", ""):
            self.fails("image", "--suite", "sid", "--with", name, what="no name of a package",
                       fix="apt-cache")
        # apt would take it for a wish, or for a pattern.
        for name in ("switch+", "sw.tch"):
            self.fails("image", "--suite", "sid", "--with", name, what="sid has no package",
                       fix="correct the name")

    def test_broken_dependency(self):
        """The name is right, but the archive is in transition."""
        self.mirror.add("switch", "2.0", depends="libswitch (= 2.0)")
        self.mirror.index("sid", ("programs", "1.0"), ("switch", "2.0"), ("libswitch", "1.0"))
        self.fails("image", "--suite", "sid", "--with", "switch", what="no way to install",
                   fix="run again later")

    def test_damaged_on_the_way(self):
        """They are compared with the signed index like all others."""
        self.mirror.faults = {"/libswitch_": mirrors.garbled}
        self.fails("image", "--suite", "sid", "--with", "switch", what="libswitch.*SHA-256")

    def test_lock(self):
        """What the tests need is in the lock; what else is asked for comes from the index."""
        with mock.patch.dict(self.environment, {"TINY_MORE": "switch"}):
            self.lab("lock", "sid")
            self.publish("2.0", self.suites)
            _, found, err = self.image("--with", "switch")
            self.assertEqual((found["switch"], found["libswitch"]), ("1.0", "1.0"))
            self.assertNotIn("reading the index", err)
            _, found, err = self.image("--with", "headers")
            self.assertEqual(found["headers"], "2.0")
            self.assertNotIn("renews", err)
            self.assertEqual(self.image("--with", "switch", "--refresh")[1]["switch"], "2.0")


class RecipeTest(unittest.TestCase):
    """Names in the cache and in the lock."""

    def test_what_is_kept(self):
        """What the user names is kept, and so is what programs need."""
        kept = image.recipe("sid", "std", ("perl", "libnuma-dev")).keep
        names = ("perl", "perl-base", "tzdata", "libnuma-dev", "libpcap-dev", "udev", "dpdk-dev")
        self.assertEqual([name for name in names if not kept(name)], ["libpcap-dev", "udev"])

    def test_the_tests_of_this_tree_are_locked(self):
        for suite in suites.SUITES.values():
            found = sets.programs(suite)
            self.assertIn("openvswitch-switch-dpdk", found)
            self.assertIn(sets.image("std", found[::-1]), sets.names(suite))
            self.assertEqual(sets.more(sets.names(suite)[-1]), sorted(found))
        with self.assertRaises(LabError):
            sets.image("std", ["a b"])

    def test_prefixes(self):
        """No image is counted as one of another kind when old ones are removed."""
        prefixes = [image.recipe("sid", flavour, more).prefix for flavour in ("std", "64k")
                    for more in ((), ("aa",), ("aa-b",), ("aa", "bb"))]
        for one in prefixes:
            self.assertEqual([other for other in prefixes if other.startswith(one)], [one])


if __name__ == "__main__":
    unittest.main()
