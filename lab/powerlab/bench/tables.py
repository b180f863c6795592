# SPDX-License-Identifier: BSD-3-Clause
"""The record as Markdown, and as reStructuredText. Pure but for write()."""

import os

from . import figures, targets

GIB = 1 << 30
NAMES = {"stock": "stock DPDK", "ddw": "plugin", "dma32": "plugin, mode=dma32",
         "none": "no devices", "floor": "bare floor", "once": "mapped at start",
         "each": "mapped for each packet"}


def markdown(head, rows):
    """A table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def rest(head, rows):
    """The same as a list-table."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        lines += [f"   {'* ' if at == 0 else '  '}- {cell}".rstrip()
                  for at, cell in enumerate(row)]
    return lines + [""]


def three(found, form, rounds, scale=1):
    """"median (min to max)" of a spread, and of how many rounds if some are missing."""
    if not found:
        return "failed"
    low, middle, high = (form.format(found[name] * scale) for name in ("min", "median", "max"))
    less = f", {found['n']} of {rounds} rounds" if found["n"] < rounds else ""
    return f"{middle} ({low} to {high}{less})"


def attempted(data, part):
    """The records of a part, and the steps that have failed: those have no figures."""
    return data[part] + figures.select(data["errors"], part=part)


def _bytes(count):
    for unit, name in ((1 << 40, "TiB"), (GIB, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} B"


_SETUP = ("machine", "flavour", "pages", "mib", "side")


def _machine(kind, flavour):
    return kind if flavour == "std" else f"{kind}, {targets.KERNELS[flavour]}"


def setup(data):
    """Set-up and end, by machine and memory."""
    head = ["machine", "memory", "side", "VFIO ioctls", "CREATE, REGISTER, MAP",
            "in those, ms", "start of EAL, ms", "beyond no devices, ms", "end, ms"]
    rows = []
    records, rounds = data["setup"], data["about"]["pairs"]
    for machine, flavour, pages, mib, side in _keys(attempted(data, "setup"), *_SETUP):
        where = dict(machine=machine, flavour=flavour, pages=pages, mib=mib)
        mine = figures.select(records, side=side, **where)
        beyond = figures.differences(records, "init_us", side, "none", **where).values()
        times = [three(figures.spread(found), form, rounds, 1e-3) for found, form in (
            (map(targets.call_time, mine), "{:.1f}"), ((r["init_us"] for r in mine), "{:.0f}"),
            (beyond, "{:.0f}"), ((r["exit_us"] for r in mine), "{:.0f}"))]
        if side in ("none", "floor"):
            times[2] = ""
        if side == "floor":
            times[1] = ""
        rows.append([_machine(machine, flavour), f"{mib / 1024:g} GiB of {pages}", NAMES[side],
                     _different(record["start"]["all"] for record in mine),
                     _different("{create}, {register}, {map}".format(**record["start"])
                                for record in mine), *times])
    return head, rows


def again(data):
    """Scan and probe when nothing has changed."""
    head = ["machine", "devices", "side", "scan and probe, ms"]
    rows, rounds = [], data["about"]["pairs"]
    for key in _keys(attempted(data, "again"), "machine", "flavour", "side"):
        found = figures.select(data["again"], **dict(zip(("machine", "flavour", "side"), key)))
        rows.append([_machine(*key[:2]), _different(record["devices"] for record in found),
                     NAMES[key[2]], three(figures.spread(record["mean_us"] for record in found),
                                          "{:.3f}", rounds, 1e-3)])
    return head, rows


def _different(values):
    """A count is the same in all rounds; when it is not, that is seen."""
    return " or ".join(dict.fromkeys(map(str, values))) or "failed"


def windows(data):
    """Which windows each side makes, and what their tables lock."""
    head = ["machine", "memory", "side", "windows made", "IOMMU page", "levels",
            "locked beside the memory"]
    rows = []
    for key in _keys(data["setup"], *_SETUP):
        machine, flavour, pages, mib, side = key
        record = figures.select(data["setup"], **dict(zip(_SETUP, key)))[0]
        made = record["windows"]
        if made:
            rows.append([_machine(machine, flavour), f"{mib / 1024:g} GiB of {pages}", NAMES[side],
                         f"{len(made)} x {_bytes(made[0]['size'])} at {made[0]['start']:#x}",
                         _bytes(made[0]["page"]), str(made[0]["levels"]),
                         _bytes(record["locked"] - record["memory"])])
    return head, rows


def _keys(records, *names):
    """The different combinations of values, each value where it comes first."""
    # Sides take turns in the record; in a table each has its place.
    order = [list(NAMES) if name == "side" else figures.values(records, name) for name in names]
    found = dict.fromkeys(tuple(record[name] for name in names) for record in records)
    return sorted(found, key=lambda key: [values.index(part)
                                          for values, part in zip(order, key)])


def forwarding(data, part, field, form, title):
    """Packet rates or instructions per packet, with the ratio to the other side."""
    head = ["machine", "mode", "bytes", "side", title, "ratio to", "ratio"]
    rows = []
    records, rounds = data[part], data["about"]["pairs"]
    tried = _keys(attempted(data, part), "machine", "side")
    for machine, mode, size in _keys(records, "machine", "mode", "size"):
        where = dict(machine=machine, mode=mode, size=size)
        sides = [side for kind, side in tried if kind == machine]
        other = next((name for name in ("stock", "ddw") if name in sides), None)
        for side in sides:
            ratio = figures.ratios(records, field, side, other, **where)
            rows.append([machine, mode, str(size), NAMES[side],
                         three(figures.spreads(records, field, **where).get(side), form, rounds),
                         "" if side == other else NAMES[other],
                         "" if side == other else three(ratio, "{:.4f}", rounds)])
    return head, rows


def mapping(data):
    """Memory mapped for each packet, beside memory that stays mapped."""
    head = ["machine", "side", "packets/s", "ratio to mapped at start", "instructions per packet"]
    rows = []
    rounds = data["about"]["pairs"]
    timed = figures.select(data["mapping"], clock="time")
    counted = figures.select(data["mapping"], clock="instructions")
    for machine, side in _keys(timed, "machine", "side"):
        ratio = figures.ratios(timed, "pps", side, "once", machine=machine)
        spreads = figures.spreads(counted, "instructions", machine=machine)
        rows.append([machine, NAMES[side],
                     three(figures.spreads(timed, "pps", machine=machine)[side], "{:.0f}",
                           rounds),
                     "" if side == "once" else three(ratio, "{:.4f}", rounds),
                     three(spreads[side], "{:.0f}", rounds) if side in spreads
                     else "not measured"])
    return head, rows


def circumstances(data):
    """Versions and conditions, as pairs."""
    about, host = data["about"], data["about"]["host"]
    yield "command", about["command"]
    yield "date", about["date"]
    yield "commit", about["commit"] + (" with changes" if about["changed"] else "")
    yield "emulator", about["qemu"]
    for kind, versions in data["machines"].items():
        yield kind, f"Linux {versions['kernel']}, DPDK {versions['dpdk']} ({about['suite']})"
    # What builders add to the name of a release says nothing to others.
    yield "host", f"{host['cpu']}, {host['cpus']} CPUs, Linux {host['kernel'].split('-')[0]}"
    yield "load of the host", (", ".join(map(str, host["loads"]))
                               + " (average of a minute, after each boot)")
    yield "took", f"{about.get('seconds', 0) / 60:.1f} minutes, {about['pairs']} pairs"


def sections(data):
    """(title, plot, what it says, head, rows) of each table."""
    yield "Circumstances", "", "", ["what", "value"], [list(pair) for pair in circumstances(data)]
    yield ("Targets", "", "", ["target", "wanted", "measured", "result"],
           [[found.what, found.limit, found.measured, targets.word(found)]
            for found in targets.evaluate(data)])
    yield ("Set-up and end", "setup-time", "Median (minimum to maximum) of all rounds.",
           *setup(data))
    yield "Windows", "", "", *windows(data)
    yield ("Scan and probe again", "", "Mean of many rounds in which nothing changes: median "
           "(minimum to maximum) of all starts.", *again(data))
    yield ("Packet rate", "packet-rate", "Packets per second of both ports, median (minimum to "
           "maximum). Ratios are those of two runs of the same round.",
           *forwarding(data, "rates", "pps", "{:.0f}", "packets/s"))
    yield ("Instructions per packet", "packet-cost", "Median (minimum to maximum), under -icount.",
           *forwarding(data, "instructions", "instructions", "{:.2f}", "instructions"))
    yield ("Memory mapped for each packet", "mapping", "Median (minimum to maximum).",
           *mapping(data))
    yield ("What failed", "", "", ["what", "error"],
           [[" ".join(str(value) for name, value in error.items() if name != "error"),
             error["error"].split("\n")[0]] for error in data["errors"]])


def text(data, drawn):
    """The whole page in Markdown, with the plots that were drawn."""
    lines = ["# The plugin beside stock DPDK", ""]
    for title, plot, words, head, rows in sections(data):
        if rows:
            lines += [f"## {title}", ""] + ([words, ""] if words else []) + markdown(head, rows)
        if plot in drawn:
            lines += [f"![{title}]({drawn[plot][0]})", ""]
    return "\n".join(lines).rstrip() + "\n"


def guide(data):
    """The tables as reStructuredText, for the guide; the plots lie beside it."""
    lines = [".. SPDX-License-Identifier: BSD-3-Clause",
             "   Written by \"lab/bench report --doc\".", ""]
    for title, plot, words, head, rows in sections(data):
        if not rows:
            continue
        lines += [title, "~" * len(title), ""] + ([words, ""] if words else [])
        if plot:
            lines += [f".. figure:: benchmark/{plot}.svg", f"   :alt: {title}", ""]
        lines += rest(head, rows)
    return "\n".join(lines).rstrip() + "\n"


def write(path, content):
    """A file of text."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(content)
