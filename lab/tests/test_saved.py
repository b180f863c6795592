# SPDX-License-Identifier: BSD-3-Clause
"""Saved states: their names, the cache that keeps them, and the way through QEMU's monitor."""

import dataclasses
import io
import os
import tempfile
import unittest
from unittest import mock

from powerlab import cache, machine, nic, qemu, saved
from powerlab.errors import LabError
from powerlab.progress import Progress


class CacheCase(unittest.TestCase):
    """A cache of its own, and files that stand for an image."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        patch = mock.patch.dict(os.environ, {"DDW_LAB_CACHE": self.path("cache"),
                                             "DDW_LAB_SAVED": "1"})
        patch.start()
        self.addCleanup(patch.stop)
        for name in ("vmlinux", "disk", "overlay", "qemu"):
            with open(self.path(name), "w", encoding="ascii") as stream:
                stream.write(name)
        self.paths = qemu.Paths(self.path("vmlinux"), "initramfs-1.cpio", self.path("disk"),
                                self.path("console"), self.path("qmp"), self.path("agent"))
        patch = mock.patch.object(saved, "_emulator", lambda: self.path("qemu"))
        patch.start()
        self.addCleanup(patch.stop)

    def path(self, name):
        return os.path.join(self.folder, name)

    def state(self, name, size=3):
        """A state in the cache."""
        found = saved.State(name, self.path("disk"))

        def write(path):
            with open(path, "wb") as stream:
                stream.write(b"x" * size)
        found.save(write, "boot\n")
        return found

    def names(self):
        return sorted(os.listdir(self.path("cache/saved")))


class KeyTest(CacheCase):

    def key(self, nics=("e1000e@1,net=a",), preparation=(), paths=None, **options):
        return saved.key(qemu.Options(**options), [nic.parse(text) for text in nics],
                         paths or self.paths, list(preparation))

    def test_what_shapes_the_guest_is_in_it(self):
        keys = [self.key(), self.key(["e1000e@2"]), self.key(["e1000e@1,mq=on"]), self.key([]),
                self.key(memory=8192), self.key(kernel_args="quiet"), self.key(maxmem=False),
                self.key(bridges={1: {"ddw": "off"}}), self.key(numa=(2048, 2048)),
                self.key(preparation=[[["2M", 512]], True])]
        for name in ("overlay", "share", "out"):
            self.paths = dataclasses.replace(self.paths, **{name: self.path("overlay")})
            keys.append(self.key())
        self.paths.initrd = "initramfs-2.cpio"
        keys.append(self.key())
        for name in ("vmlinux", "disk", "qemu"):
            os.utime(self.path(name), (1, 1))
            keys.append(self.key())
        os.truncate(self.path("overlay"), 4096)
        keys.append(self.key())
        self.assertEqual(len(set(keys)), len(keys))

    def test_what_belongs_to_one_run_is_not(self):
        first = self.key()
        self.assertEqual(self.key(["e1000e@1,net=stream"]), first)
        self.paths.console = self.paths.qmp = self.paths.agent = "/elsewhere"
        self.assertEqual(self.key(), first)
        self.paths.overlay = self.path("overlay")
        first = self.key()
        with open(self.path("overlay"), "w", encoding="ascii") as stream:
            stream.write("changed")
        self.assertEqual(self.key(), first)

    def test_machines_that_boot_each_time(self):
        edu = [nic.parse("edu@1")]
        for options, nics in ((qemu.Options(kind="powernv9"), []), (qemu.Options(), edu),
                              (qemu.Options(icount=1), []), (qemu.Options(qemu_args=("-s",)), [])):
            self.assertIsNotNone(saved.obstacle(options, nics))
        self.assertIsNone(saved.obstacle(qemu.Options(), [nic.parse("igb@1")]))
        with mock.patch.dict(os.environ, {"DDW_LAB_SAVED": "0"}):
            self.assertIn("DDW_LAB_SAVED", saved.obstacle(qemu.Options(), []))


class StateTest(CacheCase):

    def test_made_and_discarded(self):
        found = saved.State("a", self.path("disk"))
        self.assertFalse(found.exists())
        found = self.state("a")
        self.assertTrue(found.exists())
        with open(found.console, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "boot\n")
        found.discard()
        self.assertFalse(found.exists())
        self.assertEqual(self.names(), [])

    def test_nothing_half_made(self):
        with self.assertRaises(LabError):
            saved.State("a", self.path("disk")).save(mock.Mock(side_effect=LabError("", "", "")),
                                                     "")
        self.assertEqual(self.names(), [])

    def test_what_a_killed_process_left_is_removed(self):
        os.makedirs(self.path("cache/saved/b.tmp"))
        os.makedirs(self.path("cache/saved/c"))
        self.state("a")
        self.assertEqual(self.names(), ["a"])

    def test_states_go_with_their_image(self):
        self.state("a")
        os.utime(self.path("disk"), (1, 1))
        self.state("b")
        self.assertEqual(self.names(), ["b"])

    def test_the_one_used_longest_ago_goes_first(self):
        with mock.patch.object(saved, "LIMIT", 50_000):
            for number, name in enumerate("abc"):
                found = self.state(name, 8192)
                os.utime(found.folder, (number, number))
            self.assertTrue(saved.State("a", self.path("disk")).exists())
            self.state("d", 8192)
        self.assertEqual(self.names(), ["a", "c", "d"])

    def test_full_disk(self):
        with mock.patch.object(saved, "_SPACE", 1 << 60), self.assertRaises(LabError):
            self.state("a")
        self.assertEqual(self.names(), [])


class Monitor:
    """Stands for QEMU's monitor: each command's answers, the last one again and again."""

    def __init__(self, **answers):
        self.answers, self.commands = answers, []

    def __call__(self, name, **arguments):
        self.commands.append((name, arguments) if arguments else name)
        answers = self.answers.get(name.replace("-", "_"), [{}])
        return answers.pop(0) if len(answers) > 1 else answers[0]


class MonitorTest(unittest.TestCase):

    def test_write(self):
        monitor = Monitor(query_migrate=[{"status": "active"}, {"status": "completed"}])
        saved.write(monitor, "/f")
        self.assertEqual(monitor.commands, ["stop", ("migrate", {"uri": "file:/f"}),
                                            "query-migrate", "query-migrate", "cont"])

    def test_a_machine_that_cannot_be_saved_goes_on(self):
        monitor = Monitor(query_migrate=[{"status": "failed", "error-desc": "No space"}])
        with self.assertRaisesRegex(LabError, "No space"):
            saved.write(monitor, "/f")
        self.assertEqual(monitor.commands[-1], "cont")

    def test_read(self):
        waiting, ready = ([{"label": "agent", "filename": name}]
                          for name in ("disconnected:unix:a", "unix:a"))
        monitor = Monitor(query_chardev=[waiting, ready],
                          query_status=[{"status": "inmigrate"}, {"status": "paused"}])
        saved.read(monitor, "/f")
        self.assertEqual(monitor.commands, [
            "query-chardev", "query-chardev", ("migrate-set-parameters", {"announce-rounds": 0}),
            ("migrate-incoming", {"uri": "file:/f"}), "query-status", "query-status", "cont"])


class FakeMachine(machine.Machine):
    """A machine without QEMU: notes what it would do."""

    def __init__(self, case, loads=True, saves=True):
        self.text = io.StringIO()
        super().__init__(progress=Progress(self.text), hugepages=[("2M", 1)])
        self._dir, self._paths = case.folder, case.paths
        self.done, self._loads, self._saves = [], loads, saves

    def _launch(self, command):
        self.done.append("load" if "-incoming" in command else "boot")

    def _wait_for_guest(self, started):
        pass

    def _connect(self):
        pass

    def run(self, command, timeout=60.0, on_output=None):
        marks = {"echo 0 >$c": "SLEEP", "remount": "WAKE", "nr_hugepages": "HUGEPAGES"}
        self.done.append(next(marks[mark] for mark in marks if mark in command))
        return mock.Mock(check=lambda: mock.Mock(out="1\n"))

    def qmp(self, name, **arguments):
        if name == "migrate":
            if not self._saves:
                raise LabError("QEMU refuses", "No space left on device", "")
            with open(arguments["uri"][5:], "w", encoding="ascii"):
                pass
        if name == "migrate-incoming" and not self._loads:
            raise ConnectionResetError("gone")
        return [] if name == "query-chardev" else {"status": "completed"}

    def begin(self):
        self._load_or_boot(["qemu"])
        return self.done


class FlowTest(CacheCase):

    BOOT = ["boot", "HUGEPAGES", "SLEEP", "WAKE"]

    def test_the_second_machine_is_loaded(self):
        self.assertEqual(FakeMachine(self).begin(), self.BOOT)
        self.assertEqual(FakeMachine(self).begin(), ["load", "WAKE"])

    def test_a_state_that_does_not_work_is_replaced(self):
        FakeMachine(self).begin()
        broken = FakeMachine(self, loads=False)
        self.assertEqual(broken.begin(), ["load", *self.BOOT])
        notices = [line for line in broken.text.getvalue().splitlines() if "notice" in line]
        self.assertEqual(notices, ["notice: a saved machine does not work, it boots instead: "
                                   "gone"])
        self.assertEqual(FakeMachine(self).begin(), ["load", "WAKE"])

    def test_a_full_disk_ends_nothing(self):
        full = FakeMachine(self, saves=False)
        self.assertEqual(full.begin(), self.BOOT)
        self.assertIn("notice: the machine is not saved: QEMU refuses: No space left on device",
                      full.text.getvalue())
        self.assertEqual(os.listdir(self.path("cache/saved")), [])

    def test_of_two_at_once_one_boots(self):
        first = FakeMachine(self)
        real = cache.lock

        def lock(name, progress=None):
            if name.startswith("saved-"):
                patch.stop()
                first.begin()           # the other one was faster
            return real(name, progress)
        patch = mock.patch.object(cache, "lock", lock)
        patch.start()
        second = FakeMachine(self).begin()
        self.assertEqual((first.done, second), (self.BOOT, ["load", "WAKE"]))


if __name__ == "__main__":
    unittest.main()
