# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Runs one stage: its log, its time limit, a word now and then, what it cost."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from .counting import count, meson_log
from .stage import LOGS, Outcome, log_path, words

TAIL_LINES = 40
HEARTBEAT = 30.0
START = time.monotonic()
PRINT_LOCK = threading.Lock()
RUNNING = set()


def say(text):
    """One line of progress, with the time since the start."""
    with PRINT_LOCK:
        print(f"[{time.monotonic() - START:5.0f} s] {text}", flush=True)


class Process:
    """A command in a process group of its own, and the CPU time of what it has waited for."""

    def __init__(self, item, log):
        self.cpu = 0.0
        self.popen = subprocess.Popen(item.command, stdin=subprocess.DEVNULL, stdout=log,
                                      stderr=subprocess.STDOUT, env={**os.environ, **item.env},
                                      start_new_session=True)

    def wait(self, seconds):
        """The exit status, or None when it has not ended by then."""
        limit = time.monotonic() + seconds
        while self.popen.returncode is None:
            # Popen cannot tell what a process has used.
            pid, status, usage = os.wait4(self.popen.pid, os.WNOHANG)
            if pid:
                self.popen.returncode = os.waitstatus_to_exitcode(status)
                self.cpu = usage.ru_utime + usage.ru_stime
            elif time.monotonic() > limit:
                break
            else:
                time.sleep(0.05)
        return self.popen.returncode

    def stop(self):
        """Ends the command and all that it started; a lab needs a moment to end its machines."""
        for number, grace in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.killpg(self.popen.pid, number)
                if self.wait(grace) is None:
                    continue
            return


def last_line(path):
    """The last line of a log that says something."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        lines = [line.strip() for line in stream.read()[-4000:].splitlines() if line.strip()]
    return lines[-1][:120] if lines else "no output yet"


def run_command(item):
    """Runs the command of a stage; returns its exit status, or None, and its CPU time."""
    path = log_path(item)
    limit = time.monotonic() + item.limit
    with open(path, "wb") as log:
        process = Process(item, log)
    RUNNING.add(process)
    try:
        while (status := process.wait(min(HEARTBEAT, limit - time.monotonic()))) is None:
            if time.monotonic() < limit:
                say(f"{item.name}: {last_line(path)}")
                continue
            process.stop()
            with open(path, "a", encoding="utf-8") as log:
                log.write(f"\nstopped after {item.limit} s\n")
            break
        return status, process.cpu
    except BaseException:
        process.stop()
        raise
    finally:
        RUNNING.discard(process)


def run(item):
    """Runs a stage, reports it, returns what came of it."""
    outcome = attempt(item)
    if outcome.counts.failed and (why := known(item)):
        say(f"{item.name}: once more, because of this: {why}")
        outcome = attempt(item)
    return outcome


def known(item):
    """The line of the log for which a stage is run again, or None."""
    if not item.again:
        return None
    with open(log_path(item), encoding="utf-8", errors="replace") as stream:
        found = re.search(item.again, stream.read())
    return found and found[0]


def attempt(item):
    """Runs a stage once."""
    started = time.monotonic()
    say(f"{item.name} ...")
    old = [log_path(item, ending) for ending in ("log", "json")]
    if item.kind == "meson":
        old.append(meson_log(item))
    for path in old:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
    try:
        status, cpu = run_command(item)
    except OSError as err:
        status, cpu = None, 0.0
        say(f"{item.name}: {err}")
    outcome = Outcome(item.name, count(item, status), time.monotonic() - started, cpu)
    say(f"{item.name}: {words(outcome.counts)} ({outcome.seconds:.0f} s)")
    if outcome.counts.failed:
        with contextlib.suppress(OSError):
            show_tail(item)
    return outcome


def show_tail(item):
    """The end of the log of a stage that failed."""
    with open(log_path(item), encoding="utf-8", errors="replace") as stream:
        lines = stream.read().splitlines()
    with PRINT_LOCK:
        print(f"--- last lines of {log_path(item)}")
        # A bar in front: no line of a log may look like the last line of this program.
        print(*(f"  | {line}" for line in lines[-TAIL_LINES:]), "---", sep="\n", flush=True)


def stop_all():
    """Ends whatever runs."""
    for process in list(RUNNING):
        process.stop()


def _end(_number, _frame):
    """Ends what runs when this program is told to end; asks for no lock that it may hold."""
    try:
        stop_all()
        os.write(2, b"interrupted\n")
    finally:
        os._exit(130)


def begin(clear):
    """Before the first stage: nobody else runs stages in this tree, and signals end them all."""
    os.makedirs(os.path.dirname(LOGS), exist_ok=True)
    lock = os.open(LOGS + ".lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("make test or make check runs in this tree already; wait for its end, or use "
                 "another clone")
    if clear:
        # Logs of an earlier run would pass for those of this one.
        shutil.rmtree(LOGS, ignore_errors=True)
    os.makedirs(LOGS, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
