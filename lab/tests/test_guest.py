# SPDX-License-Identifier: BSD-3-Clause
"""Commands in the guest: what is told of one that does not end. No machine is started."""

import socket
import unittest

from powerlab.errors import GuestTimeout
from powerlab.guest import Client


class Timeout(unittest.TestCase):
    """An agent that never answers."""

    def test_message_says_what_the_guest_was_doing(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(theirs.close)
        client = Client(ours, None, lambda: "CPUs: NIP 1 LR 2\nthe kernel's last lines:\nbusy")
        self.addCleanup(client.close)
        with self.assertRaises(GuestTimeout) as caught:
            client.start("sleep 1").wait(0.01)
        self.assertIn("sleep 1\n", caught.exception.why)
        self.assertIn("CPUs: NIP 1 LR 2\nthe kernel's last lines:\nbusy", caught.exception.why)


if __name__ == "__main__":
    unittest.main()
