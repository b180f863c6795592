# SPDX-License-Identifier: BSD-3-Clause
"""What pools of the library cost on an emulated POWER machine.

Four parts, each with a machine of its own:

  program   tests/bench/bench_mempool: get and put, and a pool larger than the window
  autotest  DPDK's mempool_perf_autotest with the handler as the default one
  rates     testpmd's packet rate: a pool larger than the default window, mapped on
            demand, against a pool in the same window that is mapped as a whole
  ioctls    what creating a pool of 1 GiB asks of the kernel

Guest time follows executed instructions (-icount), so that figures repeat whatever the
host does; what caches and contention cost they cannot say.
"""

import argparse
import json
import os
import re
import sys

from .. import choose
from ..errors import LabError, guarded
from ..machine import Machine
from ..nic import Nic
from ..progress import Progress
from . import figures
from .pmd import PROMPT
from .rig import ROOT, VERSIONS

MEGABYTE = 1 << 20
GROUPS = 2
SMALL = 4096                            # mbufs of a small pool
WINDOW = 128 * MEGABYTE                 # default window of the machine for "rates"
BUFFER = 2432                           # what an mbuf of 2 KiB takes, roughly
# Of the window EAL's memory takes half; a pool in the rest fits with room to spare.
POOLS = {"demand": 4 * WINDOW // BUFFER, "static": 16384}
TESTPMD = ("MEMPOOL_DDW_CONFIG=mapping={mapping} dpdk-testpmd -l 0-1 -m 48 "
           "-a vfio_spapr:config,mode={window} --log-level=bus.vfio_spapr:info "
           "--mbuf-pool-ops-name={handler} -- -i --disable-link-check "
           "--total-num-mbufs={mbufs} {more}")
FORWARDING = ("txonly", "macswap")
# Windows and mappings of pools of 1 GiB.
CREATIONS = (("ddw", "static"), ("dma32", "static"), ("dma32", "demand"))
_RELEASE = re.compile(r"VFIO_SPAPR: release: (.*)")


def build_file(options, name):
    """A program of the build for POWER."""
    path = os.path.join(ROOT, "build", "ppc64el", options.suite, "tests", "bench", name)
    if not os.path.exists(path):
        raise LabError(f"{path} is missing", "it is not built", "build it first: make ppc64el")
    return path


def boot(options, progress, **more):
    """A machine, with the staged build in it unless `overlay` says otherwise."""
    stage = os.path.join(ROOT, "build", "ppc64el", options.suite, "stage")
    if not os.path.isdir(stage):
        raise LabError(f"{stage} is missing", "it is not built", "build it first: make ppc64el")
    return Machine(kind="pseries", suite=options.suite, icount=options.icount, progress=progress,
                   **{"overlay": stage, **more})


def show(data):
    """Output of a guest's program, as it comes."""
    sys.stdout.write(data.decode("utf-8", "replace"))
    sys.stdout.flush()


def program(options, progress):
    """Get and put, and forwarding, in instructions."""
    # The library is a part of the program: a second one would register its handlers again.
    with boot(options, progress, memory=4096, overlay=None) as machine:
        machine.put(build_file(options, "bench_mempool"), "/root/bench_mempool")
        machine.hugepages("2M", 512)
        machine.run("/root/bench_mempool -l 0 --no-pci -m 256 --no-shconf --no-telemetry -- "
                    f"--against {options.handler} --rounds {options.rounds} --round-us 2000 "
                    "--json /tmp/bench.json", 3600, on_output=show).check()
        return json.loads(machine.get("/tmp/bench.json"))


def autotest(options, progress):
    """DPDK's own performance test, both pools in one run."""
    with boot(options, progress, memory=4096) as machine:
        machine.put(os.path.join(ROOT, "tests", "bench", "perf_autotest.py"),
                    "/root/perf_autotest.py")
        machine.put(build_file(options, "short_second.so"), "/root/short_second.so")
        machine.hugepages("2M", 512)
        machine.run(f"/root/perf_autotest.py --handler {options.handler} --runs 1 --short-second "
                    "/root/short_second.so --divisor 1000 --json /tmp/autotest.json -- -l 0 "
                    "--no-pci -m 512 --no-telemetry", 7200, on_output=show).check()
        return json.loads(machine.get("/tmp/autotest.json"))


class Testpmd:
    """A running testpmd at its prompt."""

    def __init__(self, machine, mapping, window, mbufs, more="", handler="ddw"):
        self.process = machine.start(TESTPMD.format(mapping=mapping, window=window, mbufs=mbufs,
                                                    more=more, handler=handler))
        output = self.process.read_until(PROMPT, 600)
        if "No probed ethernet devices" in output:
            raise LabError("testpmd found no port", output[-400:], "look at its messages")

    def tell(self, line):
        """One line at the prompt; returns what is printed."""
        self.process.write(line + "\n")
        return self.process.read_until(PROMPT, 300)

    def quit(self):
        """Ends it; returns the plugin's counts of ioctls over all groups, all of the run."""
        self.process.write("quit\n")
        self.process.wait(300)
        found = _RELEASE.search(self.process.output)
        if not found:
            raise LabError("the plugin does not say what it did", self.process.output[-400:],
                           "look at its messages")
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found[1])}


