# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""A DPDK of the user's own in the place of Debian's, made from Debian's files.

It has fewer plugins and one program, so that a look at the machine tells which one is there.
"""

import glob
import os
import shutil
import subprocess
import tempfile
import unittest

import machine_dpdk
from powerlab import Nic, image, sysroot
from powerlab.dpdk.installed import TRIPLET
from powerlab.progress import Progress
from support import ROOT, STAGE, SUITE, LabCase

QUIET = Progress(quiet=True)
LIBRARIES = os.path.join("usr", "lib", TRIPLET)
MODULE = "librte_bus_vfio_spapr.so"
ABSENT = ("librte_baseband_*", "librte_raw_*", "librte_vdpa_*")     # no program needs these


def names(folder):
    """Shared libraries in a folder of libraries and in that of its plugins, by version."""
    found = (*glob.glob(os.path.join(folder, LIBRARIES, "librte_*.so*")),
             *glob.glob(os.path.join(folder, LIBRARIES, "dpdk", "*", "librte_*.so*")))
    return {os.path.relpath(path, os.path.join(folder, LIBRARIES)) for path in found}


def install(folder):
    """Debian's DPDK as "ninja install" would leave it in a folder, without some plugins."""
    base = sysroot.build(SUITE, QUIET)
    absent = shutil.ignore_patterns(*ABSENT)
    for part in (os.path.join("usr", "include", "dpdk"), os.path.join(LIBRARIES, "dpdk"),
                 os.path.join("usr", "include", TRIPLET, "dpdk")):
        shutil.copytree(os.path.join(base, part), os.path.join(folder, part), symlinks=True,
                        ignore=absent)
    os.makedirs(os.path.join(folder, LIBRARIES, "pkgconfig"))
    paths = [*glob.glob(os.path.join(base, LIBRARIES, "librte_*")),
             *glob.glob(os.path.join(base, LIBRARIES, "pkgconfig", "libdpdk*.pc"))]
    for path in paths:
        if not absent(None, [os.path.basename(path)]):
            shutil.copy(path, os.path.join(folder, os.path.relpath(path, base)),
                        follow_symlinks=False)
    os.makedirs(os.path.join(folder, "usr", "bin"))
    program = os.path.join(folder, "usr", "bin", "dpdk-testpmd")
    disk = os.path.join(image.build(SUITE, "std", QUIET), "root.ext4")
    subprocess.run(["debugfs", "-R", f"dump /usr/bin/dpdk-testpmd {program}", disk], check=True,
                   capture_output=True, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})
    os.chmod(program, 0o755)


@unittest.skipIf(machine_dpdk.OWN, "the machines have one already")
class OwnDpdk(LabCase):
    """Two NICs in two groups."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        install(cls.folder)
        cls.machine_options = {"dpdk": cls.folder}
        super().setUpClass()

    def test_nothing_of_debians(self):
        """Libraries, plugins and programs are those of the folder; scripts work with any."""
        out = self.m.run(f"cd /{LIBRARIES} && ls -d librte_*.so* dpdk/*/librte_*.so*; "
                         "ls -d /usr/bin/dpdk-*").check().out.split()
        self.assertEqual({name for name in out if not name.startswith("/")},
                         names(self.folder) | names(STAGE))
        self.assertEqual([name for name in out if name.startswith("/") and ".py" not in name],
                         ["/usr/bin/dpdk-test-ddw", "/usr/bin/dpdk-testpmd"])
        self.assertIn("/usr/bin/dpdk-devbind.py", out)

    def test_traffic(self):
        """testpmd of the folder, which loads the plugin by itself, forwards frames."""
        self.check_normal_start(frames=2000)

    def test_build(self):
        """meson finds the DPDK of the folder, in a sysroot without Debian's."""
        done = subprocess.run(["lab/power", "sysroot", "--suite", SUITE, "--dpdk", self.folder],
                              cwd=ROOT, check=True, capture_output=True, text=True)
        root = done.stdout.strip()
        self.assertNotEqual(root, sysroot.build(SUITE, QUIET))
        self.assertEqual(names(root), names(self.folder))
        with tempfile.TemporaryDirectory() as build:
            ini = os.path.join(build, "sysroot.ini")
            with open(ini, "w", encoding="utf-8") as stream:
                stream.write(f"[constants]\nsysroot = '{root}'\n")
            name = f"drivers/bus/vfio_spapr/{MODULE}"
            for command in (["meson", "setup", "--cross-file", "config/ppc64el-gcc.ini",
                             "--cross-file", ini, "-Dwerror=true", build],
                            ["ninja", "-C", build, name]):
                done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
                self.assertEqual(done.returncode, 0, done.stdout[-3000:])
            self.m.put(os.path.join(build, name), f"/opt/lab/{MODULE}")
        self.m.run(f"for f in {machine_dpdk.PLUGIN}; do mv $f $f.away; done").check()
        self.addCleanup(self.m.run, f"for f in {machine_dpdk.PLUGIN}.away; do mv $f ${{f%.away}}; "
                        "done")
        self.check_normal_start(eal=f"-d /opt/lab/{MODULE}")


if __name__ == "__main__":
    unittest.main()
