# SPDX-License-Identifier: BSD-3-Clause
"""The benchmark without a machine: statistics, targets, tables, plots, bad input."""

import contextlib
import copy
import io
import os
import shutil
import tempfile
import unittest
from unittest import mock

from powerlab.bench import again, cli, figures, instructions, mapping, plots, pmd, rig
from powerlab.bench import startup, tables, targets
from powerlab.bench.record import load
from powerlab.errors import LabError

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "bench.json")
PLOTS = ("setup-time", "packet-rate", "packet-cost", "mapping")


def recorded():
    """A small record, as the benchmark has written it."""
    return load(RECORD)


def run(*arguments):
    """(exit status, standard output, standard error) of lab/bench."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main(list(arguments))
    return status, out.getvalue(), err.getvalue()


class FiguresTest(unittest.TestCase):

    RECORDS = [{"side": side, "round": number, "pps": value} for side, number, value in
               (("a", 1, 10), ("b", 1, 20), ("a", 2, 30), ("b", 2, 30), ("a", 3, 8), ("b", 3, 2),
                ("a", 4, 99))]

    def test_spread(self):
        self.assertEqual(figures.spread([3, 1, 2, 9]), {"min": 1, "median": 2.5, "max": 9, "n": 4})
        self.assertIsNone(figures.spread([]))

    def test_ratios(self):
        """Ratios of the same round; what has no partner does not count."""
        self.assertEqual(figures.ratios(self.RECORDS, "pps", "a", "b"),
                         {"min": 0.5, "median": 1.0, "max": 4.0, "n": 3})
        self.assertIsNone(figures.ratios(self.RECORDS, "pps", "a", "c"))

    def test_differences(self):
        self.assertEqual(figures.differences(self.RECORDS, "pps", "a", "b"), {1: -10, 2: 0, 3: 6})

    def test_instructions(self):
        """8 ns of guest time are an instruction with a shift of 3."""
        self.assertAlmostEqual(instructions.per_packet(ticks=4096, mhz=512, packets=10), 100.0)

    def test_turns(self):
        """Each side is the first one in its turn."""
        self.assertEqual([startup.in_turn(("a", "b", "c"), number)[0] for number in range(4)],
                         ["a", "b", "c", "a"])


class OutputTest(unittest.TestCase):
    """Output of the guest's programs."""

    def test_startup(self):
        text = ("EAL: Selected IOVA mode 'PA'\n"
                "process: init_us=10.5 cleanup_us=2.0 exit_us=3.0 memory=100 locked=120\n"
                "start: all=4 all_us=1.5 create=2 create_us=0.5\nend: all=0 all_us=0.0\n"
                "window: start=0 size=64 page=2 levels=1\n")
        found = startup.parse(text)
        self.assertEqual((found["init_us"], found["start"]["create"], found["windows"]),
                         (10.5, 2, [{"start": 0, "size": 64, "page": 2, "levels": 1}]))
        self.assertRaises(LabError, startup.parse, "EAL: Cannot init memory\n")

    def test_mapping(self):
        """The first round warms up and does not count."""
        line = "map: way=each round={} packets=32 ticks=512 hz=512000000\n"
        self.assertEqual([(found["side"], found["round"], found["pps"]) for found in
                          mapping.parse(line.format(0) + line.format(1))], [("each", 1, 32000000)])
        self.assertRaises(LabError, mapping.parse, line.format(0))

    def test_again(self):
        """Where a scan or a probe has failed, or a device is missing, there is no figure."""
        line = ("bus_again: ready ports=8\nbus_again: again rounds=20 scans_failed={} "
                "probes_failed={} ports={} mean_us=812\n")
        self.assertEqual(again.parse(line.format(0, 0, 8)),
                         {"devices": 8, "rounds": 20, "mean_us": 812})
        for bad in (line.format(1, 0, 8), line.format(0, 1, 8), line.format(0, 0, 7), ""):
            self.assertRaises(LabError, again.parse, bad)

    def test_both_ports(self):
        """A port that sends nothing is no half of a rate."""
        text = "  Tx-pps:  {}  Tx-bps: 1\n"
        self.assertEqual(pmd.rates_of(text.format(5) + text.format(7), "io"), [5, 7])
        for shown in (text.format(5), text.format(5) + text.format(0), ""):
            self.assertRaises(LabError, pmd.rates_of, shown, "io")

    def test_enough_packets(self):
        """A slow machine gets more time, and in the end no figure."""
        class Slow:
            def __init__(self, rate):
                self.rate, self.asked = rate, []

            def count(self, _mode, _size, seconds):
                self.asked.append(seconds)
                return {"ticks": 4096, "mhz": 512, "packets": int(self.rate * seconds)}
        slow = Slow(100_000)
        found = instructions.count(slow, "io", instructions.ENOUGH)
        self.assertEqual(len(slow.asked), 2)
        self.assertGreaterEqual(found["packets"], instructions.ENOUGH)
        with self.assertRaisesRegex(LabError, "too few packets"):
            instructions.count(Slow(10), "io", instructions.ENOUGH)


