# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What "make matrix" takes for the outcome of a suite, and what it does not."""

import json
import os
import tempfile
import unittest
from unittest import mock

from testing import lab_outcome
from testing.stage import Counts, Outcome


def outcome(name, passed=0, failed=0, skipped=0):
    """A stage that has ended."""
    return Outcome(name, Counts(passed, failed, skipped), 1.0, 1.0)


class LabOutcome(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        patches = (mock.patch.object(lab_outcome, "PATH", os.path.join(folder.name, "outcome")),
                   mock.patch.object(lab_outcome, "log_path",
                                     lambda done, _: os.path.join(folder.name, done.name)))
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def note(self, name, failed, running=""):
        """What a stage of Python tests leaves."""
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as stream:
            json.dump({"names": failed, "running": running}, stream)

    def written(self, *outcomes):
        """What is read of these."""
        lab_outcome.write(outcomes, "sid")
        return lab_outcome.read("sid")

    def test_machines_only(self):
        found = self.written(outcome("lab a", 3, skipped=1), outcome("make demo", 1),
                             outcome("tests gcc", 900), outcome("tools of the lab", 50))
        self.assertEqual(found, {"suite": "sid", "passed": 4, "failed": 0, "skipped": 1,
                                 "failures": []})

    def test_failures_are_named(self):
        self.note("lab a", ["a.X.test_1"], "a.X.test_2")
        found = self.written(outcome("lab a", 1, 2))
        self.assertEqual((found["failed"], found["failures"]), (2, ["a.X.test_1", "a.X.test_2"]))

    def test_stages_without_results_count(self):
        """Stopped before its first test, or not run because of the image."""
        self.note("lab b", [])
        found = self.written(outcome("image", 0, 1), outcome("lab a", 0, 1), outcome("lab b", 0, 1))
        self.assertEqual((found["passed"], found["failed"]), (0, 3))
        self.assertEqual(found["failures"], ["image", "lab a", "lab b"])

    def test_nothing_is_taken_for_another(self):
        self.assertIsNone(lab_outcome.read())
        self.written(outcome("lab a", 1))
        self.assertIsNone(lab_outcome.read("forky"))
        self.assertEqual(lab_outcome.read()["suite"], "sid")

    def test_a_part_is_not_noted(self):
        lab_outcome.write([outcome("lab a", 1)], None)
        self.assertIsNone(lab_outcome.read())


if __name__ == "__main__":
    unittest.main()
