# SPDX-License-Identifier: BSD-3-Clause
"""Everything that a user can get wrong: one message, no half-made state, and then it works.

Each test ends with a normal start, which shows that the failed one left nothing.
"""

import os
import re
import unittest

import plugin_log
import testpmd
from machine_dpdk import PLUGIN
from powerlab import Nic
from support import BUILD, GIGABYTE, MEGABYTE, NO_IPC_LOCK, LabCase
from testpmd import Testpmd

FUTURE = "/opt/lab/future_dpdk.so"
CONFIG = "-a vfio_spapr:config,"


class BadInput(LabCase):
    """Bridges 1 and 2 are sound. Bridge 3 has no DDW, and bridge 4 is poisoned.

    Without maxmem= firmware refuses the kernel a window for the
    virtio NIC, which it binds at boot; after that the bridge takes no window.
    """

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("e1000e", bridge=3), Nic("virtio-net-pci", bridge=4))
    machine_options = {"maxmem": False, "bridges": {3: {"ddw": "off"}}}
    bind = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addresses = cls.m.bind_vfio(cls.nics[:2])
        cls.m.put(os.path.join(BUILD, "tests", "guest", "future_dpdk.so"), FUTURE)

    def check_refused(self, name, eal="", before="", app="", rc=0, ports=0):
        """A start that ends in one message, with no device given to stock DPDK."""
        result = testpmd.run(self.m, eal, app, before)
        message = self.check_one_message(result.out, name)
        self.assertEqual(result.rc, rc, result.out[-2000:])
        self.assertEqual(testpmd.ports(result.out), ports)
        self.assertNotIn(plugin_log.STOCK_FAILURE, result.out)
        self.assertNotIn("Using IOMMU type", result.out)
        if ports == 0:
            for address in self.addresses:
                self.assertIn(f"{address} is not probed", result.out)
            self.assertIsNone(plugin_log.setup(result.out))
        self.check_hugepages_free()
        return message, result.out

    # Parameters.

    def test_parameters(self):
        """Names and values that do not exist; the message repeats what was written."""
        cases = (("size=1G", "DDW-param-unknown", "size"),
                 ("page_size=3M", "DDW-param-value", "page_size=3M"),
                 ("window_size=abc", "DDW-param-value", "window_size=abc"),
                 ("window_size=3G", "DDW-param-value", "window_size=3G"),
                 ("strict=2", "DDW-param-value", "strict=2"),
                 ("mode=fast", "DDW-param-value", "mode=fast"),
                 ("mode", "DDW-param-value", "mode"),
                 ("window_size=[1G", "DDW-param-value", "window_size"))
        for text, name, word in cases:
            with self.subTest(text=text):
                message, _ = self.check_refused(name, f"-a 'vfio_spapr:config,{text}'")
                self.assertIn(word, message.what)
        self.check_normal_start()

    def test_parameters_of_the_environment(self):
        """The message says that the mistake is in the variable."""
        message, _ = self.check_refused("DDW-param-unknown", before="VFIO_SPAPR_CONFIG=size=1G")
        self.assertIn("VFIO_SPAPR_CONFIG", message.what)
        self.check_normal_start()

    def test_page_sizes(self):
        """Larger than a hugepage; or not offered. Sizes that are offered are listed."""
        self.check_refused("DDW-page-too-large", CONFIG + "page_size=16M")
        self.check_refused("DDW-page-too-large", CONFIG + "page_size=128M")
        for text in ("8K", "256K", "1M"):
            with self.subTest(page_size=text):
                message, _ = self.check_refused("DDW-page-not-offered",
                                                f"{CONFIG}page_size={text}")
                self.assertIn("64K", message.fix)
        self.check_normal_start()

    def test_window_too_small(self):
        """The message names a size that does fit, and with it the start works."""
        message, _ = self.check_refused("DDW-window-too-small",
                                        f"-m 512 {CONFIG}window_size=256M")
        words = re.search(r"window_size=\S+", message.fix)[0]
        with Testpmd(self.m, f"-m 512 {CONFIG}{words}") as pmd:
            self.check_setup(pmd.output, 2, plugin_log.size(words.split("=")[1]), 21,
                             512 * MEGABYTE)
            self.assertEqual(pmd.quit(), 0)

    # What EAL needs.

    def test_no_hugepages(self):
        """EAL ends before the plugin's turn; the plugin has said why all the same."""
        self.m.hugepages("2M", 0)
        self.addCleanup(self.m.hugepages, "2M", self.pages)
        result = testpmd.run(self.m)
        self.assertNotEqual(result.rc, 0)
        message = self.check_one_message(result.out, "DDW-no-hugepages")
        self.assertIn("dpdk-hugepages.py", message.fix)
        self.m.hugepages("2M", self.pages)
        self.check_normal_start()

    def test_virtual_addresses(self):
        """--iova-mode=va: no window is where virtual addresses are."""
        self.check_refused("DDW-iova-va", "--iova-mode=va")
        self.check_normal_start()

    def test_no_huge(self):
        """--no-huge: no physical addresses; on pseries EAL refuses to start, the reason is ours."""
        result = testpmd.run(self.m, "--no-huge -m 256")
        self.check_one_message(result.out, "DDW-iova-va")
        self.assertEqual(testpmd.ports(result.out), 0)
        self.assertNotIn(plugin_log.STOCK_FAILURE, result.out)
        self.check_normal_start()

    def test_memlock(self):
        """The message says how much is needed, and that much is enough."""
        limit = "ulimit -l {}; exec " + NO_IPC_LOCK
        eal, app = f"-m 64 {CONFIG}mode=ddw", "--no-mlockall"
        message, _ = self.check_refused("DDW-memlock", eal, limit.format(8192), app)
        self.assertIn("8192 KiB", message.what)
        need = int(re.search(r"(\d+) KiB are needed", message.what)[1])
        self.assertGreater(need, 64 * 1024)
        message, _ = self.check_refused("DDW-memlock", eal, limit.format(need - 1), app)
        result = testpmd.run(self.m, eal, app, limit.format(need))
        self.check_setup(result.out, 2, GIGABYTE, 21, 64 * MEGABYTE)
        self.assertEqual(testpmd.ports(result.out), 2)
        self.check_release(result.out)
        self.check_normal_start()

    def test_memlock_stops_growth(self):
        """Enough for the start, not for the buffers: no pool, and a message."""
        result = self.m.run(f"ulimit -l 65536; exec {NO_IPC_LOCK} dpdk-testpmd "
                            f"{testpmd.eal_words()} -- --no-mlockall", 120)
        self.assertEqual(result.rc, 1, result.out[-2000:])
        self.assertEqual(set(plugin_log.message_ids(result.out)), {"DDW-memlock"})
        self.assertIn("Creation of mbuf pool", result.out)
        self.check_normal_start()

    def test_hidden_files(self):
        """What a container may hide from the process: the message names the file."""
        for path, mount, name in (
                ("/sys/kernel/mm/hugepages", "-t tmpfs none", "DDW-no-hugepages"),
                ("/proc/$$/status", "--bind /dev/null", "DDW-memlock")):
            with self.subTest(path=path):
                result = self.m.run(
                    f"unshare -m bash -c 'mount {mount} {path} && exec dpdk-testpmd "
                    f"{testpmd.eal_words()} -- {testpmd.FEW_BUFFERS}'", 120)
                message = self.check_one_message(result.out, name)
                self.assertIn(path.replace("$$", "self"), message.why)
                self.assertEqual(testpmd.ports(result.out), 0)
                self.check_hugepages_free()
        self.check_normal_start()

    # The plugin and its DPDK.

    def test_two_copies(self):
        """The second copy says so and stays away; the first one works."""
        copy = "/opt/lab/librte_bus_vfio_spapr.so"
        self.m.run(f"mkdir -p /opt/lab && cp {PLUGIN} {copy}").check()
        message, out = self.check_refused("DDW-second-copy", f"-d {copy}", ports=2)
        self.assertIn(copy, message.what)
        self.assertEqual(plugin_log.setup(out)["groups"], 2)
        self.check_normal_start()

    def test_unknown_dpdk(self):
        """A release that the plugin does not know is not touched: stock DPDK goes on alone."""
        result = testpmd.run(self.m, before=f"LD_PRELOAD={FUTURE}")
        message = self.check_one_message(result.out, "DDW-layout-unknown")
        self.assertIn("99.11", message.what)
        self.assertIsNone(plugin_log.setup(result.out))
        self.assertEqual(testpmd.ports(result.out), 0)
        self.check_normal_start()

    # Groups.

    def test_group_of_another_process(self):
        """The process that has the device keeps it; the second one says who is in the way."""
        with Testpmd(self.m, "-m 64 --file-prefix first") as pmd:
            message, _ = self.check_busy()
            self.assertIn("dpdk-testpmd", message.what)
            result, stats = pmd.traffic(300)
            self.check_traffic(result, 300, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)
        self.check_normal_start()

    def check_busy(self):
        """One of the two devices is asked for; hugepages are in use by the first process."""
        result = testpmd.run(self.m, f"-m 64 --file-prefix second -a {self.addresses[0]}")
        self.assertNotIn(plugin_log.STOCK_FAILURE, result.out)
        self.assertEqual(testpmd.ports(result.out), 0)
        return self.check_one_message(result.out, "DDW-group-busy"), result.out

    def check_group_refused(self, name, nic):
        """A group without a window: its device is left out, the sound ones work."""
        bad = self.m.bind_vfio([nic])[0]
        self.addCleanup(self.unbind, [bad])
        alone = testpmd.run(self.m, f"-m 64 -a {bad}")
        message = self.check_one_message(alone.out, name)
        self.assertIn(bad, message.what)
        self.assertIn(f"{bad} is not probed", alone.out)
        self.assertEqual(testpmd.ports(alone.out), 0)

        strict = testpmd.run(self.m, f"-m 64 {CONFIG}strict=1")
        self.check_one_message(strict.out, name)
        self.assertNotEqual(strict.rc, 0)
        self.assertIn("strict=1", strict.out.splitlines()[-1])

        with Testpmd(self.m, f"-m 64 {CONFIG}strict=0") as pmd:
            self.check_one_message(pmd.output, name)
            self.assertEqual(testpmd.ports(pmd.output), 2)
            self.assertEqual(pmd.setup["groups"], 2)
            result, stats = pmd.traffic(300)
            self.check_traffic(result, 300, stats)
            self.assertEqual(pmd.quit(), 0)
            self.check_ledger(pmd.output)
        self.unbind([bad])
        self.check_normal_start()
        return message

    def test_bridge_without_ddw(self):
        """Firmware offers no window; the message says where that is switched on."""
        message = self.check_group_refused("DDW-no-ddw", self.nics[2])
        self.assertIn("ddw=on", message.fix)

    def test_poisoned_bridge(self):
        """A CREATE that failed before this process was there: only a reboot helps."""
        self.need_refusal()
        message = self.check_group_refused("DDW-pe-poisoned", self.nics[3])
        self.assertIn("virtio-pci", message.why)
        self.assertIn(self.nics[3].address, message.why)
        for word in ("reboot", "disable_ddw", "virtio_pci is built in", "maxmem=8G"):
            self.assertIn(word, message.fix)


if __name__ == "__main__":
    unittest.main()
