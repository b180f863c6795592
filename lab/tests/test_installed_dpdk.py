# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK of the user's own: what counts as one, and where its files go."""

import os
import tarfile
import tempfile
import unittest
import unittest.mock

from powerlab import cache, overlay
from powerlab.dpdk import installed
from powerlab.errors import LabError
from powerlab.progress import Progress

POWER = b"\x7fELF\2\1\1" + bytes(9) + b"\3\0" + b"\x15\0"
X86 = POWER[:18] + b"\x3e\0"
BIG_ENDIAN = POWER[:5] + b"\2" + POWER[6:16] + b"\0\3\0\x15"
PC = "prefix={}\nlibdir=${{prefix}}/lib/there\n\nName: DPDK\nVersion: {}\n"


class InstalledTest(unittest.TestCase):

    def setUp(self):
        self.root = self.enterContext(tempfile.TemporaryDirectory())

    def write(self, name, data=b""):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)
        return path

    def install(self, where="dest", prefix="/opt/dpdk", eal=POWER, version="25.11.0",
                library="librte_eal.so.26.0"):
        """A tree as "ninja install" leaves it; returns the folder that DESTDIR named."""
        inside = where + prefix
        self.write(f"{inside}/lib/there/pkgconfig/libdpdk.pc", PC.format(prefix, version).encode())
        self.write(f"{inside}/lib/there/{library}", eal)
        self.write(f"{inside}/lib/there/librte_eal.a", b"!<arch>\n" + eal)
        self.write(f"{inside}/lib/there/libother.so", eal)
        self.write(f"{inside}/lib/there/dpdk/pmds-26.0/librte_net_x.so.26.0", eal)
        self.write(f"{inside}/include/rte_eal.h", b"own")
        self.write(f"{inside}/bin/dpdk-testpmd", eal)
        return os.path.join(self.root, where)

    def refusal(self, folder):
        with self.assertRaises(LabError) as caught:
            installed.find(folder)
        return str(caught.exception)

    def test_no_folder(self):
        self.assertIsNone(installed.find(None))
        self.assertIn("there is no folder /nowhere", self.refusal("/nowhere"))

    def test_no_installation(self):
        """A build folder, and two installations."""
        self.write("build/lib/librte_eal.a", POWER)
        self.assertIn("has no pkgconfig/libdpdk.pc", self.refusal(self.root))
        self.install("a")
        self.install("b")
        self.assertIn("it has several", self.refusal(self.root))

    def test_architecture(self):
        """Of the shared library, or of the archive where there is nothing else."""
        for eal, name in ((X86, "x86-64"), (BIG_ENDIAN, "big-endian POWER")):
            self.assertIn(f"is for {name}", self.refusal(self.install("other", eal=eal)))
        folder = self.install("archive", eal=X86, library="libnone")
        self.assertIn("librte_eal.a is for x86-64", self.refusal(folder))
        os.unlink(os.path.join(folder, "opt/dpdk/lib/there/librte_eal.a"))
        self.assertIn("has no librte_eal", self.refusal(folder))

    def test_release(self):
        """Those that the plugin knows; the message names them."""
        for version, known in (("22.11.0", True), ("25.11.4-rc1", True), ("22.07.0", False),
                               ("99.11.0", False)):
            own = installed.find(self.install("dest", version=version))
            if known:
                installed.check_release(own)
                continue
            with self.assertRaises(LabError) as caught:
                installed.check_release(own)
            self.assertIn(f"does not support DPDK {version}", str(caught.exception))
            self.assertRegex(str(caught.exception), r"knows 22\.11 to \d\d\.\d\d")

    def test_places(self):
        """What DESTDIR named and the prefix itself mean the same."""
        folder = self.install()
        for named in (folder, folder + "/opt/dpdk"):
            own = installed.find(named)
            self.assertEqual((own.here, own.prefix, own.libdir, own.version),
                             (folder + "/opt/dpdk", "/opt/dpdk", "lib/there", "25.11.0"))
            self.assertFalse(own.static)

    def test_in_the_guest(self):
        """Programs and shared libraries, beside what is laid over anyway."""
        own = installed.find(self.install())
        self.write("stage/usr/bin/other")
        path = os.path.join(self.root, "overlay.tar")
        overlay.pack(os.path.join(self.root, "stage"), own, path)
        with tarfile.open(path) as archive:
            files = {name.removeprefix("./"): archive.getmember(name)
                     for name in archive.getnames() if not archive.getmember(name).isdir()}
            text = archive.extractfile("etc/ld.so.conf.d/dpdk.conf").read()
        self.assertEqual(set(files), {
            "opt/dpdk/bin/dpdk-testpmd", "opt/dpdk/lib/there/librte_eal.so.26.0",
            "opt/dpdk/lib/there/dpdk/pmds-26.0/librte_net_x.so.26.0",
            "usr/bin/dpdk-testpmd", "usr/bin/other", "etc/ld.so.conf.d/dpdk.conf"})
        self.assertEqual(files["usr/bin/dpdk-testpmd"].linkname, "/opt/dpdk/bin/dpdk-testpmd")
        self.assertEqual(text, b"/opt/dpdk/lib/there\n")
        self.assertEqual(os.path.getsize(path) % (64 << 20), 0)

    def test_sysroot(self):
        """Debian's DPDK is not in it, nor is the other sysroot changed."""
        self.enterContext(unittest.mock.patch.dict(os.environ, DDW_LAB_CACHE=self.root + "/cache"))
        debian = "base/usr/lib/powerpc64le-linux-gnu"
        for name in ("librte_eal.so.25", "dpdk/pmds-25.0/librte_net_y.so", "libc.so",
                     "pkgconfig/libdpdk.pc", "pkgconfig/libc.pc"):
            self.write(f"{debian}/{name}", b"Debian")
        kept = self.write("base/usr/include/stdio.h", b"Debian")
        self.write("base/usr/include/dpdk/rte_eal.h", b"Debian")
        base = os.path.join(self.root, "base")
        cache.write_manifest(base, {"versions": {"libdpdk-dev": "1"}})
        folder = self.install(prefix="/usr")
        self.write("dest/usr/include/stdio.h", b"own")
        own, quiet = installed.find(folder), Progress(quiet=True)
        root = installed.sysroot(base, own, quiet)
        found = {os.path.relpath(path, root) for path in installed._walk(root)}
        self.assertEqual(found, {
            "manifest.json", "usr/include/stdio.h", "usr/include/rte_eal.h",
            *("usr/lib/powerpc64le-linux-gnu/" + name for name in (
                "libc.so", "pkgconfig/libc.pc", "pkgconfig/libdpdk.pc")),
            *("usr/lib/there/" + name for name in (
                "librte_eal.so.26.0", "librte_eal.a", "dpdk/pmds-26.0/librte_net_x.so.26.0"))})
        with open(kept, "rb") as stream:
            self.assertEqual(stream.read(), b"Debian")
        self.assertEqual(installed.sysroot(base, own, quiet), root)
        self.write("dest/usr/include/rte_eal.h", b"changed")
        self.assertNotEqual(installed.sysroot(base, own, quiet), root)
        self.assertNotEqual(cache.read_manifest(root)["versions"],
                            cache.read_manifest(base)["versions"])


if __name__ == "__main__":
    unittest.main()
