# SPDX-License-Identifier: BSD-3-Clause
"""Machines of the benchmark, and the ways in which DPDK runs in them.

The guest has Debian's DPDK and nothing else; the plugin is a file that is named on the
command line, or not. So both ways differ in nothing but that.
"""

import os
import re

from ..demo import plugin_in
from ..errors import LabError
from ..machine import Machine
from ..nic import Nic

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PLUGIN = "/root/librte_bus_vfio_spapr.so"
# What each side adds to the options of EAL.
SIDES = {
    "none": "--no-pci",
    "stock": "",
    "ddw": f"-d {PLUGIN}",
    "dma32": f"-d {PLUGIN} -a vfio_spapr:config,mode=dma32",
}
# "-v" is EAL's; the program ends before it needs a device.
VERSIONS = ("uname -r; dpdk-testpmd -v -l 0 --no-pci --no-huge --in-memory -m 64 -- --help 2>&1"
             " | grep -o 'DPDK [0-9][0-9.]*' | head -1")
_CLEAN = ("pkill -9 -x 'dpdk-testpmd|eal_start|vfio_floor|bus_again|map_forward'; sleep 0.5; "
          "rm -f /dev/hugepages*/*map_*")


def check_memory(rigs):
    """Fails when the host cannot have the largest of the machines."""
    with open("/proc/meminfo", encoding="ascii") as stream:
        available = int(re.search(r"MemAvailable:\s+(\d+)", stream.read())[1]) >> 10
    most = max(rig.memory for rig in rigs)
    if most > available:
        raise LabError("this host has too little memory",
                       f"{available} MiB are free, and a machine with {most} is to be booted",
                       "end other programs; or choose parts with --part: all but 'setup' take "
                       "4 GiB")


def program(suite, name):
    """A program of the build for POWER."""
    below = os.path.join(ROOT, "build", "ppc64el", suite, "tests")
    paths = [os.path.join(below, folder, name) for folder in ("bench", "guest")]
    path = next(filter(os.path.exists, paths), None)
    if path is None:
        raise LabError(f"{paths[0]} is missing", "it is not built", "build it first: make ppc64el")
    return path


class Rig:
    """One kind of machine, which can be booted again when it has died."""

    def __init__(self, suite, progress, kind, pages, large=0, programs=(), bridges=(1, 2),
                 **options):
        self.suite, self.progress, self.kind = suite, progress, kind
        self._pages, self._large, self._programs = pages, large, programs
        self._bridges = bridges
        self._options = options
        self.name = kind if options["flavour"] == "std" else f"{kind} {options['flavour']}"
        self.memory = options["memory"]         # MiB
        self.machine = None
        self.versions = None

    def boot(self):
        """A new machine, ready for DPDK."""
        self.stop()
        self.machine = Machine(kind=self.kind, suite=self.suite, progress=self.progress,
                               nics=[Nic("e1000e", bridge, net="a") for bridge in self._bridges],
                               boot_timeout=600, **self._options)
        self.machine.boot()
        # As on a real machine: stock DPDK's window is as wide as its addresses reach.
        self.machine.run("echo 2 >/proc/sys/kernel/randomize_va_space").check()
        self.machine.hugepages("2M", self._pages)
        if self._large:
            self.machine.hugepages("1G", self._large)
        self.machine.bind_vfio()
        stage = os.path.join(ROOT, "build", "ppc64el", self.suite, "stage")
        self.machine.put(plugin_in(stage)[0], PLUGIN)
        for name in self._programs:
            self.machine.put(program(self.suite, name), f"/root/{name}")
        found = self.machine.run(VERSIONS, 300).check().out.split("\n")
        self.versions = {"kernel": found[0], "dpdk": found[1].removeprefix("DPDK ") or "unknown"}

    def recover(self):
        """After a failure: nothing of it runs any more; a dead machine is replaced."""
        try:
            self.machine.run(_CLEAN, 60)
        except LabError:
            self.progress.step("  the machine does not answer: booting it again")
            self.boot()

    def stop(self):
        """Ends the machine, when there is one."""
        if self.machine:
            self.machine.stop()
        self.machine = None


def pairs_of(line):
    """{name: number} of a line "title: name=number ..."."""
    return {name: float(value) if "." in value else int(value)
            for name, value in re.findall(r"(\w+)=([\d.]+)", line)}
