# SPDX-License-Identifier: BSD-3-Clause
"""PEs without dynamic windows until the next boot: who has done it, and what keeps him from it.

Without maxmem= the kernel asks firmware for a window of size 0 for each device
whose driver wants 64-bit addresses; it is refused, and the kernel marks the PE.
QEMU 10.0.13 tells the kernel the size of the memory, and refuses nothing.
"""

import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import LabCase
from testpmd import Testpmd

NAME = "DDW-pe-poisoned"
FRAMES = 2_000

# As udev does for each device at boot.
_AUTOLOAD = "for d in /sys/bus/pci/devices/*; do modprobe -b $(cat $d/modalias); done; true"
# The lines that the kernel has logged are overwritten, at a level that the console does not show.
_FLOOD = """
echo on >/proc/sys/kernel/printk_devkmsg
python3 -c '
with open("/dev/kmsg", "w", buffering=1) as stream:
    for number in range(12000):
        stream.write("<7>" + "x" * 200 + f" {number}\\n")'
! dmesg | grep create-pe-dma-window
"""


class Poisoned(LabCase):
    """What both classes do."""

    bind = False

    def start(self, ids, config="", errors=0):
        """A start with these messages; the first two NICs forward. Returns the messages."""
        with Testpmd(self.m, config and f"-a vfio_spapr:config,{config}") as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), ids, pmd.output[-3000:])
            messages = plugin_log.messages(pmd.output)
            self.assertEqual(testpmd.ports(pmd.output), 2)
            self.assertEqual(pmd.setup["groups"], 2)
            result, stats = pmd.traffic(FRAMES)
            self.check_traffic(result, FRAMES, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output, errors)
        return messages

    def driver(self, nic):
        """The driver of a NIC, once it has one: some look for devices after modprobe has ended."""
        link = f"/sys/bus/pci/devices/{nic.address}/driver"
        out = self.m.run(f"until [ -e {link} ]; do sleep 0.1; done; readlink {link}").check().out
        return out.strip().split("/")[-1]


class Module(Poisoned):
    """The culprit is a module. Bridges 1 and 2 are sound; bridge 3 is given to it."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("e1000e", bridge=3))
    machine_options = {"maxmem": False, "kernel_args": "modprobe.blacklist=e1000e"}

    def test_blacklist_then_without(self):
        """With the remedy all is well; the module loaded by hand poisons, and is named."""
        self.m.run(_AUTOLOAD).check()
        self.assertNotIn("e1000e", self.m.run("cat /proc/modules").check().out)
        self.m.bind_vfio(self.nics[:2])
        self.start([])

        self.m.run("modprobe e1000e").check()
        self.assertEqual(self.driver(self.nics[2]), "e1000e")
        self.need_refusal()
        third = self.m.bind_vfio([self.nics[2]])[0]
        message = self.start([NAME])[0]
        self.assertIn(third, message.what)
        self.assertIn(f"the host driver e1000e requested a window for {third}", message.why)
        self.assertIn("modprobe.blacklist=e1000e", message.fix)
        self.assertIn("disable_ddw", message.fix)

        # The default window is of no use either, as an UNMAP has found.
        for config in ("mode=dma32", "iommu=v1"):
            with self.subTest(config=config):
                message = self.start([NAME], config, errors=1)[0]
                self.assertIn(third, message.what)
                self.assertIn("modprobe.blacklist=e1000e", message.fix)

        # What the log no longer has is guessed from the device.
        self.m.run(_FLOOD, 120).check()
        message = self.start([NAME])[0]
        self.assertIn(f"host driver of {third}, e1000e, may have", message.why)
        self.assertIn("modprobe.blacklist=e1000e", message.fix)


class DisableDdw(Poisoned):
    """The other remedy, for drivers in modules and in the kernel."""

    nics = (Nic("e1000e", bridge=1, net="stream"),
            Nic("virtio-net-pci", bridge=2, net="stream"))
    machine_options = {"maxmem": False, "kernel_args": "disable_ddw"}

    def test_host_drivers_do_no_harm(self):
        """Both host drivers had their device at boot; VFIO creates windows all the same."""
        self.m.run(_AUTOLOAD).check()
        for nic, driver in zip(self.nics, ("e1000e", "virtio-pci")):
            self.assertEqual(self.driver(nic), driver)
        self.m.bind_vfio()
        self.start([])


if __name__ == "__main__":
    unittest.main()
