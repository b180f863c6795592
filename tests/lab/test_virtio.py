# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Virtio NICs that ignore the IOMMU, which is the default of QEMU and libvirt."""

import json
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import LabCase
from testpmd import Testpmd

FRAMES = 2_000
MESSAGE = "DDW-virtio-no-iommu"


def without_iommu(bridge, **options):
    """A virtio NIC that takes bus addresses for physical ones."""
    return Nic("virtio-net-pci", bridge=bridge, options={"iommu_platform": "off", **options})


class WithoutIommu(LabCase):
    """Two good NICs, and one in the group of the first and two in their own that are not."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("virtio-net-pci", bridge=2, net="stream"),
            without_iommu(1),
            without_iommu(3, **{"disable-legacy": "off"}),
            without_iommu(4, **{"disable-legacy": "off", "disable-modern": "on"}))

    def setUp(self):
        super().setUp()
        self.good, self.bad = self.addresses[:2], self.addresses[2:]

    def check_messages(self, text, addresses):
        """One for each device; the remedy is there."""
        self.assertEqual(plugin_log.message_ids(text), [MESSAGE] * len(addresses), text[-3000:])
        for message, address in zip(plugin_log.messages(text), addresses):
            self.assertIn(address, message.what)
            self.assertIn("ignores the IOMMU", message.what)
            cause = "legacy interface only" if address == self.bad[-1] else "ACCESS_PLATFORM"
            self.assertIn(cause, message.why)
            self.assertIn("<driver iommu='on'/>", message.fix)
            self.assertIn("iommu_platform=on", message.fix)

    def check_good(self, pmd):
        """The e1000e and the virtio NIC behind the IOMMU forward."""
        for ends in ((0, 1), (1, 0)):
            result, _stats = pmd.traffic(FRAMES, ends=ends)
            self.check_traffic(result, FRAMES)

    def doctor(self):
        """Findings of the doctor, by topic; the last one of a device counts."""
        report = json.loads(self.m.run("dpdk-test-ddw doctor --json").out)
        return {one["topic"]: one for one in report["findings"]}

    def test_refused_at_start(self):
        """Modern, transitional and legacy; the others of the process, and of the group, go on."""
        with Testpmd(self.m, "-m 64") as pmd:
            self.check_messages(pmd.output, self.bad)
            for address in self.bad:
                self.assertIn(f"{address} is not probed", pmd.output)
            self.assertEqual(testpmd.ports(pmd.output), 2)
            self.check_good(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_refused_at_start_alone(self):
        """Without any other device there is no port, and no hang."""
        result = testpmd.run(self.m, f"-m 64 -a {self.bad[0]}")
        self.check_messages(result.out, self.bad[:1])
        self.assertIn("No probed ethernet devices", result.out)
        self.check_hugepages_free()

    def test_strict(self):
        """With strict=1 such a device ends the process."""
        result = testpmd.run(self.m, "-m 64 -a vfio_spapr:config,strict=1 "
                             f"-a {self.good[0]} -a {self.bad[1]}")
        self.assertNotEqual(result.rc, 0)
        self.check_messages(result.out, self.bad[1:2])
        self.assertIn("strict=1", result.out.splitlines()[-1])
        self.check_hugepages_free()

    def test_refused_at_run_time(self):
        """The same for devices that are attached later."""
        with Testpmd(self.m, f"-m 64 -a {self.good[0]} -a {self.good[1]}") as pmd:
            for address in self.bad:
                self.assertNotIn("is attached", pmd.command(f"port attach {address}"))
            self.check_messages(pmd.output, self.bad)
            self.check_good(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.check_hugepages_free()

    def test_good_one_attached_at_run_time(self):
        """A virtio NIC behind the IOMMU may come later."""
        with Testpmd(self.m, f"-m 64 -a {self.good[0]}") as pmd:
            self.assertIn("is attached", pmd.command(f"port attach {self.good[1]}"))
            pmd.command("port start all")
            self.check_good(pmd)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_hugepages_free()

    def test_doctor(self):
        """It finds them, bound to vfio-pci or to the kernel's driver."""
        found = self.doctor()
        for address in self.good:
            self.assertEqual(found[address]["level"], "fine", found[address])
        for address in self.bad:
            self.assertEqual(found[address]["level"], "fail", found[address])
            self.assertIn("ignores the IOMMU", found[address]["state"])
            self.assertIn("<driver iommu='on'/>", found[address]["fix"])
        self.addCleanup(self.m.bind_vfio, self.nics)
        virtio = self.addresses[1:]
        self.unbind(virtio)
        self.m.run("modprobe virtio_net; for a in " + " ".join(virtio)
                   + "; do echo $a >/sys/bus/pci/drivers_probe; done").check()
        found = self.doctor()
        self.assertIn("to give it to DPDK: dpdk-devbind.py", found[self.good[1]]["fix"])
        for address in self.bad:
            self.assertIn("driven by virtio-pci", found[address]["state"])
            self.assertIn("first: libvirt", found[address]["fix"])


if __name__ == "__main__":
    unittest.main()
