# SPDX-License-Identifier: BSD-3-Clause
"""Packet rate in two ways that alternate on one machine.

Only a ratio of two runs that follow each other says something: the host is
shared and its speed drifts. The plugin is compared with stock DPDK on bare metal
(powernv9), where that works too, and its default windows with its dynamic ones
on both platforms.
"""

import argparse
import json
import os
import re
import statistics
import sys

from . import suites
from .demo import plugin_in
from .errors import LabError
from .machine import Machine
from .nic import Nic
from .progress import Progress

PROMPT = "testpmd> "
COMMAND = "dpdk-testpmd -l 0-1 -m 512 {eal} -- -i --forward-mode=txonly --txpkts={size}"
# "-v" is EAL's; the program ends before it needs a device.
VERSIONS = ("uname -r; dpdk-testpmd -v -l 0 --no-pci --no-huge --in-memory -m 64 -- --help 2>&1"
            " | grep -o 'DPDK [0-9][0-9.]*' | head -1")


def transmit(machine, eal, size, seconds):
    """Sends for some seconds; returns packets per second as testpmd counts them."""
    process = machine.start(COMMAND.format(eal=eal, size=size))
    output = process.read_until(PROMPT, 120)
    if "No probed ethernet devices" in output:
        raise LabError("testpmd found no port", output[-400:], "look at its messages")
    for command in ("start", "show port stats 0"):
        process.write(command + "\n")
        process.read_until(PROMPT, 60)
    machine.run(f"sleep {seconds}", timeout=seconds + 60)
    process.write("show port stats 0\n")
    output = process.read_until(PROMPT, 60)
    process.write("quit\n")
    process.wait(60)
    return int(re.search(r"Tx-pps:\s+(\d+)", output).group(1))


class Plugin:
    """With the plugin's file and without it."""

    names = ("plugin", "stock")
    machines = ("powernv9", "powernv10")

    def __init__(self, machine, target):
        self.machine, self.target, self.away = machine, target, target + ".off"

    def run(self, name, options):
        """One run of one of the two; the file is away between runs."""
        if name == "stock":
            return transmit(self.machine, "", options.size, options.seconds)
        self.machine.run(f"mv {self.away} {self.target}").check()
        rate = transmit(self.machine, "", options.size, options.seconds)
        self.machine.run(f"mv {self.target} {self.away}").check()
        return rate


class Windows:
    """With the default windows and with dynamic ones."""

    names = ("dma32", "ddw")
    machines = ("pseries", "powernv9", "powernv10")

    def __init__(self, machine, target):
        self.machine = machine
        machine.run(f"mv {target}.off {target}").check()

    def run(self, name, options):
        """One run of one of the two."""
        return transmit(self.machine, f"-a vfio_spapr:config,mode={name}", options.size,
                        options.seconds)


COMPARISONS = {"plugin": Plugin, "windows": Windows}


def measure(way, options, progress):
    """Alternating runs; returns the list of pairs."""
    pairs = []
    for number in range(options.pairs + 1):
        first, second = (way.run(name, options) for name in way.names)
        progress.step(f"  {'warm-up' if number == 0 else 'pair %d' % number}: {way.names[0]} "
                      f"{first} pps, {way.names[1]} {second} pps, ratio {first / second:.3f}")
        if number > 0:
            pairs.append((first, second))
    return pairs


def summary(names, pairs):
    """Minimum, median and maximum of both rates and of their ratio."""
    columns = {f"{names[0]}_pps": [a for a, _ in pairs], f"{names[1]}_pps": [b for _, b in pairs],
               "ratio": [a / b for a, b in pairs]}
    return {name: {"min": min(values), "median": statistics.median(values), "max": max(values)}
            for name, values in columns.items()}


def write_results(options, versions, pairs, figures):
    """results/bench.json and the like, for programs."""
    os.makedirs("results", exist_ok=True)
    name = "bench" if options.compare == "plugin" else f"bench-{options.compare}-{options.machine}"
    with open(os.path.join("results", f"{name}.json"), "w", encoding="utf-8") as stream:
        json.dump({"machine": options.machine, "suite": options.suite, "kernel": versions[0],
                   "dpdk": versions[1], "frame_bytes": options.size, "seconds": options.seconds,
                   "pairs": pairs, **figures}, stream, indent=1)
        stream.write("\n")


def bench(options, progress):
    """The whole measurement."""
    stage = os.path.join("build", "ppc64el", options.suite, "stage")
    source, target = plugin_in(stage)
    nics = [Nic("e1000e", bridge=1)]
    with Machine(kind=options.machine, suite=options.suite, memory=4096, nics=nics,
                 icount=options.icount, progress=progress) as machine:
        machine.hugepages("2M", 512)
        machine.bind_vfio()
        machine.put(source, target + ".off")
        versions = machine.run(VERSIONS).check().out.splitlines()
        way = COMPARISONS[options.compare](machine, target)
        pairs = measure(way, options, progress)
    figures = summary(way.names, pairs)
    print(f"\ntestpmd txonly, {options.size} bytes, {options.machine}, Linux {versions[0]}, "
          f"{versions[1]}, {len(pairs)} pairs of {options.seconds} s\n")
    print(f"{'':12}{'min':>12}{'median':>12}{'max':>12}")
    for name, row in figures.items():
        form = "{:>12.3f}" if name == "ratio" else "{:>12.0f}"
        print(f"{name:12}" + "".join(form.format(row[key]) for key in ("min", "median", "max")))
    write_results(options, versions, pairs, figures)
    return 0


def main(arguments=None):
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(prog="lab/bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--suite", default="trixie", choices=sorted(suites.SUITES))
    parser.add_argument("--compare", default="plugin", choices=sorted(COMPARISONS),
                        help="the plugin with stock DPDK, or default windows with dynamic ones")
    parser.add_argument("--machine", default="powernv9", choices=Windows.machines)
    parser.add_argument("--pairs", type=int, default=7, help="counted pairs (one more warms up)")
    parser.add_argument("--seconds", type=int, default=4, help="length of a run in the guest")
    parser.add_argument("--icount", type=int, metavar="SHIFT",
                        help="count instructions instead of time: no noise, but no caches either")
    parser.add_argument("--size", type=int, default=64, help="bytes of a frame")
    options = parser.parse_args(arguments)
    if options.machine not in COMPARISONS[options.compare].machines:
        parser.error(f"stock DPDK does not work on {options.machine}")
    try:
        return bench(options, Progress())
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
