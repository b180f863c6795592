# SPDX-License-Identifier: BSD-3-Clause
"""Does steps one after the other; a failure costs a step, not the whole run."""

import dataclasses
import time

from ..errors import LabError

ATTEMPTS = 2
BOOT_SECONDS = 14.0


@dataclasses.dataclass
class Step:
    """One start of a program in the guest."""
    part: str               # the list of the record that its figures go to
    about: dict             # what its figures have in common: machine, side, round
    seconds: float          # a guess, for the time that remains
    work: object            # work(machine) returns a list of figures
    kept: bool = True       # False: a warm-up, or nothing but a preparation


@dataclasses.dataclass
class Session:
    """Steps on one machine."""
    rig: object
    steps: list


class Clock:
    """How long the rest will take, from the guesses and how right they were so far."""

    def __init__(self, sessions):
        self._started = time.monotonic()
        self._all = sum(BOOT_SECONDS + sum(step.seconds for step in session.steps)
                        for session in sessions)
        self._done = 0.0

    def done(self, seconds):
        """Something is over that was guessed to take so long."""
        self._done += seconds

    def text(self):
        """Elapsed and remaining time, for people."""
        elapsed = time.monotonic() - self._started
        # Half a minute of trust in the guesses, then what was measured takes over.
        factor = (elapsed + 30) / (self._done + 30)
        left = max(0.0, self._all - self._done) * factor
        return f"[{_minutes(elapsed)}, about {_minutes(left)} left]"


def _minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Runner:
    """Carries sessions out and writes the record after each step."""

    def __init__(self, record, progress):
        self._record, self._progress = record, progress
        self._clock = None

    def run(self, sessions):
        """All of them; returns how many steps have no figures."""
        self._clock = Clock(sessions)
        done = 0
        for session in sessions:
            try:
                if self._boot(session.rig):
                    for step in session.steps:
                        done += self._do(session.rig, step)
            except (LabError, OSError) as error:    # it has died, and does not come back
                self._broken({"machine": session.rig.kind, "what": "recover"}, error)
            finally:
                session.rig.stop()
            self._record.save()
        return sum(len(session.steps) for session in sessions) - done

    def _boot(self, rig):
        """Is there a machine?"""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                rig.boot()
                self._clock.done(BOOT_SECONDS)
                self._record.add_machine(rig)
                return True
            except (LabError, OSError) as error:
                self._broken({"machine": rig.kind, "what": "boot", "attempt": attempt}, error)
        return False

    def _do(self, rig, step):
        """Is it done?"""
        self._progress.step(f"{self._clock.text()} {step.part}: "
                            + ", ".join(str(value) for value in step.about.values()))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found = step.work(rig.machine)
                break
            except Exception as error:  # whatever it is, the other figures are worth having
                self._broken({"part": step.part, **step.about, "attempt": attempt}, error)
                rig.recover()
        else:
            found = []
        self._clock.done(step.seconds)
        if step.kept:
            self._record.add(step.part, step.about, found)
            self._record.save()
        return bool(found)

    def _broken(self, about, error):
        if not isinstance(error, LabError):
            error = f"error: {type(error).__name__}: {error}"
        self._progress.step(f"FAILED: {about}\n{error}")
        self._record.add_error(about, error)
