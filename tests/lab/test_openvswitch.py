# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Open vSwitch of Debian as it is: ports that come, go and come back, a bond, a restart.

It starts EAL by itself, with an empty environment and without a device. What one types is in
doc/guides/openvswitch.rst, and typed from there.
"""

import contextlib
import socket
import threading
import time
import unittest

import plugin_log
from powerlab import Nic
from powerlab.traffic import JUMBO, run_traffic
from support import rounds
from typist import ProgramCase

FRAMES = 2_000                          # each way
LOG = "/var/log/openvswitch/ovs-vswitchd.log"
PID = "/run/openvswitch/ovs-vswitchd.pid"
NO_DEVICE = "-a pci:0000:00:00.0"
UNITS = "/usr/lib/systemd/system"
# br0 is a tap, whose module udev would load. The kernel's own switch is of no use here, and
# needs modules that the machine lacks. After installation the build without DPDK is selected.
_PREPARE = """
set -e
modprobe tun
echo 'install openvswitch /bin/true' >/etc/modprobe.d/openvswitch.conf
chmod 755 /usr/bin/systemctl /usr/bin/update-alternatives
update-alternatives --set ovs-vswitchd /usr/lib/openvswitch-switch/ovs-vswitchd
"""
# There is neither dpkg in the machine nor systemd: these do what they would, the second one what
# the units of the package say.
_ALTERNATIVES = """#!/bin/sh
[ "$1 $2" = "--set ovs-vswitchd" ] && [ -x "$3" ] && exec ln -sf "$3" /usr/sbin/ovs-vswitchd
"""
_SYSTEMCTL = """#!/bin/sh
line() {
	sed -e :a -e '/\\\\$/{' -e N -e 's/\\\\\\n//' -e ta -e '}' """ + UNITS + """/$1.service |
		sed -n "s/^$2=//p"
}
call() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c \\
		". /etc/default/openvswitch-switch; $(line $1 $2)"
}
[ "$2" = openvswitch-switch ] || exit 1
case $1 in
start) ;;
restart) call ovs-vswitchd ExecStop && call ovsdb-server ExecStop || exit 1 ;;
*) exit 1 ;;
esac
call ovsdb-server ExecStart && call ovs-vswitchd ExecStart
"""
# A process that is killed is gone when its directory is.
_KILL = f"""
set -e
pid=$(cat {PID})
kill -9 $pid
while [ -e /proc/$pid ]; do sleep 0.1; done
"""
_WAIT = """
end=$(($(date +%s) + 300))
until ovs-ofctl dump-ports-desc br0 {port} | grep -q '^ *state: *{state}$'; do
	[ $(date +%s) -lt $end ] || {{ ovs-ofctl show br0; exit 1; }}
	sleep 0.1
