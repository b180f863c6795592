# SPDX-License-Identifier: BSD-3-Clause
"""Instructions per packet: a figure that repeats, whatever the host does meanwhile.

With -icount the guest's time follows the executed instructions. testpmd reads the clock
before and after each burst that it forwards and adds the differences up; so what it calls
cycles are instructions of EAL, driver and testpmd, and now and then of an interrupt.
"""

from .pmd import MODES, Testpmd
from .rig import Rig
from .schedule import Session, Step
from .startup import in_turn

PART = "instructions"
SHIFT = 1                               # an instruction takes 2^SHIFT ns of the guest's time
FORWARDING = {"powernv9": ("stock", "ddw"), "pseries": ("ddw", "dma32")}
_PAGES = 256
_SECONDS = 0.4                          # of the host


def per_packet(figures, shift=SHIFT):
    """Instructions per packet of what testpmd has counted."""
    nanoseconds = figures["ticks"] * 1000 / figures["mhz"]
    return nanoseconds / 2 ** shift / figures["packets"]


def count_all(machine, side, options):
    """Every mode and size within one start of testpmd."""
    found = []
    with Testpmd(machine, side, memory=128, app="--record-core-cycles") as pmd:
        for mode in MODES:
            for size in options.sizes:
                figures = pmd.forward(mode, size, _SECONDS)
                found.append({"mode": mode, "size": size, "shift": SHIFT,
                              "instructions": round(per_packet(figures), 3), **figures})
        pmd.quit()
    return found


def session(options, progress, kind):
    """All rounds on one kind of machine."""
    seconds = 12.0 + len(MODES) * len(options.sizes) * (_SECONDS + 0.6)
    steps = [Step(PART, {"machine": kind, "side": side, "round": number}, seconds,
                  lambda machine, side=side: count_all(machine, side, options))
             for number in range(1, options.pairs + 1)
             for side in in_turn(FORWARDING[kind], number)]
    return Session(Rig(options.suite, progress, kind, _PAGES, memory=2048, icount=SHIFT), steps)
