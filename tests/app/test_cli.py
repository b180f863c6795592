# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw as a user calls it, on a machine that is no POWER machine or has no devices."""

import json
import os
import platform
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["DDW_TEST_DDW"]
FINE, LIMIT, FAIL = range(3)

LPAR = {
    "comment": "an LPAR of 4 TiB",
    "groups": [
        {"name": "0001:00:01.0", "pages": ["4K", "64K", "2M"], "windows": 2},
        {"name": "0002:00:01.0", "pages": ["4K", "64K", "2M", "16M"], "windows": 2},
    ],
    "hugepages": [{"size": "2M", "total": "4T", "start": "3T"}],
}


def run(*words, program=PROGRAM, stdout=subprocess.PIPE):
    """Exit status, standard output, standard error."""
    done = subprocess.run([program, *words], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Here(unittest.TestCase):
    """The machine that runs the tests."""

    @unittest.skipIf(platform.machine().startswith("ppc64"), "needs a machine that is not POWER")
    def test_doctor_fails_without_power(self):
        """Not POWER: status 2, and the same in JSON."""
        status, out, err = run("doctor")
        self.assertEqual((status, err), (FAIL, ""))
        self.assertIn("64-bit POWER", out)
        status, out, _ = run("doctor", "--json")
        report = json.loads(out)
        self.assertEqual((status, report["status"]), (FAIL, FAIL))
        self.assertEqual(report["findings"][0]["topic"], "platform")

    @unittest.skipIf(platform.machine().startswith("ppc64"), "needs a machine that is not POWER")
    def test_plan_fails_without_power(self):
        """No windows here; a file can be looked at all the same."""
        for command in ("plan", "probe"):
            status, out, err = run(command)
            self.assertEqual((status, out, err.count("\n")), (FAIL, "", 1))
            self.assertIn("only 64-bit POWER has DMA windows", err)
            self.assertIn("--simulate", err)


class Simulated(unittest.TestCase):
    """Machines in files."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, text):
        """A file with that text, or with a machine."""
        path = os.path.join(self.folder.name, "machine.json")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def plan(self, machine, *words):
        """A plan for a machine."""
        return run("plan", "--simulate", self.file(machine), *words)

    def test_plan_of_lpar(self):
        """4 TiB of 2M pages in one window each."""
        status, out, err = self.plan(LPAR)
        self.assertEqual((status, err), (FINE, ""))
        self.assertIn("dynamic windows of 8T for 2 of 2 groups; 3T mapped at start", out)
        self.assertRegex(out, r"0001:00:01.0: 8T .*, 2M pages .*, 1 level, .*; tables of 34M\n")

    def test_plan_follows_memory_and_config(self):
        """-m and the plugin's parameters."""
        status, out, _ = self.plan(LPAR, "--memory", "512M", "--config", "window_size=1G")
        self.assertEqual(status, FINE)
        self.assertIn("dynamic windows of 1G for 2 of 2 groups; 512M mapped at start", out)
        status, out, _ = self.plan(LPAR, "--memory", "512M", "--config", "mode=dma32")
        self.assertEqual(status, LIMIT)
        self.assertIn("default windows of 1G", out)

    def test_impossible_plan_has_message(self):
        """What cannot be planned has the message of the plugin, and status 2."""
        status, out, _ = self.plan(LPAR, "--config", "mode=dma32")
        self.assertEqual(status, FAIL)
        self.assertIn("no plan: DDW-window-too-small", out)
        status, out, _ = self.plan(LPAR, "--config", "page_size=32K")
        self.assertEqual(status, FAIL)
        self.assertIn("DDW-page-not-offered", out)

    def test_plan_refuses_one_group(self):
        """A group without dynamic windows, another with."""
        machine = dict(LPAR, groups=[LPAR["groups"][0], LPAR["groups"][1],
                                     {"name": "0003:00:01.0", "windows": 0}])
        status, out, _ = self.plan(machine)
        self.assertEqual(status, LIMIT)
        self.assertIn("0003:00:01.0: refused: DDW-no-ddw", out)
        self.assertIn("for 2 of 3 groups", out)

    def test_plan_respects_memlock(self):
        """A limit that does not suffice."""
        status, out, _ = self.plan(dict(LPAR, memlock="64M"))
        self.assertEqual(status, FAIL)
        self.assertIn("DDW-memlock", out)

    def test_probe_prints_capabilities(self):
        """What GET_INFO would say."""
        status, out, _ = run("probe", "--simulate", self.file(LPAR))
        self.assertEqual(status, FINE)
        self.assertIn("0002:00:01.0: default window at 0x0, 1G; 2 dynamic windows, IOMMU pages "
                      "of 4K 64K 2M 16M, 1 level", out)


if __name__ == "__main__":
    unittest.main()
