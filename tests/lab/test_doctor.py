# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""dpdk-test-ddw doctor, probe and plan on emulated POWER machines."""

import json
import unittest

import testpmd
from powerlab import Nic
from support import LabCase

FINE, LIMIT, FAIL = range(3)
WITHOUT = "0003:00:01.0"
# What the doctor may read, it reads without being root.
AS_USER = "setpriv --reuid 65534 --regid 65534 --clear-groups"


class DoctorCase(LabCase):
    """What the machines have in common."""

    all_drivers = True
    bind = False

    def doctor(self, prefix=""):
        """Its exit status, and its findings by topic."""
        done = self.m.run(f"{prefix} dpdk-test-ddw doctor --json")
        report = json.loads(done.out)
        self.assertEqual(report["status"], done.rc)
        worst = max(("fine", "limit", "fail").index(one["level"]) for one in report["findings"])
        self.assertEqual(worst, done.rc)
        return done.rc, {one["topic"]: one for one in report["findings"]}

    def give(self, *addresses):
        """The doctor's own remedy for a device that DPDK shall have."""
        _, found = self.doctor()
        for address in addresses:
            command = found[address]["fix"].partition("to give it to DPDK: ")[2]
            self.m.run(command).check()


class Lpar(DoctorCase):
    """An LPAR with three NICs, one of them in a slot without dynamic windows."""

    nics = tuple(Nic("e1000e", bridge=bridge) for bridge in (1, 2, 3))
    machine_options = {"bridges": {3: {"ddw": "off"}}}

    def setUp(self):
        super().setUp()
        self.m.run("modprobe -a vfio_iommu_spapr_tce vfio-pci").check()
        devices = [nic.address for nic in self.nics]
        self.bind_kernel(devices)
        self.addCleanup(self.bind_kernel, devices)

    def test_from_nothing_to_a_start(self):
        """Its remedies, carried out one by one, lead to ports that DPDK starts."""
        self.unbind(["0001:00:01.0", "0002:00:01.0", WITHOUT])
        status, found = self.doctor()
        self.assertEqual((status, found["devices"]["level"]), (LIMIT, "limit"), found)
        self.assertEqual(found["kernel"]["level"], "fine")
        self.assertIn("pSeries", found["platform"]["state"])
        self.assertIn("IBM pSeries", found["firmware"]["state"])
        self.assertEqual(found["mmu"]["state"], "radix")
        self.assertEqual(found["hugepages"]["state"], "510 of 2M (1020M): node 0 510 (510 free)")
        self.assertEqual(found["plugin"]["level"], "fine")
        self.give("0001:00:01.0", "0002:00:01.0")
        _, found = self.doctor()
        self.assertNotIn("devices", found)
        self.assertEqual(found["0001:00:01.0"]["state"], "bound to vfio-pci, group 1 is free")
        self.check_normal_start(frames=0)

    def test_slot_without_windows(self):
        """It is named, with the remedy."""
        _, found = self.doctor()
        self.assertIn("ddw=on", found[WITHOUT]["fix"])
        self.assertEqual(found[WITHOUT]["level"], "limit")

    def test_group_in_use(self):
        """While a process has the group, and afterwards."""
        self.unbind(["0001:00:01.0", "0002:00:01.0"])
        self.give("0001:00:01.0", "0002:00:01.0")
        with testpmd.Testpmd(self.m) as pmd:
            status, found = self.doctor()
            self.assertEqual((status, found["0001:00:01.0"]["level"]), (FAIL, "fail"))
            self.assertIn("testpmd", str(found["0001:00:01.0"]))
            done = self.m.run("dpdk-test-ddw probe")
            self.assertEqual(done.rc, FAIL)
            self.assertIn("DDW-group-busy", done.out)
            self.assertEqual(pmd.quit(), 0)
        _, found = self.doctor()
        self.assertEqual(found["0001:00:01.0"]["level"], "fine")

    def test_without_rights(self):
        """An ordinary user is told all but what only root may see."""
        self.unbind(["0001:00:01.0"])
        self.give("0001:00:01.0")
        status, found = self.doctor(AS_USER)
        self.assertEqual((status, found["devices"]["level"]), (FAIL, "fail"))
        self.assertIn("chown", found["devices"]["fix"])
        self.assertEqual(found["0001:00:01.0"]["level"], "limit")
        self.assertEqual(found["memlock"]["level"], "limit")
        self.assertIn("ulimit -l", found["memlock"]["fix"])
        done = self.m.run(f"{AS_USER} dpdk-test-ddw probe")
        self.assertEqual(done.rc, FAIL)
        self.assertIn("DDW-group-not-given", done.out)
        self.m.run("chown 65534 /dev/vfio/1").check()
        status, found = self.doctor(AS_USER)
        self.assertEqual((status, found["0001:00:01.0"]["level"]), (LIMIT, "fine"))

    def test_probe_and_plan(self):
        """What GET_INFO says; the plan is what the plugin then does."""
        self.unbind(["0001:00:01.0", "0002:00:01.0"])
        self.give("0001:00:01.0", "0002:00:01.0")
        out = self.m.run("dpdk-test-ddw probe").check().out
        self.assertIn("IOMMU group 1 (0001:00:01.0): default window at 0x0, 256M; "
                      "2 dynamic windows", out.splitlines()[0])
        out = self.m.run("dpdk-test-ddw plan").check().out
        self.assertIn("dynamic windows of 1G for 2 of 2 groups; 1020M mapped at start", out)
        self.check_normal_start(frames=0)


class BareMetal(DoctorCase):
    """PowerNV."""

    kind = "powernv9"
    nics = (Nic("e1000e", bridge=1),)

    def test_all_fine(self):
        """From a bound device to a plan."""
        status, found = self.doctor()
        self.assertIn("PowerNV", found["platform"]["state"])
        self.assertRegex(found["firmware"]["state"], r"IBM PowerNV .*, v\d")
        self.assertEqual(found["kernel"]["level"], "fine")
        self.assertLessEqual(status, FAIL)


if __name__ == "__main__":
    unittest.main()
