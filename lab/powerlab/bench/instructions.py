# SPDX-License-Identifier: BSD-3-Clause
"""Instructions per packet: a figure that repeats, whatever the host does meanwhile.

With -icount the guest's time follows the executed instructions. testpmd reads the clock
before and after each burst that it forwards and adds the differences up; so what it calls
cycles are instructions of EAL, driver and testpmd, and now and then of an interrupt. What
its prompt costs on the other core counts too, because all cores share that clock: hence
so many packets that it does not matter.
"""

from ..errors import LabError
from .pmd import MODES, Testpmd
from .rig import Rig
from .schedule import Session, Step
from .startup import in_turn

PART = "instructions"
SHIFT = 3                               # an instruction takes 2^SHIFT ns of the guest's time
FORWARDING = {"powernv9": ("stock", "ddw"), "pseries": ("ddw", "dma32")}
SIZE = 64                               # what a frame holds is moved by the device
ENOUGH = 600_000                        # packets
_PAGES = 256
_FIRST, _LONGEST = 1.2, 30.0            # seconds of the host


def per_packet(ticks, mhz, packets):
    """Instructions per packet of what testpmd has counted."""
    return ticks * 1000 / mhz / 2 ** SHIFT / packets


def count(pmd, mode, enough):
    """As many packets as it takes; a busy host needs longer for them."""
    seconds = _FIRST * enough / ENOUGH
    while True:
        found = pmd.count(mode, SIZE, seconds)
        if found["packets"] >= enough:
            return {"mode": mode, "size": SIZE, "shift": SHIFT,
                    "instructions": round(per_packet(**found), 3), **found}
        if seconds >= _LONGEST:
            raise LabError(f"too few packets ({mode})", f"{found['packets']} instead of {enough} "
                           f"in {seconds:.0f} s", "try it on a machine with less to do")
        seconds = min(_LONGEST, seconds * 1.3 * enough / found["packets"])


def count_all(machine, side, options):
    """Every mode within one start of testpmd."""
    with Testpmd(machine, side, memory=128, app="--record-core-cycles") as pmd:
        found = [count(pmd, mode, ENOUGH // 10 if options.quick else ENOUGH) for mode in MODES]
        pmd.quit()
    return found


def session(options, progress, kind):
    """All rounds on one kind of machine."""
    seconds = 6.0 + len(MODES) * 1.5
    steps = [Step(PART, {"machine": kind, "side": side, "round": number}, seconds,
                  lambda machine, side=side: count_all(machine, side, options))
             for number in range(1, options.pairs + 1)
             for side in in_turn(FORWARDING[kind], number)]
    return Session(Rig(options.suite, progress, kind, _PAGES, memory=2048, icount=SHIFT,
                       flavour=options.flavour), steps)
