# SPDX-License-Identifier: BSD-3-Clause
"""Command line of the benchmark."""

import argparse
import os
import shlex
import sys

from .. import suites
from ..errors import LabError
from ..process import exit_on_sigterm
from ..progress import Progress
from . import instructions, plots, rates, record, startup, tables, targets
from .pmd import SIZES
from .schedule import Runner

RESULTS = "results"
MACHINES = ("powernv9", "pseries")
PARTS = {startup.PART: startup.session, rates.PART: rates.session,
         instructions.PART: instructions.session}


def _parser():
    parser = argparse.ArgumentParser(
        prog="lab/bench", description="Measures the plugin beside stock DPDK. 'lab/bench report "
        "FILE' draws tables and plots from what was measured before.")
    parser.add_argument("--suite", default="trixie", choices=sorted(suites.SUITES))
    parser.add_argument("--part", action="append", choices=list(PARTS),
                        help="repeatable; default: all")
    parser.add_argument("--machine", action="append", choices=MACHINES,
                        help="repeatable; default: both")
    parser.add_argument("--pairs", type=int, default=5, help="rounds in which all sides run once")
    parser.add_argument("--seconds", type=float, default=1.0,
                        help="length of a measurement of packets per second")
    parser.add_argument("--quick", action="store_true",
                        help="one pair, little memory, short runs: to try it, not to measure")
    parser.add_argument("--out", default=RESULTS, metavar="DIR")
    return parser


def _complete(options):
    """What follows from the options."""
    options.memory, options.large, options.sizes = [1024, 2048, 4096, 8192], 4, SIZES
    if options.quick:
        options.pairs, options.seconds = 1, 0.2
        options.memory, options.large, options.sizes = [256, 512], 0, (64,)
    return options


def _run(arguments):
    options = _complete(_parser().parse_args(arguments))
    if options.pairs < 1 or options.seconds <= 0:
        raise LabError("nothing would be measured", f"--pairs {options.pairs} --seconds "
                       f"{options.seconds}", "give positive numbers")
    progress = Progress()
    exit_on_sigterm()
    path = os.path.join(options.out, "bench.json")
    found = record.Record(path, {"command": shlex.join(["lab/bench", *arguments]),
                                 "suite": options.suite, "pairs": options.pairs,
                                 "quick": options.quick, "rate_seconds": options.seconds})
    sessions = [PARTS[part](options, progress, kind) for part in options.part or PARTS
                for kind in options.machine or MACHINES]
    try:
        Runner(found, progress).run(sessions)
    finally:
        found.save()
    return report(path, options.out)


def report(path, out):
    """Tables, plots and targets of a record; returns the exit status."""
    data = record.load(path)
    tables.write(data, os.path.join(out, "bench.md"))
    plots.write(data, out)
    results = targets.evaluate(data)
    print(targets.text(results))
    return 0


def _report(arguments):
    parser = argparse.ArgumentParser(prog="lab/bench report", description="Draws tables and "
                                     "plots from a record.")
    parser.add_argument("file", help="usually results/bench.json")
    parser.add_argument("--out", metavar="DIR", help="default: where the file is")
    options = parser.parse_args(arguments)
    return report(options.file, options.out or os.path.dirname(options.file))


def main(arguments=None):
    """The program; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["report"]:
            return _report(arguments[1:])
        return _run(arguments)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
