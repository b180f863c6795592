# SPDX-License-Identifier: BSD-3-Clause
"""The default windows, as both platforms have them: by sPAPR v2 and by v1."""

import os
import re

import plugin_log
import strace
import testpmd
from powerlab import Nic
from support import BUILD, MEGABYTE, NO_IPC_LOCK
from testpmd import Testpmd

MEMORY_GROW = "/opt/lab/memory_grow"
CONFIG = "-a vfio_spapr:config,"
FRAMES = 10_000
FIRST = 2 * MEGABYTE                    # hugepages do not start at bus address 0
WATCH = 10                              # seconds
_GROW_NAMES = ["start", "full", "half", "again", "empty"]


class DefaultWindow:
    """Tests for any machine with these NICs; a class names the machine and its window."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("igb", bridge=3, net="stream"), Nic("virtio-net-pci", bridge=4, net="stream"))
    window = 0                          # size of the default window
    poison = 4 * MEGABYTE               # top of the window, where nothing is ever mapped
    too_much = 0                        # "-m" that hugepages allow and the window does not
    small_pages = ""                    # EAL's option for pages of 2M only, where there are others

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "memory_grow"), MEMORY_GROW)

    def allow(self, devices):
        """EAL's options for some of the NICs."""
        return " ".join(f"-a {self.addresses[device]}" for device in devices)

    def check_default(self, text, groups, mapped=None):
        """The figures of a good start: the default windows, and no CREATE."""
        self.assertEqual(plugin_log.message_ids(text), [], text[-3000:])
        found = plugin_log.setup(text)
        self.assertIsNotNone(found, text[-2000:])
        self.assertEqual((found["dma32"], found["groups"], found["start"], found["size"],
                          found["page"], found["creates"]), (1, groups, 0, self.window, 4096, 0))
        if mapped is not None:
            self.assertEqual(found["mapped_bytes"], mapped)
        for group in plugin_log.groups(text):
            self.assertEqual((group.start, group.size, group.page, group.default),
                             (0, self.window, 4096, "kept"))
        return found

    def forward(self, config, devices, eal, mapped=None, frames=FRAMES):
        """One start, traffic between two NICs, one exit; returns the output."""
        with Testpmd(self.m, f"{eal} {self.allow(devices)} {CONFIG}{config}") as pmd:
            self.check_default(pmd.output, 2, mapped)
            result, stats = pmd.traffic(frames, ends=devices)
            self.check_traffic(result, frames, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()
        return pmd.output

    # sPAPR v2.

    def test_traffic(self):
        """Each driver, with memory that is there from the start and with memory that comes."""
        for devices in ((0, 1), (2, 3)):
            for eal, mapped in (("-m 256", 256 * MEGABYTE), ("", None)):
                with self.subTest(devices=devices, eal=eal):
                    out = self.forward("mode=dma32", devices, eal, mapped)
                    self.assertIsNone(plugin_log.fallback(out))
        self.check_normal_start(eal=self.allow((0, 1)))

    def grow(self, config, rounds=1):
        """Takes all memory there is room for and gives it back; returns phases and output."""
        result = self.m.run(f"{MEMORY_GROW} {testpmd.eal_words(self.allow((0, 1)))} "
                            f"{CONFIG}{config} -- 0 {self.window - self.poison} {rounds} 1 "
                            f"0 {FIRST}", 240)
        self.assertEqual(result.rc, 0, result.out[-3000:])
        phases = [dict(word.split("=") for word in line.split())
                  for line in re.findall(r"^memory: (.*)", result.out, re.M)]
        self.assertEqual([phase.pop("phase") for phase in phases],
                         _GROW_NAMES[:1] + _GROW_NAMES[1:] * rounds)
        phases = [{key: int(value) for key, value in phase.items()} for phase in phases]
        for phase in phases:
            self.assertEqual((phase["outside"], phase["shared"], phase["translated"],
                              phase["spoiled"]), (0, 0, 0, 0))
        self.assertEqual(plugin_log.setup(result.out)["dma32"], 1)
        self.check_ledger(result.out)
        self.check_hugepages_free()
        return phases, result.out

    def check_room(self, phases, out):
        """Memory grew up to the end of the window; a page of 1G more did not fit either."""
        room = self.window - self.poison - FIRST
        self.assertEqual(phases[1]["bytes"], min(room, self.pages * FIRST))
        self.assertEqual(set(plugin_log.message_ids(out)), {"DDW-window-full"})
        self.assertIn("default window", plugin_log.messages(out)[0].why)
        self.assertIn("less memory", plugin_log.messages(out)[0].fix)

    def test_growth(self):
        """Pages are pinned and mapped when EAL takes them, and let go when it frees them."""
        phases, out = self.grow("mode=dma32")
        self.check_room(phases, out)
        start = phases[0]
        for phase in phases[1:]:
            self.assertEqual((phase["locked_kib"] - start["locked_kib"]) * 1024,
                             phase["bytes"] - start["bytes"])
        self.assertEqual(phases[4]["bytes"], start["bytes"])

    def test_too_much_at_start(self):
        """More than the window holds: refused with the most that fits, which does fit."""
        result = testpmd.run(self.m, f"-m {self.too_much} {CONFIG}mode=dma32")
        message = self.check_one_message(result.out, "DDW-window-too-small")
        self.assertEqual(testpmd.ports(result.out), 0)
        self.assertIn(f"{self.too_much} MiB", message.what)
        self.assertIn("mode=dma32", message.why)
        most = int(re.search(r"-m (\d+)", message.fix)[1])
        self.assertGreater(most, (self.window - self.poison - FIRST) // MEGABYTE - 32)
        self.forward("mode=dma32", (0, 1), f"-m {most}", most * MEGABYTE, FRAMES // 10)

    def test_kill(self):
        """SIGKILL while frames flow; then dynamic windows as ever."""
        for config in ("mode=dma32", "iommu=v1"):
            with self.subTest(config=config):
                with Testpmd(self.m, f"{self.allow((0, 1))} {CONFIG}{config}") as pmd:
                    pmd.forward()
                    self.check_traffic(testpmd.send(self.m, 400), 400)
                    self.assertEqual(pmd.kill(), -9)
                self.check_hugepages_free()
        self.check_normal_start(eal=self.allow((0, 1)))

    # Wishes and limits.

    def limited(self, config, kib):
        """A start of two ports with a limit of locked memory; returns its output."""
        eal = f"-m 64 {self.small_pages} {self.allow((0, 1))} {CONFIG}{config}"
        return testpmd.run(self.m, eal, "--no-mlockall",
                           f"ulimit -l {kib}; exec {NO_IPC_LOCK}").out

    def need(self, config, kib=8192):
        """What the message about a limit that is too low names, in KiB."""
        out = self.limited(config, kib)
        self.assertEqual(testpmd.ports(out), 0)
        message = self.check_one_message(out, "DDW-memlock")
        return int(re.search(r"(\d+) KiB are needed", message.what)[1]), message

    def test_memlock(self):
        """The number that the message names is enough, and one less is not."""
        need, _ = self.need("mode=dma32")
        self.need("mode=dma32", need - 1)
        self.check_default(self.limited("mode=dma32", need), 2, 64 * MEGABYTE)
        need, message = self.need("iommu=v1")
        self.assertGreater(need * 1024, 2 * self.window)
        self.assertIn("sPAPR v1", message.why)
        self.check_default(self.limited("iommu=v1", need), 2, 64 * MEGABYTE)

    # sPAPR v1.

    def test_v1_traffic(self):
        """iommu=v1: the same windows, without REGISTER."""
        for devices, eal in (((0, 1), "-m 256"), ((2, 3), "")):
            with self.subTest(devices=devices):
                out = self.forward("iommu=v1", devices, eal)
                self.assertIn("sPAPR v1", plugin_log.fallback(out))
                self.assertEqual(plugin_log.setup(out)["registers"], 0)
        out = testpmd.run(self.m, f"{CONFIG}mode=ddw,iommu=v1").out
        self.assertEqual(set(plugin_log.message_ids(out)), {"DDW-no-ddw"})
        self.assertEqual(testpmd.ports(out), 0)

    def test_v1_growth(self):
        """Memory comes and goes; it does not count as locked, so no limit stops it."""
        phases, out = self.grow("iommu=v1")
        self.check_room(phases, out)
        self.assertEqual({phase["locked_kib"] for phase in phases}, {phases[0]["locked_kib"]})

    # While packets flow.

    def test_no_call_while_packets_flow(self):
        """Ten seconds of three running processes, one in each mode: no ioctl of VFIO."""
        modes = ("mode=ddw", "mode=dma32", "iommu=v1")
        running = []
        try:
            for device, config in enumerate(modes):
                pmd = Testpmd(self.m, f"--file-prefix p{device} {self.allow((device,))} "
                                      f"{CONFIG}{config}")
                running.append(pmd)
                self.assertEqual(pmd.setup["dma32"], int(config != "mode=ddw"))
            # Not before: see lab/README.md on devices that are used while others are opened.
            for pmd in running:
                pmd.forward("txonly")
            self.watch(running)
            for pmd in running:
                pmd.stop()
                self.assertGreater(pmd.port_stats()[0]["TX-packets"], 0)
            for pmd in running:
                self.assertEqual(pmd.quit(), 0)
                self.check_release(pmd.output)
        finally:
            for pmd in running:
                pmd.__exit__()
        self.check_hugepages_free()

    def watch(self, running):
        """strace on all threads for ten seconds, in which packets are sent and the prompt used."""
        pids = self.m.run("pgrep -x dpdk-testpmd").check().out.split()
        self.assertEqual(len(pids), len(running))
        words = " ".join(f"-p {pid}" for pid in pids)
        watcher = self.m.start(f"timeout -s INT {WATCH} strace {strace.RAW},write -o /tmp/watch "
                               f"{words}")
        # The last of them: all threads are watched then.
        watcher.read_until(f"Process {pids[-1]} attached", 30)
        before = [pmd.port_stats()[0]["TX-packets"] for pmd in running]
        watcher.wait(WATCH + 60)
        after = [pmd.port_stats()[0]["TX-packets"] for pmd in running]
        for low, high in zip(before, after):
            self.assertGreater(high, low + 1000)
        trace = self.m.get("/tmp/watch").decode()
        for pid in pids:
            self.assertRegex(trace, rf"(?m)^{pid} +write\(")
        self.assertEqual(strace.of_vfio(trace), [])