def counter(text, name):
    """A counter of all ports together."""
    return sum(int(value) for value in re.findall(name + r":\s+(\d+)", text))


def rate_once(machine, options, forwarding, mapping):
    """One run: packets per second, packets in all, and MAP ioctls per group in all."""
    pmd = Testpmd(machine, mapping, "dma32", POOLS[mapping],
                  f"--forward-mode={forwarding} --txpkts=64")
    pmd.tell("start" if forwarding == "txonly" else "start tx_first 32")
    machine.run("sleep 0.5", timeout=300)       # everything that is used gets mapped
    pmd.tell("show port stats all")
    machine.run(f"sleep {options.seconds}", timeout=600)
    shown = pmd.tell("show port stats all")
    counts = pmd.quit()
    return {"pps": counter(shown, "Tx-pps"), "packets": counter(shown, "TX-packets"),
            "maps": counts["maps"] / GROUPS}


def rates(options, progress):
    """Pairs of runs for each way to forward."""
    nics = [Nic("e1000e", bridge=number + 1, net="a") for number in range(GROUPS)]
    bridges = {nic.bridge: {"dma_win_size": str(WINDOW)} for nic in nics}
    found = {}
    with boot(options, progress, memory=4096, nics=nics, bridges=bridges) as machine:
        machine.hugepages("2M", 600)
        machine.bind_vfio()
        found["versions"] = machine.run(VERSIONS).check().out.splitlines()
        for mode in FORWARDING:
            runs = []
            for number in range(options.pairs):
                pair = [rate_once(machine, options, mode, name) for name in POOLS]
                progress.step(f"  {mode} {number + 1}: {pair[0]}, {pair[1]}, ratio "
                              f"{pair[0]['pps'] / pair[1]['pps']:.4f}")
                runs.append(pair)
            found[mode] = rate_figures(runs)
    print_rates(options, found)
    return found


def rate_figures(runs):
    """Rates of both pools, their ratio, and how many packets went by for a MAP ioctl."""
    found = {"ratio": figures.spread(a["pps"] / b["pps"] for a, b in runs)}
    for at, name in enumerate(POOLS):
        found[f"{name}_pps"] = figures.spread(pair[at]["pps"] for pair in runs)
        found[f"{name}_packets"] = sum(pair[at]["packets"] for pair in runs)
        found[f"{name}_maps"] = sum(pair[at]["maps"] for pair in runs)
    return {**found, "runs": runs}


