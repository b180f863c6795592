#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Runs DPDK's own mempool_perf_autotest with a handler as the default one.

    perf_autotest.py [OPTIONS] -- EAL-OPTIONS OF dpdk-test

That test compares two pools without a cache: one of the handler ring_mp_mc and one
of the handler for mbufs, which --mbuf-pool-ops-name= chooses. Runs with the handler
alternate with runs in which both pools are of ring_mp_mc: how equal is equal.
The program is the stock one, and needs nothing but Python's own modules.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

STOCK = "ring_mp_mc"
TESTS = ("mempool_perf_autotest_1core", "mempool_perf_autotest_2cores", "mempool_perf_autotest")
_LINE = re.compile(r"mempool_autotest cache=(\d+) cores=(\d+) n_get_bulk=(\d+) n_put_bulk=(\d+) "
                   r"n_keep=(\d+) constant_n=(\d+) rate_persec=(\d+)")
_SECTION = re.compile(r"start performance test(?: for (\S+))? \(without cache\)")
_END = re.compile(r"start performance test \(with cache\)|Test (?:OK|Failed)")


def rates(lines, progress=None):
    """({case: rate} of ring_mp_mc, the same of the default handler) from the test's output.

    A case is (cores, get bulk, put bulk, keep, constant).
    """
    parts, part = ({}, {}), None
    for line in lines:
        section = _SECTION.search(line)
        found = _LINE.search(line)
        if section:
            part = parts[1 if section[1] else 0]
        elif _END.search(line):
            break
        elif found and part is not None:
            part[tuple(int(value) for value in found.groups()[1:6])] = int(found[7])
            if progress:
                progress(len(parts[0]) + len(parts[1]))
    return parts


def ratios(parts):
    """{case: rate of the handler / rate of ring_mp_mc}."""
    return {case: parts[1][case] / rate for case, rate in parts[0].items() if case in parts[1]}


def table(measured, noise):
    """Rows of a summary: {(cores, bulk): (cases, ratio, lowest, highest, noise)}.

    Of each case there is a list of ratios, one per run; its median counts. "bulk" is 0
    where objects come and go in bulks of different sizes.
    """
    rows = {}
    for case in measured:
        key = case[0], case[1] if case[1] == case[2] else 0
        rows.setdefault(key, []).append(case)
    found = {}
    for key, cases in sorted(rows.items()):
        values = [statistics.median(measured[case]) for case in cases]
        same = [statistics.median(noise[case]) for case in cases if case in noise]
        found[key] = (len(cases), statistics.median(values), min(values), max(values),
                      statistics.median(same) if same else None)
    return found


def run(options, handler):
    """One run of dpdk-test; returns the ratios by case."""
    command = [options.program, *options.eal, f"--mbuf-pool-ops-name={handler}"]
    env = dict(os.environ)
    if options.short_second:
        env.update(LD_PRELOAD=options.short_second, SHORT_SECOND=str(options.divisor))
    shown = [0.0]

    def progress(count):
        if time.monotonic() - shown[0] > 10:
            shown[0] = time.monotonic()
            print(f"  {handler}: {count} cases", file=sys.stderr, flush=True)

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=env) as process:
        output = []

        def lines():
            for line in process.stdout:
                output.append(line)
                yield line

        try:
            process.stdin.write(options.test + "\nquit\n")
            process.stdin.flush()
            parts = rates(lines(), progress)
        finally:
            process.kill()
    found = ratios(parts)
    if not found:
        sys.exit("perf_autotest: no case was measured; dpdk-test printed:\n"
                 + "".join(output[-20:]))
    return found


def collect(options):
    """Alternating runs: ({case: [ratio, ...]} of the handler, the same of ring_mp_mc)."""
    both = {}, {}
    for number in range(options.runs):
        print(f"run {number + 1} of {options.runs}", file=sys.stderr, flush=True)
        for which, handler in zip(both, (options.handler, STOCK)):
            for case, ratio in run(options, handler).items():
                which.setdefault(case, []).append(ratio)
    return both


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", default="dpdk-test")
    parser.add_argument("--handler", default="ddw")
    parser.add_argument("--test", default=TESTS[0], choices=TESTS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--short-second", metavar="LIBRARY", help="short_second.so to preload")
    parser.add_argument("--divisor", type=int, default=4, help="how much shorter a second is")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("eal", nargs="*", metavar="EAL-OPTION")
    options = parser.parse_args()
    measured, noise = collect(options)
    rows = table(measured, noise)
    print(f"\n{options.test}, {options.runs} runs: rate of {options.handler} / rate of {STOCK}\n")
    print("| cores | bulk | cases | median | lowest | highest | ring_mp_mc / itself |")
    print("|---|---|---|---|---|---|---|")
    for (cores, bulk), (cases, middle, low, high, same) in rows.items():
        print(f"| {cores} | {bulk or 'mixed'} | {cases} | {middle:.3f} | {low:.3f} | {high:.3f} "
              f"| {'-' if same is None else format(same, '.3f')} |")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"test": options.test, "handler": options.handler, "runs": options.runs,
                       "ratios": {" ".join(map(str, case)): values
                                  for case, values in measured.items()},
                       "ratios_with_itself": {" ".join(map(str, case)): values
                                              for case, values in noise.items()}},
                      stream, indent=1)
            stream.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
