# SPDX-License-Identifier: BSD-3-Clause
"""The one kind of error that the lab shows to its user.

Every failure that can be foreseen ends as a LabError: what happened, why, and
what to do about it. The command line prints it as one message and exits with
status 1; a traceback therefore always means a defect of the lab itself.
"""

DISK_FULL = "free disk space, or set DDW_LAB_CACHE to a directory on a larger disk"


class LabError(Exception):
    """A failure with its cause and its remedy."""

    unreachable = False     # nobody answers: another suite will not fare better

    def __init__(self, what, why, fix, log=None, transient=False):
        super().__init__(what)
        self.transient = transient      # the cause is elsewhere and may pass: a dead mirror
        self.what = what
        self.why = why
        self.fix = fix
        self.log = log

    def __str__(self):
        text = f"error: {self.what}\n  why: {self.why}\n  fix: {self.fix}"
        if self.log:
            text += f"\n  log: {self.log}"
        return text


class GuestTimeout(LabError):
    """A command in the guest, or the guest itself, did not finish in time."""

    def __init__(self, what, why, fix, output="", log=None):
        super().__init__(what, why, fix, log)
        self.output = output


def tail(text, lines=20):
    """The last lines of a log, for the 'why' of an error."""
    return "\n".join(text.rstrip().splitlines()[-lines:])
