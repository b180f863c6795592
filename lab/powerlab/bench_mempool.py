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
import statistics
import sys

from . import suites
from .bench import PROMPT, VERSIONS, summary
from .errors import LabError
from .machine import Machine
from .nic import Nic
from .progress import Progress

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MEGABYTE = 1 << 20
WINDOW = 128 * MEGABYTE                 # default window of the machine for "rates"
BUFFER = 2432                           # what an mbuf of 2 KiB takes, roughly
# Of the window EAL's memory takes half; a pool in the rest fits with room to spare.
POOLS = {"demand": 4 * WINDOW // BUFFER, "static": 16384}
TESTPMD = ("MEMPOOL_DDW_CONFIG=mapping={mapping} dpdk-testpmd -l 0-1 -m 48 "
           "-a vfio_spapr:config,mode=dma32 --mbuf-pool-ops-name=ddw "
           "-- -i --forward-mode={mode} --txpkts=64 --total-num-mbufs={mbufs}")
CREATE = ("MEMPOOL_DDW_CONFIG=mapping={mapping} dpdk-testpmd -l 0-1 -m 64 "
          "-a vfio_spapr:config,mode={mode} --mbuf-pool-ops-name={handler} "
          "-- -i --total-num-mbufs={mbufs}")
# One row each: window, mapping, and the default window if it is not 1 GiB.
CREATIONS = (("ddw", "static"), ("dma32", "static"), ("dma32", "demand"))
OPS = ("REGISTER_MEMORY", "MAP_DMA", "UNMAP_DMA", "UNREGISTER_MEMORY")


def build_file(options, name):
    """A program of the build for POWER."""
    path = os.path.join(ROOT, "build", "ppc64el", options.suite, "tests", "bench", name)
    if not os.path.exists(path):
        raise LabError(f"{path} is missing", "it is not built", "build it first: make ppc64el")
    return path


def boot(options, progress, **more):
    """A machine with the staged build in it."""
    stage = os.path.join(ROOT, "build", "ppc64el", options.suite, "stage")
    if not os.path.isdir(stage):
        raise LabError(f"{stage} is missing", "it is not built", "build it first: make ppc64el")
    return Machine(kind="pseries", suite=options.suite, overlay=stage, icount=options.icount,
                   progress=progress, **more)


def show(data):
    """Output of a guest's program, as it comes."""
    sys.stdout.write(data.decode("utf-8", "replace"))
    sys.stdout.flush()


def program(options, progress):
    """Get and put, and forwarding, in instructions."""
    with boot(options, progress, memory=4096) as machine:
        machine.put(build_file(options, "bench_mempool"), "/root/bench_mempool")
        machine.hugepages("2M", 512)
        found = machine.run(
            f"/root/bench_mempool -l 0 --no-pci -m 256 --no-shconf --no-telemetry -- --against "
            f"{options.handler} --rounds {options.rounds} --round-us 2000 --json /tmp/bench.json", 3600, on_output=show)
        found.check()
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


def ask(machine, command):
    """One answer of the telemetry of the running testpmd."""
    out = machine.run(f"echo {command} | dpdk-telemetry.py", 120).check().out
    for line in out.splitlines():
        if line.startswith('{"' + command):
            return json.loads(line)[command]
    raise LabError(f"telemetry does not answer {command}", out[-400:], "look at its answer")


def ioctl_counts(machine):
    """{name: calls over all groups} since the start."""
    stats = ask(machine, "/vfio_spapr/stats")
    return {name: stats["ioctls"][name]["calls"] for name in OPS if name in stats["ioctls"]}


def start(machine, command):
    """Starts testpmd up to its prompt."""
    process = machine.start(command)
    output = process.read_until(PROMPT, 300)
    if "No probed ethernet devices" in output:
        raise LabError("testpmd found no port", output[-400:], "look at its messages")
    return process


def tell(process, line):
    """One line at testpmd's prompt; returns what it prints."""
    process.write(line + "\n")
    return process.read_until(PROMPT, 120)


def packets(text, name):
    """A counter of all ports together."""
    return sum(int(value) for value in re.findall(name + r":\s+(\d+)", text))


def rate_once(machine, options, mode, mapping):
    """One run of testpmd: packets per second, packets, ioctls that they took."""
    process = start(machine, TESTPMD.format(mapping=mapping, mode=mode, mbufs=POOLS[mapping]))
    tell(process, "start" if mode == "txonly" else "start tx_first 32")
    machine.run("sleep 1", timeout=120)         # everything that is used gets mapped
    before = ioctl_counts(machine)
    first = tell(process, "show port stats all")
    machine.run(f"sleep {options.seconds}", timeout=600)
    last = tell(process, "show port stats all")
    after = ioctl_counts(machine)
    process.write("quit\n")
    process.wait(120)
    return {"pps": packets(last, "Tx-pps"),
            "packets": packets(last, "TX-packets") - packets(first, "TX-packets"),
            "ioctls": sum(after.values()) - sum(before.values())}


def rates(options, progress):
    """Pairs of runs for each way to forward."""
    nics = [Nic("e1000e", bridge=number, net="a") for number in (1, 2)]
    bridges = {number: {"dma_win_size": str(WINDOW)} for number in (1, 2)}
    found = {}
    with boot(options, progress, memory=4096, nics=nics, bridges=bridges) as machine:
        machine.hugepages("2M", 600)
        machine.bind_vfio()
        found["versions"] = machine.run(VERSIONS).check().out.splitlines()
        for mode in ("txonly", "io", "macswap"):
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
    """Rates of both pools, their ratio, and how many packets needed no ioctl."""
    total = sum(pair[0]["packets"] for pair in runs)
    ioctls = sum(pair[0]["ioctls"] for pair in runs)
    return {**summary(tuple(POOLS), [(a["pps"], b["pps"]) for a, b in runs]),
            "runs": runs, "packets": total, "ioctls": ioctls,
            "without_ioctl": 1 - ioctls / total if total else 0}


def print_rates(options, found):
    """A table for people."""
    kernel, dpdk = found["versions"]
    print(f"\ntestpmd, 64 bytes, pseries, default window of {WINDOW // MEGABYTE} MiB, pool of "
          f"{POOLS['demand']} mbufs on demand against {POOLS['static']} mapped as a whole, Linux "
          f"{kernel}, {dpdk}, {options.pairs} pairs of {options.seconds} s, icount "
          f"{options.icount}\n")
    print("| forwarding | on demand, packets/s | as a whole | ratio: min | median | max "
          "| packets | ioctls meanwhile |\n|---|---|---|---|---|---|---|---|")
    for mode in ("txonly", "io", "macswap"):
        row = found[mode]
        ratio = row["ratio"]
        print(f"| {mode} | {row['demand_pps']['median']:.0f} | {row['static_pps']['median']:.0f} "
              f"| {ratio['min']:.4f} | {ratio['median']:.4f} | {ratio['max']:.4f} "
              f"| {row['packets']} | {row['ioctls']} |")
    sys.stdout.flush()


def create_once(machine, mode, mapping, handler, mbufs):
    """Ioctls of all groups, from the start of testpmd to its prompt."""
    process = start(machine, CREATE.format(mapping=mapping, mode=mode, handler=handler,
                                           mbufs=mbufs))
    counts = ioctl_counts(machine)
    process.write("quit\n")
    process.wait(120)
    return counts


def ioctls(options, progress):
    """What a pool of 1 GiB costs: the same start without it taken away."""
    mbufs = (1 << 30) // BUFFER
    nics = [Nic("e1000e", bridge=number, net="a") for number in (1, 2)]
    # Default windows of 2 GiB: the pool has to fit where it is mapped as a whole.
    bridges = {number: {"dma_win_size": str(2 << 30)} for number in (1, 2)}
    found = []
    with boot(options, progress, memory=6144, nics=nics, bridges=bridges) as machine:
        machine.hugepages("2M", 1200)
        machine.bind_vfio()
        for mode, mapping in CREATIONS:
            # The smallest pool that testpmd runs with, of the stock handler.
            base = create_once(machine, mode, mapping, "ring_mp_mc", 2048)
            small = create_once(machine, mode, mapping, "ddw", 2048)
            large = create_once(machine, mode, mapping, "ddw", mbufs)
            found.append({"window": mode, "mapping": mapping, "stock_small": base,
                          "small": small, "large": large})
            progress.step(f"  {found[-1]}")
    print(f"\nIoctls per group up to testpmd's prompt, a pool of {mbufs} mbufs (1 GiB) on 2M "
          "pages\n")
    print("| window | mapping | REGISTER | MAP | of these for a pool of 2,048 mbufs: REGISTER "
          "| MAP | for that of ring_mp_mc: REGISTER | MAP |\n|---|---|---|---|---|---|---|---|")
    for row in found:
        words = [f"{row[which].get(op, 0) / len(nics):g}" for which in
                 ("large", "small", "stock_small") for op in OPS[:2]]
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


def main(arguments=None):
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(prog="lab/bench-mempool",
                                     description=__doc__.split("\n", 1)[0])
    parser.add_argument("--suite", default="trixie", choices=sorted(suites.SUITES))
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
    try:
        for name in options.part or [name for name in PARTS if name != "autotest"]:
            progress.step(f"{name} ...")
            write_results(name, options, PARTS[name](options, progress))
        return 0
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
