# SPDX-License-Identifier: BSD-3-Clause
"""Cache keys, atomic building, and the messages of foreseeable failures."""

import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from powerlab import cache, entries, hostdeps, image, initramfs, overlay, rundir, sets, suites
from powerlab import sysroot, unpack
from powerlab.errors import LabError, tail
from powerlab.progress import Progress, megabytes


class CacheTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        patch = mock.patch.dict(os.environ, {"DDW_LAB_CACHE": os.path.join(folder.name, "c")})
        patch.start()
        self.addCleanup(patch.stop)

    def test_place(self):
        self.assertEqual(cache.root(), os.path.join(self.folder, "c"))
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": "/x"}):
            del os.environ["DDW_LAB_CACHE"]
            self.assertEqual(cache.root(), "/x/dpdk-ddw")

    def test_keys_differ_by_every_input(self):
        paths = {image.recipe(suite, flavour).path({})
                 for suite in suites.SUITES for flavour in suites.FLAVOURS}
        self.assertEqual(len(paths), 2 * len(suites.SUITES))
        self.assertEqual(sysroot.recipe("sid").path({}), sysroot.recipe("sid").path({}))
        self.assertNotIn(image.recipe("sid", "std").path({"a": "1"}), paths)
        with mock.patch.object(image, "RECIPE", 999):
            self.assertNotIn(image.recipe("sid", "std").path({}), paths)
        with mock.patch.object(sets, "asked", return_value=["another"]):
            self.assertNotIn(image.recipe("sid", "std").path({}), paths)

    def test_building_is_all_or_nothing(self):
        final = os.path.join(cache.subdir("x"), "entry")
        with self.assertRaises(ZeroDivisionError), cache.building(final) as folder:
            cache.write_manifest(folder, {"a": 1})
            raise ZeroDivisionError
        self.assertFalse(os.path.exists(final))
        self.assertFalse(os.path.exists(final + ".tmp"))
        for value in (1, 2):
            with cache.building(final) as folder:
                cache.write_manifest(folder, {"a": value})
            self.assertEqual(cache.read_manifest(final), {"a": value})
        self.assertEqual(os.listdir(os.path.dirname(final)), ["entry"])

    def test_lock_excludes_another_process(self):
        lab = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        code = ("import sys; sys.path.insert(0, sys.argv[1])\n"
                "from powerlab import cache\n"
                "with cache.lock('x'): print('inside', flush=True)")
        with cache.lock("x"):
            with subprocess.Popen([sys.executable, "-B", "-c", code, lab],
                                  stdout=subprocess.PIPE) as other:
                with self.assertRaises(subprocess.TimeoutExpired):
                    other.wait(0.5)
                other.kill()
                self.assertEqual(other.stdout.read(), b"")

    def test_full_disk(self):
        with self.assertRaises(LabError) as caught:
            cache.need_space(self.folder, 1 << 60, "the image")
        self.assertIn("not enough disk space", str(caught.exception))

    def test_unwritable_cache(self):
        with open(os.path.join(self.folder, "c"), "w", encoding="ascii"):
            pass
        with self.assertRaises(LabError):
            cache.subdir("images")

    def test_dead_mirror_falls_back_on_an_older_image(self):
        older = os.path.join(cache.subdir("images"), "trixie-std-000000000000")
        os.makedirs(older)
        cache.write_manifest(older, {"versions": {}})
        error = LabError("no lists", "no network", "x", transient=True)
        stream = io.StringIO()
        with mock.patch.object(entries, "_build_locked", side_effect=error), \
                mock.patch.object(hostdeps, "need"):
            self.assertEqual(image.build("trixie", "std", Progress(stream)), older)
            with self.assertRaises(LabError):
                image.build("trixie", "64k", Progress(stream))
        self.assertIn("notice", stream.getvalue())


