# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Types the commands of the guides in a machine, literally.

The tags of the blocks are described in doc/guides/testing.rst.
"""

import os
import re
import signal
import sys
import unittest

from machine_dpdk import OWN
from powerlab import sets, suites
from support import ROOT, SUITE, LabCase
from testpmd import PROMPT

sys.path.insert(0, os.path.join(ROOT, "tests", "doc"))
import guide  # noqa: E402  (the path must be set first)

SECONDS = 120
# Ended by SIGINT: the shell by the signal, or with the status of the program that it had started.
INTERRUPTED = (0, -signal.SIGINT, 128 + signal.SIGINT)
# What stands at the prompt of root: no sudo, but the word.
_PREPARE = """
printf '#!/bin/sh\\nexec "$@"\\n' >/usr/bin/sudo
chmod 755 /usr/bin/sudo
"""


class TypedCase(LabCase):
    """A machine in which one types what a page says."""

    all_drivers = True
    seconds = SECONDS                   # that a block may take

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.run(_PREPARE).check()

    @classmethod
    def run_block(cls, block, running=None):
        """Types a block; what goes on until the end is put into `running`; returns the process."""
        process = cls.m.start("set -e\n" + guide.script(block))
        try:
            if block.tag.until:
                # Other threads print into the prompt of testpmd.
                process.read_until(block.tag.until.replace("testpmd> ", PROMPT), cls.seconds)
            if block.tag.keep:
                running.callback(cls.interrupt, process)
            elif block.tag.until:
                cls.interrupt(process)
            else:
                cls.check_status(process.wait(cls.seconds), block.tag.status, process)
        except BaseException:
            process.kill(signal.SIGKILL)
            raise
        if block.tag.prints and not re.search(block.tag.prints, process.output, re.M):
            raise AssertionError(f"'{block.tag.prints}' is not in {process.output[-3000:]}")
        return process

    @staticmethod
    def check_status(status, allowed, process):
        """It has ended as it should."""
        if status not in allowed:
            raise AssertionError(f"status {status}: {process.command}\n{process.output[-3000:]}")

    @classmethod
    def interrupt(cls, process):
        """As with Ctrl-C."""
        process.kill(signal.SIGINT)
        cls.check_status(process.wait(cls.seconds), INTERRUPTED, process)


class ProgramCase(TypedCase):
    """A program of Debian as it is, with the commands of its page in the guides."""

    page = None
    package = None
    seconds = 3 * SECONDS               # they start with Debian's 140 drivers, and large pools

    @classmethod
    def setUpClass(cls):
        if OWN:
            raise unittest.SkipTest(f"{cls.package} is linked with Debian's DPDK")
        packages = sets.programs(suites.get(SUITE))
        if cls.package not in packages:
            raise unittest.SkipTest(f"{SUITE} has no package {cls.package} with DPDK")
        cls.machine_options = {**cls.machine_options, "packages": packages}
        super().setUpClass()

    @classmethod
    def type_section(cls, title, running=None):
        """Types the blocks of a section, and writes its files; returns what was printed."""
        found = [block for block in guide.blocks(f"doc/guides/{cls.page}.rst")
                 if block.section == title and block.tag and block.tag.runner in ("own", "file")]
        if not found:
            raise AssertionError(f"nothing to type in '{title}'")
        printed = []
        for block in found:
            if block.tag.runner == "own":
                printed.append(cls.run_block(block, running))
            else:
                cls.write_file(block.tag.words[0], block.text + "\n")
        return printed

    @classmethod
    def write_file(cls, path, text):
        """Writes a file in the machine."""
        process = cls.m.start(f"mkdir -p $(dirname {path}) && cat >{path}", tty=False)
        process.write(text)
        process.close_stdin()
        process.wait(cls.seconds)
        process.result().check()
