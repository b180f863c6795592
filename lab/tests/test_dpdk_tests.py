# SPDX-License-Identifier: BSD-3-Clause
"""What counts as a difference between two runs of DPDK's own tests, and what is said of it."""

import contextlib
import io
import json
import os
import tempfile
import unittest

from powerlab.dpdk import report, tests
from powerlab.dpdk.tests import Outcome, judge


def runs(*statuses, trouble=()):
    """The record of a test in one of the two ways."""
    return report.entry([Outcome(status, 1.5, True, list(trouble)) for status in statuses])


def record(**tests):
    """A whole record from {test: (without, with)}."""
    return {"machine": "pseries", "suite": "trixie", "kernel": "6.12", "dpdk": "DPDK 24.11",
            "limit": 120, "tests": {name: dict(zip(("without", "with"), both))
                                    for name, both in tests.items()}}


class DpdkTestsTest(unittest.TestCase):

    def test_status(self):
        """Exit statuses of dpdk-test and of timeout(1)."""
        for code, status in ((0, "pass"), (77, "skip"), (255, "fail"), (1, "fail"),
                             (124, "timeout"), (137, "timeout"), (139, "crash"), (-11, "crash")):
            self.assertEqual(judge(code, ""), status)
        self.assertEqual(judge(255, "Error: invalid test command: 'kni_autotest'"), "absent")

    def test_equal_outcomes(self):
        """A test that fails in both ways is no difference."""
        found = record(a=(runs("pass"), runs("pass")), b=(runs("fail"), runs("fail")),
                       c=(runs("skip"), runs("pass")))
        self.assertEqual(report.failures(found), [])
        self.assertIn("what passes without the plugin passes with it", report.summary(found))
        self.assertEqual(report.counts(found, "with"), {"pass": 2, "fail": 1})

    def test_every_way_not_to_pass(self):
        """Failing, crashing, hanging and being skipped: each is a difference."""
        for status in ("fail", "crash", "timeout", "skip"):
            found = record(a=(runs("pass"), runs(status, status, status)))
            self.assertEqual(report.failures(found), ["a"])
            self.assertIn("passes without, but not with the plugin: a",
                          report.summary(found))

    def test_chance(self):
        """A test that passes now and then, with the plugin too."""
        found = record(a=(runs("pass", "fail"), runs("fail", "pass")))
        self.assertEqual(report.failures(found), [])
        self.assertIn("| a | pass (1 of 2) | pass (1 of 2) | 1.5 | 1.5 |",
                      report.markdown(found))

    def test_trouble(self):
        """What is left behind counts if only the plugin leaves it."""
        left = runs("pass", trouble=["left behind: processes=0 pages=3"])
        self.assertEqual(report.failures(record(a=(runs("pass"), left))), ["a"])
        self.assertEqual(report.failures(record(a=(left, left))), [])

    def test_names(self):
        """The list has no test twice; a name that is not there is refused."""
        names = tests.read_names([])
        self.assertEqual(sorted(set(names)), names)
        self.assertEqual(tests.read_names(["mempool_autotest"]), ["mempool_autotest"])
        error = io.StringIO()
        with contextlib.redirect_stderr(error):
            self.assertEqual(tests.main(["--only", "no_autotest"]), 1)
        self.assertIn("unknown test: no_autotest", error.getvalue())

    def test_earlier_results(self):
        """They are continued with the same versions only."""
        head = {"machine": "pseries", "dpdk": "DPDK 24.11"}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dpdk-tests.json")
            self.assertEqual(tests.load(path, head), {})
            with open(path, "w", encoding="utf-8") as stream:
                json.dump({**head, "tests": {"a": 1}}, stream)
            self.assertEqual(tests.load(path, head), {"a": 1})
            self.assertEqual(tests.load(path, {**head, "dpdk": "DPDK 25.11"}), {})


if __name__ == "__main__":
    unittest.main()