def print_rates(options, found):
    """A table for people."""
    kernel, dpdk = found["versions"]
    print(f"\ntestpmd, 64 bytes, pseries, default window of {WINDOW // MEGABYTE} MiB, pool of "
          f"{POOLS['demand']} mbufs on demand against {POOLS['static']} mapped as a whole, Linux "
          f"{kernel}, {dpdk}, {options.pairs} pairs of {options.seconds} s, icount "
          f"{options.icount}\n")
    print("| forwarding | on demand, packets/s | as a whole | ratio: min | median | max "
          "| on demand: packets | MAP ioctls per group, setup included | as a whole: the same "
          "|\n|---|---|---|---|---|---|---|---|---|")
    for mode in FORWARDING:
        row = found[mode]
        ratio = row["ratio"]
        print(f"| {mode} | {row['demand_pps']['median']:.0f} | {row['static_pps']['median']:.0f} "
              f"| {ratio['min']:.4f} | {ratio['median']:.4f} | {ratio['max']:.4f} "
              f"| {row['demand_packets']} | {row['demand_maps']:g} | {row['static_packets']} "
              f"| {row['static_maps']:g} |")
    sys.stdout.flush()


def create_once(machine, window, mapping, mbufs, handler="ddw"):
    """Ioctls per group of a testpmd that does nothing but set up."""
    counts = Testpmd(machine, mapping, window, mbufs, handler=handler).quit()
    return {name: counts[name] / GROUPS for name in ("registers", "maps")}


def ioctls(options, progress):
    """What a pool of 1 GiB costs, beside what testpmd costs with a small pool."""
    mbufs = (1 << 30) // BUFFER
    nics = [Nic("e1000e", bridge=number + 1, net="a") for number in range(GROUPS)]
    # Default windows of 2 GiB: the pool has to fit where it is mapped as a whole.
    bridges = {nic.bridge: {"dma_win_size": str(2 << 30)} for nic in nics}
    found = []
    with boot(options, progress, memory=6144, nics=nics, bridges=bridges) as machine:
        machine.hugepages("2M", 1000)
        machine.bind_vfio()
        for window, mapping in CREATIONS:
            row = {"window": window, "mapping": mapping,
                   "pool": create_once(machine, window, mapping, mbufs),
                   "small": create_once(machine, window, mapping, SMALL),
                   "stock_small": create_once(machine, window, mapping, SMALL, "ring_mp_mc")}
            found.append(row)
            progress.step(f"  {row}")
    print(f"\nIoctls per group of testpmd with a pool of {mbufs} mbufs (1 GiB, 2M pages), and "
          f"with one of {SMALL}\n")
    print("| window | mapping | REGISTER | MAP | small pool: REGISTER | MAP "
          "| small pool of ring_mp_mc: REGISTER | MAP |\n|---|---|---|---|---|---|---|---|")
    for row in found:
        words = [f"{row[which][op]:g}" for which in ("pool", "small", "stock_small")
                 for op in ("registers", "maps")]
        print(f"| {row['window']} | {row['mapping']} | " + " | ".join(words) + " |")
    sys.stdout.flush()
    return found


PARTS = {"program": program, "rates": rates, "ioctls": ioctls, "autotest": autotest}


def write_results(name, options, found):
    """results/mempool-lab-PART.json."""
    os.makedirs("results", exist_ok=True)
    with open(os.path.join("results", f"mempool-lab-{name}.json"), "w",
              encoding="utf-8") as stream:
        json.dump({"machine": "pseries", "suite": options.suite, "icount": options.icount,
                   name: found}, stream, indent=1)
        stream.write("\n")


@guarded
def main(arguments=None):
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(prog="lab/bench-mempool",
                                     description=__doc__.split("\n", 1)[0])
    choose.add_option(parser)
    parser.add_argument("--part", action="append", choices=list(PARTS),
                        help="repeatable; default: all but autotest, which takes long")
    parser.add_argument("--handler", default="ddw", help="to compare with ring_mp_mc, in the parts "
                        "program and autotest (default: ddw)")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs of testpmd")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of bench_mempool")
    parser.add_argument("--seconds", type=int, default=1, help="length of a run in the guest")
    parser.add_argument("--icount", type=int, default=1, metavar="SHIFT",
                        help="an instruction takes 2^SHIFT ns of guest time (default: 1)")
    options = parser.parse_args(arguments)
    progress = Progress()
    options.suite = choose.choose(options.suite, progress)
    for name in options.part or [name for name in PARTS if name != "autotest"]:
        progress.step(f"{name} ...")
        write_results(name, options, PARTS[name](options, progress))
    return 0
