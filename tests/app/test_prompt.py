# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""The prompt of dpdk-test-ddw and its self-tests as a user calls them, without a group to test."""

import json
import os
import platform
import pty
import subprocess
import unittest

PROGRAM = os.environ["DDW_TEST_DDW"]
FINE, LIMIT, FAIL, USAGE = range(4)
SKIPPED = 77
TESTS = ("window_sizes", "page_sizes", "map_order", "partial_unmap", "limits", "restart",
         "dma_edu")
IS_POWER = platform.machine().startswith("ppc64")
NO_GROUP = ("no IOMMU group can be used; bind a device to vfio-pci" if IS_POWER
            else "only 64-bit POWER has DMA windows")


def run(*words, text="", **environment):
    """Exit status, standard output, standard error; "text" is typed."""
    settings = {name: value for name, value in os.environ.items()
                if not name.startswith("DPDK_TEST")}
    settings.update(environment)
    done = subprocess.run([PROGRAM, *words], input=text, capture_output=True, text=True,
                          check=False, timeout=60, env=settings)
    return done.returncode, done.stdout, done.stderr


class Selftest(unittest.TestCase):
    """The command by itself."""

    def test_list_names_tests_and_cases(self):
        """Each test has a line, with its cases."""
        status, out, err = run("selftest", "--list")
        self.assertEqual((status, err), (FINE, ""))
        self.assertEqual([line.split()[0] for line in out.splitlines()], list(TESTS))
        self.assertIn(" even_odd ", out)

    def test_missing_group_reported(self):
        """Nothing is bound to vfio-pci here: said, with the remedy, and status 2."""
        for words in ([], ["--json"], ["--test", "limits"]):
            status, out, err = run("selftest", *words)
            self.assertEqual((status, out), (FAIL, ""))
            self.assertIn(NO_GROUP, err)
            self.assertEqual(err.count("\n"), 1, err)

    def refused(self, text, *words):
        """One message, status 3, and nothing was run."""
        status, out, err = run("selftest", *words)
        self.assertEqual((status, out), (USAGE, ""), err)
        self.assertIn(text, err)

    def test_wrong_use_refused(self):
        """What is wrong is named."""
        self.refused('there is no test "speed"', "--test", "speed")
        self.refused("--seed lots is not a number", "--seed", "lots")
        for value in ("", "-1", " 1", "9223372036854775808", "99999999999999999999"):
            self.refused(f"--seed {value} is not a number", "--seed", value)
        self.refused('selftest takes no "now"', "now")
        self.refused("usage: dpdk-test-ddw selftest", "--xml")
        self.refused("usage: dpdk-test-ddw selftest", "--device")
        self.refused("there is no PCI device 00:1.0 with an IOMMU group", "--device", "00:1.0")
        self.refused("ffff:00:00.0 is not QEMU's edu device", "--edu", "ffff:00:00.0")
        self.refused("more than 64 groups", *["--device", "0000:00:00.0"] * 65)

    def test_help_printed(self):
        """Help is no error."""
        status, out, err = run("selftest", "--help")
        self.assertEqual((status, err), (FINE, ""))
        self.assertIn("usage: dpdk-test-ddw selftest", out)


