# SPDX-License-Identifier: BSD-3-Clause
"""Plots for people, as PNG and SVG, drawn by gnuplot.

Bars and points are medians, the thin lines reach from the smallest to the largest value.
The colours can be told apart by those who see few of them; points differ in shape as well.
"""

import os
import subprocess

from ..errors import LabError
from ..hostdeps import need
from . import figures, targets
from .tables import NAMES

_COLOURS = {"stock": "#E69F00", "ddw": "#0072B2", "dma32": "#56B4E9", "none": "#999999",
            "once": "#009E73", "each": "#D55E00"}
_POINTS = {"stock": 5, "ddw": 7, "none": 9}
_TERMINALS = {"png": 'pngcairo size {width},{height} noenhanced font "sans,11" background "white"',
              "svg": 'svg size {width},{height} noenhanced font "sans,13" background "white"'}
_COMMON = """set encoding utf8
set border 3 lc rgb "#444444"
set tics nomirror
set grid ytics lc rgb "#dddddd" lt 1
set bmargin 7
set key outside below horizontal reverse Left samplen 3
"""
_UNSEEN = "NaN NaN NaN"


def _block(name, rows):
    return [f"${name} << EOD", *rows, "EOD"]


def _three(found, scale=1.0):
    if not found:
        return _UNSEEN
    return " ".join(f"{found[name] * scale:.6g}" for name in ("median", "min", "max"))


def _quoted(text):
    return '"' + text.replace('"', "'") + '"'


def _curves(data, field, scale):
    """(machine, side, rows of a data block) for each curve over the memory."""
    records = figures.select(data["setup"], pages="2M",
                             flavour=data["about"].get("flavour", "std"))
    for machine in figures.values(records, "machine"):
        for side in [side for side in _POINTS if side != "none"]:
            rows = []
            for mib in sorted(set(figures.values(records, "mib"))):
                found = figures.spreads(records, field, machine=machine, mib=mib).get(side)
                if found:
                    rows.append(f"{mib / 1024:g} {_three(found, scale)}")
            if rows:
                yield machine, side, rows


def _setup_panel(data, field, scale, title, ylabel, prefix):
    lines, parts = [], []
    for number, (machine, side, rows) in enumerate(_curves(data, field, scale)):
        name = f"{prefix}{number}"
        lines += _block(name, rows)
        colour, dash = _COLOURS[side], 2 if machine == "pseries" else 1
        style = f'lc rgb "{colour}" dt {dash} lw 2 pt {_POINTS[side]}'
        label = _quoted(f"{NAMES[side]}, {machine}")
        parts += [f"${name} using 1:2:3:4 with yerrorbars {style} ps 0 notitle",
                  f"${name} using 1:2 with linespoints {style} ps 1.1 title {label}"]
    if parts:
        lines += [f"set title {_quoted(title)}", f"set ylabel {_quoted(ylabel)}",
                  "plot " + ", \\\n     ".join(parts)]
    return lines


def setup_time(data):
    """Set-up against memory: ioctls, the time in them, and that of EAL as a whole."""
    calls = _setup_panel(data, targets.calls, 1, "ioctls of VFIO", "calls", "calls")
    times = _setup_panel(data, targets.call_time, 1e-3, "time in ioctls for windows and memory",
                         "milliseconds", "times")
    whole = _setup_panel(data, "init_us", 1e-3, "rte_eal_init() as a whole", "milliseconds",
                         "whole")
    if not calls:
        return None
    head = ["set multiplot layout 1,3 title "
            + _quoted("Set-up against memory (hugepages of 2M, two devices)"),
            "set logscale xy", 'set xlabel "memory of DPDK, GiB"',
            "set xtics (0.25, 0.5, 1, 2, 4, 8, 16)", "set offsets graph 0.1, graph 0.1, 0, 0"]
    return (1400, 520), head + calls + times + whole + ["unset multiplot"]


def _bars(data, part, field, machine, scale, name, categories):
    """A panel of grouped bars; `categories` are (mode, size)."""
    records = figures.select(data[part], machine=machine)
    sides = [side for side in NAMES if figures.select(records, side=side)]
    rows = []
    for mode, size in categories:
        found = figures.spreads(records, field, mode=mode, size=size)
        rows.append(_quoted(f"{mode}\\n{size}") + " "
                    + " ".join(_three(found.get(side), scale) for side in sides))
    parts = []
    for at, side in enumerate(sides):
        columns = f"{2 + 3 * at}:{3 + 3 * at}:{4 + 3 * at}" + (":xtic(1)" if at == 0 else "")
        parts.append(f'${name} using {columns} lc rgb "{_COLOURS[side]}" fs solid 0.9 '
                     f"title {_quoted(NAMES[side])}")
    return _block(name, rows) + [f"set title {_quoted(machine)}",
                                 "plot " + ", \\\n     ".join(parts)]


