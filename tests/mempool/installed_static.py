# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Programs with DPDK inside, with the plugin loaded or linked in; those without mempools."""

import glob
import os
import re
import shutil
import tempfile
import unittest

import installed

# As many of DPDK's libraries as a program with a PCI bus needs: all of them need much else.
PARTS = ("bus_pci", "pci", "eal", "telemetry", "kvargs", "log", "argparse")
EXPORT = "-Wl,--export-dynamic"
EAL = ("--no-huge", "-m", "64", "--no-shconf", "--no-telemetry", "--lcores=0@0",
       "--log-level=bus.vfio_spapr:info")
ACTIVE = "VFIO_SPAPR: redirected calls: "
LIMITS = "VFIO_SPAPR: this program has DPDK inside: "

PROGRAM = r"""
#include <rte_eal.h>

int main(int argc, char **argv)
{
	return rte_eal_init(argc, argv) < 0 || rte_eal_cleanup() != 0;
}
"""

# This machine becomes one on which the plugin has something to do.
POWER = r"""
#include <string.h>
#include <sys/utsname.h>

int uname(struct utsname *name)
{
	memset(name, 0, sizeof(*name));
	strcpy(name->sysname, "Linux");
	strcpy(name->release, "6.12.0");
	strcpy(name->machine, "ppc64le");
	return 0;
}
"""

SECOND_EAL = r"""
int rte_eal_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return -1;
}
"""


class Static(installed.Installation):
    """Programs of three kinds, on a machine that looks like POWER."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # EAL loads nothing from a folder that others can write, such as /tmp.
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        os.makedirs(cache, exist_ok=True)
        folder = tempfile.mkdtemp(prefix="dpdk-ddw-", dir=cache)
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.plugin = shutil.copy(
            glob.glob(f"{cls.root}/**/librte_bus_vfio_spapr.so", recursive=True)[0], folder)
        cls.driver = shutil.copy(
            f"{installed.BUILD}/examples/edu_dmadev/librte_dma_edu.so", folder)
        cls.power = cls.library("power", POWER)

    @classmethod
    def source(cls, name, text):
        """A file with a program."""
        path = os.path.join(cls.root, name + ".c")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    @classmethod
    def library(cls, name, text):
        """A library for LD_PRELOAD."""
        path = os.path.join(cls.root, name + ".so")
        installed.run(*installed.CC, "-shared", "-fPIC", "-o", path, cls.source(name, text))
        return path

    def link(self, name, module, export=True):
        """A static program, with the flags of a module; of DPDK's libraries it has a part."""
        words = []
        for word in self.pkg_config("--static", "--libs", module):
            part = re.fullmatch(r"-l:librte_(\w+)\.a", word)
            if part and (part[1] in PARTS or part[1] == "bus_vfio_spapr") \
                    or word.startswith(("-L", "-Wl,--", "-l:libddw")) and word != EXPORT:
                words.append(word)
        self.assertIn("-l:librte_eal.a", words)
        path = os.path.join(self.root, name)
        installed.run(*installed.CC, "-o", path, self.source("program", PROGRAM),
                      *self.pkg_config("--cflags", module), *words, *([EXPORT] if export else []),
                      "-lnuma", "-lbsd", "-ldl", "-lm", "-pthread")
        self.assertNotIn("librte_", installed.run("readelf", "--dynamic", path))
        return path

    def run_power(self, *words, preload=()):
        """What a program says, which has to end well."""
        env = dict(os.environ, LD_PRELOAD=":".join((self.power, *preload)),
                   VFIO_SPAPR_CONFIG="mode=ddw")
        return installed.run("sh", "-c", '"$@" 2>&1', "sh", *words, *EAL, env=env)

    def test_loads_into_program_that_exports(self):
        """The plugin binds to the EAL inside, and says what does not work."""
        text = self.run_power(self.link("exports", "libdpdk"), "-d", self.plugin)
        self.assertEqual(text.count(ACTIVE), 1, text)
        self.assertEqual(text.count(LIMITS), 1, text)
        self.assertEqual(set(re.findall("DDW-[a-z-]+", text)), {"DDW-iova-va"}, text)

    def test_program_that_exports_nothing_goes_on(self):
        """One message, and the program ends well."""
        program = self.link("hidden", "libdpdk", export=False)
        text = self.run_power(program, "-d", self.plugin, "-d", self.driver)
        self.assertRegex(text, r"VFIO_SPAPR: DDW-eal-symbols: the plugin finds no "
                               r"rte_bus_find, rte_bus_find_by_name, rte_bus_name and \d+ more")
        self.assertEqual(text.count("VFIO_SPAPR: "), 3, text)
        self.assertIn("dma_edu: this program does not export EAL's functions: not used\n", text)

    def test_linked_into_program(self):
        """The archive is all of the plugin. Without devices it needs no VFIO of EAL by name."""
        text = self.run_power(self.link("inside", "librte_bus_vfio_spapr", export=False))
        self.assertEqual(text.count(ACTIVE), 1, text)
        self.assertEqual(text.count(LIMITS), 1, text)
        self.assertEqual(set(re.findall("DDW-[a-z-]+", text)), {"DDW-iova-va"}, text)

    def test_linked_in_and_loaded(self):
        """The second copy is not used."""
        program = self.link("both", "librte_bus_vfio_spapr")
        text = self.run_power(program, "-d", self.plugin)
        self.assertEqual(text.count("DDW-second-copy"), 1, text)
        self.assertEqual(text.count(ACTIVE), 1, text)

    def test_second_eal_named(self):
        """A second EAL in the process: both are named, and the program goes on with its own."""
        other = self.library("second", SECOND_EAL)
        text = self.run_power(self.link("first", "libdpdk"), "-d", self.plugin, preload=[other])
        self.assertEqual(text.count("DDW-eal-twice"), 1, text)
        self.assertIn(f"in the program and in {other}: the plugin uses that of the program", text)
        self.assertEqual(text.count(ACTIVE), 1, text)


    def autoload(self, library):
        """What EAL finds in its plugin directory, for a library of pools that is elsewhere."""
        path = os.path.join(os.path.dirname(self.plugin), "autoload.so")
        installed.run(*installed.CC, "-shared", "-fPIC", f'-DLIBRARY="{library}"', "-o", path,
                      os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                   "../../lib/mempool_ddw/autoload/autoload.c"))
        return path

    def test_program_without_mempools_starts(self):
        """The library of pools cannot be loaded there, which is no error."""
        library, = glob.glob(f"{self.root}/**/librte_mempool_ddw.so.0", recursive=True)
        program = self.build(PROGRAM, "libdpdk")
        self.assertNotIn("librte_mempool", installed.run("readelf", "--dynamic", program))
        text = self.run_power(program, "-d", self.autoload(library))
        self.assertNotIn("MEMPOOL_DDW", text)
        text = self.run_power(program, "-d", self.autoload("/nowhere/librte_mempool_ddw.so.0"))
        self.assertRegex(text, "MEMPOOL_DDW: /nowhere/.*: cannot open shared object file")
        program = self.build(installed.POOL, "librte_mempool_ddw")
        self.assertIn("1023 mbufs", self.run_power(program, "-d", self.autoload(library)))


if __name__ == "__main__":
    unittest.main()
