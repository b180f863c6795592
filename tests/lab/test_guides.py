# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Types the commands of the guides that need a POWER machine, literally.

All of them share an LPAR with two NICs that is as bare as it boots, in the order of the
pages. The commands that boot a machine themselves are typed on the host.
"""

import contextlib
import os
import re
import subprocess
import time
import unittest

from machine_dpdk import PLUGIN, PMDS
from powerlab import Nic
from support import ROOT, STAGE, SUITE
from typist import SECONDS, TypedCase, guide

# A page may say where the plugin is, other than in the directory from which EAL loads it.
_ELSEWHERE = "/opt/ddw/librte_bus_vfio_spapr.so"
_MOVE = f"mkdir -p /opt/ddw && mv {PLUGIN} /opt/ddw"
_MOVE_BACK = f"mv /opt/ddw/librte_bus_vfio_spapr.so {PMDS}"


def blocks(runner):
    """The blocks with that tag, by page."""
    for page in guide.pages():
        found = [block for block in guide.blocks(page) if block.tag and block.tag.runner == runner]
        if found:
            yield page, found


class Guides(TypedCase):
    """One LPAR, in which nothing is prepared."""

    nics = (Nic("e1000e", bridge=1, net="a"), Nic("e1000e", bridge=2, net="a"))
    pages = 0                           # a page of the guides reserves them
    bind = False

    @classmethod
    def run_block(cls, block, running=None):
        """Types a block, with the plugin where it says."""
        with contextlib.ExitStack() as after:
            if _ELSEWHERE in guide.script(block):
                cls.m.run(_MOVE).check()
                after.callback(lambda: cls.m.run(_MOVE_BACK).check())
            return super().run_block(block, running)

    def test_blocks(self):
        """They end as the page says, and print what it says."""
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
