# SPDX-License-Identifier: BSD-3-Clause
"""Steps of the benchmark without a machine: what is done again, what is given up."""

import unittest

from powerlab.bench import schedule
from powerlab.errors import LabError


class FakeRig:
    """A machine that fails as often as it is told."""

    kind, versions, machine = "powernv9", {"kernel": "1", "dpdk": "2"}, None

    def __init__(self, boots=True):
        self.boots, self.recovered, self.stopped = boots, 0, 0

    def boot(self):
        if not self.boots:
            raise LabError("no boot", "why", "fix")

    def recover(self):
        self.recovered += 1

    def stop(self):
        self.stopped += 1


class FakeRecord:
    """Keeps what it is given."""

    def __init__(self):
        self.added, self.errors, self.lost = [], [], None

    def add_machine(self, rig):
        pass

    def add(self, part, about, found):
        self.added.append((part, about, found))

    def add_error(self, about, error):
        self.errors.append(about)

    def save(self):
        pass


class Silence:
    """Progress that nobody sees."""

    def step(self, text):
        pass


class ScheduleTest(unittest.TestCase):

    def run_steps(self, outcomes, rig, kept=True):
        """A session of one step whose attempts end as listed; returns the record."""
        def work(_machine):
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        record = FakeRecord()
        step = schedule.Step("rates", {"side": "ddw"}, 1.0, work, kept)
        record.lost = schedule.Runner(record, Silence()).run([schedule.Session(rig, [step])])
        return record

    def test_retry(self):
        """A failure is noted, the step done again."""
        rig = FakeRig()
        record = self.run_steps([LabError("a", "b", "c"), [{"pps": 1}]], rig)
        self.assertEqual(record.added, [("rates", {"side": "ddw"}, [{"pps": 1}])])
        self.assertEqual((len(record.errors), rig.recovered, rig.stopped), (1, 1, 1))
        self.assertEqual(record.lost, 0)

    def test_give_up(self):
        """A step that fails twice has no figures, whatever it was; the rest goes on."""
        record = self.run_steps([LabError("a", "b", "c"), KeyError("x")], FakeRig())
        self.assertEqual((record.added, len(record.errors)),
                         ([("rates", {"side": "ddw"}, [])], 2))
        self.assertEqual(record.lost, 1)

    def test_no_machine(self):
        rig = FakeRig(boots=False)
        record = self.run_steps([], rig)
        self.assertEqual((record.added, len(record.errors), rig.stopped), ([], 2, 1))
        self.assertEqual(record.lost, 1)

    def test_warm_up(self):
        """What only warms up is not kept."""
        self.assertEqual(self.run_steps([[{"pps": 1}]], FakeRig(), kept=False).added, [])


if __name__ == "__main__":
    unittest.main()
