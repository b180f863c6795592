# SPDX-License-Identifier: BSD-3-Clause
"""The default windows and sPAPR v1 on both platforms, and what PowerNV alone can do."""

import re
import unittest

import plugin_log
import strace
import testpmd
from default_window import CONFIG, FIRST, FRAMES, MEMORY_GROW, DefaultWindow
from support import GIGABYTE, MEGABYTE, LabCase
from testpmd import Testpmd

TERABYTE = 1024 * GIGABYTE
LOW_WINDOW = 8 * GIGABYTE               # all hugepages, and what lies below 4 GiB
ALL = 2 * LabCase.pages + 2048          # MiB of hugepages on bare metal


class PSeries(DefaultWindow, LabCase):
    """An LPAR: 1 GiB of default window, and hugepages of almost 1 GiB."""

    default_window = window = GIGABYTE
    too_much = 1020

    def test_narrow_device(self):
        """dma32=ADDRESS: one device that reaches 32 bits takes the others with it."""
        narrow = self.addresses[1]
        out = self.forward(f"dma32={narrow}", (0, 1), "-m 64", 64 * MEGABYTE, FRAMES // 10)
        self.assertIn(narrow, plugin_log.fallback(out))
        self.assertIn("32 address bits", plugin_log.fallback(out))
        out = testpmd.run(self.m, f"-m 64 {CONFIG}mode=ddw,dma32={narrow}").out
        self.assertIn(narrow, self.check_one_message(out, "DDW-param-value").what)
        self.assertEqual(testpmd.ports(out), 0)

    def test_memlock_forbids_the_window(self):
        """A limit that allows the default windows only: they are used, and it is said why."""
        large = "page_size=4K,window_size=16G"
        need, _ = self.need("mode=ddw," + large)
        need -= 4096
        out = self.limited(large, need)
        self.check_default(out, 2, 64 * MEGABYTE)
        self.assertIn("memlock limit", plugin_log.fallback(out))
        self.assertIn(f"{need} KiB", plugin_log.fallback(out))
        self.need("mode=ddw," + large, need)

    def test_wishes_that_cannot_be(self):
        """Firmware places windows here, and nobody changes a default window."""
        for config, word in (("window=low", "window=low"),
                             ("mode=dma32,page_size=64K", "page_size"),
                             ("mode=dma32,window_size=1G", "window_size")):
            with self.subTest(config=config):
                out = testpmd.run(self.m, f"-m 64 {self.allow((0, 1))} {CONFIG}{config}").out
                self.assertIn(word, self.check_one_message(out, "DDW-param-value").what)
                self.assertEqual(testpmd.ports(out), 0)

    def test_create_refused(self):
        """CREATE fails for both groups, as strace has it: the default windows are still there."""
        trace = "/tmp/strace"
        before = f"strace {strace.RAW} --seccomp-bpf -o {trace}"
        eal = f"-m 64 {self.allow((0, 1))} "
        sound = testpmd.run(self.m, eal, before=before, timeout=240)
        self.assertEqual(sound.rc, 0, sound.out[-1000:])
        self.check_release(sound.out)
        first = strace.place(self.m.get(trace).decode(), "create")
        # Each thread has a count of its own.
        before = (f"strace -f --seccomp-bpf -o {trace} -e trace=ioctl "
                  f"-e inject=ioctl:error=ENOMEM:when={first}..{first + 1}")
        done = testpmd.run(self.m, eal, before=before, timeout=240)
        out = done.out
        self.assertEqual(done.rc, 0, out[-3000:])
        self.assertEqual(plugin_log.message_ids(out), [], out[-3000:])
        found = plugin_log.setup(out)
        self.assertEqual((found["dma32"], found["groups"], found["creates"]), (1, 2, 2))
        self.assertRegex(plugin_log.fallback(out), "a window of 1G was refused: errno 12")
        self.check_release(out)
        # Nor are they used when that was not asked for.
        out = testpmd.run(self.m, f"{eal} {CONFIG}mode=ddw", before=before, timeout=240).out
        self.assertEqual(plugin_log.message_ids(out), ["DDW-create-refused"] * 2)
        self.assertEqual(testpmd.ports(out), 0)
        self.check_normal_start(eal=self.allow((0, 1)))

    def test_v1_calls(self):
        """ENABLE once per group; DISABLE and UNMAP, unless EAL has closed it; no REGISTER."""
        trace = "/tmp/strace"
        before = f"strace {strace.RAW} --seccomp-bpf -o {trace}"
        eal = f"-m 64 {self.small_pages} {self.allow((0, 1))} {CONFIG}mode=dma32,iommu=v1"
        out = testpmd.run(self.m, eal, before=before, timeout=240).out
        self.check_default(out, 2, 64 * MEGABYTE)
        self.assertIsNone(plugin_log.fallback(out))
        self.check_release(out)
        calls = strace.counts(self.m.get(trace).decode())
        # Groups that EAL has closed take their windows along.
        ends = 0 if self.release(out).closes_groups else 2
        self.assertEqual((calls["enable"], calls["disable"], calls["map"]), (2, ends, 2))
        self.assertEqual((calls["register"], calls["unregister"], calls["create"]), (0, 0, 0))
        # One more in each group: the first call is what makes the window.
        self.assertEqual(calls["unmap"], 2 + ends)


class PowerNV(DefaultWindow, LabCase):
    """Bare metal: 2 GiB of default window, hugepages of almost 3 GiB."""

    kind = "powernv9"
    window = 2 * GIGABYTE
    poison = 32 * MEGABYTE              # pages of 1G are aligned to 16 MiB
    too_much = 2560
    machine_options = {"memory": 6144, "kernel_args": "hugepagesz=1G hugepages=2"}
    large_pages = 2
    # EAL would ask for a page of 1G now and then, which no tight limit allows.
    small_pages = "--huge-dir /dev/hugepages"

    # Windows at bus address 0.

    def check_low(self, text, size, mapped=None):
        """The figures of a good start with window=low."""
        self.assertEqual(plugin_log.message_ids(text), [])
        found = plugin_log.setup(text)
        self.assertEqual((found["dma32"], found["groups"], found["start"], found["size"],
                          found["creates"]), (0, 2, 0, size, 2))
        if mapped is not None:
            self.assertEqual(found["mapped_bytes"], mapped)
        for group in plugin_log.groups(text):
            self.assertEqual((group.start, group.size, group.default), (0, size, "removed"))

    def test_low_window(self):
        """The default window makes room for one at 0; most memory is above 4 GiB."""
        with Testpmd(self.m, f"-m {ALL} {self.allow((0, 1))} {CONFIG}window=low") as pmd:
            self.check_low(pmd.output, LOW_WINDOW, ALL * MEGABYTE)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_low_window_leaves_out_32_bit_mmio(self):
        """No page is between the end of the default window and 4 GiB."""
        hole = f"{self.window} {4 * GIGABYTE - self.window}"
        out = self.m.run(f"{MEMORY_GROW} {testpmd.eal_words(self.allow((0, 1)))} "
                         f"{CONFIG}window=low -- {FIRST} {LOW_WINDOW - FIRST} 1 1 {hole}",
                         240).check().out
        self.check_low(out, LOW_WINDOW)
        full = re.search(r"phase=full .*bytes=(\d+) outside=0 shared=0", out)
        self.assertEqual(int(full[1]), ALL * MEGABYTE)
        self.check_ledger(out)
        self.check_hugepages_free()

    # Windows of a size that real machines need.

    def test_large_windows(self):
        """Tables of 4 MiB and of 256 MiB: the second one has two levels, known beforehand."""
        trace = "/tmp/strace"
        for text, size, levels in (("1T", TERABYTE, 1), ("64T", 64 * TERABYTE, 2)):
            with self.subTest(size=text):
                before = f"strace {strace.RAW},close -T --seccomp-bpf -o {trace}"
                out = testpmd.run(self.m, f"-m 256 {self.allow((0, 1))} "
                                          f"{CONFIG}window_size={text}", before=before).out
                self.assertEqual(plugin_log.message_ids(out), [])
                for group in plugin_log.groups(out):
                    self.assertEqual((group.size, group.levels, group.default),
                                     (size, levels, "kept"))
                self.check_release(out)
                calls = self.m.get(trace).decode()
                times = strace.seconds(calls, "create")
                self.assertEqual(len(times), 2)
                print(f"{text}: CREATE {', '.join(f'{1000 * time:.1f}' for time in times)} ms, "
                      f"longest close {1000 * strace.longest_close(calls):.1f} ms", flush=True)
                self.check_hugepages_free()

    def test_traffic_through_64t(self):
        """A table of two levels, filled when EAL takes pages."""
        with Testpmd(self.m, f"{self.allow((0, 1))} {CONFIG}window_size=64T") as pmd:
            self.assertEqual(pmd.setup["size"], 64 * TERABYTE)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_window_beyond_the_platform(self):
        """More than the tables can cover is refused, before anything is tried."""
        out = testpmd.run(self.m, f"{self.allow((0, 1))} {CONFIG}mode=ddw,page_size=4K,"
                                  f"window_size=65536T").out
        self.check_one_message(out, "DDW-window-too-large")
        self.assertEqual(testpmd.ports(out), 0)


if __name__ == "__main__":
    unittest.main()
