# SPDX-License-Identifier: BSD-3-Clause
"""A testpmd at its prompt, for the benchmarks."""

import re
import time

from ..errors import LabError
from .rig import SIDES

PROMPT = "testpmd> "
# Without link interrupts nothing is printed in the middle of a prompt.
_COMMAND = ("dpdk-testpmd -l 0-1 -m {memory} {side} -- -i --no-lsc-interrupt --rxd=512 --txd=512 "
            "--total-num-mbufs=4096 {app}")
# Both ports send to each other, so it does not read: it must come last, because what it
# leaves in the network would circulate in the other modes.
MODES = ("io", "macswap", "txonly")
SIZES = (64, 512, 1514)
# That circulate in each direction: enough for full bursts, and fewer than a ring can take.
_BURSTS = 4


def rates_of(shown, what):
    """Packets per second that each port sends; one that stands still spoils the sum."""
    rates = [int(value) for value in re.findall(r"Tx-pps:\s+(\d+)", shown)]
    if len(rates) != 2 or 0 in rates:
        raise LabError(f"not both ports send ({what}): {rates}", shown[-600:],
                       "look at testpmd's messages")
    return rates


class Testpmd:
    """Starts with the options of a side. A context manager that leaves nothing behind."""

    def __init__(self, machine, side, memory=256, app=""):
        self.process = machine.start(_COMMAND.format(memory=memory, side=SIDES[side], app=app))
        output = self.process.read_until(PROMPT, 300)
        if len(re.findall(r"Configuring Port \d", output)) != 2:
            self.process.kill(9)
            raise LabError("testpmd has not found two ports", output[-600:],
                           "look at its messages")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process.rc is None:
            self.process.kill(9)

    def tell(self, line):
        """One line at the prompt; returns what is printed."""
        self.process.write(line + "\n")
        return self.process.read_until(PROMPT, 120)

    def quit(self):
        """Ends it in order."""
        self.process.write("quit\n")
        if self.process.wait(120) != 0:
            raise LabError(f"testpmd has ended with status {self.process.rc}",
                           self.process.output[-600:], "look at its messages")

    def start(self, mode, size):
        """Begins to forward frames of that size."""
        self.tell(f"set fwd {mode}")
        self.tell(f"set txpkts {size}")
        self.tell("start" if mode == "txonly" else f"start tx_first {_BURSTS}")

    def rate(self, mode, size, seconds):
        """Packets per second of both ports, by the guest's clock, over some seconds."""
        self.start(mode, size)
        time.sleep(0.1)
        self.tell("show port stats all")
        time.sleep(seconds)
        shown = self.tell("show port stats all")    # since it was asked before
        self.tell("stop")
        return {"pps": sum(rates_of(shown, f"{mode}, {size} bytes"))}

    def count(self, mode, size, seconds):
        """Packets, and the time that was spent on them; needs --record-core-cycles."""
        self.start(mode, size)
        time.sleep(seconds)
        ended = self.tell("stop")
        # Until 23.03 what it counts is called total, but it is only that with packets, too.
        busy = re.search(r"(?:busy|total) cycles=(\d+) / total \w+ packets=(\d+)\) "
                         r"at (\d+) MHz", ended)
        if not busy or int(busy[2]) == 0:
            raise LabError(f"testpmd counted no packets ({mode}, {size} bytes)", ended[-600:],
                           "look at testpmd's messages")
        return {"ticks": int(busy[1]), "packets": int(busy[2]), "mhz": int(busy[3])}
