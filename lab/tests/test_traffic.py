# SPDX-License-Identifier: BSD-3-Clause
"""The generator and checker against a forwarder that can be told to misbehave."""

import socket
import struct
import threading
import unittest

from powerlab import traffic
from powerlab.errors import LabError


def swap(frame):
    """What testpmd's macswap mode does."""
    return frame[6:12] + frame[0:6] + frame[12:]


class Forwarder:
    """Two socket pairs with a thread between them; `fault(n, frame)` returns frames to send."""

    def __init__(self, fault=lambda number, frame: [frame]):
        self.near_in, self._far_in = socket.socketpair()
        self.near_out, self._far_out = socket.socketpair()
        self._fault = fault
        self._threads = [threading.Thread(target=self._run, args=pair, daemon=True) for pair in
                         ((self._far_in, self._far_out), (self._far_out, self._far_in))]
        for thread in self._threads:
            thread.start()

    def _run(self, source, target):
        stream, number = source.makefile("rb"), 0
        while True:
            head = stream.read(4)
            if len(head) < 4:
                return
            frame = stream.read(struct.unpack(">I", head)[0])
            for out in self._fault(number, frame):
                try:
                    target.sendall(struct.pack(">I", len(out)) + out)
                except OSError:
                    return
            number += 1

    def close(self):
        for end in (self._far_in, self._far_out, self.near_in, self.near_out):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(5)
        for end in (self._far_in, self._far_out, self.near_in, self.near_out):
            end.close()


