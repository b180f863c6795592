# SPDX-License-Identifier: BSD-3-Clause
"""What all lab tests share: one machine per class, checks after each test, results.

A test case names its machine in class attributes. Each test gives back what it
took; tearDown() looks whether it did, and whether the kernel has complained.
"""

import json
import os
import re
import time
import unittest

import dpdk_release
import machine_dpdk
import plugin_log
import testpmd
from powerlab import Machine, choose
from powerlab.progress import Progress

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SUITE = choose.choose(choose.default(), Progress())
BUILD = os.environ.get("DDW_BUILD", os.path.join(
    ROOT, "build", "ppc64el", SUITE + ("-dpdk" if machine_dpdk.OWN else "")))
STAGE = os.path.join(BUILD, "stage")
RESULTS = os.path.join(ROOT, "results")
MEGABYTE = 1 << 20
GIGABYTE = 1 << 30
PAGE_2M = 2 * MEGABYTE
# Root keeps all its rights but the one that lifts the limit of locked memory.
NO_IPC_LOCK = "setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock"
# Soft lockups and stalls say that this host was slow, not that something is wrong.
_COMPLAINT = re.compile(r"WARNING:|(?<!watchdog: )BUG:|Oops|Call Trace|Kernel panic|"
                        r"Unable to handle|EEH: |refcount_t|ODEBUG")

_UNBIND = """
for a in {addresses}; do
	d=/sys/bus/pci/devices/$a
	echo >$d/driver_override
	[ ! -e $d/driver ] || echo $a >$d/driver/unbind
done
"""
_BIND_KERNEL = """
set -e
modprobe {module}
for a in {addresses}; do
	d=/sys/bus/pci/devices/$a
	[ -e $d/driver ] || echo $a >/sys/bus/pci/drivers_probe
	[ "$(basename "$(readlink $d/driver)")" = {module} ]
done
"""
# EAL loads all files LIBRARY.so.MAJOR.MINOR of its directory: these instead of Debian's 140
# drivers. Programs find those that they are linked with, LIBRARY.so.MAJOR, there as well.
_FEW_DRIVERS = f"""
set -e
shopt -s nullglob
cd {machine_dpdk.PMDS}
mkdir -m 755 /run/all /run/few
mount --bind $PWD /run/all
ln -s -t /run/few /run/all/librte_{{bus_vfio_spapr,mempool_ddw,bus_pci,bus_vdev}}.so* \\
	/run/all/librte_{{mempool_ring,mempool_stack,dma_skeleton}}.so* \\
	/run/all/librte_{{net_e1000,net_virtio,net_null,net_ring,crypto_null}}.so*
ln -sf -t /run/few /run/all/*.so.[0-9][0-9]
mount --bind /run/few $PWD
"""


def rounds(few, many):
    """How often to repeat: `many` times in "make soak"."""
    return many if os.environ.get("DDW_SOAK") == "1" else few


