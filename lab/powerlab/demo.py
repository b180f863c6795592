# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration behind `make demo`.

One machine, one command, run twice: without the plugin, where DPDK cannot use
the network cards, and with it. Then frames from the host go in at one card, are
forwarded by testpmd, come out of the other and are compared byte by byte.
"""

import argparse
import glob
import os
import re

from . import choose
from .errors import LabError, guarded
from .machine import Machine
from .nic import Nic
from .process import exit_on_sigterm
from .progress import Progress
from .traffic import run_traffic

FRAMES = 20000
HUGEPAGES = 512                         # of 2 MiB: 1 GiB
COMMAND = "dpdk-testpmd -l 0-1 -m 1024 --log-level=bus.vfio_spapr:info -- -i"
PLUGIN = "librte_bus_vfio_spapr.so"
PROMPT = "testpmd> "
_NOISE = ("EAL: Detected", "EAL: Multi-process", "Interactive-mode", "Set ", "testpmd: create",
          "testpmd: preferred", "Done", "Warning", "Checking", "Configuring", "testpmd>")

PICTURE = """\
   frame          NIC             TCE table of its PE            hugepage
  +------+     +--------+     +--------------------------+     +---------+
  | 1514 | --> | e1000e | --> | window 0x{start:x} | --> | mbuf at |
  | bytes|     | DMA to |     | + offset -> real address |     | its VA  |
  +------+     |  IOVA  |     +--------------------------+     +---------+
               +--------+        written once, at start"""


def plugin_in(stage):
    """The plugin below a staged installation, and where it goes in the guest."""
    stage = os.path.realpath(stage)
    found = glob.glob(os.path.join(stage, "**", "dpdk", "pmds-*", PLUGIN), recursive=True)
    if len(found) != 1:
        raise LabError(f"there is no single {PLUGIN} in {stage}", f"{len(found)} were found",
                       "build it first: make ppc64el")
    return found[0], found[0][len(stage):]


def say(text=""):
    """One line of the demonstration itself."""
    print(text, flush=True)


def show(output):
    """What testpmd printed, without what says nothing here."""
    for line in output.replace("\r", "").splitlines():
        if line.strip() and not line.startswith(_NOISE):
            say("    " + line)


def fields(line):
    """The key=value pairs of a line of the plugin's log."""
    return dict(re.findall(r"(\w+)=(\S+)", line))


def run_stock(machine):
    """Runs testpmd without the plugin; returns whether it found a port."""
    process = machine.start(COMMAND)
    output = process.read_until(PROMPT, 120)
    process.write("quit\n")
    process.wait(60)
    show(output)
    return "No probed ethernet devices" not in output


def run_plugin(machine):
    """Runs the same command with the plugin; returns its log and the traffic's result."""
    process = machine.start(COMMAND)
    output = process.read_until(PROMPT, 120)
    show(output)
    if "No probed ethernet devices" in output:
        raise LabError("testpmd found no port although the plugin is there",
                       "see its messages above", "look for the lines of VFIO_SPAPR")
    process.write("start\n")
    process.read_until(PROMPT, 60)
    say(f"\n    sending {FRAMES} frames of 60 to 1514 bytes into port 0 ...")
    first, second = machine.nics
    result = run_traffic(first.socket, second.socket, frames=FRAMES, transform="io")
    process.write("stop\n")
    process.read_until(PROMPT, 60)
    process.write("quit\n")
    status = process.wait(60)
    if status != 0:
        raise LabError("testpmd did not end cleanly", f"its exit status is {status}",
                       "look at its output above")
    return process.output, result


def table(rows):
    """Two columns."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        say(f"    {name:<{width}}  {value}")


def report(output, result):
    """The closing table; returns whether all went well."""
    lines = output.replace("\r", "").splitlines()
    windows = [line for line in lines if "VFIO_SPAPR" in line and ": window start=" in line]
    setup = next((fields(line) for line in lines if "VFIO_SPAPR: setup:" in line), None)
    release = next((fields(line) for line in lines if "VFIO_SPAPR: release:" in line), None)
    if setup is None or release is None:
        raise LabError("the plugin did not report what it did", "its log lines are missing",
                       "check that the plugin and the lab are of the same version")
    start = int(setup["start"], 16)
    say("\n" + PICTURE.format(start=start) + "\n")
    rows = [("groups", setup["groups"])]
    for line in windows:
        group = re.search(r"(IOMMU group \d+ \(\S+\))", line).group(1)
        values = fields(line)
        rows.append((group, "window at %s, %d MiB, %s pages, default window %s" % (
            values["start"], int(values["size"]) >> 20, values["page"],
            values["default_window"])))
    calls = {name: int(setup[name]) for name in ("creates", "registers", "maps")}
    rows += [
        ("memory mapped", f"{int(setup['mapped_bytes']) >> 20} MiB in every group"),
        ("ioctls at start", "CREATE {creates}, REGISTER {registers}, MAP {maps}".format(**calls)),
        ("time at start", f"{int(setup['us']) / 1000:.1f} ms (emulated)"),
        ("left at exit", f"{release['mapped_bytes']} bytes mapped, {release['regions']} regions, "
                         f"{release['errors']} errors"),
        ("frames sent", result.sent), ("frames received", result.received),
        ("frames lost", result.lost), ("frames corrupted", result.corrupted),
    ]
    table(rows)
    return result.ok and result.received == result.sent and release["errors"] == "0"


def demonstrate(suite, stage):
    """The whole demonstration; returns the exit status."""
    source, target = plugin_in(stage)
    nics = [Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream")]
    say("1. An emulated POWER LPAR: two e1000e cards on two PCI host bridges (two IOMMU groups)\n")
    with Machine(kind="pseries", suite=suite, memory=4096, nics=nics,
                 progress=Progress()) as machine:
        say("    " + machine.run("uname -srm").check().out.strip())
        machine.hugepages("2M", HUGEPAGES)
        say("    bound to vfio-pci: " + ", ".join(machine.bind_vfio()))
        say(f"\n2. Stock DPDK\n\n    # {COMMAND}")
        if run_stock(machine):
            say("\n    (this DPDK found a port without the plugin)")
        say(f"\n3. The same command, after copying {PLUGIN} to\n   {os.path.dirname(target)}\n"
            f"\n    # {COMMAND}")
        machine.put(source, target)
        output, result = run_plugin(machine)
        good = report(output, result)
    say("\n" + ("Every frame came back unchanged." if good else "FAILED: see the table above."))
    return 0 if good else 1


@guarded
def main(arguments=None):
    """Command line of the demonstration."""
    parser = argparse.ArgumentParser(prog="lab/demo", description=__doc__.split("\n", 1)[0])
    choose.add_option(parser)
    parser.add_argument("--stage", help="staged installation (default: that of the suite)")
    options = parser.parse_args(arguments)
    exit_on_sigterm()
    suite = choose.choose(options.suite, Progress())
    stage = options.stage or os.path.join("build", "ppc64el", suite, "stage")
    return demonstrate(suite, stage)
