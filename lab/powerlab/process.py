# SPDX-License-Identifier: BSD-3-Clause
"""Starts and ends child processes so that none outlives the lab."""

import ctypes
import os
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent(parent):
    """In the child: ask the kernel for SIGKILL when the parent ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def start(command, log):
    """Starts a program in a session of its own, with its messages in a log file."""
    parent = os.getpid()
    with open(log, "wb") as stream:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                                stderr=subprocess.STDOUT, start_new_session=True,
                                preexec_fn=lambda: _die_with_parent(parent))


def end(process):
    """Ends a process by its id: politely first, then for certain."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def exit_on_sigterm():
    """Turns SIGTERM into an exception, so that `with` blocks end their machines."""
    def handler(number, _frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGHUP, handler)
