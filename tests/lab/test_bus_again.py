# SPDX-License-Identifier: BSD-3-Clause
"""Programs that scan and probe the buses again and again, as SPDK's do, ten times a second.

Nothing changes for the devices that are there, those that came are taken over, and those
that went are forgotten.
"""

import os
import re
import unittest

import plugin_log
import testpmd
from powerlab import Nic
from support import BUILD, GIGABYTE, LabCase, rounds

PROGRAM = "/opt/lab/bus_again"
DRIVERS = "/run/few"                    # where EAL looks for drivers, see support.py
FRAMES = 20_000
ANSWER = r"^bus_again: {}(?: .*)?\r?\n"


def figures(text):
    """The figures of the last line, an answer."""
    return {key: int(value) for key, value in
            re.findall(r"(\w+)=(-?\d+)\b", text.splitlines()[-1])}


class Again(testpmd.Program):
    """The program at its input: each command is answered by one line."""

    def __init__(self, machine, eal=""):
        super().__init__(machine, f"{PROGRAM} {testpmd.eal_words(eal)}", ANSWER.format("ready"))
        self.ready = figures(self.greeting)

    def answer(self, name, timeout=120.0):
        """The figures of the next answer to a command."""
        return figures(self.process.read_until(ANSWER.format(name), timeout))

    def command(self, text, timeout=120.0):
        """One command; returns the figures of its answer."""
        self.process.write(text + "\n")
        return self.answer(text.split()[0], timeout)

    def again(self, count=3):
        """Scans and probes so often; returns how many ports there are, and the mean time."""
        found = self.command(f"again {count}")
        if (found["scans_failed"], found["probes_failed"]) != (0, 0):
            raise AssertionError(f"{found}: {self.output[-2000:]}")
        return found["ports"], found["mean_us"]


