# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""devtools/check: what it runs, and when it leaves the tests out. Scripts stand for its parts."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCRIPTS = {
    "devtools/lint": '#!/bin/sh\necho "lint $*" >>calls\necho "ok lint"\n',
    "bin/meson": """#!/bin/sh
echo "meson $*" >>calls
mkdir -p build/host/meson-logs
echo '{"result": "OK"}' >build/host/meson-logs/testlog.json
[ ! -e fail ] || exit 1
""",
    "build/host/tests/unit/test_histories": '#!/bin/sh\necho histories >>calls\necho "ok 1"\n',
}
ALL = ["histories", "lint", "meson"]


class Check(unittest.TestCase):
    """In a tree with nothing but this tool."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = folder.name
        shutil.copytree(os.path.join(ROOT, "devtools"), os.path.join(self.tree, "devtools"))
        for name, text in SCRIPTS.items():
            self.write(name, text)
            os.chmod(os.path.join(self.tree, name), 0o755)

    def write(self, name, text):
        """A file of the tree."""
        os.makedirs(os.path.dirname(os.path.join(self.tree, name)), exist_ok=True)
        with open(os.path.join(self.tree, name), "w", encoding="ascii") as stream:
            stream.write(text)

    def environment(self):
        """With the programs of the tree before all others."""
        path = os.path.join(self.tree, "bin") + ":" + os.environ["PATH"]
        return dict(os.environ, PATH=path)

    def check(self, status, last):
        """Runs it; returns the names of the parts that ran."""
        done = subprocess.run([os.path.join(self.tree, "devtools/check")], text=True,
                              env=self.environment(), capture_output=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], last)
        calls = os.path.join(self.tree, "calls")
        with open(calls, encoding="ascii") as stream:
            found = stream.read()
        os.remove(calls)
        self.assertIn("lint --changed build/host", found)
        return sorted(line.split()[0] for line in found.splitlines())

    def test_nothing_changed(self):
        """The tests run again when, and only when, a file has changed."""
        self.assertEqual(self.check(0, "3 passed, 0 failed"), ALL)
        self.assertEqual(self.check(0, "1 passed, 0 failed"), ["lint"])
        self.write("new.c", "")
        self.assertEqual(self.check(0, "3 passed, 0 failed"), ALL)
        self.write("new.c", "int x;\n")
        self.assertEqual(self.check(0, "3 passed, 0 failed"), ALL)
        self.assertEqual(self.check(0, "1 passed, 0 failed"), ["lint"])

    def test_another_program(self):
        """A program that was built from something else is another one."""
        self.assertEqual(self.check(0, "3 passed, 0 failed"), ALL)
        self.write("build/host/tests/unit/test_histories",
                   SCRIPTS["build/host/tests/unit/test_histories"] + "# changed\n")
        self.assertEqual(self.check(0, "3 passed, 0 failed"), ALL)
        self.assertEqual(self.check(0, "1 passed, 0 failed"), ["lint"])

    def test_two_at_once(self):
        """The second one says so, and leaves the first one alone."""
        self.write("devtools/lint", "#!/bin/sh\necho lint --changed build/host >>calls\n"
                   "sleep 3\necho ok lint\n")
        words = dict(env=self.environment(), text=True, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
        tool = os.path.join(self.tree, "devtools/check")
        with subprocess.Popen([tool], **words) as first:
            while not os.path.exists(os.path.join(self.tree, "calls")):
                time.sleep(0.05)
            second = subprocess.run([tool], check=False, **words)
            self.assertEqual(second.returncode, 1)
            self.assertRegex(second.stderr, "runs in this tree already")
            first.communicate()
            self.assertEqual(first.returncode, 0)

    def test_ended(self):
        """Its stages end with it."""
        self.write("devtools/lint", "#!/bin/sh\necho $$ >pid.new\nmv pid.new pid\n"
                   "exec sleep 60\n")
        with subprocess.Popen([os.path.join(self.tree, "devtools/check")],
                              env=self.environment(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as running:
            while not os.path.exists(os.path.join(self.tree, "pid")):
                time.sleep(0.05)
            running.terminate()
            self.assertEqual(running.communicate(timeout=30)[1], "interrupted\n")
            self.assertEqual(running.returncode, 130)
        with open(os.path.join(self.tree, "pid"), encoding="ascii") as stream:
            self.assertFalse(os.path.exists(f"/proc/{stream.read().strip()}"))

    def test_failed(self):
        """Tests that failed run again, though nothing has changed."""
        self.write("fail", "")
        for _ in range(2):
            self.assertEqual(self.check(1, "3 passed, 1 failed"), ALL)


if __name__ == "__main__":
    unittest.main()
