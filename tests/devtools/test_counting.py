# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What the output of tests counts as, and that stages end in every case."""

import contextlib
import io
import json
import os
import tempfile
import unittest

from testing import running
from testing.counting import count_lines, count_program, failed_tests
from testing.stage import Counts, stage, total, words

CMOCKA = """[==========] Running 4 test(s).
[ RUN      ] good
[       OK ] good
[ RUN      ] bad
[  ERROR   ] --- 1 != 2
[   LINE   ] --- x.c:1: error: Failure!
[  FAILED  ] bad
[ RUN      ] left
[  SKIPPED ] left
[==========] 4 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] left
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] bad
"""


class Lines(unittest.TestCase):
    """TAP, and cmocka's own words."""

    def test_cmocka(self):
        """A test that is named twice counts once."""
        self.assertEqual(count_lines(CMOCKA), Counts(1, 1, 1))

    def test_died(self):
        """A test that began and did not end has failed."""
        self.assertEqual(count_lines("[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n"),
                         Counts(1, 1, 0))

    def test_tap(self):
        """Skipped tests are neither good nor bad."""
        text = "1..4\nok 1 a\nnot ok 2 b\nok 3 c # SKIP no reason\n# ok 5\nokay\nok 4 # skip\n"
        self.assertEqual(count_lines(text), Counts(1, 1, 2))

    def test_program(self):
        """A program that died is a failure, one without tests is one test."""
        for result, text, counts in (("OK", "", (1, 0, 0)), ("SKIP", "", (0, 0, 1)),
                                     ("FAIL", "ok 1\nok 2\n", (2, 1, 0)),
                                     ("TIMEOUT", "", (0, 1, 0)), ("OK", "ok 1\nok 2", (2, 0, 0)),
                                     ("FAIL", "not ok 1\n", (0, 1, 0))):
            with self.subTest(result=result, text=text):
                self.assertEqual(count_program({"result": result, "stdout": text}),
                                 Counts(*counts))

    def test_words(self):
        """Skipped tests are only mentioned when there are some."""
        self.assertEqual(words(Counts(1, 2, 0)), "1 passed, 2 failed")
        self.assertEqual(words(total([Counts(1, 2, 3), Counts(1, 0, 0)])),
                         "2 passed, 2 failed, 3 skipped")
        self.assertEqual(total([]), Counts(0, 0, 0))


class Running(unittest.TestCase):
    """Real commands."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        os.makedirs("build/test-logs")

    def run_stage(self, kind, script, **options):
        """Runs a shell script as a stage; returns its outcome and what was printed."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            done = running.run(stage("a stage", kind, "sh", "-c", script, "-C", ".", **options))
        return done, output.getvalue()

    def test_check(self):
        """The exit status counts; the log of a failure is shown behind a bar."""
        done, text = self.run_stage("check", "exit 0")
        self.assertEqual(done.counts, Counts(1, 0, 0))
        self.assertEqual(text.count("\n"), 2)
        done, text = self.run_stage("check", "echo '9 passed, 0 failed'; exit 3")
        self.assertEqual(done.counts, Counts(0, 1, 0))
        self.assertIn("\n  | 9 passed, 0 failed\n", text)

    def test_cannot_start(self):
        """A command that does not exist is a failure."""
        with contextlib.redirect_stdout(io.StringIO()):
            done = running.run(stage("none", "lint", "./no-such-command"))
        self.assertEqual(done.counts, Counts(0, 1, 0))

    def test_limit(self):
        """What takes too long is stopped, with all that it has started."""
        done, text = self.run_stage("check", "sleep 100 & echo $! >pid; wait", limit=0.3)
        self.assertEqual(done.counts, Counts(0, 1, 0))
        self.assertIn("stopped after 0.3 s", text)
        with open("pid", encoding="ascii") as stream:
            path = f"/proc/{stream.read().strip()}/stat"
        if os.path.exists(path):        # dead, though nobody may have waited for it yet
            with open(path, encoding="ascii") as stream:
                self.assertEqual(stream.read().rsplit(")")[1].split()[0], "Z")

    def test_cpu(self):
        """The time of what the command has started counts, and sleep does not."""
        done, _ = self.run_stage("check", "python3 -c 'while sum(__import__(\"os\").times()[:2])"
                                          " < 0.2: pass'; sleep 0.1")
        self.assertGreaterEqual(done.cpu, 0.2)

    def test_lint(self):
        """One test per line; a bad end without one is a failure."""
        done, _ = self.run_stage("lint", "echo ok a; echo not ok b; exit 1")
        self.assertEqual(done.counts, Counts(1, 1, 0))
        done, _ = self.run_stage("lint", "echo ok a; exit 1")
        self.assertEqual(done.counts, Counts(1, 1, 0))
        done, _ = self.run_stage("lint", "exit 0")
        self.assertEqual(done.counts, Counts(0, 1, 0))

    def test_unittest(self):
        """The counts are what was written; a test that runs at the end has failed."""
        found = {"passed": 2, "failed": 0, "skipped": 1, "running": ""}
        script = f"echo '{json.dumps(found)}' >build/test-logs/a-stage.json"
        self.assertEqual(self.run_stage("unittest", script)[0].counts, Counts(2, 0, 1))
        script = script.replace('"running": ""', '"running": "x"')
        self.assertEqual(self.run_stage("unittest", script)[0].counts, Counts(2, 1, 1))
        # What an earlier run has left does not count.
        self.assertEqual(self.run_stage("unittest", "true")[0].counts, Counts(0, 1, 0))

    def test_meson(self):
        """What meson has written, and not what an earlier run has left."""
        record = json.dumps({"result": "OK", "stdout": "ok 1\nok 2\n"})
        script = f"mkdir -p meson-logs; printf %s '{record}' >meson-logs/testlog.json"
        self.assertEqual(self.run_stage("meson", script)[0].counts, Counts(2, 0, 0))
        self.assertEqual(self.run_stage("meson", "true")[0].counts, Counts(0, 1, 0))

    def test_names(self):
        """What failed is named, whatever kind of stage it was."""
        self.run_stage("lint", "echo ok a; echo not ok b; echo not ok c d; exit 1")
        self.assertEqual(failed_tests(stage("a stage", "lint")), ["b", "c d"])
        bad = json.dumps({"name": "p:one", "result": "FAIL", "stdout": "ok 1\n"})
        good = json.dumps({"name": "p:two", "result": "OK", "stdout": "ok 1\n"})
        script = f"mkdir -p meson-logs; printf '%s\\n' '{bad}' '{good}' >meson-logs/testlog.json"
        self.run_stage("meson", script)
        self.assertEqual(failed_tests(stage("a stage", "meson", "-C", ".")), ["p:one"])
        self.assertEqual(failed_tests(stage("no stage", "lint")), [])


if __name__ == "__main__":
    unittest.main()
