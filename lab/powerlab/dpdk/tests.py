# SPDX-License-Identifier: BSD-3-Clause
"""The fast suite of DPDK's own dpdk-test, without the plugin and with it, on one machine.

Each test is a process of its own, as DPDK's build runs it (DPDK_TEST=NAME). Two NICs in two
groups are bound to vfio-pci, so that the plugin has devices and does all of its work: with
it the files are where EAL loads plugins from, for the processes too that a test starts;
without it they are elsewhere. What passes without the plugin has to pass with it.
"""

import argparse
import dataclasses
import json
import os
import re
import time

from .. import choose, process
from ..demo import PLUGIN, plugin_in
from ..errors import GuestTimeout, LabError, guarded
from ..machine import Machine
from ..nic import Nic
from ..progress import Progress
from . import report

LIMIT = 120
HUGEPAGES = 1024                        # of 2 MiB, for each process in turn
MEMORY = 6144                           # MiB
MACHINES = ("pseries", "powernv9")
ATTEMPTS = 3                            # of a test whose outcomes differ: is it by chance?
NAMES = os.path.join(os.path.dirname(__file__), "..", "..", "dpdk-fast-tests.txt")
AWAY = "/opt/away"
# What a test needs that would be skipped otherwise. Not for dispatcher_autotest, which takes
# too long with several lcores on each of the emulated CPUs, nor for ipsec_autotest, which
# crashes when it has the device that it asks for.
OWN_EAL = {"compressdev_autotest": "-l 0-1 --vdev=compress_zlib",
           "seqlock_autotest": "--lcores 0@0,1@1,2@0,3@1"}
# Memory where no program is: EAL wants it at 4 GiB, where Linux on POWER loads programs,
# and then a secondary process fails now and then, with or without the plugin.
EAL = "--base-virtaddr=0x2000000000 --log-level=bus.vfio_spapr:info"
_RUN = """
mkdir -p /tmp/dpdk-test && cd /tmp/dpdk-test || exit 1
DPDK_TEST={name} timeout -k 5 {limit} dpdk-test {eal} --file-prefix={name} </dev/null; code=$?
echo; echo status=$code
"""
_USED = """
cd /sys/kernel/mm/hugepages/hugepages-2048kB
echo $(($(cat nr_hugepages) - $(cat free_hugepages)))
"""
_AFTER = """
left=$(pgrep -x dpdk-test | wc -l)
[ $left = 0 ] || pkill -9 -x dpdk-test
rm -rf /dev/hugepages/*map_* /tmp/dpdk-test
cd /sys/kernel/mm/hugepages/hugepages-2048kB
for n in $(seq 50); do
	used=$(($(cat nr_hugepages) - $(cat free_hugepages)))
	[ $used -gt {before} ] || used={before}
	[ $used -gt {before} ] || break
	sleep 0.1
done
echo processes=$left pages=$((used - {before}))
"""
_COMPLAINT = re.compile(r"WARNING:|(?<!watchdog: )BUG:|Oops|Call Trace|Kernel panic|"
                        r"Unable to handle|EEH: ")
_STATUSES = {0: "pass", 77: "skip", 124: "timeout", 137: "timeout"}


@dataclasses.dataclass
class Outcome:
    """One run of one test."""
    status: str                         # pass, skip, fail, crash, timeout, absent
    seconds: float
    active: bool                        # the plugin had mapped memory for devices
    trouble: list                       # what it left behind, what the kernel said
    output: str = ""


def judge(code, text):
    """The status of a run from its exit status and its output."""
    if "Error: invalid test command" in text:
        return "absent"
    if code < 0 or 128 < code < 255 and code != 137:
        return "crash"
    return _STATUSES.get(code, "fail")


class Runner:
    """Runs single tests on one machine, with or without the plugin."""

    def __init__(self, machine, plugin, limit):
        self.machine, self.limit = machine, limit
        self.folder = os.path.dirname(plugin)

    def place(self, plugin):
        """Puts the plugin where EAL loads it, or away from there."""
        source, target = (AWAY, self.folder) if plugin else (self.folder, AWAY)
        self.machine.run(f"mkdir -p {AWAY} && cd {source} && "
                         f"if [ -e {PLUGIN} ]; then mv *_ddw.so {PLUGIN} {target}; fi").check()

    def run(self, name, plugin):
        """One run of one test in a fresh process."""
        self.place(plugin)
        log = len(self.machine.console())
        # Of what others left behind nothing counts: stock DPDK loses pages on PowerNV.
        before = int(self.machine.run("rm -f /dev/hugepages/*map_*\n" + _USED).check().out)
        command = _RUN.format(name=name, limit=self.limit,
                              eal=f"{OWN_EAL.get(name, '-l 0-1')} {EAL}")
        started = time.monotonic()
        try:
            text = self.machine.run(command, self.limit + 60).out
        except GuestTimeout as err:
            text = err.output + "\nstatus=124\n"
        seconds = time.monotonic() - started
        code = int(re.findall(r"^status=(\d+)", text, re.M)[-1])
        trouble = [line.strip() for line in self.machine.console()[log:].splitlines()
                   if _COMPLAINT.search(line)]
        left = self.machine.run(_AFTER.format(before=before)).check().out.strip()
        if left != "processes=0 pages=0":
            trouble.append("left behind: " + left)
        return Outcome(judge(code, text), round(seconds, 1), "VFIO_SPAPR: setup: " in text,
                       trouble, text)


