# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What came of the tests of the emulated machines, in a file that "make matrix" reads."""

import json
import os

from .stage import LOGS, log_path, total

PATH = os.path.join(LOGS, "lab-outcome.json")


def of_lab(name):
    """Whether a stage is one of the emulated machines."""
    return name.startswith("lab ") or name == "make demo"


def failures(done):
    """What failed in a stage: its tests by name, or the stage itself."""
    if not done.counts.failed:
        return []
    try:
        with open(log_path(done, "json"), encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError):
        return [done.name]
    return [name for name in [*found["names"], found["running"]] if name] or [done.name]


def write(outcomes, suite):
    """Notes the outcome of all of them on a suite; nothing when `suite` is None.

    A stage without which the machines cannot run counts as well, when it has failed.
    """
    if suite is None:
        return
    found = [done for done in outcomes if of_lab(done.name) or done.counts.failed]
    counts = total(done.counts for done in found)
    with open(PATH, "w", encoding="utf-8") as stream:
        json.dump({"suite": suite, "passed": counts.passed, "failed": counts.failed,
                   "skipped": counts.skipped,
                   "failures": [name for done in found for name in failures(done)]}, stream)


def read(suite=None):
    """The outcome of the last run; None when there is none, or none of this suite."""
    try:
        with open(PATH, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError):
        return None
    return found if suite in (None, found["suite"]) else None
