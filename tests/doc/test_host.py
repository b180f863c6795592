# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Types the commands of the guides that need no POWER machine, in a copy of the tree.

All of them share the copy, in the order of the pages, so that what one page has built the
next one finds. sudo does nothing here; what is installed goes into a folder, and is found there.
"""

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
import unittest

import guide

SECONDS = 900


def copy_tree(target):
    """The tree as it is, without what was built."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=guide.ROOT,
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        shutil.copytree(guide.ROOT, target, symlinks=True,
                        ignore=shutil.ignore_patterns("build", "results", "__pycache__", ".git"))
        return
    for name in listed.stdout.splitlines():
        source, copy = os.path.join(guide.ROOT, name), os.path.join(target, name)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)


class Host(unittest.TestCase):
    """Every block with the tag "host"."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.tree = os.path.join(folder.name, "tree")
        copy_tree(cls.tree)
        programs = os.path.join(folder.name, "bin")
        os.mkdir(programs)
        with open(os.path.join(programs, "sudo"), "w", encoding="utf-8") as stream:
            stream.write('#!/bin/sh\nexec "$@"\n')
        os.chmod(stream.name, 0o755)
        root = os.path.join(folder.name, "root")
        libraries = root + "/usr/local/lib"
        machine = sysconfig.get_config_var("MULTIARCH") or ""
        cls.environment = dict(
            os.environ, DESTDIR=root,
            PATH=os.pathsep.join((programs, root + "/usr/local/bin", os.environ["PATH"])),
            LD_LIBRARY_PATH=os.pathsep.join((libraries, os.path.join(libraries, machine))))

    def type_in(self, block):
        """Types a block; returns its exit status and its output."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(["bash", "-ec", guide.script(block)], cwd=self.tree,
                                       env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            try:
                if block.tag.until:
                    self.wait_for(process, output.name, block.tag.until)
                    os.killpg(process.pid, signal.SIGINT)
                status = process.wait(SECONDS)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            output.seek(0)
            return status, output.read()

    def wait_for(self, process, name, pattern):
        """Waits until a process that goes on has printed something."""
        limit = time.monotonic() + SECONDS
        with open(f"/proc/self/fd/{name}", encoding="utf-8", errors="replace") as stream:
            while not re.search(pattern, stream.read(), flags=re.M):
                stream.seek(0)
                self.assertIsNone(process.poll(), f"it ended without '{pattern}'")
                self.assertLess(time.monotonic(), limit, f"'{pattern}' did not appear")
                time.sleep(0.1)

    def test_blocks(self):
        """They end as the page says, and print what it says."""
        count = 0
        for page in guide.pages():
            for block in guide.blocks(page):
                # Those with an absolute name are for a machine of the lab.
                if block.tag and block.tag.runner == "file" \
                        and not os.path.isabs(block.tag.words[0]):
                    with open(os.path.join(self.tree, block.tag.words[0]), "w",
                              encoding="utf-8") as stream:
                        stream.write(block.text + "\n")
                if block.tag is None or block.tag.runner != "host":
                    continue
                with self.subTest(page=page, line=block.line):
                    started = time.monotonic()
                    status, text = self.type_in(block)
                    print(f"{page}:{block.line}: {time.monotonic() - started:.1f} s", flush=True)
                    self.assertIn(status, block.tag.status, text[-3000:])
                    if block.tag.prints:
                        self.assertRegex(text, re.compile(block.tag.prints, re.M))
                    count += 1
        self.assertGreater(count, 0)


if __name__ == "__main__":
    unittest.main()
