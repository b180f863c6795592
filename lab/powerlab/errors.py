# SPDX-License-Identifier: BSD-3-Clause
"""The one kind of error that the lab shows to its user.

Every failure that can be foreseen ends as a LabError: what happened, why, and
what to do about it. The command line prints it as one message and exits with
status 1; a traceback therefore always means a defect of the lab itself.
"""

import errno
import functools
import sys

DISK_FULL = "free disk space, or set DDW_LAB_CACHE to a directory on a larger disk"


class LabError(Exception):
    """A failure with its cause and its remedy."""

    again = True            # another try within seconds may succeed
    unreachable = False     # nobody answers: another suite will not fare better
    packages_of = None      # the suite whose packages are not available

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


_FORESEEN = {
    errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL,
    errno.EACCES: "give this user the right to write there, or set DDW_LAB_CACHE to a directory "
                  "of its own",
    errno.EROFS: "set DDW_LAB_CACHE to a directory that can be written"}


def guarded(main):
    """A main() whose foreseeable failures end as one message and a status."""
    @functools.wraps(main)
    def run(*words):
        try:
            return main(*words)
        except LabError as err:
            print(err, file=sys.stderr)
            return 1
        except BrokenPipeError:
            return 141
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        except OSError as err:
            if err.errno not in _FORESEEN:
                raise
            print(LabError(f"cannot go on: {err.strerror}", str(err.filename or err.strerror),
                           _FORESEEN[err.errno]), file=sys.stderr)
            return 1
    return run
