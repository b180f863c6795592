# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""A stage: one command, and what it counts as.

The kinds:
  check     one test: its exit status
  meson     the test functions (cmocka) of every program that meson ran
  lint      one test per line "ok NAME" or "not ok NAME"
  unittest  the Python tests that it ran
A stage that cannot run, or runs no test, counts as failed.
"""

import collections
import os
import re

LOGS = "build/test-logs"

# `after` names the stages that have to succeed first, `expected` is the time that it takes as
# long as nobody has measured it, `limit` that after which it is stopped. `again` is a pattern:
# a stage that has failed and whose log has it is run once more.
Stage = collections.namedtuple("Stage", "name kind command env after expected limit again")
Counts = collections.namedtuple("Counts", "passed failed skipped")
Outcome = collections.namedtuple("Outcome", "name counts seconds cpu")


def stage(name, kind, *command, env=None, after=(), expected=60, limit=900, again=None):
    """A stage; its log is named after it."""
    return Stage(name, kind, command, env or {}, after, expected, limit, again)


def log_path(item, ending="log"):
    """Where a stage keeps its output."""
    return os.path.join(LOGS, re.sub(r"[^\w.-]+", "-", item.name) + "." + ending)


def total(counts):
    """The sum of counts."""
    return Counts(*(sum(values) for values in zip(Counts(0, 0, 0), *counts)))


def words(counts):
    """Counts as people read them."""
    text = f"{counts.passed} passed, {counts.failed} failed"
    return text + (f", {counts.skipped} skipped" if counts.skipped else "")
