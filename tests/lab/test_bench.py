# SPDX-License-Identifier: BSD-3-Clause
"""The benchmark in its shortest form: complete, whatever the figures are."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from support import ROOT, SUITE

MODES = {"io", "macswap", "txonly"}


class BenchTest(unittest.TestCase):
    """lab/bench --quick boots its own machines."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="ddw-bench-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.result = subprocess.run(
            ["lab/bench", "--quick", "--suite", SUITE, "--out", cls.folder], cwd=ROOT,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=540, check=False)
        path = os.path.join(cls.folder, "bench.json")
        if not os.path.exists(path):
            raise AssertionError(cls.result.stderr[-3000:])
        with open(path, encoding="utf-8") as stream:
            cls.data = json.load(stream)

    def sides(self, part, **wanted):
        """The sides of a part's records, each of which must be there once."""
        found = [record["side"] for record in self.data[part]
                 if all(record[name] == value for name, value in wanted.items())]
        self.assertEqual(len(found), len(set(found)), f"{part} {wanted}")
        return set(found)

    def test_end(self):
        """It says how long it takes, what was reached, and where it has written."""
        self.assertEqual(self.result.returncode, 0, self.result.stderr[-3000:])
        self.assertRegex(self.result.stderr, r"(?m)^\[\d+:\d\d, about \d+:\d\d left\] rates: ")
        self.assertRegex(self.result.stdout, r"(?m)^(pass|MISS) +packet rate, io, 64 bytes: ")
        self.assertRegex(self.result.stdout, r"(?m)^not measured set-up of 8 GiB ")

    def test_circumstances(self):
        """Versions, commit, command, date and load."""
        about, machines = self.data["about"], self.data["machines"]
        self.assertIn("lab/bench --quick", about["command"])
        self.assertRegex(about["qemu"], r"version \d+")
        self.assertRegex(about["date"], r"^\d{4}-\d\d-\d\dT")
        self.assertTrue(about["commit"] and about["host"]["loads"])
        for kind in ("powernv9", "pseries"):
            self.assertRegex(machines[kind]["kernel"], r"^\d+\.\d+")
            self.assertRegex(machines[kind]["dpdk"], r"^\d+\.\d+")

    def test_setup(self):
        """Stock maps page by page in one window, plugin and floor once in each of two."""
        for mib in (256, 512):
            self.assertEqual(self.sides("setup", mib=mib), {"none", "stock", "ddw", "floor"})
        for record in self.data["setup"]:
            calls, windows = record["start"], record["windows"]
            self.assertEqual(record["memory"], record["mib"] << 20)
            if record["side"] == "stock":
                self.assertEqual(calls["map"], record["mib"] // 2)
                self.assertEqual([window["start"] for window in windows], [0])
            elif record["side"] in ("ddw", "floor"):
                self.assertEqual((calls["create"], calls["register"], calls["map"]), (2, 2, 2))
                self.assertEqual([window["start"] for window in windows], [1 << 59] * 2)
                self.assertGreaterEqual(record["locked"], record["memory"])
            else:
                self.assertEqual((calls["map"], windows), (0, []))

    def test_again(self):
        """Scan and probe of eight devices, with the plugin and without."""
        self.assertEqual(self.sides("again", devices=8), {"stock", "ddw"})
        for record in self.data["again"]:
            self.assertGreater(record["mean_us"], 0)

    def test_packets(self):
        """Every mode on every side, by the clock and in instructions."""
        for mode in MODES:
            self.assertEqual(self.sides("rates", mode=mode), {"stock", "ddw", "dma32"})
            self.assertEqual(self.sides("instructions", mode=mode), {"stock", "ddw"})
        self.assertEqual(self.sides("mapping"), {"once", "each"})
        for record in self.data["rates"] + self.data["mapping"]:
            self.assertGreater(record["pps"], 0)
        for record in self.data["instructions"]:
            self.assertGreater(record["packets"], 0)
            self.assertGreater(record["instructions"], 0)

    def test_files(self):
        """Tables, and each plot in both forms."""
        with open(os.path.join(self.folder, "bench.md"), encoding="utf-8") as stream:
            text = stream.read()
        for name in ("setup-time", "packet-rate", "packet-cost", "mapping"):
            self.assertIn(f"(bench-{name}.png)", text)
            for ending in ("png", "svg"):
                path = os.path.join(self.folder, f"bench-{name}.{ending}")
                self.assertGreater(os.path.getsize(path), 1000)


if __name__ == "__main__":
    unittest.main()
