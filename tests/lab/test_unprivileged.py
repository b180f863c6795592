# SPDX-License-Identifier: BSD-3-Clause
"""A process without any privilege: it owns its groups and a hugetlbfs, and may lock memory.

No physical address is needed for anything, so /proc/self/pagemap stays closed.
"""

import os
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, LabCase
from testpmd import Testpmd

USER = 65534                            # nobody
FRAMES = 1_000
HOME = f"/run/user/{USER}"
TRACE = f"{HOME}/trace"
HUGE = "--huge-dir /mnt/huge"
AS_USER = (f"ulimit -l unlimited; exec setpriv --reuid {USER} --regid {USER} --clear-groups "
           f"--inh-caps -all --bounding-set -all env XDG_RUNTIME_DIR={HOME}")
STRACE = f"strace -f --seccomp-bpf -o {TRACE} -e trace=open,openat"
DROP_ROOT = "/opt/lab/drop_root"
PREPARE = f"""
set -e
mkdir -p {HOME} /mnt/huge
[ "$(id -u nobody)" = {USER} ]
chown nobody {HOME} /dev/vfio/[0-9]*
mount -t hugetlbfs -o uid=nobody,pagesize=2M none /mnt/huge
"""


class _Unprivileged(LabCase):
    """What the machines below have in common."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.run(PREPARE).check()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "drop_root"), DROP_ROOT)

    def check_hugepages_free(self):
        """The same for the user's own files."""
        self.m.run("rm -f /mnt/huge/*map_*").check()
        super().check_hugepages_free()

    def check_pagemap_closed(self):
        """The files that the process has opened are known, and pagemap is not among them."""
        trace = self.m.run(f"cat {TRACE}; rm {TRACE}").check().out
        self.assertIn("/dev/vfio/", trace)
        self.assertNotIn("pagemap", trace)

    def check_works(self, eal, strace=""):
        """Starts, grows, forwards and ends."""
        with self.subTest(eal=eal):
            with Testpmd(self.m, f"{HUGE} {eal}", "--no-mlockall", f"{AS_USER} {strace}") as pmd:
                self.assertEqual(plugin_log.message_ids(pmd.output), [], pmd.output[-3000:])
                self.assertEqual(testpmd.ports(pmd.output), 2)
                result, stats = pmd.traffic(FRAMES)
                self.check_traffic(result, FRAMES, stats)
                self.assertEqual(pmd.quit(), 0)
                self.check_release(pmd.output)
            if strace:
                self.check_pagemap_closed()
            self.check_hugepages_free()

    def check_drops(self, eal):
        """Root until EAL is up; all of the memory comes afterwards."""
        with self.subTest(eal=eal):
            command = (f"ulimit -l unlimited; exec {STRACE} {DROP_ROOT} "
                       f"{testpmd.eal_words(eal)} -- {USER}")
            with testpmd.Program(self.m, command, "drop_root: ready") as program:
                self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)
                self.assertEqual(program.quit(), 0, program.output[-3000:])
            self.check_release(program.output)
            self.check_pagemap_closed()
            self.check_hugepages_free()


class PSeries(_Unprivileged):
    """An LPAR."""

    def test_nobody(self):
        """uid 65534 and no capability, with each way to hold memory."""
        self.check_works("", STRACE)
        for eal in ("-m 128", "--in-memory", "--legacy-mem -m 256", "--single-file-segments"):
            self.check_works(eal)

    def test_nobody_in_the_default_window(self):
        """The same where there is no dynamic window."""
        self.check_works("-a vfio_spapr:config,mode=dma32")

    def test_group_not_given(self):
        """A group of another user is one line in the log; the other one works."""
        address = self.m.run("chown root /dev/vfio/[0-9]* && chown nobody /dev/vfio/1; "
                             "ls /sys/kernel/iommu_groups/2/devices").check().out.strip()
        self.addCleanup(lambda: self.m.run("chown nobody /dev/vfio/[0-9]*").check())
        done = self.m.run(f"{AS_USER} dpdk-testpmd -l 0-1 {HUGE} --log-level=bus.vfio_spapr:info "
                          f"-- --no-mlockall {testpmd.FEW_BUFFERS}", 120)
        self.assertEqual(done.rc, 0, done.out[-2000:])
        self.assertEqual(testpmd.ports(done.out), 1)
        lines = [line for line in done.out.splitlines()
                 if line.startswith(plugin_log.PREFIX) and address in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("(DDW-group-not-given)", lines[0])
        self.check_ledger(done.out)

    def test_root_dropped(self):
        """A daemon gives up root after rte_eal_init() and grows then."""
        self.check_drops(f"{HUGE} --no-shconf")
        self.check_drops("--in-memory")


class PowerNV9(_Unprivileged):
    """Bare metal."""

    kind = "powernv9"

    def test_nobody(self):
        """uid 65534 and no capability."""
        self.check_works("", STRACE)
        self.check_works("--legacy-mem -m 256")


if __name__ == "__main__":
    unittest.main()
