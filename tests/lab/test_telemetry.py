# SPDX-License-Identifier: BSD-3-Clause
"""What telemetry tells, asked with DPDK's own client and compared with the log.

Bridges 1 and 2 are sound. Bridge 3 is poisoned: without maxmem= firmware refuses
the kernel a window for the virtio NIC, which it binds at boot.
"""

import json
import os
import unittest

import plugin_log
from powerlab import Nic
from support import MEGABYTE, RESULTS, SUITE, LabCase
from testpmd import Testpmd

PREFIX = "/vfio_spapr/"
COMMANDS = ("explain", "groups", "info", "maps", "stats", "windows")
NAME = "DDW-pe-poisoned"
FRAMES = 20_000
# Asks again and again until there is nobody to ask any more; prints how often.
_ASK_ON = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/var/run/dpdk/rte/dpdk_telemetry.v2")
s.recv(1024)
n = 0
try:
    while True:
        s.send(("/vfio_spapr/" + sys.argv[1 + n % len(sys.argv[1:])]).encode())
        data = s.recv(32768)
        if not data:
            break
        json.loads(data)
        n += 1
except OSError:
    pass
print("answers:", n)
"""
_OPS = {"creates": "CREATE", "registers": "REGISTER_MEMORY", "maps": "MAP_DMA"}


class Telemetry(LabCase):
    """Two NICs that work and one that is refused."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("virtio-net-pci", bridge=3))
    machine_options = {"maxmem": False}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.run(f"cat >/tmp/ask_on.py <<'END'\n{_ASK_ON}END").check()

    def ask(self, *commands):
        """{command: answer} by dpdk-telemetry.py, which prints one line for each."""
        words = "\\n".join(PREFIX + name for name in commands)
        out = self.m.run(f"printf '{words}\\n' | dpdk-telemetry.py", 120).check().out
        answers = {}
        for line in out.splitlines():
            if line.startswith('{"' + PREFIX):
                answers.update(json.loads(line))
        found = {name: answers.get(PREFIX + name.split(",")[0]) for name in commands}
        self.assertNotIn(None, found.values(), out[-3000:])
        return found

    def all_maps(self):
        """Every extent, asked for in parts."""
        maps, query = [], "maps"
        while query:
            found = self.ask(query)[query]
            maps += [value for key, value in found.items() if key.startswith("map_")]
            query = f"maps,{found['next']}" if "next" in found else None
        self.assertEqual(len(maps), found["extents"])
        self.assertEqual(sum(entry["len"] for entry in maps), found["mapped_bytes"])
        return maps

    def check_maps(self, maps, window):
        """Each extent lies in the main window; no two meet, neither here nor there."""
        start, end = int(window["start"], 0), int(window["start"], 0) + window["size"]
        for key in ("vaddr", "iova"):
            ranges = sorted((int(entry[key], 0), entry["len"]) for entry in maps)
            for (low, length), (high, _) in zip(ranges, ranges[1:]):
                self.assertLessEqual(low + length, high)
        for entry in maps:
            self.assertGreaterEqual(int(entry["iova"], 0), start)
            self.assertLessEqual(int(entry["iova"], 0) + entry["len"], end)
            self.assertEqual(entry["groups"], [1, 2])
        # Two pages stay empty.
        self.assertEqual(sum(entry["len"] for entry in maps) + 2 * window["page"], window["used"])

    def check_refused(self, group, message):
        """The refusal in the answer is that of the log, word by word."""
        self.assertEqual((group["state"], group["message"]), ("refused", NAME))
        for part in ("what", "why", "fix"):
            self.assertEqual(" ".join(group[part]), getattr(message, part))
        self.assertIn("virtio-pci", message.why)

    def test_answers(self):
        """Every command, against what the log says of the same start."""
        self.need_refusal()
        with Testpmd(self.m, "-m 256") as pmd:
            found = self.ask(*COMMANDS)
            log, message = pmd.setup, plugin_log.messages(pmd.output)[0]

            info = found["info"]
            self.assertEqual((info["state"], info["mode"], info["groups_usable"],
                              info["refused"]), ("active", "ddw", log["groups"], 1))
            self.assertIn(self.dpdk_version().split()[0], info["dpdk"])

            windows = found["windows"]
            for group in plugin_log.groups(pmd.output):
                told = windows[f"group_{group.number}"]
                self.assertEqual((int(told["start"], 0), told["size"], told["page"],
                                  told["levels"], told["default_window"]),
                                 (group.start, group.size, group.page, group.levels,
                                  group.default))
            self.assertNotIn("group_3", windows)
            self.assertEqual(windows["main"]["used"],
                             log["mapped_bytes"] + 2 * windows["main"]["page"])
            self.assertEqual(windows["main"]["used"] + windows["main"]["free"], log["size"])
            self.assertEqual(windows["small"]["page"], 4096)

            groups = found["groups"]
            self.assertEqual(groups["total"], 3)
            for number in (1, 2):
                group = groups[f"group_{number}"]
                self.assertEqual((group["state"], group["devices"], group["iommu"]),
                                 ("usable", [f"{self.addresses[number - 1]} vfio-pci"], "v2"))
                self.assertEqual(group["page_sizes"], "4K 64K 2M 16M")
                self.assertEqual(group["default_window_size"], self.default_window)
            self.check_refused(groups["group_3"], message)

            stats = found["stats"]
            self.assertEqual((stats["mapped_bytes"], stats["mapped_pages"]),
                             (log["mapped_bytes"], 128))
            for name, op in _OPS.items():
                self.assertEqual(stats["ioctls"][op]["calls"], log[name])
            self.assertEqual(stats["ioctls"]["CREATE"]["errors"], 1)
            for op in stats["ioctls"].values():
                self.assertLessEqual(op["longest_ns"], op["ns"])
                self.assertEqual(op["calls"] == 0, op["ns"] == 0)
            self.check_maps(self.all_maps(), windows["main"])

            text = " ".join(line.strip() for line in found["explain"])
            for part in (message.what, message.why, message.fix, "until the next reboot",
                         "group 1", "is used", hex(log["start"])):
                self.assertIn(part, text)
            self.write_answers(found)
            self.assertEqual(pmd.quit(), 0)

    def write_answers(self, found):
        """The real answers, for the documentation."""
        os.makedirs(RESULTS, exist_ok=True)
        path = os.path.join(RESULTS, f"telemetry-{SUITE}.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(found, stream, indent=1)
            stream.write("\n")

    def test_changes(self):
        """Memory that grows page by page, a group that leaves and comes back."""
        with Testpmd(self.m, f"-a {self.addresses[0]} -a {self.addresses[1]}") as pmd:
            found = self.ask("windows", "stats")
            self.assertGreater(found["stats"]["mapped_bytes"], pmd.setup["mapped_bytes"])
            self.check_maps(self.all_maps(), found["windows"]["main"])
            for command in ("port stop 0", "port close 0",
                            f"device detach {self.addresses[0]}"):
                pmd.command(command)
            found = self.ask("groups", "windows", "explain", "info")
            self.assertEqual(found["groups"]["group_1"]["state"], "left")
            self.assertEqual(found["info"]["groups_usable"], 1)
            self.assertNotIn("group_1", found["windows"])
            self.assertIn("is no longer used", " ".join(found["explain"]))
            pmd.command(f"port attach {self.addresses[0]}")
            found = self.ask("groups", "windows", "info")
            self.assertEqual(found["groups"]["group_1"]["state"], "usable")
            self.assertEqual(found["windows"]["group_1"], found["windows"]["group_2"])
            self.assertEqual(pmd.quit(), 0)

    def test_default_window(self):
        """mode=dma32 is told as such."""
        with Testpmd(self.m, f"-m 64 -a {self.addresses[0]} -a {self.addresses[1]} "
                             "-a vfio_spapr:config,mode=dma32") as pmd:
            found = self.ask("info", "windows", "stats", "explain")
            self.assertEqual((found["info"]["mode"], found["info"]["parameters"]["mode"]),
                             ("dma32", "dma32"))
            self.assertEqual((found["windows"]["main"]["window"],
                              found["windows"]["main"]["page"]), ("default", 4096))
            self.assertNotIn("small", found["windows"])
            self.assertEqual(found["stats"]["mapped_bytes"], 64 * MEGABYTE)
            self.assertIn("the default windows", " ".join(found["explain"]))
            self.assertEqual(pmd.quit(), 0)

    def test_fallback(self):
        """Tables that the memlock limit forbids: the default windows, with the reason."""
        eal = (f"-m 64 -a {self.addresses[0]} -a {self.addresses[1]} "
               "-a vfio_spapr:config,window_size=1T,page_size=4K")
        limit = "ulimit -l 300000; exec setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock"
        with Testpmd(self.m, eal, "--no-mlockall", limit) as pmd:
            found = self.ask("info", "explain")
            self.assertEqual((found["info"]["mode"], found["info"]["parameters"]["mode"]),
                             ("dma32", "auto"))
            reason = " ".join(found["info"]["fallback"])
            self.assertIn(reason, pmd.output)
            self.assertIn(reason, " ".join(found["explain"]))
            print(reason)
            self.assertEqual(pmd.quit(), 0)

    def test_failed_start(self):
        """A start that fails says why to those who ask later."""
        with Testpmd(self.m, "-a vfio_spapr:config,page_size=3M") as pmd:
            message = self.check_one_message(pmd.output, "DDW-param-value")
            info = self.ask("info")["info"]
            self.assertEqual((info["state"], info["message"], info["groups_usable"]),
                             ("failed", "DDW-param-value", 0))
            self.assertEqual(" ".join(info["why"]), message.why)
            self.assertEqual(pmd.quit(), 0)

    def test_no_commands_when_off(self):
        """mode=off: no command either."""
        with Testpmd(self.m, "-a vfio_spapr:config,mode=off") as pmd:
            out = self.m.run("echo / | dpdk-telemetry.py", 60).check().out
            self.assertIn("/ethdev/list", out)
            self.assertNotIn(PREFIX, out)
            self.assertEqual(pmd.quit(), 0)

    def test_asked_all_the_time(self):
        """Two clients that never stop asking: no frame is lost, no end is disturbed."""
        words = " ".join(COMMANDS)
        with Testpmd(self.m, f"-a {self.addresses[0]} -a {self.addresses[1]}") as pmd:
            clients = [self.m.start(f"python3 /tmp/ask_on.py {words}") for _ in range(2)]
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            for _ in range(3):
                for command in ("port stop 1", "port close 1",
                                f"device detach {self.addresses[1]}",
                                f"port attach {self.addresses[1]}"):
                    pmd.command(command)
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
            for client in clients:
                self.assertEqual(client.wait(60), 0)
                count = int(client.output.split("answers:")[1])
                self.assertGreater(count, 100)
                print(f"{count} answers")


if __name__ == "__main__":
    unittest.main()