def read_names(wanted):
    """The tests to run: all of the fast suite, or those asked for."""
    with open(NAMES, encoding="ascii") as stream:
        names = [line.strip() for line in stream if not line.startswith("#")]
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise LabError("unknown test: " + ", ".join(unknown),
                       "it is not in DPDK's fast suite", f"see {os.path.relpath(NAMES)}")
    return [name for name in names if not wanted or name in wanted]


def run_both(runner, name, logs):
    """A test without and with the plugin; more often where only the one passes."""
    found = {"without": [], "with": []}
    for attempt in range(ATTEMPTS):
        for way, outcomes in found.items():
            outcome = runner.run(name, way == "with")
            outcomes.append(outcome)
            with open(os.path.join(logs, f"{name}-{way}-{attempt + 1}.log"), "w",
                      encoding="utf-8") as stream:
                stream.write(outcome.output)
            if outcome.status == "absent":
                return None
        if not report.differs(*({one.status for one in found[way]} for way in found)):
            break
    return {way: report.entry(outcomes) for way, outcomes in found.items()}


def results_path(options):
    """Where the results are; the default machine has the plain name."""
    if (options.suite, options.machine) == ("trixie", "pseries"):
        return "results/dpdk-tests.json"
    return f"results/dpdk-tests-{options.suite}-{options.machine}.json"


def load(path, head):
    """Earlier results with the same versions, to be continued; none else."""
    try:
        with open(path, encoding="utf-8") as stream:
            old = json.load(stream)
    except (OSError, ValueError):
        return {}
    return old["tests"] if {key: old.get(key) for key in head} == head else {}


def run_all(options, machine, plugin, progress):
    """All tests, with results written after each; returns the record."""
    path = results_path(options)
    runner = Runner(machine, plugin, options.limit)
    runner.place(False)
    versions = machine.run("uname -r; dpdk-testpmd -v -l 0 --no-pci --no-huge --in-memory -m 64 "
                           "-- --help 2>&1 | grep -o 'DPDK [0-9][0-9.]*' | head -1")
    kernel, dpdk = versions.check().out.splitlines()
    head = {"machine": options.machine, "suite": options.suite, "kernel": kernel, "dpdk": dpdk,
            "limit": options.limit}
    tests = load(path, head) if options.only or options.resume else {}
    names = read_names(options.only)
    if options.resume:
        names = [name for name in names if name not in tests]
    logs = os.path.join("build", "dpdk-tests", f"{options.suite}-{options.machine}")
    os.makedirs(logs, exist_ok=True)
    os.makedirs("results", exist_ok=True)
    record = {**head, "tests": tests}
    for number, name in enumerate(names, 1):
        entry = run_both(runner, name, logs)
        if entry:
            tests[name] = entry
        progress.step(f"[{number}/{len(names)}] {name}: {report.line(entry)}")
        record["tests"] = {known: tests[known] for known in sorted(tests)}
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(record, stream, indent=1)
            stream.write("\n")
    with open(path.replace(".json", ".md"), "w", encoding="utf-8") as stream:
        stream.write(report.markdown(record))
    progress.step(f"outputs of all tests: {logs}")
    return record


@guarded
def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(prog="lab/dpdk-tests", description=__doc__.split("\n", 1)[0])
    choose.add_option(parser)
    parser.add_argument("--machine", default="pseries", choices=MACHINES)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="these tests; the results of the others are kept")
    parser.add_argument("--resume", action="store_true", help="those that have no results yet")
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="SECONDS",
                        help="time for one test (default: %(default)s)")
    options = parser.parse_args(arguments)
    process.exit_on_sigterm()
    progress = Progress()
    read_names(options.only)
    options.suite = choose.choose(options.suite, progress)
    stage = os.path.join("build", "ppc64el", options.suite, "stage")
    _, plugin = plugin_in(stage)
    nics = [Nic("e1000e", bridge=1), Nic("e1000e", bridge=2)]
    with Machine(kind=options.machine, suite=options.suite, memory=MEMORY, nics=nics,
                 overlay=stage, progress=progress) as machine:
        machine.hugepages("2M", HUGEPAGES)
        machine.bind_vfio()
        record = run_all(options, machine, plugin, progress)
    print(report.summary(record))
    return 1 if report.failures(record) else 0
