# SPDX-License-Identifier: BSD-3-Clause
"""Drives dpdk-testpmd in a machine, the way a person does at its prompt."""

import re
import socket

import plugin_log
from machine_dpdk import LOAD
from powerlab.traffic import run_traffic

# Other threads print at any moment, in the middle of the prompt too: testpmd that a link has
# changed, after an empty line, and whatever logs a line of its own, as drivers do before that.
_OTHERS = r"(?:(?:[A-Z][A-Z0-9_]*: [^\r\n]*|Port \d+: link state change event)?\r?\n)*"
PROMPT = "^" + _OTHERS.join("testpmd> ")
START_TIMEOUT = 120.0
LOG = "--log-level=bus.vfio_spapr:debug"
# 2,048 buffers fill all rings, and take a fraction of the default's time to create.
FEW_BUFFERS = "--total-num-mbufs=2048"


def eal_words(eal="", cores="0-1"):
    """EAL's part of the command line: its version and the plugin's log are always told."""
    return f"-v {LOAD}-l {cores} {LOG} {eal}".strip()


class Program:
    """A running program, once it is ready. A context manager that leaves nothing behind."""

    def __init__(self, machine, command, ready):
        self.machine = machine
        self.process = machine.start(command.strip())
        try:
            self.greeting = self.process.read_until(ready, START_TIMEOUT)
        except BaseException:
            self.process.kill(9)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process.rc is None:
            self.kill()

    @property
    def output(self):
        """All that it has printed."""
        return self.process.output

    def quit(self, timeout=60.0):
        """Ends it the normal way; returns the exit status."""
        self.process.write("quit\n")
        return self.process.wait(timeout)

    def kill(self, timeout=60.0):
        """Ends it with SIGKILL: nothing of its own cleans up."""
        self.process.kill(9)
        return self.process.wait(timeout)


class Testpmd(Program):
    """A running testpmd at its prompt."""

    def __init__(self, machine, eal="", app="", before="", buffers=FEW_BUFFERS, cores="0-1"):
        super().__init__(machine, f"{before} dpdk-testpmd {eal_words(eal, cores)} -- "
                         f"-i {buffers} {app}", PROMPT)

    @property
    def setup(self):
        """What the plugin says about its start, or None."""
        return plugin_log.setup(self.output)

    def command(self, text, timeout=60.0):
        """One line at the prompt; returns what was printed until the next prompt."""
        self.process.write(text + "\n")
        return self.process.read_until(PROMPT, timeout)

    def port_stats(self):
        """{port: {"RX-packets": n, ...}} of `show port stats all`."""
        stats = {}
        text = self.command("show port stats all")
        for part in re.split(r"NIC statistics for port ", text)[1:]:
            values = re.findall(r"([RT]X-\w+):\s+(\d+)", part)
            stats[int(part.split()[0])] = {name: int(value) for name, value in values}
        return stats

    def forward(self, mode="io"):
        """Starts to forward, with the links up and the counters at zero."""
        self.command(f"set fwd {mode}")
        self.command("clear port stats all")
        self.command("start")

    def attach(self, address):
        """Attaches a device and starts its port; returns whether that worked."""
        attached = "is attached" in self.command(f"port attach {address}")
        if attached:
            self.command("port start all")
        return attached

    def stop(self):
        """Stops to forward."""
        return self.command("stop")

    def traffic(self, frames, mode="io", ends=(0, 1), **options):
        """Forwards `frames` frames between two NICs with all bytes compared."""
        self.forward(mode)
        result = send(self.machine, frames, mode, ends, **options)
        stats = self.port_stats()
        self.stop()
        return result, stats


def send(machine, frames, mode="io", ends=(0, 1), **options):
    """Sends frames into one NIC and compares what the other one gives back.

    One NIC may be both ends: QEMU then sees one connection.
    """
    first, second = (machine.nics[end].socket for end in ends)
    if first != second:
        return run_traffic(first, second, frames=frames, transform=mode, **options)
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(first)
        return run_traffic(end, end, frames=frames, transform=mode, **options)


def run(machine, eal="", app="", before="", timeout=120.0, cores="0-1"):
    """Starts testpmd without a prompt: it forwards for a moment and ends at once.

    For starts that must fail, or whose log is all that counts. Without interrupts of the link:
    one that comes late finds e1000's driver with its port closed, and testpmd ends with SIGSEGV.
    """
    command = (f"{before} dpdk-testpmd {eal_words(eal, cores)} -- {FEW_BUFFERS} "
               f"--no-lsc-interrupt {app}")
    return machine.run(command.strip(), timeout)


def ports(text):
    """How many ports a start has found."""
    return len(re.findall(r"^Configuring Port \d+", text, re.M))
