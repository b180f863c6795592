# SPDX-License-Identifier: BSD-3-Clause
"""Options, devices and the command line of QEMU; nothing is started."""

import os
import re
import unittest

from powerlab import cli, nic, qemu, suites
from powerlab.errors import LabError
from powerlab.machine import last_words

PATHS = qemu.Paths("K", "I", "D", "C", "Q", "A")


def devices(command):
    """All -device arguments."""
    return [command[i + 1] for i, word in enumerate(command) if word == "-device"]


class NicTest(unittest.TestCase):

    def test_text_form(self):
        found = nic.parse("igb@2,net=a,mq=on")
        self.assertEqual((found.model, found.bridge, found.net, found.options),
                         ("igb", 2, "a", {"mq": "on"}))
        self.assertEqual(nic.parse("edu").bridge, 1)

    def test_bad_text(self):
        for text in ("rtl8139@1", "e1000e@x", "e1000e@1,net", "e1000e@1,=x"):
            with self.subTest(text), self.assertRaises(LabError) as caught:
                nic.parse(text)
            self.assertIn(text, str(caught.exception))

    def test_bridge(self):
        self.assertEqual(nic.parse_bridge("1,pgsz=0x11000,ddw=off"),
                         (1, {"pgsz": "0x11000", "ddw": "off"}))
        with self.assertRaises(LabError):
            nic.parse_bridge("pgsz=1")


class CommandTest(unittest.TestCase):

    def command(self, kind="pseries", nics=(), **options):
        return qemu.command(qemu.Options(kind=kind, **options), nics, PATHS)

    def test_each_pseries_bridge_is_made_once(self):
        nics = [nic.parse(text) for text in ("e1000e@1,net=a", "igb@2,net=a", "edu@2")]
        found = devices(self.command(nics=nics, bridges={1: {"pgsz": "0x11000"}}))
        bridges = [device for device in found if device.startswith("spapr-pci")]
        self.assertEqual(bridges, ["spapr-pci-host-bridge,index=1,id=pci1,pgsz=0x11000",
                                   "spapr-pci-host-bridge,index=2,id=pci2"])
        self.assertEqual([entry.address for entry in nics],
                         ["0001:00:01.0", "0002:00:01.0", "0002:00:02.0"])

    def test_same_net_shares_a_hub(self):
        nics = [nic.parse(text) for text in ("e1000e@1,net=a", "e1000e@2,net=a", "e1000e@3")]
        text = " ".join(self.command(nics=nics))
        self.assertEqual(re.findall(r"hubid=(\d+)", text), ["1", "1", "2"])

    def test_lab_devices_stay_away_from_test_bridges(self):
        for kind, bus in (("pseries", "pci.0"), ("powernv9", "pcie.0")):
            for device in devices(self.command(kind=kind, nics=[nic.parse("e1000e@1")])):
                if device.startswith("virtio-"):
                    self.assertIn(f"bus={bus},", device + ",")

    def test_maxmem(self):
        self.assertIn("maxmem=8192M", " ".join(self.command()))
        self.assertNotIn("maxmem", " ".join(self.command(maxmem=False)))

    def test_firmware_of_pseries(self):
        self.assertIn("x-vof=on", " ".join(self.command()))
        self.assertNotIn("x-vof", " ".join(self.command(slof=True)))

    def test_powernv_needs_qemus_defaults(self):
        self.assertNotIn("-nodefaults", self.command(kind="powernv9"))
        self.assertIn("-nodefaults", self.command())

    def test_device_tree_replaces_the_kernel_arguments(self):
        command = qemu.command(qemu.Options(kind="powernv9"), [], PATHS, dtb="T")
        self.assertIn("-dtb", command)
        self.assertNotIn("-append", command)

    def test_limits_of_powernv(self):
        with self.assertRaises(LabError):
            self.command(kind="powernv9", nics=[nic.parse("e1000e@6")])
        with self.assertRaises(LabError):
            self.command(kind="powernv9", bridges={1: {"ddw": "off"}})

    def test_numa_nodes(self):
        text = " ".join(self.command(numa=(3072, 1024), cpus=3))
        self.assertIn("-m 4096M", text)
        self.assertIn("memory-backend-ram,id=node1,size=1024M", text)
        self.assertEqual(re.findall(r"-numa (\S+)", text),
                         ["node,nodeid=0,memdev=node0,cpus=0-0",
                          "node,nodeid=1,memdev=node1,cpus=1-2"])
        self.assertNotIn("-numa", self.command())

    def test_bad_numa_nodes(self):
        for kind, sizes in (("pseries", (2048, 1024)), ("pseries", (4000, 96)),
                            ("pseries", (4096, 0)), ("powernv9", (2048, 2048))):
            with self.subTest(kind=kind, sizes=sizes), self.assertRaises(LabError):
                self.command(kind, numa=sizes)

    def test_unknown_machine(self):
        with self.assertRaises(LabError):
            self.command(kind="mac99")


class ConsoleTest(unittest.TestCase):

    def test_the_cause_of_a_panic_is_shown(self):
        text = "init: mount: not found\nKernel panic - not syncing\n" + "GPR00: 0\n" * 40
        self.assertEqual(last_words(text), "init: mount: not found\nKernel panic")


class CliTest(unittest.TestCase):

    def test_run(self):
        options = cli.parser().parse_args(
            ["run", "--machine", "powernv9", "--nic", "e1000e@1,net=a", "--nic", "igb@2,net=a",
             "--bridge", "1,ddw=off", "--timeout", "5", "--", "ls", "-l"])
        self.assertEqual(options.words, ["ls", "-l"])
        self.assertEqual([entry.model for entry in options.nics], ["e1000e", "igb"])
        self.assertEqual(options.bridges, [(1, {"ddw": "off"})])

    def test_nodes(self):
        options = cli.parser().parse_args(["shell", "--numa", "2G,512M", "--hugepages", "2M:64@1",
                                           "--hugepages", "1G:1"])
        self.assertEqual((options.numa, options.memory), ((2048, 512), None))
        self.assertEqual([cli._hugepages(text) for text in options.hugepages],
                         [("2M", 64, 1), ("1G", 1, None)])
        with self.assertRaises(LabError):
            cli._hugepages("2M@1")

    def test_suites(self):
        self.assertEqual(suites.kernel_package(suites.get("bookworm"), "std"),
                         "linux-image-powerpc64le/bookworm-backports")
        with self.assertRaises(LabError):
            suites.get("woody")


class RulesTest(unittest.TestCase):

    def test_no_mirror_is_named(self):
        base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        for folder, _, names in os.walk(base):
            for name in names:
                if name.endswith((".py", ".md", "init")):
                    with open(os.path.join(folder, name), encoding="utf-8") as stream:
                        self.assertNotRegex(stream.read(), r"https?://[\w.]*deb" + "ian", name)


if __name__ == "__main__":
    unittest.main()
