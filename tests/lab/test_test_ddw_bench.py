# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw bench on an LPAR, and what the program says when groups are not available."""

import json
import re
import unittest

import testpmd
from powerlab import Nic
from support import GIGABYTE, MEGABYTE, NO_IPC_LOCK, PAGE_2M, LabCase

FINE, LIMIT, FAIL, USAGE = range(4)
AS_USER = "setpriv --reuid 65534 --regid 65534 --clear-groups"
KILOBYTE = 1 << 10
COMMANDS = ("probe", "plan", "bench windows", "bench register", "bench map")


class Bench(LabCase):
    """An LPAR with two NICs."""

    nics = tuple(Nic("e1000e", bridge=bridge) for bridge in (1, 2))
    pages = 128                         # 256 MiB: amounts follow from that

    def tearDown(self):
        self.check_hugepages_free()
        super().tearDown()

    def bench(self, words, status=FINE):
        """Its report, and what it printed."""
        done = self.m.run(f"rm -f /tmp/bench.json; dpdk-test-ddw bench --json /tmp/bench.json "
                          f"{words}", timeout=180)
        self.assertEqual(done.rc, status, done.out)
        return json.loads(self.m.get("/tmp/bench.json")), done.out

    def creates(self):
        """What firmware has answered to the CREATEs of this test."""
        return re.findall(r"create-pe-dma-window.* returned (-?\d+)", self.kernel_log())

    def check(self, report, repeat):
        """Figures are positive and in order; returns the rows by part and name."""
        found = {}
        for row in report["figures"]:
            self.assertEqual(row["repetitions"], repeat, row)
            self.assertGreater(row["min"], 0, row)
            self.assertLessEqual(row["min"], row["median"], row)
            self.assertLessEqual(row["median"], row["max"], row)
            found.setdefault((row["part"], row["name"]), []).append(row)
        return found

    def test_all_parts(self):
        """Every part, EAL's among them; no CREATE was refused; the groups are as before."""
        report, out = self.bench("--repeat 2 --memory 64M -- -l 0 -m 64 --log-level=lib.eal:error")
        self.assertEqual(report["not_measured"], [])
        found = self.check(report, 2)
        sizes = {(GIGABYTE, PAGE_2M), (GIGABYTE, 64 * KILOBYTE)}
        amounts = {(64 * MEGABYTE, 1), (64 * MEGABYTE, 32), (4 * MEGABYTE, 1), (4 * MEGABYTE, 2),
                   (PAGE_2M, 1)}
        for name in ("create", "remove"):
            self.assertEqual({(row["window"], row["page"]) for row in found["windows", name]},
                             sizes)
        for name in ("register", "unregister"):
            self.assertEqual({(row["memory"], row["calls"]) for row in found["register", name]},
                             amounts)
        for name in ("map", "unmap"):
            self.assertEqual({(row["page"], row["memory"], row["calls"])
                              for row in found["map", name]},
                             {(page, *amount) for amount in amounts
                              for page in (4 * KILOBYTE, 64 * KILOBYTE, PAGE_2M)})
        self.assertEqual(len({name for part, name in found if part == "lookup"}), 5)
        self.assertEqual(len(found["pools", "get_put"]), 8)
        self.assertEqual(out.count(" us\n") + out.count(" ns\n"), len(report["figures"]))
        created = self.creates()
        self.assertGreaterEqual(len(created), 2 * len(sizes))
        self.assertEqual(set(created), {"0"})
        self.check_normal_start(frames=0)

    def test_one_process(self):
        """By name at the prompt: after each part the process has no memory locked."""
        with_prompt = self.m.start("echo $$ >/tmp/bench.pid; exec dpdk-test-ddw")
        with_prompt.read_until("RTE>>")
        for part in ("windows", "register", "map", "lookup"):
            with_prompt.write(f"{part}_perf_autotest\n")
            out = with_prompt.read_until("RTE>>", timeout=120)
            self.assertIn("Test OK", out)
            locked = self.m.run("grep VmLck /proc/$(cat /tmp/bench.pid)/status").check().out
            self.assertEqual(locked.split()[1:], ["0", "kB"])
            self.check_hugepages_free()
        with_prompt.write("quit\n")
        self.assertEqual(with_prompt.wait(30), 0)
        self.assertEqual(set(self.creates()), {"0"})

    def test_two_groups(self):
        """Both at once; a device that is not bound is an error."""
        report, _ = self.bench("windows map --repeat 1 --memory 2M "
                               + " ".join(f"--device {pci}" for pci in self.addresses))
        self.assertEqual(report["not_measured"], [])
        self.assertIn(("map", "unmap"), self.check(report, 1))
        _, out = self.bench("windows map --device 0009:00:01.0", FAIL)
        self.assertIn("--device 0009:00:01.0: no such device is bound to vfio-pci", out)
        self.assertEqual(out.count("dpdk-test-ddw: "), 1)

    def test_time_is_up(self):
        """The rest is left out, and named."""
        report, _ = self.bench("windows --seconds 1 --repeat 1000", FAIL)
        self.assertEqual(report["figures"], [])
        self.assertIn("the time limit was reached", report["not_measured"][0]["why"])

    def refused(self, text, prefix=""):
        """Each command that needs a group says so once, and no window is asked for."""
        before = self.creates()
        for command in COMMANDS:
            done = self.m.run(f"{prefix} dpdk-test-ddw {command} 2>&1 >/dev/null")
            with self.subTest(command=command):
                self.assertEqual(done.rc, FAIL, done.out)
                self.assertEqual(done.out.count("dpdk-test-ddw: "), 1, done.out)
                self.assertIn(text, done.out)
        self.assertEqual(self.creates(), before)

    def test_no_permission(self):
        """An ordinary user."""
        self.refused("DDW-group-not-given", AS_USER)

    def test_no_group(self):
        """Nothing is bound to vfio-pci."""
        self.addCleanup(self.m.bind_vfio)
        self.unbind(self.addresses)
        self.refused("no device is bound to vfio-pci")

    def test_group_in_use(self):
        """testpmd has both groups; then one of them is free."""
        with testpmd.Testpmd(self.m) as pmd:
            self.refused("DDW-group-busy")
            self.assertEqual(pmd.quit(), 0)
        with testpmd.Testpmd(self.m, f"-a {self.addresses[0]}") as pmd:
            self.assertEqual(self.m.run("dpdk-test-ddw probe").rc, LIMIT)
            report, _ = self.bench("windows --repeat 1")
            self.assertEqual(report["not_measured"], [])
            self.assertEqual(pmd.quit(), 0)

    def test_no_memory(self):
        """More than there is, no hugepages, and a limit of locked memory."""
        _, out = self.bench("map register --memory 4G", FAIL)
        self.assertIn("--memory 4G: only 256M of hugepages are free", out)
        self.without_small_pages()
        report, _ = self.bench("windows register map", FAIL)
        self.assertEqual(["no hugepage" in row["why"] for row in report["not_measured"]],
                         [True] * 3, report)
        self.m.hugepages("2M", self.pages)
        done = self.m.run(f"ulimit -l 1024; {NO_IPC_LOCK} dpdk-test-ddw bench map")
        self.assertEqual(done.rc, FAIL, done.out)
        self.assertIn("DDW-memlock", done.out)
        self.assertIn("ulimit -l", done.out)
        self.assertEqual(self.creates(), [])


if __name__ == "__main__":
    unittest.main()
