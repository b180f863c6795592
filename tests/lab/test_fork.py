# SPDX-License-Identifier: BSD-3-Clause
"""Programs that call fork() after rte_eal_init(): the kernel lets the parent only map memory."""

import os
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, LabCase

FORK_CHILD = "/opt/lab/fork_child"
FRAMES = 1_000
# Without it EAL waits at the end for its message thread, which a child does not have.
NO_MESSAGES = "--no-shconf"


class Fork(LabCase):
    """An LPAR."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "fork_child"), FORK_CHILD)

    def command(self, what, eal=""):
        """The command line; it ends when the last of the processes has ended."""
        return (f"{FORK_CHILD} {testpmd.eal_words(f'-m 64 {eal}')} -- {what}; status=$?; "
                "while pgrep -x fork_child >/dev/null; do sleep 0.1; done; exit $status")

    def check_one_word(self, text):
        """The child's memory cannot be mapped; one message says so, and the parent has its own."""
        self.check_one_message(text, "DDW-forked")
        self.assertIn("child: memory no", text)
        self.assertIn("parent: memory yes", text)

    def test_child_takes_memory(self):
        """A helper process: its parent forwards, and is not harmed."""
        with testpmd.Program(self.m, self.command("helper"), "fork_child: ready") as parent:
            self.check_one_word(parent.output)
            self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)
            self.assertEqual(parent.quit(), 0, parent.output[-3000:])
        self.check_ledger(parent.output)
        self.check_hugepages_free()

    def test_child_cleans_up(self):
        """rte_eal_cleanup() in the child only forgets; then the parent grows, and ends."""
        done = self.m.run(self.command("cleanup", NO_MESSAGES), 120)
        self.assertEqual(done.rc, 0, done.out[-3000:])
        self.check_one_word(done.out)
        self.assertEqual(done.out.count("release: mapped_bytes=0 regions=0"), 2)
        self.check_hugepages_free()

    def test_parent_exits(self):
        """A daemon: the child forwards with what was mapped before, until it ends."""
        command = self.command("daemon", NO_MESSAGES)
        with testpmd.Program(self.m, command, "fork_child: ready") as child:
            self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)
            self.assertEqual(child.quit(), 0, child.output[-3000:])
        self.assertEqual(plugin_log.message_ids(child.output), [])
        self.check_hugepages_free()


if __name__ == "__main__":
    unittest.main()
