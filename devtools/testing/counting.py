# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""How many tests a stage ran, from what it left behind."""

import json
import os
import re

from .stage import Counts, log_path, total


def meson_log(item):
    """Where "meson test" writes its results."""
    return os.path.join(item.command[item.command.index("-C") + 1], "meson-logs/testlog.json")


def count_lines(text):
    """Counts of test functions in TAP or in cmocka's own words."""
    found = re.findall(r"^(ok|not ok)\b[^#\n]*(#\s*(?i:skip)\b)?", text, flags=re.M)
    passed = sum(word == "ok" and not skip for word, skip in found)
    skipped = sum(bool(skip) for _, skip in found)
    failed = len(found) - passed - skipped

    # cmocka names a test that failed twice: when it happens and in the summary.
    good = len(re.findall(r"^\[ +OK +\]", text, flags=re.M))
    bad = len(set(re.findall(r"^\[ +(?:FAILED|ERROR) +\] (?!---|\d+ test)(\w+)", text,
                             flags=re.M)))
    left_out = len(set(re.findall(r"^\[ +SKIPPED +\] (?!\d+ test)(\w+)", text, flags=re.M)))
    started = len(re.findall(r"^\[ +RUN +\]", text, flags=re.M))
    died = max(0, started - good - bad - left_out)
    return Counts(passed + good, failed + bad + died, skipped + left_out)


def count_program(result):
    """Counts of one program that meson ran; one that died is at least one failure."""
    counts = count_lines((result.get("stdout") or "") + "\n" + (result.get("stderr") or ""))
    good = result["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
    if not good and counts.failed == 0:
        return counts._replace(failed=1)
    if good and sum(counts) == 0:
        skip = result["result"] == "SKIP"
        return Counts(int(not skip), 0, int(skip))
    return counts


def _count_meson(item):
    with open(meson_log(item), encoding="utf-8") as stream:
        return total(count_program(json.loads(line)) for line in stream if line.strip())


def _count_lint(item):
    with open(log_path(item), encoding="utf-8", errors="replace") as stream:
        return count_lines(stream.read())


def _count_unittest(item):
    with open(log_path(item, "json"), encoding="utf-8") as stream:
        found = json.load(stream)
    cut_short = bool(found["running"])
    return Counts(found["passed"], found["failed"] + cut_short, found["skipped"])


def failed_tests(item):
    """Names of the tests of a stage that failed, from what it left behind; may be empty."""
    try:
        if item.kind == "meson":
            with open(meson_log(item), encoding="utf-8") as stream:
                results = [json.loads(line) for line in stream if line.strip()]
            return [result["name"] for result in results if count_program(result).failed]
        with open(log_path(item), encoding="utf-8", errors="replace") as stream:
            return re.findall(r"^not ok (\S.*)$", stream.read(), flags=re.M)
    except (OSError, ValueError, KeyError):
        return []


def count(item, status):
    """What a stage counts as. A bad end without a failed test is one failure."""
    counts = Counts(0, 0, 0)
    try:
        if item.kind == "check":
            counts = Counts(int(status == 0), 0, 0)
        elif item.kind != "meson" or status is not None:
            counts = {"meson": _count_meson, "lint": _count_lint,
                      "unittest": _count_unittest}[item.kind](item)
    except (OSError, ValueError, KeyError):
        pass    # the stage did not get as far as writing its results
    if sum(counts) == 0 or (status != 0 and counts.failed == 0):
        counts = counts._replace(failed=1)
    return counts
