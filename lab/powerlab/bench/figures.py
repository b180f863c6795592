# SPDX-License-Identifier: BSD-3-Clause
"""Medians, and ratios of what was measured in the same round. Pure."""

import statistics


def spread(values):
    """Minimum, median and maximum, and of how many; None when there are none."""
    values = list(values)
    if not values:
        return None
    return {"min": min(values), "median": statistics.median(values), "max": max(values),
            "n": len(values)}


def select(records, **wanted):
    """The records that have all these values."""
    return [record for record in records
            if all(record.get(name) == value for name, value in wanted.items())]


def of_sides(records, field, **wanted):
    """{side: {round: value}}: `field` is a name, or a function of a record."""
    value = field if callable(field) else lambda record: record[field]
    found = {}
    for record in select(records, **wanted):
        found.setdefault(record["side"], {})[record["round"]] = value(record)
    return found


def spreads(records, field, **wanted):
    """{side: spread}."""
    return {side: spread(rounds.values())
            for side, rounds in of_sides(records, field, **wanted).items()}


def quotients(records, field, first, second, **wanted):
    """first / second of each round that has both."""
    sides = of_sides(records, field, **wanted)
    ours, theirs = sides.get(first, {}), sides.get(second, {})
    return [ours[number] / theirs[number]
            for number in sorted(ours.keys() & theirs.keys()) if theirs[number]]


def ratios(records, field, first, second, **wanted):
    """Spread of first / second, round by round; None when no round has both."""
    return spread(quotients(records, field, first, second, **wanted))


def differences(records, field, first, second, **wanted):
    """{round: first - second} of the rounds that have both."""
    sides = of_sides(records, field, **wanted)
    ours, theirs = sides.get(first, {}), sides.get(second, {})
    return {number: ours[number] - theirs[number] for number in ours.keys() & theirs.keys()}


def values(records, name):
    """The different values of a field, in the order in which they come."""
    return list(dict.fromkeys(record[name] for record in records))
