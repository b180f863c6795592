# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Which stage runs when, and what is remembered of it."""

import json
import os
import tempfile
import threading
import unittest

from testing import schedule, stages
from testing.stage import Counts, Outcome, stage


def make(name, *after, expected=10):
    """A stage that is never really run."""
    return stage(name, "check", "true", after=after, expected=expected)


class Runner:
    """Stands for run(): notes who runs beside whom; those named in `bad` fail."""

    def __init__(self, bad=()):
        self.bad = bad
        self.lock = threading.Lock()
        self.now, self.most, self.started, self.ended = 0, 0, [], []

    def __call__(self, item):
        with self.lock:
            self.started.append(item.name)
            self.now += 1
            self.most = max(self.most, self.now)
        threading.Event().wait(0.01)
        with self.lock:
            self.now -= 1
            self.ended.append(item.name)
        failed = item.name in self.bad
        return Outcome(item.name, Counts(int(not failed), int(failed), 0), 0.01, 0.0)


class Case(unittest.TestCase):
    """A file for what is remembered."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "cache", "seconds.json")
        self.said = []

    def run_all(self, items, runner, workers=2):
        """Runs stages; returns their outcomes."""
        return schedule.run_all(items, runner, workers, schedule.Seconds(self.path),
                                self.said.append)


class Order(Case):
    """Dependencies, length, failures."""

    def test_after(self):
        """Nothing starts before the end of what it needs."""
        items = [make("d", "b", "c"), make("b", "a"), make("c", "a"), make("a")]
        runner = Runner()
        outcomes = self.run_all(items, runner)
        self.assertEqual([done.name for done in outcomes], ["d", "b", "c", "a"])
        self.assertEqual((runner.started[0], runner.started[-1]), ("a", "d"))
        self.assertEqual(set(runner.ended[1:3]), {"b", "c"})

    def test_longest_first(self):
        """One at a time, the longest goes first, whatever its place in the list."""
        items = [make("short", expected=1), make("long", expected=30), make("middle", expected=9)]
        runner = Runner()
        self.run_all(items, runner, workers=1)
        self.assertEqual(runner.started, ["long", "middle", "short"])

    def test_what_waits_counts(self):
        """A short stage goes first when a long one needs it."""
        items = [make("alone", expected=30), make("build", expected=5),
                 make("tests", "build", expected=40)]
        runner = Runner()
        self.run_all(items, runner, workers=1)
        self.assertEqual(runner.started, ["build", "tests", "alone"])

    def test_workers(self):
        """As many at once as was said, no more and no fewer."""
        for workers in (1, 2, 3):
            runner = Runner()
            self.run_all([make(str(number)) for number in range(12)], runner, workers)
            self.assertEqual(runner.most, workers)

    def test_failure(self):
        """What needs a stage that failed is not run and counts; the others go on."""
        items = [make("a"), make("b", "a"), make("c", "b"), make("d")]
        runner = Runner(bad=("a",))
        outcomes = self.run_all(items, runner)
        self.assertEqual(sorted(runner.started), ["a", "d"])
        self.assertEqual([done.counts.failed for done in outcomes], [1, 1, 1, 0])
        self.assertEqual(self.said, ["b: not run, because of a", "c: not run, because of b"])

    def test_left_out(self):
        """Stages that were left out are not waited for."""
        runner = Runner()
        self.run_all([make("b", "a")], runner)
        self.assertEqual(runner.started, ["b"])

    def test_circle(self):
        """Stages that wait for each other are an error, not a wait without end."""
        with self.assertRaisesRegex(ValueError, "cycle"):
            self.run_all([make("a", "b"), make("b", "a"), make("c")], Runner())

    def test_nothing(self):
        """No stage, no outcome."""
        self.assertEqual(self.run_all([], Runner()), [])


class Remembered(Case):
    """What stages took."""

    def test_kept(self):
        """The next run knows what succeeded, and forgets nothing else."""
        seconds = schedule.Seconds(self.path)
        self.assertEqual(seconds.of(make("a", expected=7)), 7)
        seconds.remember([Outcome("a", Counts(1, 0, 0), 12.34, 1.0),
                          Outcome("b", Counts(0, 1, 0), 50.0, 1.0)])
        again = schedule.Seconds(self.path)
        self.assertEqual(again.of(make("a", expected=7)), 12.3)
        self.assertEqual(again.of(make("b", expected=7)), 7)
        again.remember([Outcome("c", Counts(1, 0, 0), 1.0, 1.0)])
        self.assertEqual(schedule.Seconds(self.path).known, {"a": 12.3, "c": 1.0})
        self.assertEqual(os.listdir(os.path.dirname(self.path)), ["seconds.json"])

    def test_damaged(self):
        """A file that makes no sense is no hint."""
        os.makedirs(os.path.dirname(self.path))
        for text in ("", "[1]", '{"a": "x"}', '{"a": null}', "\0"):
            with open(self.path, "w", encoding="utf-8") as stream:
                stream.write(text)
            self.assertEqual(schedule.Seconds(self.path).of(make("a", expected=7)), 7)

    def test_no_place(self):
        """A cache that cannot be written costs the hint, not the run."""
        with open(os.path.dirname(self.path), "w", encoding="utf-8"):
            pass
        schedule.Seconds(self.path).remember([Outcome("a", Counts(1, 0, 0), 1.0, 1.0)])

    def test_table(self):
        """The longest stages, the longest first."""
        lines = schedule.table([Outcome(f"stage {n}", Counts(1, 0, 0), float(n), n / 2)
                                for n in range(20)], rows=3)
        self.assertEqual([line.split() for line in lines[1:]],
                         [["stage", "19", "19", "10"], ["stage", "18", "18", "9"],
                          ["stage", "17", "17", "8"]])


class Stages(unittest.TestCase):
    """The real list."""

    def test_names(self):
        """Every name occurs once, and every stage that is needed exists."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(root)
        items = [*stages.first_stages("sid"), *stages.host_stages("sid"),
                 *stages.lab_stages("sid", stages.ALL_LAB_TESTS, False)]
        names = [item.name for item in items]
        self.assertEqual(len(set(names)), len(names))
        for item in items:
            self.assertLessEqual(set(item.after), set(names), item.name)
        self.assertEqual([item.name for item in items if not item.after], [stages.PACKAGES])
        self.assertLessEqual(set(stages.LONG), set(names))
        runner = Runner()
        schedule.run_all(items, runner, 2, schedule.Seconds("/dev/null"), print)
        self.assertEqual(sorted(runner.started), sorted(names))
        json.dumps(items)

    def test_no_match(self):
        """A pattern that matches no file is a stage that fails."""
        items = stages.lab_stages("sid", "test_nothing_such.py", False)
        self.assertEqual(items[-1].command[-2:], ("sh", "tests/lab/test_nothing_such.py"))


if __name__ == "__main__":
    unittest.main()
