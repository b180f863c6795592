# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw bench where there is no window: that it measures and says so, not how fast."""

import json
import os
import platform
import tempfile
import unittest

from test_cli import run

FINE, LIMIT, FAIL, USAGE = range(4)
PARTS = ("windows", "register", "map", "lookup", "pools")
LOOKUPS = {"hit", "hit_chain", "loop", "miss_64", "miss_any"}
EAL = ("--", "--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=0@0")


class BenchCase(unittest.TestCase):
    """What a report has to be."""

    def check(self, report, repeat):
        """Figures are positive and in order; returns them by part and name."""
        found = {}
        for row in report["figures"]:
            self.assertEqual(row["repetitions"], repeat, row)
            self.assertIn(row["unit"], ("us", "ns"))
            self.assertGreater(row["min"], 0, row)
            self.assertLessEqual(row["min"], row["median"], row)
            self.assertLessEqual(row["median"], row["max"], row)
            found.setdefault((row["part"], row["name"]), []).append(row)
        for row in report["not_measured"]:
            self.assertIn(row["part"], PARTS)
            self.assertTrue(row["why"])
        return found

    def bench(self, status, *words, repeat=2):
        """A report, in JSON on standard output."""
        done, out, err = run("bench", "--repeat", str(repeat), "--json", "-", *words)
        self.assertEqual(done, status, err)
        return json.loads(out), err

    def refused(self, text, *words):
        """One message, and status 3."""
        status, out, err = run("bench", *words)
        self.assertEqual((status, out, err.count("\n")), (USAGE, "", 1), err)
        self.assertIn(text, err)


class Measures(BenchCase):
    """Parts that need no device."""

    def test_lookup_measures_every_loop(self):
        """All ways of looking up."""
        for repeat in (1, 2, 5):
            report, err = self.bench(FINE, "lookup", repeat=repeat)
            self.assertEqual((report["not_measured"], err), ([], ""))
            found = self.check(report, repeat)
            self.assertEqual(set(found), {("lookup", name) for name in LOOKUPS})
            self.assertTrue(all(row["calls"] > 1 for rows in found.values() for row in rows))

    def test_pools_measures_both_handlers(self):
        """Both handlers, with and without cache, in pairs."""
        report, _ = self.bench(FINE, "pools", *EAL)
        found = self.check(report, 2)
        self.assertEqual(set(found), {("pools", name) for name in ("create", "free", "get_put")})
        for rows in found.values():
            self.assertEqual([row["handler"] for row in rows],
                             ["ring_mp_mc", "ddw"] * (len(rows) // 2))
        self.assertEqual({(row["cache"], row["bulk"]) for row in found["pools", "get_put"]},
                         {(cache, bulk) for cache in (0, 512) for bulk in (1, 32)})

    @unittest.skipIf(platform.machine().startswith("ppc64"), "needs a machine that is not POWER")
    def test_unmeasured_parts_have_reason(self):
        """What cannot be measured has a reason, and the status says that it is missing."""
        report, err = self.bench(LIMIT)
        self.assertEqual(err, "")
        self.assertEqual({part for part, _ in self.check(report, 2)}, {"lookup"})
        why = {row["part"]: row["why"] for row in report["not_measured"]}
        self.assertEqual(set(why), set(PARTS) - {"lookup"})
        self.assertIn("--no-huge", why.pop("pools"))
        self.assertTrue(all("only 64-bit POWER" in text for text in why.values()), why)
        report, _ = self.bench(LIMIT, *EAL)
        self.assertEqual({part for part, _ in self.check(report, 2)}, {"lookup", "pools"})

    @unittest.skipIf(platform.machine().startswith("ppc64"), "needs a machine that is not POWER")
    def test_nothing_measured_fails(self):
        """Nothing that was asked for could be measured: status 2."""
        for part in ("windows", "register", "map"):
            report, err = self.bench(FAIL, part)
            self.assertEqual((report["figures"], err.count("\n")), ([], 1))
            self.assertIn("nothing could be measured: this machine is", err)
            self.assertEqual([row["part"] for row in report["not_measured"]], [part])
            self.bench(FAIL, part, "--device", "0001:00:01.0")

    def test_table_matches_json(self):
        """For people: a line for each figure, and the same ones in a file for programs."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bench.json")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("something old\n" * 1000)
            status, out, err = run("bench", "lookup", "--repeat", "1", "--json", path)
            self.assertEqual((status, err), (FINE, ""))
            with open(path, encoding="utf-8") as stream:
                report = json.load(stream)
        lines = [line.split() for line in out.splitlines()]
        self.assertEqual(lines[0], ["lookup", "n", "min", "median", "max"])
        self.assertEqual([(line[0], line[-2]) for line in lines[1:]],
                         [(row["name"], f"{row['max']:.2f}") for row in report["figures"]])

    def test_list_names_all_parts(self):
        """The parts."""
        status, out, _ = run("bench", "--list")
        self.assertEqual((status, [line.split()[0] for line in out.splitlines()]),
                         (FINE, list(PARTS)))


class BadInput(BenchCase):
    """Used wrongly."""

    def test_wrong_options_refused(self):
        """Each is named with what it may be."""
        self.refused('no part "window"', "window")
        for value in ("0", "1001", "-1", "x", "", "1.5", "99999999999999999999", " 3", "+3"):
            self.refused("is not a number from 1 to 1000", "--repeat", value)
        self.refused("is not a number from 1 to 86400", "--seconds", "0")
        for value in ("0", "much", "-1G", "99999999999T"):
            self.refused("is not a size such as 512M", "--memory", value)
        self.refused("more than 64 --device options", *["--device", "0001:00:01.0"] * 65)

    def test_unwritable_output_refused(self):
        """Before anything is measured."""
        self.refused("cannot write --json /nowhere/bench.json: No such file",
                     "--json", "/nowhere/bench.json")
        self.refused("cannot write --json /: Is a directory", "--json", "/")

    def test_eal_option_error_fails_pools_only(self):
        """EAL says what it does not know; the other parts are not concerned."""
        report, err = self.bench(FAIL, "lookup", "pools", "--", "--no-such-option")
        self.assertEqual({part for part, _ in self.check(report, 2)}, {"lookup"})
        self.assertIn("no-such-option", err)
        self.assertIn("EAL failed to start", err)


if __name__ == "__main__":
    unittest.main()