def _panels(data, part, field, scale, title, ylabel):
    machines = [name for name in ("powernv9", "pseries") if figures.select(data[part],
                                                                         machine=name)]
    if not machines:
        return None
    lines = [f"set multiplot layout {len(machines)},1 title {_quoted(title)}",
             "set style data histograms", "set style histogram errorbars gap 1.5 lw 1.2",
             "set boxwidth 0.95", "set yrange [0:*]", f"set ylabel {_quoted(ylabel)}",
             'set xlabel "mode of testpmd, bytes of a frame" offset 0,-0.7']
    for at, machine in enumerate(machines):
        records = figures.select(data[part], machine=machine)
        categories = [(mode, size) for mode in figures.values(records, "mode")
                      for size in sorted(set(figures.values(records, "size")))]
        lines += _bars(data, part, field, machine, scale, f"bars{at}", categories)
    return (1000, 440 * len(machines)), lines + ["unset multiplot"]


def packet_rate(data):
    """Packet rate by mode."""
    return _panels(data, "rates", "pps", 1e-6, "Packet rate of testpmd (two e1000e, emulated)",
                   "million packets per second")


def packet_cost(data):
    """Instructions per packet."""
    return _panels(data, "instructions", "instructions", 1, "Cost of a packet (testpmd, -icount)",
                   "guest instructions per packet")


def mapping(data):
    """Packets per second, and instructions per packet, with and without mapping each."""
    panels = []
    for at, (clock, field, scale, title) in enumerate((
            ("time", "pps", 1e-3, "thousand packets per second"),
            ("instructions", "instructions", 1, "guest instructions per packet"))):
        found = figures.spreads(data["mapping"], field, clock=clock)
        sides = [side for side in NAMES if side in found]
        if not sides:
            continue
        rows = [f"{number} {_three(found[side], scale)} {_quoted(NAMES[side])}"
                for number, side in enumerate(sides)]
        bars = [f"$cost{at} every ::{number}::{number} using 1:2:3:4:(0.6):xtic(5) with "
                f'boxerrorbars lc rgb "{_COLOURS[side]}" fs solid 0.9 notitle'
                for number, side in enumerate(sides)]
        panels.append(_block(f"cost{at}", rows)
                      + [f"set title {_quoted(title)}", "plot " + ", ".join(bars)])
    if not panels:
        return None
    head = [f"set multiplot layout 1,{len(panels)} title "
            + _quoted("Memory mapped at start, and for each packet (pseries, frames of 64 bytes)"),
            "set xrange [-0.6:1.6]", "set yrange [0:*]", "set bmargin 3"]
    return (480 * len(panels), 360), head + sum(panels, []) + ["unset multiplot"]


PLOTS = {"setup-time": setup_time, "packet-rate": packet_rate, "packet-cost": packet_cost,
         "mapping": mapping}


def _draw(script, path):
    # In the locale C gnuplot fails over its own degree sign.
    result = subprocess.run(["gnuplot", "-"], input=script, capture_output=True, encoding="utf-8",
                            env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
    if result.returncode != 0 or "warning" in result.stderr or not os.path.exists(path):
        raise LabError(f"gnuplot cannot draw {path}", result.stderr.strip() or "it says nothing",
                       "see whether the record is complete")
    if path.endswith(".svg"):           # its lines end with blanks
        with open(path, encoding="utf-8") as stream:
            lines = [line.rstrip() for line in stream]
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")


def write(data, folder, prefix="bench-"):
    """Draws every plot that has data; returns {name: [file names]}."""
    need("gnuplot")
    os.makedirs(folder, exist_ok=True)
    drawn = {}
    for name, make in PLOTS.items():
        made = make(data)
        if not made:
            continue
        (width, height), lines = made
        for ending, terminal in _TERMINALS.items():
            path = os.path.join(folder, f"{prefix}{name}.{ending}")
            head = (f"set terminal {terminal.format(width=width, height=height)}\n"
                    f"set output {_quoted(path)}\n{_COMMON}")
            _draw(head + "\n".join(lines) + "\n", path)
            drawn.setdefault(name, []).append(os.path.basename(path))
    return drawn