class TargetsTest(unittest.TestCase):

    @staticmethod
    def met(data):
        return {outcome.what: outcome.met for outcome in targets.evaluate(data)}

    def test_nothing_measured(self):
        """What was not measured is neither met nor missed."""
        data = {**recorded(), "setup": [], "rates": [], "instructions": []}
        self.assertEqual(set(self.met(data).values()), {None})

    def test_setup(self):
        """A hundredth of the calls, a fifth of the time in those that make windows and map; a
        start a little shorter than stock's and longer than the least, calls and end a little
        longer than the floor's."""
        where = {"machine": "powernv9", "pages": "2M", "mib": 8192, "round": 1}
        kinds = ("create", "remove", "register", "map", "enable")
        stock, floor, none = (1000, 110, 4725, 0), (3, 20, 0, 100), (0, 0, 0, 10)
        for flavour in ("std", "64k"):
            for ddw, enough in (((10, 22, 4488, 120), True), ((11, 23, 4489, 121), False)):
                sides = {"stock": stock, "floor": floor, "none": none, "ddw": ddw}
                data = {**recorded(), "setup": [
                    {**where, "flavour": flavour, "side": side, "init_us": start, "exit_us": end,
                     "start": {"all": count, **{kind + "_us": us for kind in kinds}}}
                    for side, (count, us, start, end) in sides.items()]}
                self.assertEqual([met for what, met in self.met(data).items()
                                  if f"8 GiB, {targets.KERNELS[flavour]}" in what
                                  or "set-up of 8 GiB" in what], [enough] * 6)

    def test_end_beyond(self):
        """What EAL does without devices is subtracted in each round, not from the median."""
        found = [{"side": side, "round": number, "exit_us": end}
                 for number, ends in enumerate(((30, 10, 10), (50, 10, 40), (9, 9, 5)))
                 for side, end in zip(("ddw", "none", "floor"), ends)]
        self.assertEqual(targets.end_beside_floor(found),
                         {"min": 0.0, "median": 1.0, "max": 2.0, "n": 3})
        self.assertIsNone(targets.end_beside_floor(figures.select(found, round=1)[:2]))

    def test_no_floor(self):
        """A record from before there was one is drawn as it is."""
        data = recorded()
        self.assertNotIn("floor", figures.values(data["setup"], "side"))
        for what, met in self.met(data).items():
            if "floor" in what:
                self.assertIsNone(met)

    def test_again(self):
        """Under a millisecond more than stock DPDK, on each kernel."""
        records = [{"flavour": flavour, "side": side, "round": 1, "mean_us": us}
                   for flavour, ddw in (("std", 5999), ("64k", 6000))
                   for side, us in (("stock", 5000), ("ddw", ddw))]
        met = self.met({**recorded(), "again": records})
        self.assertEqual([met[what] for what in met if "scan and probe" in what], [True, False])

    def test_limits(self):
        """Just enough, and just not."""
        for factor, enough in ((0.98, True), (0.979, False)):
            data = copy.deepcopy(recorded())
            for record in data["rates"]:
                record["pps"] = 1000 * (factor if record["side"] == "ddw" else 1)
            results = [met for what, met in self.met(data).items() if "packet rate" in what]
            self.assertTrue(results)
            self.assertEqual(set(results), {enough})
        for factor, enough in ((1.009, True), (1.011, False), (0.991, True), (0.989, False)):
            data = copy.deepcopy(recorded())
            for record in data["instructions"]:
                record["instructions"] = 250 * (factor if record["side"] == "ddw" else 1)
            results = [met for what, met in self.met(data).items() if "instructions" in what]
            self.assertEqual(set(results), {enough})


class ReportTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ddw-bench-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def check_plots(self, prefix):
        """Each plot in both forms, and none of them empty."""
        for name in PLOTS:
            with open(self.path(f"{prefix}{name}.png"), "rb") as stream:
                self.assertEqual(stream.read(4), b"\x89PNG")
            with open(self.path(f"{prefix}{name}.svg"), encoding="utf-8") as stream:
                text = stream.read()
            self.assertIn("<svg", text)
            self.assertIn("plugin" if name != "mapping" else "mapped for each packet", text)
            self.assertNotRegex(text, r"[ \t]\n")

    def test_report(self):
        """Tables and plots of a record."""
        status, out, _ = run("report", RECORD, "--out", self.folder)
        self.assertEqual(status, 0)
        self.assertRegex(out, r"(pass|MISS) +instructions per packet, io, 64 bytes")
        with open(self.path("bench.md"), encoding="utf-8") as stream:
            text = stream.read()
        for title in ("Circumstances", "Targets", "Set-up and end", "Windows", "Packet rate",
                      "Instructions per packet", "Memory mapped for each packet"):
            self.assertIn(f"## {title}\n", text)
        for line in text.splitlines():
            if line.startswith("!["):
                self.assertTrue(os.path.exists(self.path(line.split("(")[1].rstrip(")"))), line)
        self.check_plots("bench-")

    def test_document(self):
        """What the guide includes, also in the locale in which guides are built."""
        with mock.patch.dict(os.environ, {"LC_ALL": "C"}):
            self.document()

    def document(self):
        """Draws, and looks at what came of it."""
        self.assertEqual(run("report", RECORD, "--doc", "--out", self.folder)[0], 0)
        with open(self.path("results.inc"), encoding="utf-8") as stream:
            text = stream.read()
        self.assertEqual(text.count(".. figure:: "), len(PLOTS))
        self.assertGreater(text.count(".. list-table::"), len(PLOTS))
        self.check_plots("")

    def test_failed_step(self):
        """A step without figures leaves a gap, not a broken report."""
        data = recorded()
        data["rates"] = [record for record in data["rates"]
                         if (record["side"], record["mode"]) != ("stock", "io")]
        data["setup"] = [record for record in data["setup"]
                         if (record["side"], record["mib"]) != ("ddw", 512)]
        where = {"machine": "powernv9", "round": 1, "error": "error: x\n  why: y"}
        data["errors"] = [{"part": "rates", "side": "stock", **where},
                          {"part": "setup", "flavour": "std", "pages": "2M", "mib": 512,
                           "side": "ddw", **where}]
        text = tables.text(data, plots.write(data, self.folder))
        self.assertIn("## What failed", text)
        self.assertIn("error: x", text)
        self.assertIn("| powernv9 | io | 64 | stock DPDK | failed |  |  |", text)
        self.assertRegex(text, r"\| powernv9 \| io \| 64 \| plugin \| \d+ .* stock DPDK \| failed")
        self.assertIn("| powernv9 | 0.5 GiB of 2M | plugin |" + " failed |" * 6, text)

    def test_missing_rounds(self):
        """A median of fewer rounds than were wanted says so; counts that differ are all told."""
        data = recorded()
        data["about"]["pairs"] = 2
        again = copy.deepcopy(figures.select(data["setup"], side="ddw", mib=256))
        again[0]["round"] = 2
        again[0]["start"]["all"] += 1
        data["setup"] += again
        calls = again[0]["start"]["all"]
        rows = [row for row in tables.setup(data)[1] if row[:3] == [
            "powernv9", "0.25 GiB of 2M", "plugin"]]
        self.assertEqual([row[3] for row in rows], [f"{calls - 1} or {calls}"])
        self.assertNotIn("rounds", rows[0][5])
        self.assertRegex(rows[0][7], r"\(.*, 1 of 2 rounds\)$")
        for row in tables.forwarding(data, "rates", "pps", "{:.0f}", "x")[1]:
            self.assertIn(", 1 of 2 rounds)", row[4])

    def test_floor_and_kernels(self):
        """The floor has no start of EAL; each kernel has its rows; the plot shows one kernel."""
        data = recorded()
        stock = figures.select(data["setup"], side="stock", mib=256)
        data["setup"] += [{**record, "side": "floor"} for record in stock]
        one = plots.setup_time(data)
        data["setup"] += [{**record, "flavour": "64k"} for record in data["setup"]]
        rows = tables.setup(data)[1]
        for kernel in ("", ", kernel of 64K pages"):
            found = [row for row in rows if row[:3] == [
                f"powernv9{kernel}", "0.25 GiB of 2M", "bare floor"]]
            self.assertEqual([row[6:8] for row in found], [["", ""]])
            self.assertRegex(found[0][8], r"^\d+ \(")
        self.assertEqual(len(rows), 2 * (len(recorded()["setup"]) + 1))
        self.assertEqual(plots.setup_time(data), one)

    def test_again(self):
        """One row for each side; a side without figures has failed."""
        data = recorded()
        where = {"machine": "powernv9", "flavour": "std", "round": 1}
        data["again"] = [{**where, "side": "ddw", "devices": 8, "mean_us": 812}]
        data["errors"] = [{**where, "part": "again", "side": "stock", "error": "error: x"}]
        self.assertEqual(tables.again(data)[1], [
            ["powernv9", "failed", "stock DPDK", "failed"],
            ["powernv9", "8", "plugin", "0.812 (0.812 to 0.812)"]])
        self.assertIn("## Scan and probe again\n", tables.text(data, {}))

    def test_bad_record(self):
        """One message for a file that is not there, broken, or something else."""
        with open(self.path("broken.json"), "w", encoding="utf-8") as stream:
            stream.write("{")
        with open(self.path("other.json"), "w", encoding="utf-8") as stream:
            stream.write('{"format": 0}')
        for name in ("none.json", "broken.json", "other.json"):
            status, out, err = run("report", self.path(name))
            self.assertEqual((status, out), (1, ""))
            self.assertEqual(err.count("error: "), 1)
            self.assertIn("fix: name a file that 'make bench' has written", err)

    def test_little_memory(self):
        """A machine that the host cannot have is not begun with."""
        class Giant:
            memory = 1 << 40
        with self.assertRaisesRegex(LabError, "MiB are free"):
            rig.check_memory([Giant])
        Giant.memory = 1
        rig.check_memory([Giant])

    def test_parts(self):
        """One part on one kind of machine, as the guide has it; all parts without options."""
        def steps(*words):
            options = cli._complete(cli._parser().parse_args(words))
            return [(session.rig.kind, {step.part for step in session.steps}, len(session.steps))
                    for session in cli.sessions_of(options, None)]
        # Three sides in five rounds, after one that warms up.
        self.assertEqual(steps("--part", "rates", "--machine", "powernv9"),
                         [("powernv9", {"rates"}, 16)])
        self.assertEqual([(kind, *parts) for kind, parts, _ in steps()], [
            ("powernv9", "setup"), ("powernv9", "setup"), ("pseries", "setup"),
            ("powernv9", "again"), ("powernv9", "again"), ("powernv9", "rates"),
            ("pseries", "rates"), ("powernv9", "instructions"), ("pseries", "instructions"),
            ("pseries", "mapping"), ("pseries", "mapping")])

    def test_flavour(self):
        """The kernel is that of the flavour, in all parts."""
        for words in (("--flavour", "64k", "--part", "setup", "--machine", "powernv9",
                       "--pairs", "3"), ("--flavour", "64k")):
            options = cli._complete(cli._parser().parse_args(words))
            for session in cli.sessions_of(options, None):
                self.assertEqual(session.rig._options["flavour"], "64k")

    def test_lost_steps(self):
        """Figures that are missing are seen in the exit status."""
        for lost, status in ((0, 0), (2, 1)):
            with mock.patch.object(cli.Runner, "run", return_value=lost), \
                    mock.patch.object(cli, "check_memory"):
                found, _, err = run("--quick", "--out", self.folder)
            self.assertEqual(found, status)
            self.assertEqual("2 steps have no figures" in err, lost > 0)

    def test_bad_options(self):
        for words, why in ((("--pairs", "0"), "nothing would be measured"),
                           (("--part", "mapping", "--machine", "powernv9"), "nothing to measure")):
            status, _, err = run(*words, "--out", self.path("none"))
            self.assertEqual(status, 1)
            self.assertIn(why, err)
            self.assertFalse(os.path.exists(self.path("none")))


if __name__ == "__main__":
    unittest.main()
