# SPDX-License-Identifier: BSD-3-Clause
"""Command line of the benchmark."""

import argparse
import os
import shlex
import sys

from .. import choose
from ..errors import LabError, guarded
from ..hostdeps import need
from ..process import exit_on_sigterm
from ..progress import Progress
from . import again, instructions, mapping, plots, rates, record, startup, tables, targets
from .pmd import SIZES
from .rig import check_memory
from .schedule import Runner

RESULTS = "results"
MACHINES = ("powernv9", "pseries")


def _one(session):
    """A measurement with one session on each kind of machine."""
    return lambda options, progress, kind: [session(options, progress, kind)]


PARTS = {startup.PART: (startup.sessions, MACHINES),
         again.PART: (again.sessions, again.MACHINES),
         rates.PART: (_one(rates.session), MACHINES),
         instructions.PART: (_one(instructions.session), MACHINES),
         mapping.PART: (mapping.sessions, mapping.MACHINES)}


def sessions_of(options, progress):
    """Everything that is to be done, in order."""
    found = []
    for part in options.part or PARTS:
        make, kinds = PARTS[part]
        if options.quick and not options.machine:
            kinds = kinds[:1]
        for kind in [kind for kind in options.machine or kinds if kind in kinds]:
            found += make(options, progress, kind)
    if not found:
        raise LabError("there is nothing to measure", f"{', '.join(options.part)} is measured on "
                       + ", ".join(PARTS[options.part[0]][1]) + " only", "choose that --machine")
    return found


def _parser():
    parser = argparse.ArgumentParser(
        prog="lab/bench", description="Measures the plugin beside stock DPDK. 'lab/bench report "
        "FILE' draws tables and plots from what was measured before.")
    choose.add_option(parser)
    parser.add_argument("--flavour", choices=("std", "64k"), help="pages of the guest's kernel: "
                        "4K (std) or 64K; default: std, and both for setup and again on powernv9")
    parser.add_argument("--part", action="append", choices=list(PARTS),
                        help="repeatable; default: all")
    parser.add_argument("--machine", action="append", choices=MACHINES,
                        help="repeatable; default: both")
    parser.add_argument("--pairs", type=int, default=5, help="rounds in which all sides run once")
    parser.add_argument("--seconds", type=float, default=0.8,
                        help="length of a measurement of packets per second")
    parser.add_argument("--quick", action="store_true",
                        help="one pair, little memory, short runs: to try it, not to measure")
    parser.add_argument("--out", default=RESULTS, metavar="DIR")
    return parser


def _complete(options):
    """What follows from the options."""
    options.memory, options.large, options.sizes = list(targets.MEMORY), 4, SIZES
    options.flavours = [options.flavour] if options.flavour else ["std", "64k"]
    if options.quick:
        options.pairs, options.seconds = 1, 0.2
        options.memory, options.large, options.sizes = [256, 512], 0, (64,)
        del options.flavours[1:]
    options.flavour = options.flavours[0]
    return options


def _run(arguments):
    options = _complete(_parser().parse_args(arguments))
    if options.pairs < 1 or options.seconds <= 0:
        raise LabError("nothing would be measured", f"--pairs {options.pairs} --seconds "
                       f"{options.seconds}", "give positive numbers")
    progress = Progress()
    options.suite = choose.choose(options.suite, progress)
    sessions = sessions_of(options, progress)
    need("gnuplot")
    check_memory([session.rig for session in sessions])
    exit_on_sigterm()
    path = os.path.join(options.out, "bench.json")
    found = record.Record(path, {"command": shlex.join(["lab/bench", *arguments]),
                                 "suite": options.suite, "flavour": options.flavour,
                                 "pairs": options.pairs,
                                 "quick": options.quick, "rate_seconds": options.seconds})
    try:
        lost = Runner(found, progress).run(sessions)
    finally:
        found.save()
    report(path, options.out)
    if lost:
        print(f"{lost} steps have no figures", file=sys.stderr)
    return 1 if lost else 0


def report(path, out):
    """Tables, plots and targets of a record; returns the exit status."""
    data = record.load(path)
    drawn = plots.write(data, out)
    tables.write(os.path.join(out, "bench.md"), tables.text(data, drawn))
    print(targets.text(targets.evaluate(data)))
    print(f"\nwritten: {os.path.join(out, 'bench.md')}, bench-*.png and bench-*.svg")
    if data["errors"]:
        print(f"{len(data['errors'])} attempts have failed: see there")
    return 0


def document(path, out):
    """What doc/guides/benchmark.rst includes."""
    data = record.load(path)
    plots.write(data, out, prefix="")
    tables.write(os.path.join(out, "results.inc"), tables.guide(data))
    print(f"written: {out}")
    return 0


def _report(arguments):
    parser = argparse.ArgumentParser(prog="lab/bench report", description="Draws tables and "
                                     "plots from a record.")
    parser.add_argument("file", help="usually results/bench.json")
    parser.add_argument("--out", metavar="DIR", help="default: where the file is")
    parser.add_argument("--doc", action="store_true", help="write what the guide includes")
    options = parser.parse_args(arguments)
    return (document if options.doc else report)(options.file,
                                                 options.out or os.path.dirname(options.file))


@guarded
def main(arguments=None):
    """The program; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["report"]:
        return _report(arguments[1:])
    return _run(arguments)
