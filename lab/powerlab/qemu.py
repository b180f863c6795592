# SPDX-License-Identifier: BSD-3-Clause
"""The command line of QEMU for each kind of machine. Pure: starts nothing."""

import dataclasses

from .errors import LabError

KINDS = ("pseries", "powernv9", "powernv10")
_BINARY = "qemu-system-ppc64"
# TCG offers none of the speculation barriers that pseries asks for by default.
_PSERIES = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken"
# Without init_on_alloc=0 the kernel clears each hugepage that it reserves: 4 s per GiB here.
# QEMU keeps translated code by virtual address: a program that is loaded where it was before
# (norandmaps) starts in about half the time.
_APPEND = "console=hvc0 panic=-1 loglevel=7 net.ifnames=0 init_on_alloc=0 norandmaps"
_POWERNV_BRIDGES = 6
_NODE_STEP = 256                        # MiB: what pseries plugs at once


@dataclasses.dataclass
class Paths:
    """Files and sockets of one run."""
    kernel: str
    initrd: str
    disk: str
    console: str
    qmp: str
    agent: str
    overlay: str = None
    share: str = None
    out: str = None


@dataclasses.dataclass
class Options:
    """What the user chooses about a machine."""
    kind: str = "pseries"
    memory: int = 4096
    cpus: int = 2
    kernel_args: str = ""
    bridges: dict = dataclasses.field(default_factory=dict)
    maxmem: bool = True
    icount: object = None               # SHIFT, or with more options of -icount: "0,sleep=off"
    slof: bool = False
    qemu_args: tuple = ()
    numa: tuple = ()                    # MiB of each node; together the memory


def append(options):
    """The kernel's command line."""
    return (_APPEND + " " + options.kernel_args).strip()


def command(options, nics, paths, dtb=None, frozen=False):
    """The complete command; `frozen` starts it stopped, to dump its device tree."""
    if options.kind not in KINDS:
        raise LabError(f"unknown machine '{options.kind}'", "the lab knows " + ", ".join(KINDS),
                       "pass one of them to --machine")
    words = [_BINARY, *_base(options), "-kernel", paths.kernel, "-initrd", paths.initrd]
    words += ["-dtb", dtb] if dtb else ["-append", append(options)]
    if options.icount is not None:
        words += ["-icount", f"shift={options.icount}"]
    if frozen:
        words.append("-S")
    words += ["-chardev", f"file,id=console,path={paths.console},append=on",
              "-serial", "chardev:console",
              "-chardev", f"socket,id=monitor,path={paths.qmp},server=on,wait=off",
              "-mon", "chardev=monitor,mode=control"]
    words += _lab_devices(options, paths)
    words += _test_devices(options, nics)
    return words + list(options.qemu_args)


def _base(options):
    words = ["-no-reboot", "-display", "none", "-vga", "none", "-monitor", "none"]
    threads = "single" if options.icount is not None else "multi"
    words += ["-accel", f"tcg,thread={threads}", "-smp", str(options.cpus)]
    if options.kind == "pseries":
        memory = f"{options.memory}M"
        if options.maxmem:
            memory += f",slots=2,maxmem={max(8192, 2 * options.memory)}M"
        # The minimal firmware saves a third of the boot; hypercalls and RTAS are QEMU's either way.
        machine = _PSERIES + ("" if options.slof else ",x-vof=on")
        words += ["-nodefaults", "-machine", machine, "-cpu", "power9", "-m", memory]
        return words + _nodes(options)
    if options.numa:
        raise LabError(f"{options.kind} has no NUMA nodes", "QEMU gives them to pseries only",
                       "use --machine pseries")
    # Without QEMU's defaults a powernv machine has no PCI host bridges.
    return words + ["-nic", "none", "-machine", options.kind, "-m", f"{options.memory}M"]


