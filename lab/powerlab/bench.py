# SPDX-License-Identifier: BSD-3-Clause
"""Packet rate with the plugin and without, in alternating runs on one machine.

Only a ratio of two runs that follow each other says something: the host is
shared and its speed drifts. Bare metal (powernv9) is where stock DPDK works too.
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
COMMAND = "dpdk-testpmd -l 0-1 -m 512 -- -i --forward-mode=txonly --txpkts={size}"
# "-v" is EAL's; the program ends before it needs a device.
VERSIONS = ("uname -r; dpdk-testpmd -v -l 0 --no-pci --no-huge --in-memory -m 64 -- --help 2>&1"
            " | grep -o 'DPDK [0-9][0-9.]*' | head -1")


def transmit(machine, size, seconds):
    """Sends for some seconds; returns packets per second as testpmd counts them."""
    process = machine.start(COMMAND.format(size=size))
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


def measure(machine, target, options, progress):
    """Alternating runs; returns the list of (with the plugin, without)."""
    away = target + ".off"
    pairs = []
    for number in range(options.pairs + 1):
        machine.run(f"mv {away} {target}").check()
        with_plugin = transmit(machine, options.size, options.seconds)
        machine.run(f"mv {target} {away}").check()
        without = transmit(machine, options.size, options.seconds)
        progress.step(f"  {'warm-up' if number == 0 else 'pair %d' % number}: plugin "
                      f"{with_plugin} pps, stock {without} pps, ratio {with_plugin / without:.3f}")
        if number > 0:
            pairs.append((with_plugin, without))
    return pairs


def summary(pairs):
    """Minimum, median and maximum of both rates and of their ratio."""
    columns = {"plugin_pps": [a for a, _ in pairs], "stock_pps": [b for _, b in pairs],
               "ratio": [a / b for a, b in pairs]}
    return {name: {"min": min(values), "median": statistics.median(values), "max": max(values)}
            for name, values in columns.items()}


def write_results(options, versions, pairs, figures):
    """results/bench.json, for programs."""
    os.makedirs("results", exist_ok=True)
    with open(os.path.join("results", "bench.json"), "w", encoding="utf-8") as stream:
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
                 progress=progress) as machine:
        machine.hugepages("2M", 512)
        machine.bind_vfio()
        machine.put(source, target + ".off")
        versions = machine.run(VERSIONS).check().out.splitlines()
        pairs = measure(machine, target, options, progress)
    figures = summary(pairs)
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
    parser.add_argument("--machine", default="powernv9", choices=("powernv9", "powernv10"))
    parser.add_argument("--pairs", type=int, default=7, help="counted pairs (one more warms up)")
    parser.add_argument("--seconds", type=int, default=4, help="length of a run in the guest")
    parser.add_argument("--size", type=int, default=64, help="bytes of a frame")
    try:
        return bench(parser.parse_args(arguments), Progress())
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
