# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Which stage runs when: each after those that it needs, a few at once, the longest first."""

import concurrent.futures
import graphlib
import json
import os
import tempfile

from .stage import Counts, Outcome


class Seconds:
    """What stages took in earlier runs, kept in a file; a hint for their order, no more."""

    def __init__(self, path):
        self.path = path
        self.known = {}
        try:
            with open(path, encoding="utf-8") as stream:
                self.known = {str(name): float(value) for name, value in json.load(stream).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            pass    # nobody has measured yet

    def of(self, item):
        """What a stage will take, as far as one knows."""
        return self.known.get(item.name, item.expected)

    def remember(self, outcomes):
        """Notes what stages took that have succeeded."""
        self.known.update((done.name, round(done.seconds, 1)) for done in outcomes
                          if not done.counts.failed)
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with tempfile.TemporaryDirectory(dir=os.path.dirname(self.path)) as folder:
                new = os.path.join(folder, "new")
                with open(new, "w", encoding="utf-8") as stream:
                    json.dump(self.known, stream, indent=1, sort_keys=True)
                os.replace(new, self.path)
        except OSError:
            pass    # the next run guesses again


def weights(stages, seconds):
    """By name: the time from the start of a stage to the end of the last one that needs it."""
    items = {item.name: item for item in stages}
    needs = {item.name: [name for name in item.after if name in items] for item in stages}
    behind = dict.fromkeys(items, 0)
    found = {}
    for name in reversed(list(graphlib.TopologicalSorter(needs).static_order())):
        found[name] = seconds.of(items[name]) + behind[name]
        for needed in needs[name]:
            behind[needed] = max(behind[needed], found[name])
    return found


def run_all(stages, run, workers, seconds, say):
    """Runs all stages, `workers` at a time; returns their outcomes.

    What needs a stage that has failed is not run, and counts as failed. Names in `after` of
    stages that are not in the list stand for work that was left out on purpose.
    """
    order = weights(stages, seconds)
    waiting = sorted(stages, key=lambda item: -order[item.name])
    results, running = {}, {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        while waiting or running:
            for item in list(waiting):
                needed = [name for name in item.after if name in order]
                bad = [name for name in needed if name in results and results[name].counts.failed]
                if bad:
                    say(f"{item.name}: not run, because of {bad[0]}")
                    results[item.name] = Outcome(item.name, Counts(0, 1, 0), 0.0, 0.0)
                    waiting.remove(item)
                elif len(running) < workers and all(name in results for name in needed):
                    running[pool.submit(run, item)] = item
                    waiting.remove(item)
            if running:
                done, _ = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    results[running.pop(future).name] = future.result()
    return [results[item.name] for item in stages]


def table(outcomes, rows=12):
    """The longest stages, as lines of text."""
    longest = sorted(outcomes, key=lambda done: -done.seconds)[:rows]
    width = max((len(done.name) for done in longest), default=0)
    lines = [f"{'longest stages':<{width}}  seconds      CPU"]
    lines += [f"{done.name:<{width}}  {done.seconds:7.0f}  {done.cpu:7.0f}" for done in longest]
    return lines
