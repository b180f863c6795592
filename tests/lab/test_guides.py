# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Types the commands of the guides that need a POWER machine, literally.

All of them share an LPAR with two NICs that is as bare as it boots, in the order of the
pages. The commands that boot a machine themselves are typed on the host.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import unittest

from powerlab import Nic
from support import ROOT, STAGE, SUITE, LabCase

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
# A page may say where the plugin is, other than in the directory from which EAL loads it.
_ELSEWHERE = "/opt/ddw/librte_bus_vfio_spapr.so"
_MOVE = """
set -e
mkdir -p /opt/ddw
mv /usr/lib/*/dpdk/pmds-*/librte_bus_vfio_spapr.so /opt/ddw
"""
_MOVE_BACK = "mv /opt/ddw/librte_bus_vfio_spapr.so /usr/lib/*/dpdk/pmds-*/"


def blocks(runner):
    """The blocks with that tag, by page."""
    for page in guide.pages():
        found = [block for block in guide.blocks(page) if block.tag and block.tag.runner == runner]
        if found:
            yield page, found


class Guides(LabCase):
    """One LPAR, in which nothing is prepared."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="a"), Nic("e1000e", bridge=2, net="a"))
    pages = 0                           # a page of the guides reserves them
    bind = False

    def run_block(self, block, running):
        """Types a block; what goes on until the end of the page is put into `running`."""
        text = guide.script(block)
        if _ELSEWHERE in text:
            self.m.run(_MOVE).check()
        process = self.m.start("set -e\n" + text)
        try:
            if block.tag.until:
                process.read_until(block.tag.until, SECONDS)
            if block.tag.keep:
                running.callback(self.interrupt, process)
            elif block.tag.until:
                self.interrupt(process)
            else:
                self.assertIn(process.wait(SECONDS), block.tag.status, process.output[-3000:])
        except BaseException:
            process.kill(signal.SIGKILL)
            raise
        finally:
            if _ELSEWHERE in text:
                self.m.run(_MOVE_BACK).check()
        if block.tag.prints:
            self.assertRegex(process.output, re.compile(block.tag.prints, re.M))

    def interrupt(self, process):
        """As with Ctrl-C."""
        process.kill(signal.SIGINT)
        self.assertIn(process.wait(SECONDS), INTERRUPTED, process.output[-3000:])

    def test_blocks(self):
        """They end as the page says, and print what it says."""
        self.m.run(_PREPARE).check()
        typed, pages = [], list(blocks("lab"))
        self.assertTrue(pages)
        for page, found in pages:
            # DPDK 22.11 leaves the files of its pages, and dpdk-hugepages.py fails over them.
            self.m.run("rm -f /dev/hugepages*/*map_*").check()
            with contextlib.ExitStack() as running:
                for block in found:
                    # The same words on another page with the same tag show nothing new.
                    if (block.text, block.tag) in typed:
                        continue
                    typed.append((block.text, block.tag))
                    with self.subTest(page=page, line=block.line):
                        started = time.monotonic()
                        self.run_block(block, running)
                        print(f"{page}:{block.line}: {time.monotonic() - started:.1f} s",
                              flush=True)


class Tree(unittest.TestCase):
    """Commands that boot a machine, typed in the tree after "make ppc64el"."""

    def test_blocks(self):
        """They end as the page says, and print what it says."""
        self.assertTrue(os.path.isdir(STAGE), f"{STAGE} is missing: run 'make ppc64el'")
        pages = list(blocks("tree"))
        self.assertTrue(pages)
        for page, found in pages:
            for block in found:
                with self.subTest(page=page, line=block.line):
                    text = guide.script(block).replace("build/ppc64el/stage", STAGE)
                    done = subprocess.run(["bash", "-ec", text], cwd=ROOT, text=True,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, timeout=2 * SECONDS,
                                          env=dict(os.environ, SUITE=SUITE), check=False)
                    self.assertIn(done.returncode, block.tag.status, done.stdout[-3000:])
                    if block.tag.prints:
                        self.assertRegex(done.stdout, re.compile(block.tag.prints, re.M))


if __name__ == "__main__":
    unittest.main()
