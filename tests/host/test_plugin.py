# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The plugin in the DPDK of a machine that has no sPAPR IOMMU: it must not be noticed."""

import os
import platform
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

BUILT = PLUGIN = os.environ["DDW_PLUGIN"]
EDU = os.environ["DDW_EDU"]
POOLS = os.environ["DDW_POOLS"]
SYMBOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../drivers/bus/vfio_spapr/base/eal_symbols.h")
TESTPMD = os.environ["DDW_TESTPMD"]
EAL = ("--no-huge", "-m", "128", "--no-shconf", "--no-telemetry", "--no-pci",
       "--vdev=net_null0", "--vdev=net_null1", "--lcores=0,1@0")
APP = ("--total-num-mbufs=4096", "--auto-start", "--tx-first", "--no-mlockall")


def others_can_write(path):
    """True below a folder such as /tmp: EAL loads no plugin from there."""
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        if os.stat(path).st_mode & stat.S_IWOTH:
            return True
    return False


def setUpModule():  # noqa: N802 (the name is unittest's)
    """Moves the plugin to where EAL accepts it."""
    global PLUGIN  # pylint: disable=global-statement
    if others_can_write(os.path.realpath(BUILT)):
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        os.makedirs(cache, exist_ok=True)
        folder = tempfile.mkdtemp(prefix="dpdk-ddw-", dir=cache)
        unittest.addModuleCleanup(shutil.rmtree, folder)
        PLUGIN = shutil.copy(BUILT, folder)


def testpmd(*eal):
    """Runs testpmd for a moment without a terminal; returns its exit status and its text."""
    result = subprocess.run([TESTPMD, *EAL, *eal, "--", *APP], input="\n", timeout=60,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    return result.returncode, result.stdout


def steady(text):
    """The text without what differs from run to run: counters and rates, addresses."""
    lines = [line for line in text.splitlines() if "packets" not in line
             and "pps" not in line and "bps" not in line]
    text = re.sub(r"0x[0-9a-f]+", "ADDRESS", "\n".join(lines))
    return re.sub(r"([0-9A-F]{2}:){5}[0-9A-F]{2}", "MAC", text)


def readelf(option, path=None):
    """What readelf says of the plugin, or of another file."""
    return subprocess.run(["readelf", "--wide", option, path or PLUGIN], check=True, text=True,
                          capture_output=True).stdout


def undefined(path):
    """Symbols of DPDK that a file needs, as {name: binding}."""
    rows = [line.split() for line in readelf("--dyn-syms", path).splitlines() if " UND " in line]
    return {row[7]: row[4] for row in rows
            if len(row) > 7 and re.match(r"_*(rte|per_lcore)_", row[7])}


class Inert(unittest.TestCase):
    """On a machine without an sPAPR IOMMU."""

    def setUp(self):
        if platform.machine().startswith("ppc64"):
            self.skipTest("this machine may have an sPAPR IOMMU")

    def test_same_output_as_without_plugin(self):
        plain = testpmd()
        self.assertEqual(plain[0], 0, plain[1])
        loaded = testpmd("-d", PLUGIN)
        self.assertEqual(loaded[0], 0, loaded[1])
        self.assertEqual(steady(loaded[1]), steady(plain[1]))

    def test_iova_mode_is_not_changed(self):
        chosen = re.compile(r"Selected IOVA mode '(\w+)'")
        plain = testpmd("--log-level=lib.eal:debug")
        loaded = testpmd("--log-level=lib.eal:debug", "-d", PLUGIN)
        self.assertTrue(chosen.search(plain[1]), plain[1])
        self.assertEqual(chosen.findall(loaded[1]), chosen.findall(plain[1]))


class Linkage(unittest.TestCase):
    """What the file needs and what it shows."""

    def test_needs_no_libddw(self):
        self.assertNotRegex(readelf("--dynamic"), r"NEEDED.*libddw")

    def test_binds_to_any_eal(self):
        """No library of DPDK, and no version of a symbol: what the process has will do."""
        for path in (PLUGIN, EDU, POOLS):
            with self.subTest(path=path):
                self.assertNotRegex(readelf("--dynamic", path), r"NEEDED.*librte_")
                self.assertNotRegex(readelf("--version-info", path), r"File: librte_")

    def test_needs_listed_symbols_only(self):
        """All of them weak, so that the file loads anywhere and can say what is missing."""
        with open(SYMBOLS, encoding="utf-8") as stream:
            listed = set(re.findall(r"symbol\((\w+)\)", stream.read()))
        needed = undefined(PLUGIN)
        self.assertEqual(set(needed), listed)
        called = re.findall(r"_(?:JUMP_SLOT?|JMP_SLOT|GLOB_DAT|\w*TPOFF64|DTPMOD64)\s.*?(\w+)"
                            r"(?:@\S+)? \+ 0$", readelf("--relocs"), re.M)
        self.assertEqual(listed - set(called), set(), "listed and not used")
        self.assertEqual(set(needed.values()), {"WEAK"}, needed)
        self.assertEqual(set(undefined(EDU).values()), {"WEAK"})

    def test_shows_what_libraries_call(self):
        """Nothing of libddw, which applications may have themselves."""
        shown = [line.split()[7] for line in readelf("--dyn-syms").splitlines()
                 if re.match(r"\s*\d+:", line) and "UND" not in line and len(line.split()) > 7]
        self.assertEqual(shown, ["vfio_spapr_dma"])

    def test_all_symbols_resolve(self):
        # EAL opens plugins with RTLD_NOW.
        status, text = testpmd("-d", PLUGIN)
        self.assertEqual(status, 0, text)
        self.assertNotIn("undefined symbol", text)


if __name__ == "__main__":
    unittest.main()
