# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What telemetry answers, through DPDK's own socket and in its limits of size."""

import json
import os
import socket
import subprocess
import tempfile
import threading
import unittest

SCENE = os.environ["DDW_TELEMETRY_SCENE"]
EAL = ("--no-huge", "-m", "64", "--no-shconf", "--no-pci", "--lcores=0", "--log-level=error")
COMMANDS = ("explain", "groups", "info", "maps", "stats", "windows")
MAX_BYTES = 16384
LINE = 120
WINDOW = "0x800000000000000"
PAGE = 2 << 20


class Client:
    """One connection, as dpdk-telemetry.py makes it."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)
        self.socket.connect(os.path.join(folder, "dpdk_telemetry.v2"))
        self.limit = json.loads(self.socket.recv(1024))["max_output_len"]

    def ask(self, command):
        """The value of an answer; it must be JSON, and smaller than the largest one."""
        self.socket.send(command.encode())
        data = self.socket.recv(2 * MAX_BYTES)
        assert len(data) < MAX_BYTES - 200, f"{command}: {len(data)} bytes may be cut off"
        return json.loads(data)[command.split(",")[0]]


def lines_of(value):
    """All texts in an answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from lines_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from lines_of(part)


class Answers(unittest.TestCase):
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

    def act(self, words):
        """Something happens in the process; returns when it has."""
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        self.assertTrue(answer.endswith("done\n"), answer)
        return answer

    def ask(self, name):
        """The answer to a command of the plugin."""
        return self.client.ask("/vfio_spapr/" + name)

    def parts(self, name, kind, more):
        """All answers of a command that comes in parts: entries and number of questions."""
        entries, questions, query = [], 0, name
        while True:
            found = self.ask(query)
            questions += 1
            entries += [value for key, value in found.items() if key.startswith(kind)]
            if more not in found:
                return entries, questions
            query = f"{name},{found[more]}"

    def test_each_command_once_with_help(self):
        """Each is there once, with a help text."""
        known = [name for name in self.client.ask("/") if "vfio_spapr" in name]
        self.assertEqual(known, ["/vfio_spapr/" + name for name in COMMANDS])
        for name in known:
            self.assertGreater(len(self.client.ask(f"/help,{name}")[name]), 20)

    def test_answers_before_start(self):
        """Before a start every command has an answer."""
        for name in COMMANDS:
            self.assertIsNotNone(self.ask(name))
        self.assertEqual(self.ask("info")["state"], "idle")
        self.assertEqual(self.ask("groups")["total"], 0)
        self.assertEqual(self.ask("stats")["mapped_bytes"], 0)

    def test_figures_of_two_groups(self):
        """The figures are those of the simulated kernel."""
        self.act("start 2")
        self.act("map 3")
        info = self.ask("info")
        self.assertEqual((info["state"], info["mode"], info["groups_usable"], info["refused"]),
                         ("active", "ddw", 2, 0))
        self.assertEqual(info["parameters"]["mode"], "auto")
        windows = self.ask("windows")
        self.assertEqual(windows["main"]["start"], WINDOW)
        self.assertEqual(windows["main"]["size"], 1 << 31)
        # Two pages stay empty.
        self.assertEqual(windows["main"]["used"], 5 * PAGE)
        self.assertEqual(windows["main"]["used"] + windows["main"]["free"], 1 << 31)
        self.assertEqual(windows["small"]["page"], 4096)
        self.assertEqual({key for key in windows if key.startswith("group_")},
                         {"group_1", "group_2"})
        groups = self.ask("groups")
        self.assertEqual(groups["total"], 2)
        self.assertEqual(groups["group_1"]["devices"],
                         ["0001:00:01.0 vfio-pci", "0001:00:01.1 no driver"])
        self.assertEqual(groups["group_2"]["state"], "usable")
        maps = self.ask("maps")
        self.assertEqual(maps["map_1"], {"vaddr": "0x100000800000", "page": PAGE, "len": PAGE,
                                         "iova": "0x800000000200000", "groups": [1, 2]})
        stats = self.ask("stats")
        self.assertEqual((stats["mapped_bytes"], stats["mapped_pages"], stats["extents"]),
                         (3 * PAGE, 3, 3))
        self.assertEqual(stats["ioctls"]["MAP_DMA"]["calls"], 6)
        self.assertGreaterEqual(stats["ioctls"]["MAP_DMA"]["ns"],
                                stats["ioctls"]["MAP_DMA"]["longest_ns"])
        self.assertTrue(any("group 1 is used" in line for line in self.ask("explain")))
        self.act("stop 0")
        self.assertEqual(self.ask("info")["state"], "ended")
        self.assertEqual(self.ask("maps")["extents"], 0)
        self.assertEqual(self.ask("groups")["group_1"]["state"], "left")

    def test_maps_split_over_answers(self):
        """More than one answer holds: each extent once, in order."""
        self.act("start 8")
        self.act("map 100")
        maps, questions = self.parts("maps", "map_", "next")
        self.assertEqual([int(e["vaddr"], 0) for e in maps],
                         [0x100000000000 + i * 4 * PAGE for i in range(100)])
        self.assertEqual(len({e["iova"] for e in maps}), 100)
        self.assertEqual(maps[99]["groups"], [1, 2, 3, 4, 5, 6, 7, 8])
        self.assertEqual(questions, 4)
        self.assertIsNone(self.ask("maps,none"))
        self.assertIsNone(self.ask("maps,-1"))
        self.assertEqual(len(self.ask("maps,0x1000000000000")), 2)

    def test_refusals_not_cut_off(self):
        """Groups that are refused in the longest words: nothing is cut off."""
        self.act("start 8")
        self.act("refuse 20")
        groups, questions = self.parts("groups", ("group_", "device_"), "next")
        self.assertEqual(len(groups), 29)
        self.assertEqual(questions, 5)
        refused = [group for group in groups if group["state"] == "refused"]
        self.assertEqual(len(refused), 21)
        word = "".join(" " if i % 64 == 63 else chr(ord("a") + i % 26) for i in range(383))
        for group in refused:
            self.assertEqual(group["message"], "DDW-group-busy")
            self.assertEqual(" ".join(group["what"]), word[:319])
            self.assertEqual(" ".join(group["why"]), word)
        self.assertEqual(self.ask("info")["refused"], 21)
        words = list(self.ask("explain"))
        while words[-1].startswith("For more: /vfio_spapr/explain,"):
            words += self.ask(words[-1].rsplit("/", 1)[1])
        for number in range(100, 120):
            self.assertEqual(sum(f"group {number} is refused" in line for line in words), 1)
        # A message that no group stands for.
        self.assertTrue(any("DDW-memlock was reported 20 times" in line for line in words))
        self.assertFalse(any("DDW-group-busy was reported" in line for line in words))
        self.assertTrue(all(len(line) <= LINE for line in lines_of(words)))

    def test_failed_start_explained(self):
        """Why the plugin is not active."""
        self.act("fail 0")
        info = self.ask("info")
        self.assertEqual((info["state"], info["message"]), ("failed", "DDW-group-busy"))
        self.assertIn("the start failed", self.ask("explain")[0])

    def test_questions_at_any_moment(self):
        """Four clients ask while starts and ends follow each other."""
        stop, failures = threading.Event(), []

        def client(number):
            end = Client(self.folder)
            count = number
            try:
                while not stop.is_set():
                    end.ask("/vfio_spapr/" + COMMANDS[count % len(COMMANDS)])
                    count += 1
            except Exception as err:  # pylint: disable=broad-except
                failures.append(err)
            finally:
                end.socket.close()

        threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        rounds = int(self.act("race 3000").split()[0])
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(rounds, 3)


if __name__ == "__main__":
    unittest.main()