class Prompt(unittest.TestCase):
    """What is typed, or comes from a pipe."""

    def test_end_of_input_ends_prompt(self):
        """No line at all: the prompt, and the end."""
        status, out, err = run()
        self.assertEqual((status, out, err), (FINE, "RTE>>\n", ""))

    def test_list_names_tests_and_commands(self):
        """All tests and commands are listed."""
        for word in ("list", "help"):
            status, out, err = run(text=f"{word}\nquit\n")
            self.assertEqual((status, err), (FINE, ""))
            for name in [f"{test}_autotest" for test in TESTS] + ["doctor", "plan", "probe",
                                                                 "selftest", "quit"]:
                self.assertIn(f"\n{name} ", out)

    def test_commands_run_repeatedly(self):
        """Commands with and without options, several times in one life."""
        _, out, err = run(text="doctor --json\ndoctor\nplan --memory x\nplan --memory 1G\n"
                               "doctor --json\nquit\n")
        parts = out.split("RTE>>")
        self.assertEqual(json.loads(parts[1].partition("\n")[2]),
                         json.loads(parts[5].partition("\n")[2]))
        self.assertIn("fail ", parts[2])
        self.assertIn("--memory x is not a size", err)
        self.assertIn("only 64-bit POWER has DMA windows", err)

    def test_impossible_test_skipped(self):
        """A test that cannot run here is skipped."""
        status, out, err = run(text="limits_autotest\nrestart_autotest\nquit\n")
        self.assertEqual((status, out.count("\nTest Skipped\n")), (FINE, 2), out)
        self.assertEqual(err.count(NO_GROUP), 2)

    def test_prompt_survives_nonsense(self):
        """It is said, and the prompt goes on."""
        for line in ("speed_autotest", "limits_autotest now", "quit now", "\t\x01\x7f", "x" * 2000,
                     "plan " + "--memory " * 300, "\x1b[A\x1b[B", "#"):
            status, out, _ = run(text=f"{line}\nlist\nquit\n")
            self.assertEqual(status, FINE, line)
            self.assertNotIn("Test OK", out)
            self.assertIn("leave the prompt", out, line)

    def test_terminal_completes_names(self):
        """On a terminal: a command, completion, quit."""
        ours, theirs = pty.openpty()
        with subprocess.Popen([PROGRAM], stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            os.write(ours, b"part\t\nquit\n")
            seen = b""
            try:
                while part := os.read(ours, 4096):
                    seen += part
            except OSError:
                pass                    # the other end was closed
            self.assertEqual(process.wait(60), FINE)
        os.close(ours)
        self.assertIn(b"partial_unmap_autotest", seen)
        self.assertIn(b"Test Skipped", seen)


class Batch(unittest.TestCase):
    """Tests by name, as arguments and with DPDK_TEST."""

    def test_status_is_77_when_skipped(self):
        """77, as other test programs of DPDK, for what cannot run here."""
        status, out, err = run("map_order_autotest", "limits_autotest")
        self.assertEqual((status, out.count("Test Skipped")), (SKIPPED, 2))
        self.assertIn(NO_GROUP, err)
        status, out, _ = run(DPDK_TEST="map_order_autotest")
        self.assertEqual((status, out.count("Test Skipped")), (SKIPPED, 1))
        status, out, _ = run("limits_autotest", DPDK_TEST="map_order_autotest")
        self.assertEqual((status, out.count("Test Skipped")), (SKIPPED, 2))

    def test_status_is_that_of_failed_command(self):
        """Commands too; the status is theirs, and the first failure is the last command."""
        status, out, _ = run(DPDK_TEST="list")
        self.assertEqual(status, FINE)
        self.assertIn("limits_autotest", out)
        status, out, _ = run("limits_autotest", "probe", "limits_autotest")
        self.assertEqual((status, out.count("Test Skipped")), (FAIL, 1))
        status, out, _ = run(DPDK_TEST="plan --memory 1G")
        self.assertEqual(status, FAIL)

    def test_dpdk_test_skip_followed(self):
        """DPDK_TEST_SKIP names tests that shall not run."""
        status, out, err = run("limits_autotest", "map_order_autotest",
                               DPDK_TEST_SKIP="dma_edu_autotest,limits_autotest")
        self.assertEqual((status, out.count("Test Skipped")), (SKIPPED, 1))
        self.assertIn("Skipping limits_autotest [DPDK_TEST_SKIP]", err)

    def test_unknown_name_runs_nothing(self):
        """Nothing is run unless all names are known."""
        for words, environment in ((["limits_autotest", "speed"], {}),
                                   ([], {"DPDK_TEST": "limits_autotst"}),
                                   (["limits_autotest"], {"DPDK_TEST": "#"})):
            status, out, err = run(*words, **environment)
            self.assertEqual((status, out), (USAGE, ""), err)
            self.assertIn("there is no command", err)

    def test_misunderstood_line_stops(self):
        """What was not run has not passed, and nothing comes after it."""
        for line in ("list now", "limits_autotest now", "plan --memory " + "1" * 600):
            with self.subTest(line=line):
                status, out, _ = run("limits_autotest", DPDK_TEST=line)
                self.assertEqual((status, out.count("Test Skipped")), (USAGE, 0))
        _, _, err = run(DPDK_TEST=line)
        self.assertIn("dpdk-test-ddw: more than 510 bytes: plan --memory 111", err)

    def test_choice_of_devices_checked(self):
        """Groups and the edu device for all tests."""
        status, out, err = run("--device", "0009:00:00.0", "limits_autotest")
        self.assertEqual(status, 255)
        self.assertIn("Test Failed", out)
        self.assertIn("there is no PCI device 0009:00:00.0", err)
        for words in (["--grp", "x"], ["--device"], ["-x"]):
            status, out, err = run(*words)
            self.assertEqual((status, out), (USAGE, ""))
            self.assertIn("--help", err)


if __name__ == "__main__":
    unittest.main()