class TrafficTest(unittest.TestCase):

    def run_with(self, fault=lambda number, frame: [frame], frames=3000, **options):
        forwarder = Forwarder(fault)
        try:
            return traffic.run_traffic(forwarder.near_in, forwarder.near_out, frames=frames,
                                       idle_timeout=options.pop("idle_timeout", 1.0), **options)
        finally:
            forwarder.close()

    def test_clean_path(self):
        result = self.run_with()
        self.assertTrue(result.ok, result)
        self.assertEqual((result.sent, result.received), (3000, 3000))
        result.check()

    def test_all_sizes_are_sent(self):
        sizes = set()
        self.run_with(lambda number, frame: sizes.add(len(frame)) or [frame], frames=1455)
        self.assertEqual(sizes, set(range(60, 1515)))

    def test_jumbo(self):
        sizes = set()
        result = self.run_with(lambda number, frame: sizes.add(len(frame)) or [frame],
                               frames=9000, sizes=traffic.JUMBO)
        self.assertTrue(result.ok, result)
        self.assertEqual(sizes, set(range(60, 9015)))

    def test_macswap(self):
        self.assertTrue(self.run_with(lambda number, frame: [swap(frame)],
                                      transform="macswap").ok)

    def test_macswap_that_was_not_done(self):
        result = self.run_with(transform="macswap", frames=100)
        self.assertEqual(result.corrupted, 100)

    def test_function(self):
        """A program that changes the first byte; one that does not."""
        change = lambda frame: bytes([frame[0] ^ 1]) + frame[1:]
        self.assertTrue(self.run_with(lambda number, frame: [change(frame)],
                                      transform=change).ok)
        self.assertEqual(self.run_with(transform=change, frames=100).corrupted, 100)

    def test_a_function_each_way(self):
        """Each direction has its own change."""
        functions = tuple(lambda frame, end=end: frame[:-1] + end for end in (b"a", b"b"))
        results = self.run_with(lambda number, frame: [functions[frame[18]](frame)], both=True,
                                transform=functions)
        self.assertTrue(all(result.ok for result in results), results)

    def test_ipv4(self):
        """A router's view: addresses that change sides, and a correct checksum."""
        seen = set()

        def look(_number, frame):
            header = frame[14:34]
            self.assertEqual((header[0], header[9], traffic.checksum(header)), (0x45, 17, 0))
            self.assertEqual(struct.unpack(">H", header[2:4])[0], len(frame) - 14)
            self.assertEqual(struct.unpack(">H", frame[38:40])[0], len(frame) - 34)
            seen.add((frame[12:14], socket.inet_ntoa(header[12:16]),
                      socket.inet_ntoa(header[16:20])))
            return [frame]
        for result in self.run_with(look, both=True, ipv4=("198.18.0.7", "198.18.1.9")):
            self.assertTrue(result.ok, result)
        self.assertEqual(seen, {(b"\x08\0", "198.18.0.7", "198.18.1.9"),
                                (b"\x08\0", "198.18.1.9", "198.18.0.7")})

    def test_unknown_transformation(self):
        """A name that does not exist."""
        with self.assertRaisesRegex(LabError, "unknown transformation 'turn'"):
            self.run_with(transform="turn")

    def test_both_directions(self):
        for result in self.run_with(both=True):
            self.assertTrue(result.ok, result)

    def test_dropped_frames_are_lost(self):
        result = self.run_with(lambda number, frame: [] if number in (5, 77) else [frame])
        self.assertEqual((result.sent, result.lost, result.corrupted), (3000, 2, 0))
        with self.assertRaises(LabError):
            result.check()

    def test_more_losses_than_the_window_holds(self):
        result = self.run_with(lambda number, frame: [] if 100 <= number < 200 else [frame],
                               window=64, frames=400, idle_timeout=3.0)
        self.assertEqual((result.sent, result.lost), (400, 100))

    def test_flipped_bit_is_corruption(self):
        def flip(number, frame):
            if number == 9:
                frame = frame[:-1] + bytes([frame[-1] ^ 1])
            return [frame]
        result = self.run_with(flip)
        self.assertEqual((result.corrupted, result.lost, result.duplicated), (1, 0, 0))
        self.assertFalse(result.ok)

    def test_wrong_number_is_corruption(self):
        def renumber(number, frame):
            return [frame[:20] + b"\x01" + frame[21:]] if number == 9 else [frame]
        self.assertEqual(self.run_with(renumber).corrupted, 1)

    def test_truncated_and_padded_frames_are_corruption(self):
        def cut(number, frame):
            return [{3: frame[:-1], 4: frame + b"\0"}.get(number, frame)]
        self.assertEqual(self.run_with(cut).corrupted, 2)

    def test_duplicates(self):
        result = self.run_with(lambda number, frame: [frame] * (2 if number == 3 else 1))
        self.assertEqual((result.duplicated, result.lost), (1, 0))
        self.assertFalse(result.ok)

    def test_reordering(self):
        held = []

        def late(number, frame):
            if number == 3:
                held.append(frame)
                return []
            return [frame, held.pop()] if number == 6 else [frame]
        result = self.run_with(late)
        self.assertEqual((result.reordered, result.lost), (1, 0))
        self.assertFalse(result.ok)

    def test_foreign_frames_are_ignored(self):
        alien = bytes.fromhex("333300000016525400dd0000" "86dd") + bytes(60)
        result = self.run_with(lambda number, frame: [alien, frame] if number == 2 else [frame])
        self.assertEqual(result.foreign, 1)
        self.assertTrue(result.ok)

    def test_nothing_comes_back(self):
        result = self.run_with(lambda number, frame: [], frames=50, idle_timeout=0.5)
        self.assertEqual((result.received, result.lost), (0, 50))

    def test_enough(self):
        seen = []
        result = self.run_with(lambda number, frame: seen.append(number) or [frame],
                               enough=lambda: len(seen) >= 700, frames=1_000_000)
        self.assertTrue(result.ok, result)
        self.assertEqual(result.sent, len(seen))
        self.assertGreaterEqual(result.sent, 700)
        self.assertLess(result.sent, 1_000_000)

    def test_an_interruption_is_no_end(self):
        """Longer than the idle time-out: it goes on while it is not enough."""
        seen = []
        result = self.run_with(lambda number, frame: seen.append(number) or (
            [] if 100 <= number < 900 else [frame]), enough=lambda: len(seen) >= 1500,
            frames=1_000_000, idle_timeout=0.5)
        self.assertEqual((result.lost, result.received), (800, result.sent - 800))
        self.assertGreaterEqual(result.sent, 1500)

    def test_closed_connection_is_an_error(self):
        forwarder = Forwarder()
        forwarder.close()
        with self.assertRaises((LabError, OSError, ValueError)):
            traffic.run_traffic(forwarder.near_in, forwarder.near_out, frames=10)

    def test_the_seed_decides(self):
        one, same, other = (traffic.Frames(0, 10, traffic.SIZES, seed, "io").make(4)
                            for seed in (1, 1, 2))
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)


if __name__ == "__main__":
    unittest.main()
