# SPDX-License-Identifier: BSD-3-Clause
"""Packets whose memory is mapped for each of them, beside memory that stays mapped.

That is what a window that is too small for the memory would take, and what dynamic
windows avoid. tests/bench/map_forward does both in turn, with both ports in one group:
a MAP and an UNMAP per packet. Measured twice: by the clock, and in instructions.
"""

from ..errors import LabError
from .instructions import SHIFT
from .rig import PLUGIN, Rig, pairs_of
from .schedule import Session, Step

PART = "mapping"
MACHINES = ("pseries",)                 # where the hypervisor writes the tables
_PAGES = 256
_COMMAND = "/root/map_forward -l 0 -m 128 -d {plugin} -- {rounds} {milliseconds} 2>&1"


def parse(text):
    """Figures of all rounds but the first one, which warms up."""
    found = []
    for line in text.splitlines():
        if not line.startswith("map: "):
            continue
        figures = pairs_of(line)
        if figures["round"] == 0:
            continue
        seconds = figures["ticks"] / figures["hz"]
        way = line.split("way=", 1)[1].split()[0]
        found.append({"side": way, "pps": round(figures["packets"] / seconds), **figures})
    if not found:
        raise LabError("nothing was forwarded", text[-1500:], "look at its messages")
    return found


def measure(machine, rounds, milliseconds, shift):
    """All rounds in one start of the program."""
    command = _COMMAND.format(plugin=PLUGIN, rounds=rounds, milliseconds=milliseconds)
    found = parse(machine.run(command, 300).check().out)
    for figures in found:
        if shift is not None:
            figures["instructions"] = round(1e9 / figures["pps"] / 2 ** shift, 1)
    return found


def sessions(options, progress, kind):
    """By the clock, and in instructions."""
    milliseconds = round(options.seconds * 500)
    made = []
    clocks = (("time", None), ("instructions", SHIFT))
    for clock, shift in clocks[:1] if options.quick else clocks:
        step = Step(PART, {"machine": kind, "clock": clock}, 15.0 + options.pairs * 2,
                    lambda machine, shift=shift: measure(machine, options.pairs, milliseconds,
                                                         shift))
        made.append(Session(Rig(options.suite, progress, kind, _PAGES, programs=("map_forward",),
                                bridges=(1, 1), memory=2048, icount=shift,
                                flavour=options.flavour), [step]))
    return made
