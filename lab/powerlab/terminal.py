# SPDX-License-Identifier: BSD-3-Clause
"""Connects this terminal with a shell in the guest."""

import os
import select
import sys
import termios
import tty

from .errors import LabError


def _show(data):
    os.write(sys.stdout.fileno(), data)


def interact(machine):
    """Runs bash in the guest on this terminal until it ends; returns its status."""
    if not sys.stdin.isatty():
        raise LabError("'shell' needs a terminal", "standard input is not one",
                       "use 'lab/power run -- COMMAND' in scripts")
    size = os.get_terminal_size()
    command = f"stty rows {size.lines} cols {size.columns}; TERM=vt100 exec bash -i"
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd, termios.TCSADRAIN)     # keep what was typed during the boot
        shell = machine.start(command, echo=True, on_output=_show)
        while shell.rc is None:
            if select.select([fd], [], [], 0.1)[0]:
                shell.write(os.read(fd, 4096))
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
    return max(shell.rc, 0)