class RunDirTest(unittest.TestCase):

    def test_what_a_killed_process_left_is_removed(self):
        with tempfile.TemporaryDirectory() as base, \
                mock.patch.object(rundir, "_base", return_value=base):
            with subprocess.Popen([sys.executable, "-c", ""]) as ended:
                ended.wait()
            stale = os.path.join(base, f"ddw-{ended.pid}-x")
            os.mkdir(stale)
            ours = rundir.create()
            again = rundir.create()
            self.assertFalse(os.path.exists(stale))
            self.assertTrue(os.path.exists(ours) and os.path.exists(again))


class ToolsTest(unittest.TestCase):

    def test_missing_tool(self):
        with self.assertRaises(LabError) as caught:
            hostdeps.need("sh", "no-such-program")
        self.assertIn("no-such-program", str(caught.exception))
        self.assertIn("lab/power deps", caught.exception.fix)

    def test_install_without_root(self):
        with mock.patch.object(hostdeps, "missing", return_value=["meson"]), \
                mock.patch.object(hostdeps.os, "geteuid", return_value=1), \
                mock.patch.object(hostdeps.shutil, "which", return_value=None), \
                self.assertRaises(LabError) as caught:
            hostdeps.install(Progress(io.StringIO()))
        self.assertIn("meson", caught.exception.fix)

    def test_skip_list(self):
        skipped = [name for name in ("libnuma-dev", "dpdk-dev", "initramfs-tools-core", "systemd",
                                     "libsystemd0", "dpkg", "python3") if image._SKIP.match(name)]
        self.assertEqual(skipped, ["libnuma-dev", "initramfs-tools-core", "systemd", "dpkg"])

    def test_broken_package(self):
        with tempfile.NamedTemporaryFile(suffix=".deb") as deb, \
                tempfile.TemporaryDirectory() as folder:
            deb.write(b"this is no package")
            deb.flush()
            with self.assertRaises(LabError) as caught:
                unpack.unpack([deb.name], folder, (), Progress(io.StringIO()))
            self.assertIn(os.path.basename(deb.name), str(caught.exception))

    def test_relative_links(self):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "usr/lib/x"))
            os.symlink("/usr/lib/y", os.path.join(folder, "usr/lib/x/l"))
            unpack.relative_links(folder)
            self.assertEqual(os.readlink(os.path.join(folder, "usr/lib/x/l")), "../y")

    def test_load_order_follows_dependencies(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "modules.dep"), "w", encoding="ascii") as stream:
                stream.write("k/a.ko.xz: k/b-c.ko.xz k/d.ko.xz\nk/b-c.ko.xz: k/d.ko.xz\n"
                             "k/d.ko.xz:\n")
            self.assertEqual(image._load_order(folder, ("none", "b_c", "a")),
                             ["k/d.ko.xz", "k/b-c.ko.xz", "k/a.ko.xz"])

    def test_cpio_archive(self):
        data = initramfs.archive([("init", 0o100755, b"abc")])
        self.assertTrue(data.startswith(b"070701"))
        self.assertEqual(len(data) % 4, 0)
        self.assertIn(b"TRAILER!!!", data)

    def test_overlay_belongs_to_root(self):
        import tarfile
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "in", "lib", "x")
            os.makedirs(os.path.dirname(path), mode=0o777)
            with open(path, "w", encoding="ascii"):
                pass
            os.chmod(path, 0o666)
            overlay.pack(os.path.join(folder, "in"), None, os.path.join(folder, "o.tar"))
            with tarfile.open(os.path.join(folder, "o.tar")) as archive:
                for member in archive:
                    self.assertEqual((member.uid, member.gid, member.mode & 0o022), (0, 0, 0))

    def test_messages(self):
        text = str(LabError("a", "b", "c", "/log"))
        self.assertEqual(text, "error: a\n  why: b\n  fix: c\n  log: /log")
        self.assertEqual(tail("1\n2\n3\n", 2), "2\n3")
        self.assertEqual(megabytes(12_340_000), "12.3 MB")

    def test_progress_off_a_terminal_is_plain_lines(self):
        stream = io.StringIO()
        progress = Progress(stream)
        progress.update("not yet worth a line")
        progress.step("step")
        self.assertEqual(stream.getvalue(), "step\n")


if __name__ == "__main__":
    unittest.main()