class BusCase(LabCase):
    """What both machines have in common."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.m.put(os.path.join(BUILD, "tests", "guest", "bus_again"), PROGRAM)

    def check_forwarding(self, program):
        """Both ports start, and frames cross them in both directions."""
        self.assertEqual(program.command("start"), {"ports": len(self.nics), "ret": 0})
        for ends in ((0, 1), (1, 0)):
            self.check_traffic(testpmd.send(self.m, FRAMES // 10, ends=ends), FRAMES // 10)

    def check_end(self, program, away=()):
        """It ends well, the ledger is empty, and there was no message in all the time."""
        self.assertEqual(program.quit(), 0, program.output[-3000:])
        self.assertEqual(plugin_log.message_ids(program.output), [])
        self.assertNotIn("probe failed", program.output)
        self.check_ledger(program.output, away=away)
        self.check_hugepages_free()

    def check_quiet(self, program, count=20):
        """Scan and probe change nothing and say nothing."""
        before = plugin_log.lines(program.output)
        ports, mean = program.again(count)
        self.assertEqual(ports, len(self.nics))
        self.assertEqual(plugin_log.lines(program.output), before)
        print(f"{len(self.nics)} devices: {mean} us for scan and probe", flush=True)

    def check_both_there(self, program):
        """The next scan and probe finds both devices; they work, to the end."""
        self.assertEqual(program.again()[0], 2)
        self.check_quiet(program)
        self.check_forwarding(program)
        self.check_end(program)


class BusAgain(BusCase):
    """Two groups with a device each."""

    nics = (Nic("e1000e", bridge=1, net="stream"), Nic("e1000e", bridge=2, net="stream"))

    def test_nothing_changed(self):
        """While frames pass: the same windows, no message, no frame lost."""
        with Again(self.m, "-m 128") as program:
            self.check_setup(program.output, len(self.nics), GIGABYTE, 21, 128 << 20)
            self.check_forwarding(program)
            before = plugin_log.lines(program.output)
            program.process.write(f"again {rounds(200, 5000)}\n")
            self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)
            found = program.answer("again", 300)
            self.assertEqual((found["scans_failed"], found["probes_failed"], found["ports"]),
                             (0, 0, len(self.nics)))
            self.assertEqual(plugin_log.lines(program.output), before)
            self.check_end(program)

    def test_growth_afterwards(self):
        """Memory that EAL takes later is mapped for the devices, as before."""
        with Again(self.m, "-m 64") as program:
            self.check_forwarding(program)
            program.again()
            self.assertEqual(program.command("grow"), {"block": 1, "pool": 1})
            program.again()
            self.check_traffic(testpmd.send(self.m, FRAMES), FRAMES)
            self.check_end(program)

    def test_device_that_came(self):
        """A device is bound to vfio-pci while the program runs."""
        self.unbind(self.addresses[1:])
        self.addCleanup(self.m.bind_vfio, self.m.nics)
        with Again(self.m, "-m 128") as program:
            self.assertEqual(program.ready["ports"], 1)
            self.assertEqual(program.again()[0], 1)
            self.m.bind_vfio(self.m.nics[1:])
            self.check_both_there(program)

    def test_all_devices_came(self):
        """There was none when the program started: a parameter tells that some will come."""
        self.unbind(self.addresses)
        self.addCleanup(self.m.bind_vfio, self.m.nics)
        with Again(self.m, "-m 128 -a vfio_spapr:config,mode=auto") as program:
            self.assertEqual(program.ready["ports"], 0)
            self.m.bind_vfio()
            self.check_both_there(program)

    def test_device_that_went(self):
        """A device is removed and given to the kernel's driver; then it comes back."""
        self.addCleanup(self.m.bind_vfio, self.m.nics)
        with Again(self.m, "-m 128") as program:
            self.check_forwarding(program)
            program.command("stop")
            for address in self.addresses:
                self.assertEqual(program.command(f"remove {address}")["ret"], 0)
            self.bind_kernel(self.addresses[1:])
            self.assertEqual(program.again()[0], 1)
            self.m.bind_vfio(self.m.nics[1:])
            self.check_both_there(program)

    def test_device_that_vanished(self):
        """A device is removed, and then taken out of the machine."""
        address = self.addresses[1]
        self.addCleanup(self.m.bind_vfio, self.m.nics)
        self.addCleanup(lambda: self.m.run("echo 1 >/sys/bus/pci/rescan").check())
        with Again(self.m, "-m 128") as program:
            self.assertEqual(program.command(f"remove {address}"), {"ret": 0, "ports": 1})
            self.m.run(f"echo 1 >/sys/bus/pci/devices/{address}/remove").check()
            self.assertEqual(program.again()[0], 1)
            self.check_end(program, away=[address])

    def test_driver_that_came(self):
        """The driver registers itself when EAL has long been initialised: dlopen()."""
        library = self.m.run(f"readlink {DRIVERS}/librte_net_e1000.so.*.*").check().out.strip()
        self.m.run(f"mkdir -p /run/late && mv {DRIVERS}/librte_net_e1000.so* /run/late").check()
        self.addCleanup(lambda: self.m.run(f"mv /run/late/* {DRIVERS}").check())
        with Again(self.m, "-m 128") as program:
            self.assertEqual(program.ready["ports"], 0)
            self.assertEqual(program.again()[0], 0)
            self.assertEqual(program.command(f"load {library}"), {"loaded": 1})
            self.check_both_there(program)


class EightDevices(BusCase):
    """What it costs when nothing has changed; four devices on each of two bridges."""

    nics = tuple(Nic("e1000e", bridge=1 + number // 4, net="stream") for number in range(8))

    def test_nothing_changed(self):
        """Scan and probe of eight devices."""
        with Again(self.m, "-m 128") as program:
            self.assertEqual(program.ready["ports"], 8)
            self.check_quiet(program, rounds(50, 5000))
            self.check_end(program)


del BusCase                             # it has no machine of its own


if __name__ == "__main__":
    unittest.main()