done
"""


class OpenVSwitch(ProgramCase):
    """A bridge, and three NICs in three groups."""

    page = "openvswitch"
    package = "openvswitch-switch-dpdk"
    # The driver of e1000e splits frames above 8,192 bytes, which the switch does not bear.
    nics = (Nic("igb", bridge=1, net="stream"), Nic("igb", bridge=2, net="stream"),
            Nic("e1000e", bridge=3, net="stream"))
    pages = 800                         # not enough for the pool that it asks for first

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A NIC that has never had a peer ends QEMU with the first frame that it sends.
        for nic in cls.nics:
            with socket.socket(socket.AF_UNIX) as end:
                end.connect(nic.socket)
        cls.write_file("/usr/bin/systemctl", _SYSTEMCTL)
        cls.write_file("/usr/bin/update-alternatives", _ALTERNATIVES)
        cls.m.run(_PREPARE).check()
        # The figures of the plugin, for the test: they change nothing.
        cls.write_file("/etc/default/openvswitch-switch",
                       "OVS_CTL_OPTS=--ovs-vswitchd-options=-vdpdk:file:dbg\n")
        # The build without DPDK, as after installation.
        cls.m.run("systemctl start openvswitch-switch", 300).check()
        cls.m.run("ovs-vsctl set Open_vSwitch . other_config:dpdk-extra="
                  "'-v --log-level=bus.vfio_spapr:info'").check()
        cls.type_section("Start with DPDK")

    def setUp(self):
        super().setUp()
        self._seen = len(self.log())
        self._as_it_was = False
        self.addCleanup(self.remove_bridge)
        if "br0" not in self.vsctl("list-br"):
            self.type_section("A bridge with two ports")
            self.wait_up("p0", "p1")

    def tearDown(self):
        """The plugin had nothing to say, and nothing that it logs is an error."""
        log = self.log(self._seen)
        self.assertEqual(plugin_log.message_ids(log), [])
        self.assertNotRegex(log, r"(ERR|WARN)\|VFIO_SPAPR")
        super().tearDown()

    def remove_bridge(self):
        """No ports for the next test, unless they are as they were: a pool takes seconds."""
        if not self._as_it_was:
            self.vsctl("--if-exists del-br br0")

    def vsctl(self, words):
        """One change of the database, carried out when it returns; returns what it printed."""
        found = self.m.run(f"ovs-vsctl --timeout=300 {words}", 330)
        self.assertEqual(found.rc, 0, found.out + self.log(self._seen)[-4000:])
        return found.out

    def log(self, start=0):
        """The log of the switch."""
        return self.m.get(LOG).decode("utf-8", "replace")[start:]

    def wait_up(self, *ports):
        """Until frames can pass."""
        for port in ports:
            self.wait_link(port, "0")

    def wait_link(self, port, state):
        """Until the state of a port is that one; the database does not always have it."""
        found = self.m.run(_WAIT.format(port=port, state=state), 330)
        self.assertEqual(found.rc, 0, found.out + self.log(self._seen)[-4000:])

    def check_forwarding(self, ends=(0, 1), **options):
        """Frames cross both ways, each one once and unchanged."""
        sockets = (self.nics[end].socket for end in ends)
        for result in run_traffic(*sockets, frames=FRAMES, both=True, **options):
            self.check_traffic(result, FRAMES)

    def wait_way(self, ends):
        """Until frames take another way: flows are revalidated some time after a change."""
        limit = time.monotonic() + 300
        while not all(result.ok for result in run_traffic(
                *(self.nics[end].socket for end in ends), frames=64, both=True, idle_timeout=1.0)):
            self.assertLess(time.monotonic(), limit, self.log(self._seen)[-4000:])

    @contextlib.contextmanager
    def stream(self, ends=(0, 1)):
        """Frames are under way until the end of the block; yields a list for the result."""
        first, second = (self.nics[end].socket for end in ends)
        enough, found = threading.Event(), []

        def send():
            try:
                found.append(run_traffic(first, second, frames=1_000_000, idle_timeout=2.0,
                                         enough=enough.is_set))
            except Exception as err:  # noqa: BLE001 (it is the caller's)
                found.append(err)
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            enough.set()
            thread.join()
        if isinstance(found[0], Exception):
            raise found[0]

    def check_lossy(self, result):
        """Frames may be lost while there is no way for them, but what comes is right."""
        self.assertGreater(result.received, 0)
        self.assertEqual((result.corrupted, result.duplicated), (0, 0), result)

    def set_link(self, nic, state):
        """Pulls a cable, or puts it in."""
        self.m.qmp("human-monitor-command", **{"command-line": f"set_link {nic} {state}"})

    def add_port(self, port):
        """One port that the page does not add."""
        self.vsctl(f"add-port br0 {port} -- set Interface {port} type=dpdk "
                   f"options:dpdk-devargs={self.addresses[int(port[1:])]} "
                   "options:dpdk-lsc-interrupt=false")
        self.wait_up(port)

    def test_jumbo_frames(self):
        """Frames of both kinds of size; the pool that is asked for first does not fit."""
        self.check_forwarding()
        self.m.run("ovs-appctl vlog/set netdev_dpdk:file:dbg").check()
        self.type_section("Jumbo frames")
        self.wait_up("p0", "p1")
        self.assertRegex(self.log(self._seen), "Failed to create mempool .* retrying with")
        self.check_forwarding(sizes=JUMBO)

    def test_ports_come_and_go(self):
        """A third port comes and goes while others work, and then each one of those."""
        with self.stream() as found:
            for _ in range(rounds(2, 50)):
                self.add_port("p2")
                self.vsctl("del-port br0 p2")
        self.check_traffic(found[0], found[0].sent)
        for number in range(rounds(2, 50)):
            port = number % 2
            with self.stream() as found:
                if port:
                    self.type_section("Ports leave and come back")
                    self.wait_up("p1")
                else:
                    self.vsctl("del-port br0 p0")
                    self.add_port("p0")
            self.check_lossy(found[0])
            self.check_forwarding()
        # Before 4.0 it keeps the devices, all of which EAL has probed at the start.
        if NO_DEVICE in self.log():
            log = self.log(self._seen)
            self.assertEqual(log.count(plugin_log.GROUP_GONE), 2 * rounds(2, 50))
            self.assertGreaterEqual(log.count(plugin_log.GROUP_JOINED), 2 * rounds(2, 50))
        self._as_it_was = True

    def test_bond(self):
        """One of two ports is used; the other one takes its place when asked, or without a link."""
        self.type_section("A bond")
        self.wait_up("p1", "p2")
        self.m.run("ovs-appctl bond/set-active-member bond0 p1").check()
        self.wait_way((0, 1))
        self.check_forwarding((0, 1))
        self.type_section("The active port")
        self.wait_way((0, 2))
        self.check_forwarding((0, 2))
        self.set_link("nic2", "off")
        self.addCleanup(self.set_link, "nic2", "on")
        self.wait_link("p2", "LINK_DOWN")
        self.wait_way((0, 1))
        self.check_forwarding((0, 1))
        self.set_link("nic2", "on")
        self.wait_up("p2")
        self.check_forwarding((0, 1))
        self.vsctl("del-port br0 bond0")
        self.add_port("p1")
        self._as_it_was = True

    def test_restart(self):
        """The ordinary way, and killed: under traffic, and nothing is left of the one before."""
        with self.stream() as found:
            self.type_section("Restart")
            self.wait_up("p0", "p1")
        self.check_lossy(found[0])
        self.check_forwarding()
        with self.stream() as found:
            self.m.run(_KILL, 330).check()
            self.check_hugepages_free()
            self.m.run("systemctl start openvswitch-switch", 300).check()
            self.wait_up("p0", "p1")
        self.check_lossy(found[0])
        self.check_forwarding()


if __name__ == "__main__":
    unittest.main()
