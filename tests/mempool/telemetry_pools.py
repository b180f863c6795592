# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What telemetry tells of pools, through DPDK's own socket."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SCENE = os.environ["DDW_TELEMETRY_POOLS"]
EAL = ("--no-huge", "-m", "256", "--no-shconf", "--no-pci", "--iova-mode=va", "--lcores=0",
       "--log-level=error")
COMMANDS = ["/mempool_ddw/info", "/mempool_ddw/list"]
OBJECTS = 2000
WINDOW = 1 << 59
CHUNK = 256 << 10
MEMBERS = ["name", "mapping", "window", "iova_first", "iova_last", "objects", "available", "bytes",
           "page_size", "chunk_size", "chunks", "chunks_mapped", "chunks_idle", "gets",
           "demand_maps", "evictions", "map_failures", "no_room", "node", "node_bytes"]


class Client:
    """One connection, as dpdk-telemetry.py makes it."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Without a timeout: with one it fails while others are waiting for their turn.
        self.socket.connect(os.path.join(folder, "dpdk_telemetry.v2"))
        self.socket.settimeout(20)
        self.socket.recv(1024)

    def ask(self, command):
        """The value of an answer."""
        self.socket.send(command.encode())
        return json.loads(self.socket.recv(32768))[command.split(",")[0]]


class Pools(unittest.TestCase):
    """One process per test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ddw-")
        self.addCleanup(folder.cleanup)
        environment = dict(os.environ, RUNTIME_DIRECTORY=folder.name,
                           XDG_RUNTIME_DIR=folder.name)
        self.process = subprocess.Popen([SCENE, *EAL], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(self.end)
        for line in self.process.stdout:
            if line.startswith("ready "):
                self.folder = line.split()[1]
                break
        else:
            self.fail("the scene did not start")
        self.client = Client(self.folder)
        self.addCleanup(self.client.socket.close)

    def end(self):
        """The process has nothing to complain about at its end."""
        self.process.stdin.close()
        self.process.stdout.read()
        self.assertEqual(self.process.wait(20), 0)
        self.process.stdout.close()

    def act(self, *words):
        """Something happens in the process; returns when it has."""
        for word in words:
            self.process.stdin.write(word + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            self.assertTrue(answer.endswith("done\n"), answer)
        return answer

    def info(self, name):
        """State of one pool."""
        return self.client.ask("/mempool_ddw/info," + name)

    def list(self):
        """Names of all pools."""
        return self.client.ask("/mempool_ddw/list")

    def test_each_command_once_with_help(self):
        """Each is there once, with a help text."""
        known = [name for name in self.client.ask("/") if "mempool_ddw" in name]
        self.assertEqual(known, COMMANDS)
        for name in known:
            self.assertGreater(len(self.client.ask(f"/help,{name}")[name]), 20)

    def test_unknown_pool_answered_with_null(self):
        """Answered with null, as DPDK does."""
        self.assertEqual(self.list(), [])
        self.assertIsNone(self.client.ask("/mempool_ddw/info"))
        for name in ("", "none", "static_", "x" * 200):
            self.assertIsNone(self.info(name))

    def check_sums(self, found):
        """What must be true of each pool."""
        self.assertEqual(list(found), MEMBERS)
        self.assertEqual(found["chunk_size"], CHUNK)
        self.assertEqual(found["page_size"], os.sysconf("SC_PAGE_SIZE"))
        self.assertLessEqual(found["chunks_mapped"], found["chunks"])
        self.assertGreaterEqual(found["bytes"], found["objects"] * 1500)
        self.assertEqual(sum(found["node_bytes"].values()), found["bytes"])
        self.assertEqual(found["node"], -1)
        self.assertEqual((found["evictions"], found["map_failures"], found["no_room"]), (0, 0, 0))

    def test_growth_of_static_pool_seen(self):
        """All is mapped; growth is seen."""
        self.act("begin 0", "static 0")
        self.assertEqual(self.list(), ["static_0"])
        found = self.info("static_0")
        self.check_sums(found)
        self.assertEqual((found["mapping"], found["window"]), ("static", "dynamic"))
        self.assertEqual((found["objects"], found["available"]), (OBJECTS, OBJECTS))
        self.assertEqual(found["chunks"], found["chunks_mapped"])
        self.assertEqual((found["chunks_idle"], found["gets"], found["demand_maps"]), (0, 0, 0))
        self.assertEqual(int(found["iova_first"], 0), WINDOW)
        self.assertEqual(int(found["iova_last"], 0), WINDOW + found["bytes"] - 1)
        self.act("get 0")
        self.assertEqual(self.info("static_0")["available"], OBJECTS // 2)
        self.act("put 0", "grow 0")
        more = self.info("static_0")
        self.check_sums(more)
        self.assertGreaterEqual(more["objects"], 2 * OBJECTS)
        self.assertEqual(more["available"], more["objects"])
        self.assertGreater(more["bytes"], found["bytes"])
        self.act("static 1", "static 2", "static 3")
        self.assertEqual(self.list(), [f"static_{i}" for i in range(4)])
        self.act("end 0")
        self.assertEqual(self.list(), [])
        self.assertIsNone(self.info("static_0"))

    def test_chunks_mapped_when_objects_leave(self):
        """Chunks are mapped when objects leave, and stay idle when they are back."""
        self.act("begin 1", "demand 0", "demand 1", "demand 2", "demand 3")
        found = self.info("demand_1")
        self.assertEqual((found["mapping"], found["window"]), ("demand", "default"))
        self.assertEqual((found["chunks_mapped"], found["demand_maps"], found["gets"]), (0, 0, 0))
        self.assertNotIn("iova_first", found)
        self.act("get 1")
        found = self.info("demand_1")
        self.check_sums(found)
        self.assertEqual((found["available"], found["gets"]), (OBJECTS // 2, OBJECTS // 2))
        self.assertGreater(found["chunks_mapped"], 0)
        self.assertEqual(found["chunks_mapped"], found["demand_maps"])
        self.assertLess(int(found["iova_last"], 0), 1 << 32)
        self.act("put 1")
        found = self.info("demand_1")
        self.assertEqual((found["available"], found["chunks_idle"]),
                         (OBJECTS, found["chunks_mapped"]))
        self.assertEqual(self.info("demand_2")["gets"], 0)
        self.act("end 0")

    def test_questions_at_any_moment(self):
        """Four clients ask while a pool is made, grown, trimmed and freed."""
        self.act("begin 0", "static 0", "static 1", "static 2", "static 3", "race 0")
        stop, failures, seen = threading.Event(), [], set()

        def client():
            end = Client(self.folder)
            try:
                while not stop.is_set():
                    seen.update(end.ask("/mempool_ddw/list"))
                    for name in ("race", "static_0"):
                        found = end.ask("/mempool_ddw/info," + name)
                        assert name == "race" or found["objects"] == OBJECTS, found
            except Exception as err:  # pylint: disable=broad-except
                failures.append(err)
            finally:
                end.socket.close()

        threads = [threading.Thread(target=client) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(3)
        stop.set()
        for thread in threads:
            thread.join()
        rounds = int(self.act("still 0").split()[0])
        self.assertEqual(failures, [])
        self.assertGreater(rounds, 3)
        self.assertEqual(seen, {"race", *(f"static_{i}" for i in range(4))})
        print(f"{rounds} rounds", file=sys.stderr)
        self.act("end 0")


if __name__ == "__main__":
    unittest.main()
