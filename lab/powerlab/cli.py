# SPDX-License-Identifier: BSD-3-Clause
"""The command line of the lab: one sub-command per job."""

import argparse
import re
import sys

from . import choose, hostdeps, image, packages, process, qemu, status, suites
from . import sysroot, terminal
from .dpdk import examples, installed
from .errors import GuestTimeout, LabError, guarded
from .machine import MEMORY, Machine
from .nic import parse, parse_bridge
from .progress import Progress

_TIMEOUT_STATUS = 124       # what timeout(1) returns
_BUILDS = {"image": "build or reuse a guest image",
           "sysroot": "headers and libraries for cross-compilers",
           "examples": "DPDK's own examples, cross-compiled"}


def parser():
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(prog="lab/power", description="Emulated POWER machines.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("deps", help="install the host packages that the project needs")
    for name, text in _BUILDS.items():
        command = commands.add_parser(name, help=text + "; prints the folder")
        choose.add_option(command)
        if name == "image":
            _add_flavour(command)
            _add_packages(command)
        else:
            installed.add_option(command)
        _add_offline(command)
        command.add_argument("--refresh", action="store_true",
                             help="what the index of the mirror has today, whatever the lock says")
    command = commands.add_parser("choose", help="the suite that SUITE stands for, with all that "
                                  "its image and sysroot are built from; prints its name")
    choose.add_option(command)
    _add_offline(command)
    command = commands.add_parser("lock", help="write lab/locks/SUITE.lock from the index")
    command.add_argument("suite", metavar="SUITE", help="one of " + ", ".join(suites.SUITES))
    command = commands.add_parser("status", help="what there is of each suite")
    _add_offline(command)
    command = commands.add_parser("run", help="boot, run one shell command, shut down")
    _add_machine_options(command)
    command.add_argument("--timeout", type=float, default=300, metavar="SECONDS",
                         help="time for the command (default: 300)")
    command.add_argument("words", nargs="+", metavar="COMMAND")
    command = commands.add_parser("shell", help="boot and open a shell on this terminal")
    _add_machine_options(command)
    return top


def _add_flavour(command):
    command.add_argument("--flavour", default="std", choices=sorted(suites.FLAVOURS),
                         help="kernel: std has 4K pages, 64k has 64K pages (default: std)")


def _add_packages(command):
    command.add_argument("--with", nargs="+", action="extend", default=[], dest="packages",
                         metavar="PACKAGE", help="Debian packages that the guest has in addition, "
                         "with all that they depend on")


def _add_offline(command):
    command.add_argument("--offline", action="store_true",
                         help="use what the cache has; ask nothing of the network")


def _node_sizes(text):
    """MiB of each node from sizes in GiB (2G) or MiB (512M, 512)."""
    found = [re.fullmatch(r"(\d+)([GM]?)", word) for word in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of sizes such as 2G,2G")
    return tuple(int(size[1]) * (1024 if size[2] == "G" else 1) for size in found)


def _add_machine_options(command):
    choose.add_option(command)
    _add_flavour(command)
    _add_packages(command)
    _add_offline(command)
    add = command.add_argument
    add("--machine", default="pseries", choices=qemu.KINDS, help="default: pseries")
    add("--memory", type=int, metavar="MIB", help=f"default: {MEMORY}, or that of all nodes")
    add("--numa", type=_node_sizes, default=(), metavar="SIZE,SIZE...",
        help="pseries: NUMA nodes with that much memory each, for example 2G,2G")
    add("--cpus", type=int, default=2, metavar="N", help="default: 2")
    add("--kernel-args", default="", metavar="WORDS", help="added to the kernel command line")
    add("--nic", type=parse, action="append", default=[], dest="nics",
        metavar="MODEL@BRIDGE[,net=NAME][,option=value]...",
        help="a device on PCI host bridge BRIDGE; the same net= joins devices, "
             "net=socket gives a unix socket (repeatable)")
    add("--bridge", type=parse_bridge, action="append", default=[], dest="bridges",
        metavar="N,property=value...", help="properties of a pseries bridge (repeatable)")
    add("--share", metavar="DIR", help="host folder, read-only at /share in the guest")
    add("--out", metavar="DIR", help="host folder, writable at /out in the guest")
    add("--overlay", metavar="DIR", help="host folder copied over / in the guest, owned by root")
    installed.add_option(command)
    add("--bind-vfio", action="store_true", help="bind the devices to vfio-pci first")
    add("--hugepages", action="append", default=[], metavar="SIZE:COUNT[@NODE]",
        help="reserve hugepages first, for example 2M:600 (repeatable)")
    add("--icount", type=int, metavar="SHIFT", help="guest time follows executed instructions")
    add("--no-maxmem", action="store_false", dest="maxmem",
        help="pseries without room for memory hotplug (poisons bridges with virtio devices)")
    add("--slof", action="store_true",
        help="pseries with its full firmware: boots slower, the same for the kernel")
    add("--no-saved", action="store_false", dest="save",
        help="boot in any case: neither load a saved machine nor save this one")


def _machine(options, progress):
    return Machine(
        kind=options.machine, suite=options.suite, flavour=options.flavour,
        memory=options.memory, cpus=options.cpus, nics=options.nics,
        bridges=dict(options.bridges), kernel_args=options.kernel_args, share=options.share,
        out=options.out, overlay=options.overlay, icount=options.icount, maxmem=options.maxmem,
        slof=options.slof, progress=progress, numa=options.numa, save=options.save,
        packages=options.packages, dpdk=options.dpdk)


def _hugepages(text):
    """(size, count, node or None) from SIZE:COUNT[@NODE]."""
    found = re.fullmatch(r"(\w+):(\d+)(?:@(\d+))?", text)
    if not found:
        raise LabError(f"cannot understand --hugepages {text}", "it is not SIZE:COUNT[@NODE]",
                       "write for example --hugepages 2M:600")
    return found[1], int(found[2]), None if found[3] is None else int(found[3])


def _prepare(machine, options, progress):
    """The optional steps between boot and command."""
    for nic in machine.nics:
        if nic.socket:
            progress.step(f"{nic.model}@{nic.bridge}: {nic.socket}")
    for text in options.hugepages:
        machine.hugepages(*_hugepages(text))
    if options.bind_vfio and machine.nics:
        progress.step("vfio-pci: " + " ".join(machine.bind_vfio()))


def _deps(_options, progress):
    hostdeps.install(progress)
    return 0


def _image(options, progress):
    print(image.build(options.suite, options.flavour, progress, options.refresh,
                      options.packages))
    return 0


def _sysroot(options, progress):
    print(sysroot.build(options.suite, progress, options.refresh, options.dpdk))
    return 0


def _examples(options, progress):
    print(examples.build(options.suite, progress, options.refresh, options.dpdk))
    return 0


def _choose(options, _progress):
    print(options.suite)
    return 0


def _lock(options, progress):
    print(packages.write_lock(suites.get(options.suite), progress))
    return 0


def _status(_options, progress):
    print(status.report(progress))
    return 0


def _emit(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _run(options, progress):
    with _machine(options, progress) as machine:
        _prepare(machine, options, progress)
        try:
            result = machine.run(" ".join(options.words), options.timeout, on_output=_emit)
        except GuestTimeout as err:
            print(err, file=sys.stderr)
            return _TIMEOUT_STATUS
        return result.rc if result.rc >= 0 else 128 - result.rc


def _shell(options, progress):
    with _machine(options, progress) as machine:
        _prepare(machine, options, progress)
        progress.step("shell in the guest; 'exit' ends the machine")
        return terminal.interact(machine)


_COMMANDS = {"deps": _deps, "image": _image, "sysroot": _sysroot, "examples": _examples,
             "choose": _choose, "lock": _lock, "status": _status, "run": _run, "shell": _shell}


@guarded
def main(arguments=None):
    """Runs one sub-command; returns the exit status."""
    progress = Progress()
    process.exit_on_sigterm()
    options = parser().parse_args(arguments)
    if getattr(options, "offline", False):
        packages.set_offline()
    named = getattr(options, "suite", None)
    try:
        if named == choose.AUTO or options.command == "choose":
            options.suite = choose.choose(named, progress)
        elif named:
            suites.get(named)
        return _COMMANDS[options.command](options, progress)
    except LabError as err:
        choose.add_alternatives(err, named, progress)
        raise
