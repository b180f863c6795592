# SPDX-License-Identifier: BSD-3-Clause
"""The command line of the lab: one sub-command per job."""

import argparse
import sys

from . import hostdeps, suites, sysroot
from .errors import LabError
from .progress import Progress


def _add_suite(parser):
    parser.add_argument("--suite", default="trixie", choices=sorted(suites.SUITES),
                        help="Debian suite (default: trixie)")


def parser():
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(prog="lab/power", description="Emulated POWER machines.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("deps", help="install the host packages that the project needs")
    command = commands.add_parser("sysroot", help="headers and libraries for cross-compilers")
    _add_suite(command)
    command.add_argument("--refresh", action="store_true", help="ask the mirror for news")
    return top


def _deps(_options, progress):
    hostdeps.install(progress)
    return 0


def _sysroot(options, progress):
    print(sysroot.build(options.suite, progress, options.refresh))
    return 0


_COMMANDS = {"deps": _deps, "sysroot": _sysroot}


def main(arguments=None):
    """Runs one sub-command; returns the exit status."""
    options = parser().parse_args(arguments)
    progress = Progress()
    try:
        return _COMMANDS[options.command](options, progress)
    except LabError as err:
        print(err, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
