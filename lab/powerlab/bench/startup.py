# SPDX-License-Identifier: BSD-3-Clause
"""Set-up and end: time, calls to VFIO by kind, windows, locked memory.

tests/bench/eal_start does nothing but rte_eal_init() and rte_eal_cleanup(). The files of
the hugepages stay from start to start (--huge-unlink=never): otherwise the kernel would
clear gigabytes of memory each time, on both sides, and the noise of that would hide what
is compared. The side "none" has no devices: what is left is EAL's own work. The side
"floor" is tests/bench/vfio_floor, which has no EAL: what is left is the kernel's work.
"""

from ..errors import LabError
from .rig import SIDES, Rig, pairs_of
from .schedule import Session, Step

PART = "setup"
ICOUNT = "0,sleep=off"                  # an instruction takes 1 ns; idle time takes the host none
GIB = 1 << 10                           # MiB
STARTING = {"powernv9": ("none", "stock", "ddw", "floor"), "pseries": ("none", "ddw")}
_PAGES = {"2M": ("/dev/hugepages", 2), "1G": ("/dev/hugepages1G", GIB)}
_EAL = ("ulimit -n 65536; /root/eal_start -l 0 --huge-unlink=never --huge-dir {folder} "
        "-m {memory} {side} 2>&1")
_FLOOR = "/root/vfio_floor {folder} {page} {memory} 2>&1"


def parse(text):
    """The figures in the output of eal_start or vfio_floor."""
    found = {"windows": []}
    for line in text.splitlines():
        title, colon, rest = line.partition(": ")
        if not colon or "=" not in rest:
            continue
        if title == "process":
            found.update(pairs_of(rest))
        elif title in ("start", "end"):
            found[title] = pairs_of(rest)
        elif title == "window":
            found["windows"].append(pairs_of(rest))
    if "init_us" not in found or "start" not in found or "end" not in found:
        raise LabError("it did not start", text[-1500:], "look at its messages")
    return found


def start(machine, side, pages, memory):
    """One start and end with `memory` MiB in pages of that size."""
    folder, page = _PAGES[pages]
    command = (_FLOOR if side == "floor" else _EAL).format(
        folder=folder, page=page, memory=memory, side=SIDES.get(side))
    found = parse(machine.run(command, 180).out)
    if side != "none" and found["start"]["map"] == 0:
        raise LabError("no memory was mapped", command, "are devices bound to vfio-pci?")
    return [found]


def _step(machine, side, number, pages, memory, kept=True):
    about = {**machine, "pages": pages, "mib": memory, "side": side, "round": number}
    return Step(PART, about, 1.0 + memory / GIB * (0.35 if kept else 1.5),
                lambda machine: start(machine, side, pages, memory), kept)


def in_turn(names, number):
    """The names, turned so that each is the first one in its round."""
    at = number % len(names)
    return names[at:] + names[:at]


def sessions(options, progress, kind):
    """All starts on one kind of machine; on bare metal with pages of 4K and of 64K."""
    flavours = options.flavours if kind == "powernv9" else options.flavours[:1]
    return [_session(options, progress, kind, flavour) for flavour in flavours]


def _session(options, progress, kind, flavour):
    machine = {"machine": kind, "flavour": flavour}
    small = [("2M", size) for size in options.memory]
    large = [("1G", options.large * GIB)] if options.large else []
    most = max(options.memory)
    settings = {"flavour": flavour, "memory": most + options.large * GIB + 1536, "icount": ICOUNT}
    if options.large:
        settings["kernel_args"] = f"hugepagesz=1G hugepages={options.large}"
    # The first use of each page makes the host find memory for it.
    steps = [] if options.quick else [_step(machine, "none", 0, pages, size, kept=False)
                                      for pages, size in [("2M", most), *large]]
    steps += [_step(machine, side, number, pages, size)
              for number in range(1, options.pairs + 1)
              for pages, size in small + large
              for side in in_turn(STARTING[kind], number)]
    return Session(Rig(options.suite, progress, kind, most // 2, options.large,
                       programs=("eal_start", "vfio_floor"), **settings), steps)