def _nodes(options):
    """NUMA nodes, each with its memory and an equal part of the CPUs."""
    sizes = options.numa
    if not sizes:
        return []
    if sum(sizes) != options.memory or any(size % _NODE_STEP or size <= 0 for size in sizes):
        raise LabError(f"the machine cannot have NUMA nodes of {sizes} MiB",
                       f"its memory is {options.memory} MiB, and a node takes a multiple of "
                       f"{_NODE_STEP}", "choose sizes that together are the memory")
    words = []
    for node, size in enumerate(sizes):
        first, end = (options.cpus * at // len(sizes) for at in (node, node + 1))
        cpus = f",cpus={first}-{end - 1}" if end > first else ""
        words += ["-object", f"memory-backend-ram,id=node{node},size={size}M",
                  "-numa", f"node,nodeid={node},memdev=node{node}{cpus}"]
    return words


def _lab_devices(options, paths):
    """Disk, agent and shares: on bridge 0, away from the devices under test."""
    devices = ["virtio-serial-pci,id=serial"]
    words = ["-drive", f"file={paths.disk},format=raw,if=none,id=disk,snapshot=on",
             "-chardev", f"socket,id=agent,path={paths.agent},server=on,wait=off"]
    devices.append("virtio-blk-pci,drive=disk,serial=image")
    if paths.overlay:
        words += ["-drive", f"file={paths.overlay},format=raw,if=none,id=overlay,readonly=on"]
        devices.append("virtio-blk-pci,drive=overlay,serial=overlay")
    for tag, path, rest in (("share", paths.share, ",readonly=on"), ("out", paths.out, "")):
        if path:
            words += ["-fsdev", f"local,id={tag},path={path},security_model=none{rest}"]
            devices.append(f"virtio-9p-pci,fsdev={tag},mount_tag={tag}")
    for function, device in enumerate(devices):
        words += ["-device", f"{device},{_bus(options, 0)}{_slot(options, function)}"]
    return words + ["-device", "virtserialport,chardev=agent,name=ddw.agent"]


def _bus(options, bridge):
    if options.kind != "pseries":
        return f"bus=pcie.{bridge}"
    return "bus=pci.0" if bridge == 0 else f"bus=pci{bridge}.0"


def _slot(options, number):
    """A powernv bridge has one slot, so its devices are functions of that slot."""
    if options.kind == "pseries":
        return f",addr={number + 1:#x}"
    return f",addr=0.{number},multifunction=on"


def address(options, bridge, number):
    """The PCI address that the guest gives to a bridge's device of that number."""
    if options.kind == "pseries":
        return f"{bridge:04x}:00:{number + 1:02x}.0"
    return f"{bridge:04x}:01:00.{number}"


def _test_devices(options, nics):
    words, hubs, used = [], {}, {}
    bridges = {nic.bridge: {} for nic in nics}
    bridges.update(options.bridges)
    if options.kind == "pseries":
        for bridge, settings in sorted(bridges.items()):
            extra = "".join(f",{name}={value}" for name, value in settings.items())
            if bridge:
                words += ["-device",
                          f"spapr-pci-host-bridge,index={bridge},id=pci{bridge}{extra}"]
    else:
        _check_powernv(options, bridges)
    for index, nic in enumerate(nics):
        function = used[nic.bridge] = used.get(nic.bridge, -1) + 1
        nic.address = address(options, nic.bridge, function)
        netdev = nic.netdev(index, hubs)
        if netdev:
            words += ["-netdev", netdev]
        bus = _bus(options, nic.bridge).partition("=")[2]
        words += ["-device", nic.device(bus, index, _slot(options, function).lstrip(","))]
    return words


def _check_powernv(options, bridges):
    for bridge, settings in bridges.items():
        if not 1 <= bridge < _POWERNV_BRIDGES:
            raise LabError(f"{options.kind} has no free bridge {bridge}",
                           f"bridges 1 to {_POWERNV_BRIDGES - 1} can carry test devices",
                           "choose another bridge number")
        if settings:
            raise LabError(f"bridge {bridge} of {options.kind} takes no properties",
                           "only pseries bridges can be configured", "use --machine pseries")
