# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""What is installed is enough to build and run an application: its pkg-config files say how."""

import glob
import os
import re
import shlex
import subprocess
import tempfile
import unittest

BUILD = os.environ["DDW_BUILD"]
CC = shlex.split(os.environ["DDW_CC"])
EAL = ("--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=0@0")

POOL = r"""
#include <stdio.h>
#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>

int main(int argc, char **argv)
{
	struct rte_mempool *pool;
	struct rte_mbuf *m;

	if (rte_eal_init(argc, argv) < 0)
		return 1;
	pool = rte_pktmbuf_pool_create_ddw("mine", 1023, 32, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					   SOCKET_ID_ANY, NULL);
	m = pool == NULL ? NULL : rte_pktmbuf_alloc(pool);
	if (m == NULL)
		return 2;
	rte_pktmbuf_free(m);
	printf("%u mbufs\n", rte_mempool_avail_count(pool));
	return rte_mempool_ddw_free(pool) == 0 && rte_eal_cleanup() == 0 ? 0 : 3;
}
"""

WINDOW = r"""
#include <stdio.h>
#include <ddw.h>

int main(void)
{
	puts(ddw_msg_name(DDW_MSG_NO_DDW));
	return 0;
}
"""


def run(*words, **options):
    """Standard output of a command that must succeed."""
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60,
                            **options)
    if result.returncode != 0:
        raise AssertionError(f"{shlex.join(words)}: {result.returncode}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout


class Installation(unittest.TestCase):
    """An installation below a folder that goes again."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = folder.name
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.root)
        found = glob.glob(f"{cls.root}/**/pkgconfig/*.pc", recursive=True)
        cls.names = sorted(os.path.basename(name) for name in found)
        for name in found:
            with open(name, encoding="utf-8") as stream:
                text = stream.read()
            with open(name, "w", encoding="utf-8") as stream:
                stream.write(re.sub(r"^prefix=", f"prefix={cls.root}", text, flags=re.M))
        cls.environment = dict(os.environ)
        cls.environment["PKG_CONFIG_PATH"] = os.path.dirname(found[0])

    def pkg_config(self, *words):
        """What pkg-config prints, as words."""
        return shlex.split(run("pkg-config", *words, env=self.environment))

    def build(self, source, module):
        """A program of one file; it finds its libraries where they are."""
        program = os.path.join(self.root, module)
        with open(f"{program}.c", "w", encoding="utf-8") as stream:
            stream.write(source)
        libdir = self.pkg_config("--variable=libdir", module)[0]
        run(*CC, "-o", program, f"{program}.c", f"-Wl,-rpath,{libdir}",
            *self.pkg_config("--cflags", "--libs", module))
        return program


class Installed(Installation):
    """What it has, and what an application needs of it."""

    def test_one_file_per_library(self):
        """One file for each library."""
        self.assertEqual(self.names, ["libddw.pc", "librte_bus_vfio_spapr.pc",
                                      "librte_mempool_ddw.pc"])

    def test_versions_of_this_release(self):
        """All are of this release."""
        versions = {tuple(self.pkg_config("--modversion", name.removesuffix(".pc")))
                    for name in self.names}
        self.assertEqual(len(versions), 1)

    def test_program_with_pool_builds(self):
        """A program with a pool; pkg-config names DPDK too."""
        program = self.build(POOL, "librte_mempool_ddw")
        self.assertIn("1023 mbufs\n", run(program, *EAL))

    def test_program_without_dpdk_builds(self):
        """A program without DPDK."""
        program = self.build(WINDOW, "libddw")
        self.assertEqual(run(program), "DDW-no-ddw\n")

    def test_file_is_named_after_its_soname(self):
        """A library's file is named after its soname, so that two sonames live side by side."""
        for name in ("libddw", "librte_mempool_ddw"):
            link, = glob.glob(f"{self.root}/**/{name}.so.?", recursive=True)
            with self.subTest(name=name):
                self.assertTrue(os.readlink(link).startswith(os.path.basename(link) + "."))
                self.assertIn(f"[{os.path.basename(link)}]", run("readelf", "-d", link))

    def test_static_archive_is_enough(self):
        """The archive alone is enough."""
        libdir = self.pkg_config("--variable=libdir", "libddw")[0]
        program = os.path.join(self.root, "static")
        with open(f"{program}.c", "w", encoding="utf-8") as stream:
            stream.write(WINDOW)
        run(*CC, "-o", program, f"{program}.c", f"{libdir}/libddw.a", "-pthread",
            *self.pkg_config("--cflags", "libddw"))
        self.assertEqual(run(program), "DDW-no-ddw\n")

    def test_cplusplus_includes_each_header(self):
        """C++ includes each installed header alone, without a warning."""
        headers = glob.glob(f"{self.root}/**/include/**/*.h", recursive=True)
        self.assertGreater(len(headers), 9)
        for path in headers:
            name = os.path.basename(path)
            module = "librte_mempool_ddw" if name.startswith("rte_") else "libddw"
            with self.subTest(name=name):
                # DPDK's own headers may warn; pkg-config's -I would not hide that.
                flags = [re.sub(f"^-I(?!{re.escape(self.root)})", "-isystem", word)
                         for word in self.pkg_config("--cflags", module)]
                run("c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                    "-fsyntax-only", *flags, "-include", path, "-x", "c++", os.devnull)

    def test_eal_finds_both_plugins(self):
        """EAL finds both in its plugin directory; one of them loads the library."""
        links = glob.glob(f"{self.root}/**/librte_mempool_ddw.so", recursive=True)
        plugin = glob.glob(f"{self.root}/**/librte_bus_vfio_spapr.so", recursive=True)
        self.assertEqual(len(plugin), 1)
        beside = [link for link in links
                  if os.path.dirname(link) == os.path.dirname(plugin[0])]
        self.assertEqual(len(beside), 1)
        with open(beside[0], "rb") as stream:
            target = re.search(rb"/[\w./-]+/librte_mempool_ddw\.so\.\d+", stream.read())[0].decode()
        self.assertTrue(os.path.exists(f"{self.root}{target}"), target)


if __name__ == "__main__":
    unittest.main()