class LabCase(unittest.TestCase):
    """A class of tests on one machine."""

    kind = "pseries"
    nics = ()
    pages = 510                         # 2M hugepages: what a window of 1 GiB has room for
    large_pages = 0                     # 1G hugepages, also to be named in kernel_args
    bind = True                         # all NICs to vfio-pci
    random_addresses = False            # of programs and their memory, as on a real machine
    all_drivers = False                 # those that Debian has: a second of each start
    # Of each slot of an LPAR. The kernel writes all its entries whenever a process gives a group
    # back, which takes half a second for QEMU's usual 1 GiB.
    default_window = 256 * MEGABYTE
    machine_options = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls._started = time.monotonic()
        if not os.path.isdir(STAGE):
            raise AssertionError(f"{STAGE} is missing: run 'make ppc64el'")
        pages = [("2M", cls.pages), ("1G", cls.large_pages)]
        options = dict(suite=SUITE, overlay=STAGE, progress=Progress(quiet=True), bind=cls.bind,
                       hugepages=[item for item in pages if item[1]])
        options.update(cls.machine_options)
        if cls.kind == "pseries":
            given = options.get("bridges", {})
            options["bridges"] = {
                nic.bridge: {"dma_win_size": str(cls.default_window), **given.get(nic.bridge, {})}
                for nic in cls.nics}
        cls.m = Machine(kind=cls.kind, nics=list(cls.nics), **options)
        cls.addClassCleanup(cls._stop)
        cls.m.boot()
        if cls.random_addresses:
            cls.m.run("echo 2 >/proc/sys/kernel/randomize_va_space").check()
        if not cls.all_drivers:
            cls.m.run(_FEW_DRIVERS).check()
        cls.kernel = cls.m.run("uname -r").check().out.strip()
        cls.addresses = [nic.address for nic in cls.nics] if cls.bind else []
        print(f"\n{cls.__name__}: ready after {time.monotonic() - cls._started:.1f} s", flush=True)

    @classmethod
    def _stop(cls):
        cls.m.stop()
        print(f"{cls.__name__}: {time.monotonic() - cls._started:.1f} s in all", flush=True)

    def setUp(self):
        # Files of a test that failed would make the next one fail too.
        self.m.run("rm -f /dev/hugepages*/*map_*").check()
        self._log_start = len(self.m.console())

    def tearDown(self):
        self.check_kernel()

    def need_refusal(self):
        """Skips a test for which firmware must have refused a window to a driver of the kernel."""
        if not re.search(r"create-pe-dma-window\(.* returned -3 ", self.m.console()):
            self.skipTest("this QEMU refuses no window without maxmem=: see lab/README.md")

    # Checks.

    def kernel_log(self):
        """What the kernel has said since this test began."""
        return self.m.console()[self._log_start:]

    def check_kernel(self):
        """The kernel has nothing to complain about."""
        bad = [line for line in self.kernel_log().splitlines() if _COMPLAINT.search(line)]
        self.assertEqual(bad, [], "the kernel complained")

    def check_setup(self, text, groups, window, page_shift, mapped=None, group_shifts=None):
        """The plugin's figures of a good start, exactly: one CREATE per group among them.

        `group_shifts` are the IOMMU pages of groups that do not all have the largest one.
        """
        self.assertEqual(plugin_log.message_ids(text), [])
        found = plugin_log.setup(text)
        self.assertIsNotNone(found, text[-2000:])
        self.assertEqual(found["groups"], groups)
        self.assertEqual(found["start"], plugin_log.WINDOW_START)
        self.assertEqual(found["size"], window)
        self.assertEqual(found["page"], 1 << page_shift)
        self.assertEqual(found["creates"], groups)
        if mapped is not None:
            self.assertEqual(found["mapped_bytes"], mapped)
        listed = plugin_log.groups(text)
        self.assertEqual(len(listed), groups)
        self.assertEqual(len({group.number for group in listed}), groups)
        for group, shift in zip(listed, group_shifts or [page_shift] * groups):
            self.assertEqual((group.start, group.size, group.page, group.default),
                             (plugin_log.WINDOW_START, window, 1 << shift, "kept"))
        return found

    def check_release(self, text):
        """The plugin has undone everything that it did, and had nothing to say."""
        self.assertEqual(plugin_log.message_ids(text), [])
        return self.check_ledger(text)

    def check_ledger(self, text, errors=0, away=()):
        """At the end the ledger is empty, by the plugin's calls and by what the kernel dropped.

        EAL closes all groups before the plugin ends, or those of some drivers only; each
        REGISTER is answered by UNREGISTER, or it went with its group. `errors` are calls
        that the kernel has to refuse, `away` the devices that the test itself has detached.
        """
        found = plugin_log.release(text)
        self.assertIsNotNone(found, text[-2000:])
        self.assertEqual((found["mapped_bytes"], found["regions"], found["errors"]),
                         (0, 0, errors))
        self.assertEqual(found["registers"], found["unregisters"] + found["dropped"])
        models = {nic.address: nic.model for nic in self.m.nics}
        seen, there = plugin_log.groups_at_end(text)
        closed = {number for number, device in seen.items()
                  if device in away or self.release(text).closes_group(models[device])}
        self.assertEqual(there, set(seen) - closed, text[-2000:])
        # sPAPR v1 registers nothing.
        self.assertEqual(found["dropped"] > 0,
                         found["registers"] > 0 and plugin_log.GROUP_GONE in text)
        return found

    def check_traffic(self, result, frames, stats=None, ends=(0, 1)):
        """Every frame came back once and unchanged, and the ports counted them."""
        self.assertEqual((result.sent, result.received, result.lost, result.corrupted,
                          result.duplicated, result.reordered), (frames, frames, 0, 0, 0, 0))
        if stats is None:
            return
        source, sink = (stats[end] for end in ends)
        self.assertGreaterEqual(source["RX-packets"], frames)
        self.assertGreaterEqual(sink["TX-packets"], frames)
        for port in stats.values():
            self.assertEqual((port["RX-missed"], port["RX-errors"], port["RX-nombuf"],
                              port["TX-errors"]), (0, 0, 0, 0))

    def check_one_message(self, text, name):
        """Exactly one error, with all its parts; returns it."""
        self.assertEqual(plugin_log.message_ids(text), [name], text[-3000:])
        found = plugin_log.messages(text)
        self.assertEqual([message.id for message in found], [name], text[-3000:])
        return found[0]

    def check_hugepages_free(self):
        """No page is in use, above all none that a process left pinned.

        EAL leaves the files of pages that it never gave back; without them
        every page has to be free. The kernel may still be at it when the process is gone.
        """
        out = self.m.run("rm -f /dev/hugepages*/*map_*; cd /sys/kernel/mm/hugepages; "
                         "for try in 1 2 3 4 5 6 7 8 9; do "
                         "  [ \"$(cat */nr_hugepages)\" = \"$(cat */free_hugepages)\" ] && break; "
                         "  sleep 0.5; "
                         "done; "
                         "for d in *; do echo $d $(cat $d/nr_hugepages $d/free_hugepages); done")
        for line in out.check().out.splitlines():
            name, total, free = line.split()
            self.assertEqual(free, total, f"{name}: pages are still in use")

    def check_normal_start(self, ports=2, eal="", frames=300, ends=(0, 1)):
        """A start without anything special works: no earlier one left a half-made state."""
        with testpmd.Testpmd(self.m, eal) as pmd:
            self.assertEqual(plugin_log.message_ids(pmd.output), [])
            self.assertEqual(testpmd.ports(pmd.output), ports)
            if frames:
                result, stats = pmd.traffic(frames, ends=ends)
                self.check_traffic(result, frames, stats, (0, 1))
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)

    # Actions.

    def unbind(self, addresses):
        """Takes devices from their driver, whichever it is."""
        self.m.run(_UNBIND.format(addresses=" ".join(addresses))).check()

    def bind_kernel(self, addresses, module="e1000e"):
        """Gives devices to the kernel's own driver."""
        self.unbind(addresses)
        self.m.run(_BIND_KERNEL.format(addresses=" ".join(addresses), module=module)).check()

    def without_small_pages(self):
        """No hugepages of 2M until the end of the test."""
        self.addCleanup(self.m.hugepages, "2M", self.pages)
        self.m.hugepages("2M", 0)

    def write_result(self, name, text, traffic=None):
        """One file of figures in results/, for people and for later comparison."""
        found = plugin_log.setup(text)
        record = {
            "test": self.id(), "machine": self.kind, "suite": SUITE, "kernel": self.kernel,
            "dpdk": self.dpdk_version(), "groups": found["groups"],
            "window_start": found["start"], "window_size": found["size"],
            "page_shift": found["page"].bit_length() - 1,
            "mapped_bytes": found["mapped_bytes"], "create_ioctls": found["creates"],
            "register_ioctls": found["registers"], "map_ioctls": found["maps"],
            "setup_ms": found["us"] / 1000,
            "frames_sent": traffic.sent if traffic else 0,
            "frames_received": traffic.received if traffic else 0,
            "frames_lost": traffic.lost if traffic else 0,
            "frames_corrupted": traffic.corrupted if traffic else 0,
        }
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, f"{name}.json"), "w", encoding="utf-8") as stream:
            json.dump(record, stream, indent=1)
            stream.write("\n")

    def release(self, text=""):
        """What is special in the DPDK that has printed this, or in that of the machine."""
        return dpdk_release.of(dpdk_release.version(text) or self.dpdk_version())

    def dpdk_version(self):
        """The version of the DPDK in the machine, asked once."""
        cls = type(self)
        if self.m.dpdk:
            return self.m.dpdk.version
        if not hasattr(cls, "_dpdk"):
            out = self.m.run("echo quit | dpdk-test -v --no-huge --no-pci --no-shconf "
                             "--iova-mode=va -m 64 2>&1")
            cls._dpdk = dpdk_release.version(out.out)
            self.assertIsNotNone(cls._dpdk, out.out[-1000:])
        return cls._dpdk
