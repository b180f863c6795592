# SPDX-License-Identifier: BSD-3-Clause
"""What the plugin must reach beside stock DPDK, and whether it does. Pure."""

import dataclasses

from . import figures

KERNELS = {"std": "kernel of 4K pages", "64k": "kernel of 64K pages"}
MEMORY = (1024, 2048, 4096, 8192)       # MiB
_KINDS = ("create", "remove", "register", "map", "enable")


@dataclasses.dataclass
class Outcome:
    """One target: what was measured, and whether that is enough."""
    what: str
    limit: str
    measured: str
    met: bool               # None: it was not measured


def calls(record):
    """All ioctls of VFIO until the memory is ready."""
    return record["start"]["all"]


def call_time(record):
    """Microseconds in the ioctls that make windows and map memory."""
    return sum(record["start"][kind + "_us"] for kind in _KINDS)


def least(records, **where):
    """{round: start of stock DPDK, us, if its calls took no longer than the floor's}."""
    start = figures.of_sides(records, "init_us", **where).get("stock", {})
    more = figures.differences(records, call_time, "floor", "stock", **where)
    return {number: start[number] + more[number] for number in start.keys() & more.keys()}


def start_beside_least(records, **where):
    """Spread of the plugin's start, to the least that is possible."""
    ours = figures.of_sides(records, "init_us", **where).get("ddw", {})
    floor = least(records, **where)
    return figures.spread(ours[number] / floor[number] for number in ours.keys() & floor.keys())


def end_beside_floor(records, **where):
    """Spread of the plugin's end beyond the one without devices, to that of the floor."""
    ours = figures.differences(records, "exit_us", "ddw", "none", **where)
    floor = figures.of_sides(records, "exit_us", **where).get("floor", {})
    return figures.spread(ours[number] / floor[number] for number in ours.keys() & floor.keys())


def _of(found, limit, what, word, met):
    """An Outcome of a spread of ratios."""
    if not found:
        return Outcome(what, limit, "not measured", None)
    return Outcome(what, limit, f"{found['median']:{word}} (min {found['min']:{word}}, max "
                   f"{found['max']:{word}}, {found['n']} pairs)", met(found))


def _at_most(limit, found, what, word=".3f"):
    return _of(found, f"<= {limit}", what, word, lambda found: found["median"] <= limit)


def _setup(data):
    """Calls and time for 8 GiB, which a quick run does not have."""
    records = figures.select(data["setup"], machine="powernv9", pages="2M")
    for flavour in figures.values(records, "flavour") or ["std"]:
        kernel, where = KERNELS[flavour], {"flavour": flavour, "mib": 8192}
        what = f"set-up of 8 GiB of 2M pages, {kernel}"
        yield _at_most(0.01, figures.ratios(records, calls, "ddw", "stock", **where),
                       f"{what}: ioctls, plugin / stock", ".4f")
        yield _at_most(0.2, figures.ratios(records, call_time, "ddw", "stock", **where),
                       f"{what}: time in the ioctls for windows and memory, plugin / stock")
        for mib in MEMORY:
            yield from _whole(records, f"{mib >> 10} GiB, {kernel}",
                              {"flavour": flavour, "mib": mib})


def _whole(records, what, where):
    """A start as a whole beside stock DPDK; its calls, and the end, beside the floor."""
    yield _at_most(0.95, figures.ratios(records, "init_us", "ddw", "stock", **where),
                   f"start of EAL, {what}: plugin / stock")
    yield _at_most(1.05, start_beside_least(records, **where),
                   f"start of EAL, {what}: plugin / stock with the calls of the floor")
    yield _at_most(1.1, figures.ratios(records, call_time, "ddw", "floor", **where),
                   f"time in the ioctls for windows and memory, {what}: plugin / floor")
    yield _at_most(1.1, end_beside_floor(records, **where),
                   f"end, {what}: plugin beyond no devices / floor")


def _again(data):
    """Scan and probe when nothing has changed."""
    for flavour in figures.values(data["again"], "flavour") or ["std"]:
        more = figures.differences(data["again"], "mean_us", "ddw", "stock", flavour=flavour)
        yield _of(figures.spread(us / 1000 for us in more.values()), "< 1",
                  f"scan and probe of 8 devices again, {KERNELS[flavour]}: milliseconds that the "
                  "plugin adds", ".3f", lambda found: found["median"] < 1)


def _each(data, part):
    """(mode, size) of what was forwarded on bare metal."""
    records = figures.select(data[part], machine="powernv9")
    return [(mode, size) for mode in figures.values(records, "mode")
            for size in figures.values(records, "size")]


def _rates(data):
    every = [ratio for mode, size in _each(data, "rates")
             for ratio in figures.quotients(data["rates"], "pps", "ddw", "stock", mode=mode,
                                            size=size, machine="powernv9")]
    yield _of(figures.spread(every), ">= 0.98", "packet rate, all modes and sizes: plugin / stock",
              ".3f", lambda found: found["median"] >= 0.98)
    for mode, size in _each(data, "rates") or [("any mode", "any")]:
        yield _of(figures.ratios(data["rates"], "pps", "ddw", "stock", machine="powernv9",
                                 mode=mode, size=size), ">= 0.98",
                  f"packet rate, {mode}, {size} bytes: plugin / stock", ".3f",
                  lambda found: found["median"] >= 0.98)


def _instructions(data):
    for mode, size in _each(data, "instructions") or [("any mode", "any")]:
        yield _of(figures.ratios(data["instructions"], "instructions", "ddw", "stock",
                                 machine="powernv9", mode=mode, size=size), "0.99 to 1.01",
                  f"instructions per packet, {mode}, {size} bytes: plugin / stock", ".4f",
                  lambda found: abs(found["median"] - 1) <= 0.01)


def evaluate(data):
    """All targets, in order."""
    return [*_setup(data), *_again(data), *_rates(data), *_instructions(data)]


def word(outcome):
    """pass, MISS or not measured."""
    return "not measured" if outcome.met is None else "pass" if outcome.met else "MISS"


def text(outcomes):
    """Lines for a terminal."""
    return "\n".join(f"{word(outcome):12} {outcome.what}: {outcome.measured}, wanted "
                     f"{outcome.limit}" for outcome in outcomes)
