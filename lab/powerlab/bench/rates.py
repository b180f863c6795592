# SPDX-License-Identifier: BSD-3-Clause
"""Packets per second of an unmodified testpmd, by mode and size of frames."""

from .pmd import MODES, Testpmd
from .rig import Rig
from .schedule import Session, Step
from .startup import in_turn

PART = "rates"
FORWARDING = {"powernv9": ("stock", "ddw", "dma32"), "pseries": ("ddw", "dma32")}
_PAGES = 512


def forward_all(machine, side, options):
    """Every mode and size within one start of testpmd."""
    found = []
    with Testpmd(machine, side) as pmd:
        for mode in MODES:
            for size in options.sizes:
                found.append({"mode": mode, "size": size, **pmd.rate(mode, size, options.seconds)})
        pmd.quit()
    return found


def steps(options, kind):
    """Rounds of one start of each side; the first one warms up."""
    seconds = 3.0 + len(MODES) * len(options.sizes) * (options.seconds + 0.3)
    rounds = [(number, side) for number in range(1, options.pairs + 1)
              for side in in_turn(FORWARDING[kind], number)]
    warm_up = [] if options.quick else [(0, "ddw")]
    return [Step(PART, {"machine": kind, "side": side, "round": number}, seconds,
                 lambda machine, side=side: forward_all(machine, side, options), number > 0)
            for number, side in warm_up + rounds]


def session(options, progress, kind):
    """All rates on one kind of machine."""
    return Session(Rig(options.suite, progress, kind, _PAGES, memory=4096,
                       flavour=options.flavour),
                   steps(options, kind))
