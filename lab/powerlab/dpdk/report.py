# SPDX-License-Identifier: BSD-3-Clause
"""What lab/dpdk-tests has found, for people and as an exit status."""

WAYS = ("without", "with")


def differs(without, with_plugin):
    """Passed at least once without the plugin, and never with it."""
    return "pass" in without and "pass" not in with_plugin


def entry(outcomes):
    """The record of all runs of a test in one of the two ways."""
    statuses = [outcome.status for outcome in outcomes]
    return {"status": "pass" if "pass" in statuses else statuses[0], "runs": statuses,
            "seconds": [outcome.seconds for outcome in outcomes],
            "plugin_active": any(outcome.active for outcome in outcomes),
            "trouble": [text for outcome in outcomes for text in outcome.trouble]}


def line(found):
    """A test in a few words."""
    if found is None:
        return "not in this release"
    return ", ".join(f"{way} {'/'.join(found[way]['runs'])} ({found[way]['seconds'][0]:.0f} s)"
                     + (" TROUBLE" if found[way]["trouble"] else "") for way in WAYS)


def differences(record):
    """The tests that pass without the plugin and do not with it."""
    return [name for name, found in record["tests"].items()
            if differs(*(found[way]["runs"] for way in WAYS))]


def troubles(record):
    """{test: what it left behind with the plugin, and did not without it}."""
    return {name: found["with"]["trouble"] for name, found in record["tests"].items()
            if found["with"]["trouble"] and not found["without"]["trouble"]}


def idle(record):
    """The tests that ran without the plugin at work although it was there."""
    return [name for name, found in record["tests"].items()
            if not found["with"]["plugin_active"]]


def failures(record):
    """Why the exit status is not 0."""
    return differences(record) + list(troubles(record))


def counts(record, way):
    """{status: number of tests}."""
    found = {}
    for test in record["tests"].values():
        found[test[way]["status"]] = found.get(test[way]["status"], 0) + 1
    return found


def _words(found):
    return ", ".join(f"{number} {status}" for status, number in sorted(found.items()))


def summary(record):
    """A few lines for the end."""
    lines = [f"{len(record['tests'])} tests of {record['dpdk']} on {record['machine']}"]
    lines += [f"{way} the plugin: {_words(counts(record, way))}" for way in WAYS]
    lines += [f"the plugin was at work in {len(record['tests']) - len(idle(record))}"]
    lines += [f"passes without, but not with the plugin: {name}" for name in differences(record)]
    lines += [f"only with the plugin: {name}: {text}"
              for name, texts in troubles(record).items() for text in texts]
    if not failures(record):
        lines.append("what passes without the plugin passes with it")
    return "\n".join(lines)


def _cell(found):
    """One way of one test: its status, and how often where that differed."""
    text = found["status"]
    if len(set(found["runs"])) > 1:
        text += f" ({found['runs'].count(found['status'])} of {len(found['runs'])})"
    return text


def markdown(record):
    """The whole list."""
    rows = [f"# {record['dpdk']}: fast tests of dpdk-test", "",
            f"Machine {record['machine']}, Debian {record['suite']}, Linux {record['kernel']}; "
            f"at most {record['limit']} s for each test.", "",
            *("* " + text for text in summary(record).splitlines()[1:]), "",
            "| test | without | with | s without | s with |", "|---|---|---|---|---|"]
    for name, found in record["tests"].items():
        rows.append(f"| {name} | {_cell(found['without'])} | {_cell(found['with'])} "
                    f"| {found['without']['seconds'][0]:.1f} | {found['with']['seconds'][0]:.1f} |")
    return "\n".join(rows) + "\n"
