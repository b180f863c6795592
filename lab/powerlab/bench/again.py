# SPDX-License-Identifier: BSD-3-Clause
"""Scan and probe of the buses when nothing has changed, as some programs do all the time.

tests/guest/bus_again does both as often as it is told, and prints the mean time, which
follows the executed instructions as in startup.py.
"""

from ..errors import LabError
from .rig import SIDES, Rig, pairs_of
from .schedule import Session, Step
from .startup import ICOUNT, in_turn

PART = "again"
MACHINES = ("powernv9",)
DEVICES = 8                             # four on each of two bridges
_STARTING = ("stock", "ddw")
_PAGES = 64
_COMMAND = "printf 'again {rounds}\\nquit\\n' | /root/bus_again -l 0 -m {memory} {side} 2>&1"


def parse(text):
    """The figures in the output of bus_again, which must have gone well."""
    lines = [line for line in text.splitlines() if line.startswith("bus_again: again ")]
    found = pairs_of(lines[0]) if lines else {}
    if (found.get("ports"), found.get("scans_failed"), found.get("probes_failed")) != (
            DEVICES, 0, 0):
        raise LabError("scan or probe has failed", text[-1500:], "look at its messages")
    return {"devices": DEVICES, "rounds": found["rounds"], "mean_us": found["mean_us"]}


def measure(machine, side, rounds):
    """One start of the program."""
    command = _COMMAND.format(rounds=rounds, memory=_PAGES * 2, side=SIDES[side])
    return [parse(machine.run(command, 180).out)]


def sessions(options, progress, kind):
    """One machine for each kernel."""
    rounds = 10 if options.quick else 200
    return [Session(Rig(options.suite, progress, kind, _PAGES, programs=("bus_again",),
                        bridges=(1,) * (DEVICES // 2) + (2,) * (DEVICES // 2), memory=2048,
                        flavour=flavour, icount=ICOUNT),
                    [Step(PART, {"machine": kind, "flavour": flavour, "side": side,
                                 "round": number}, 5.0,
                          lambda machine, side=side: measure(machine, side, rounds))
                     for number in range(1, options.pairs + 1)
                     for side in in_turn(_STARTING, number)])
            for flavour in options.flavours]
