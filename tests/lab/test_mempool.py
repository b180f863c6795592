# SPDX-License-Identifier: BSD-3-Clause
"""The handler "ddw" under unmodified programs: testpmd and dpdk-test, in both modes."""

import re
import unittest

import plugin_log
import testpmd
from machine_dpdk import PLUGIN
from pools import ADOPT, CONFIG, JUMBO, OPS, SELECTED, Pools, buffers
from powerlab import Nic
from powerlab import traffic
from support import GIGABYTE, MEGABYTE, LabCase

LIBRARY = "librte_mempool_ddw.so"
FRAMES = 3_000
PLAIN = "--socket-limit=64"             # EAL may not take more: the pool is elsewhere
_MISTAKES = ["DDW-pool-size"] * 3 + ["DDW-pool-hugepages", "DDW-pool-node", "DDW-pool-config",
                                     "DDW-pool-config", "DDW-pool-name"]
MODES = ("mode=ddw", "mode=dma32")


class Forward(Pools, LabCase):
    """An LPAR with each kind of NIC, 1 GiB of default window, 1.4 GiB of hugepages."""

    default_window = GIGABYTE
    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"),
            Nic("igb", bridge=3, net="stream"),
            Nic("virtio-net-pci", bridge=4, net="stream", options={"host_mtu": "9000"}))
    pages = 700
    programs = ("mempool_api", "mempool_tables")

    def plugin_folder(self):
        """Where EAL finds its plugins."""
        return self.m.run(f"dirname {PLUGIN}").check().out.strip()

    def without(self, name):
        """A plugin is not in the folder until the end of the test."""
        folder = self.plugin_folder()
        self.m.run(f"mv {folder}/{name} /tmp/{name}").check()
        self.addCleanup(self.m.run, f"mv /tmp/{name} {folder}/{name}")

    # testpmd.

    def test_traffic(self):
        """Each NIC in both modes, up to 9,014 bytes; the pool is larger than EAL may get."""
        for config in MODES:
            for devices in ((0, 1), (2, 3)):
                with self.subTest(config=config, devices=devices):
                    with self.forwarder(config, devices, f"-m 64 {PLAIN}", app=JUMBO,
                                        buffers=buffers(128 * MEGABYTE, 9216)) as pmd:
                        self.assertIn(SELECTED, pmd.output)
                        self.assertEqual(plugin_log.message_ids(pmd.output), [])
                        self.assertEqual(pmd.setup["mapped_bytes"], 64 * MEGABYTE)
                        self.forward(pmd, FRAMES, "io", devices)
                        self.forward(pmd, FRAMES, "macswap", devices, sizes=traffic.JUMBO,
                                     window=64)
                        self.finish(pmd)

    def test_scattered(self):
        """Frames that need several buffers each."""
        app = "--max-pkt-len=9018 --enable-scatter --tx-offloads=0x8000"
        for config in MODES:
            with self.subTest(config=config):
                with self.forwarder(config, app=app) as pmd:
                    self.forward(pmd, FRAMES, "macswap", sizes=traffic.JUMBO, window=64)
                    self.finish(pmd)

    def test_loaded_by_name(self):
        """-d finds the library wherever it is, also a second time."""
        path = "/usr/lib/powerpc64le-linux-gnu/" + LIBRARY
        with self.forwarder(eal=f"-m 64 -d {path}") as pmd:
            self.finish(pmd)
        self.without(LIBRARY)
        with self.forwarder(eal=f"-m 64 -d {path}") as pmd:
            self.forward(pmd, FRAMES // 10)
            self.finish(pmd)

    def test_choices(self):
        """The environment says how pools are made that are asked for by the handler's name."""
        choice = "MEMPOOL_DDW_CONFIG=mapping=demand,chunk_size=4M,window=default"
        with self.forwarder(before=choice) as pmd:
            found = self.ask("/mempool_ddw/info,mb_pool_0")["/mempool_ddw/info"]
            self.assertEqual((found["mapping"], found["chunk_size"], found["window"]),
                             ("demand", 4 * MEGABYTE, "default"))
            self.assertEqual(pmd.setup["dma32"], 0)
            self.forward(pmd, FRAMES // 10)
            found = self.ask("/mempool_ddw/info,mb_pool_0")["/mempool_ddw/info"]
            self.assertLess(int(found["iova_last"], 0), 1 << 32)
            self.finish(pmd)
        out = testpmd.run(self.m, f"-m 64 {self.allow((0, 1))} {OPS}",
                          before="MEMPOOL_DDW_CONFIG=mapping=never").out
        self.check_one_pool_message(out, "DDW-pool-config")
        self.check_hugepages_free()

    def test_kill(self):
        """SIGKILL while frames flow: the kernel gives back all, and the next start works."""
        for config in MODES:
            with self.subTest(config=config):
                with self.forwarder(config, buffers=buffers(256 * MEGABYTE)) as pmd:
                    pmd.forward()
                    self.check_traffic(testpmd.send(self.m, 400), 400)
                    self.assertEqual(pmd.kill(), -9)
                self.check_hugepages_free()
        with self.forwarder() as pmd:
            self.forward(pmd, FRAMES // 10)
            self.finish(pmd)

    def test_without_the_plugin(self):
        """On POWER nobody else gives bus addresses: one message, and no pool."""
        self.without("librte_bus_vfio_spapr.so")
        out = self.m.run(f"dpdk-testpmd -l 0-1 -m 64 --vdev=net_null0 --vdev=net_null1 --no-pci "
                         f"{OPS} -- {testpmd.FEW_BUFFERS}", 60)
        self.assertNotEqual(out.rc, 0)
        self.check_one_pool_message(out.out, "DDW-pool-no-plugin")
        self.check_hugepages_free()

    # dpdk-test.

    def autotest(self, name, eal):
        """Runs one of dpdk-test's tests; returns its status and what it printed."""
        result = self.m.run(f"DPDK_TEST={name} dpdk-test {testpmd.eal_words(eal)} "
                            f"</dev/null", 300)
        self.check_hugepages_free()
        return result.rc, result.out

    def test_autotests(self):
        """DPDK's own tests of mempools and mbufs, with this handler as the default one."""
        for where in [self.allow((0, 1)) + f" {CONFIG}{config}" for config in MODES] + ["--no-pci"]:
            for name in ("mempool_autotest", "mbuf_autotest"):
                with self.subTest(where=where, name=name):
                    status, out = self.autotest(name, f"-m 256 {OPS} {where}")
                    self.assertEqual(status, 0, out[-3000:])
                    self.assertIn("Test OK", out)
                    self.assertEqual(plugin_log.message_ids(out), [])
                    if where != "--no-pci":
                        self.check_release(out)

    # Programs that call the library.

    def test_few_ioctls(self):
        """A pool of 1 GiB on pages of 2M: at most four mapping ioctls per group."""
        seen = []

        def look(_objects):
            stats = self.ask("/vfio_spapr/stats")["/vfio_spapr/stats"]
            seen.append((stats["ioctls"]["MAP_DMA"]["calls"],
                         stats["ioctls"]["REGISTER_MEMORY"]["calls"], stats["mapped_bytes"]))

        self.api("gibibyte", eal=f"-m 64 {PLAIN} {self.allow((0, 1))}", objects=look)
        (maps, registers, before), (more_maps, more_registers, after) = seen
        self.assertGreaterEqual(after - before, GIGABYTE)
        calls = more_maps - maps + more_registers - registers
        print(f"{(after - before) // MEGABYTE} MiB: {more_registers - registers} REGISTER, "
              f"{more_maps - maps} MAP in two groups", flush=True)
        self.assertLessEqual(calls, 4 * 2)

    def test_large_objects(self):
        """16 MiB on pages of 2M, contiguous for devices as the plugin has it, too."""
        for config in MODES:
            for mapping in ("static", "demand"):
                with self.subTest(config=config, mapping=mapping):
                    self.api(f"large={mapping}", eal=f"-m 64 {self.allow((0, 1))}",
                             config=config, ids=["DDW-pool-busy"],
                             objects=self.check_objects)

    def test_windows(self):
        """A pool of 28 address bits while the rest is in the dynamic window."""
        out = self.api("windows", eal=f"-m 64 {self.allow((0, 1))} --vdev=net_null0",
                       ids=["DDW-pool-reach"] * 3)
        self.assertEqual(plugin_log.setup(out)["dma32"], 0)

    def test_memory_of_the_application(self):
        """A file on hugetlbfs, and normal pages for the window that takes them."""
        self.api("adopt=/dev/hugepages/of_the_application", "small=default",
                 eal=f"-m 64 {self.allow((0, 1))}", objects=self.check_objects,
                 ids=ADOPT)

    def test_growth(self):
        """Objects come and go."""
        for config in MODES:
            for mapping in ("static", "demand"):
                with self.subTest(config=config, mapping=mapping):
                    self.api(f"growth={mapping}", eal=f"-m 64 {self.allow((0, 1))}",
                             config=config, ids=["DDW-pool-size"])

    def test_mistakes(self):
        """Each is refused with one message; what comes after works."""
        self.api("mistakes", eal=f"-m 64 {self.allow((0, 1))}", ids=_MISTAKES)

    def test_tables(self):
        """64 GiB of tables and 512 MiB of packets, with a window of 1 GiB."""
        process = self.m.start(f"/opt/lab/mempool_tables "
                               f"{testpmd.eal_words(f'-m 64 {PLAIN} {self.allow((0, 1))}')} "
                               f"{CONFIG}mode=dma32 -- 64 512")
        try:
            ready = process.read_until(r"tables: ready .*\n", 120)
            values = dict(re.findall(r"(\w+)=(\d+)", ready.rsplit("tables: ready", 1)[1]))
            self.assertEqual(int(values["bytes"]), 64 * GIGABYTE)
            self.assertGreater(int(values["pool_bytes"]), 510 * MEGABYTE)
            found = self.ask("/vfio_spapr/windows")["/vfio_spapr/windows"]["main"]
            self.assertEqual((found["window"], found["size"]), ("default", GIGABYTE))
            self.check_traffic(testpmd.send(self.m, 5 * FRAMES), 5 * FRAMES)
            process.write("\n")
            self.assertEqual(process.wait(60), 0)
        finally:
            if process.rc is None:
                process.kill(9)
                process.wait(30)
        end = re.search(r"tables: packets=(\d+) counted=(\d+) freed=(-?\d+)", process.output)
        self.assertGreaterEqual(int(end[1]), 5 * FRAMES)
        self.assertEqual((end[1], end[3]), (end[2], "0"))
        self.check_end(process.output)


if __name__ == "__main__":
    unittest.main()
