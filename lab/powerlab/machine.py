# SPDX-License-Identifier: BSD-3-Clause
"""An emulated POWER machine: boots, runs commands, always ends.

    with Machine(kind="pseries", nics=[Nic("e1000e", bridge=1, net="stream")]) as m:
        m.hugepages("2M", 256)
        m.bind_vfio()
        print(m.run("dpdk-testpmd --version").out)
"""

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import time

from . import cache, choose, devicetree, hostdeps, image, initramfs, overlay as overlays, prepare
from . import process, qemu, rundir, saved
from .dpdk import installed
from .errors import LabError, tail
from .guest import Client
from .nic import STREAM
from .progress import Progress
from .qmp import Qmp

BOOT_TIMEOUT = 240.0
MEMORY = 4096                           # MiB


def last_words(console):
    """The end of a console log; of a panic what led to it, not the registers that follow."""
    return tail(re.split(r"(?<=Kernel panic)", console)[0])


def _line(err):
    """An error in one line."""
    return f"{err.what}: {tail(err.why, 1)}" if isinstance(err, LabError) else str(err)


class Machine:
    """One machine; a context manager that boots on entry and ends it on exit."""

    def __init__(self, kind="pseries", suite=choose.AUTO, flavour="std", memory=None, cpus=2,
                 nics=(), bridges=None, kernel_args="", share=None, out=None, overlay=None,
                 icount=None, maxmem=True, slof=False, qemu_args=(), progress=None,
                 boot_timeout=BOOT_TIMEOUT, numa=(), hugepages=(), bind=False, save=True,
                 packages=(), dpdk=None):
        self.options = qemu.Options(kind, memory or sum(numa) or MEMORY, cpus, kernel_args,
                                    dict(bridges or {}), maxmem, icount, slof, tuple(qemu_args),
                                    tuple(numa))
        self.suite, self.flavour, self.packages = suite, flavour, tuple(packages)
        self.nics = list(nics)
        self.progress = progress or Progress(quiet=True)
        self.boot_seconds = None
        self._share, self._out, self._overlay = share, out, overlay
        self.dpdk = installed.wanted(dpdk)
        self._boot_timeout = boot_timeout
        self._hugepages, self._bind = tuple(hugepages), bind
        self._obstacle = saved.obstacle(self.options, self.nics) if save else "not wanted"
        self._dir = self._process = self._qmp = self._client = None
        self._paths = None

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exception):
        self.stop()

    # Start and end.

    def boot(self):
        """Starts QEMU and waits until the guest takes commands."""
        if hostdeps.qemu_version() < hostdeps.QEMU_MINIMUM:
            raise LabError("QEMU for POWER is missing or too old",
                           "%s is version %d.%d, %d.%d is needed" % (
                               hostdeps.QEMU_BINARY, *hostdeps.qemu_version(),
                               *hostdeps.QEMU_MINIMUM), "run 'lab/power deps'")
        if self.suite == choose.AUTO:
            self.suite = choose.choose(self.suite, self.progress)
        folder = image.build(self.suite, self.flavour, self.progress, more=self.packages)
        started = time.monotonic()
        self._make_paths(folder)
        tree = None
        if self.options.kind != "pseries":
            tree = devicetree.build(self._tree_key(), self._dump_tree)
        command = qemu.command(self.options, self.nics, self._paths, tree)
        if self._obstacle:
            self._boot(command)
            self._wake()
        else:
            self._load_or_boot(command)
        self._mount_shares()
        self.boot_seconds = time.monotonic() - started
        self.progress.step(f"ready after {self.boot_seconds:.1f} s")

    def _boot(self, command):
        self.progress.step(f"booting {self.options.kind} ({self.suite}/{self.flavour})")
        self._launch(command)
        self._wait_for_guest(time.monotonic())
        for item in self._hugepages:
            self.hugepages(*item)
        if self._bind:
            self.bind_vfio()

    def _wake(self, timeout=60.0):
        prepare.wake(self.run, self._paths.overlay, self.dpdk, timeout)

    # Saved states.

    def _load_or_boot(self, command):
        preparation = [self._hugepages, self._bind]
        name = saved.key(self.options, self.nics, self._paths, preparation)
        state = saved.State(name, self._paths.disk)
        if self._load(command, state):
            return
        # Of two equal machines at once the second one waits, and loads what the first one saved.
        with cache.lock(f"saved-{name}", self.progress):
            if self._load(command, state):
                return
            self._boot(command)
            self._save(state)
        self._wake()

    def _load(self, command, state):
        """Starts from a state; False when there is none, or none that works."""
        if not state.exists():
            return False
        self.progress.step(f"loading {self.options.kind} ({self.suite}/{self.flavour})")
        with contextlib.suppress(OSError):
            shutil.copy(state.console, self._paths.console)
        self._launch([*command, "-incoming", "defer"])
        try:
            # The agent's port must be connected as it was when it was saved.
            self._connect()
            saved.read(self.qmp, state.file)
            self._wake()
            return True
        except (LabError, OSError) as err:
            self._end_qemu()
            words = " ".join([_line(err), tail(self._read("qemu.log"), 1)]).strip()
            self.progress.notice(f"a saved machine does not work, it boots instead: {words}")
            state.discard()
            return False

    def _save(self, state):
        """Saves the machine, which is waiting for its first command; without success it goes on."""
        try:
            self.run(prepare.SLEEP).check()
            state.save(lambda path: saved.write(self.qmp, path), self.console())
        except (LabError, OSError) as err:
            self.progress.notice(f"the machine is not saved: {_line(err)}")

    def stop(self):
        """Ends the machine and removes its files; harmless when it has ended already."""
        self._end_qemu()
        if self._dir:
            shutil.rmtree(self._dir, ignore_errors=True)
        self._dir = None

    def _end_qemu(self):
        """Ends QEMU and its connections; another one may be started at the same place."""
        if self._client:
            self._client.close()
        if self._qmp:
            self._qmp.close()
        if self._process:
            process.end(self._process)
            for name in (self._paths.console, self._paths.qmp, self._paths.agent,
                         *(nic.socket for nic in self.nics if nic.socket)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name)
        self._client = self._qmp = self._process = None

    def _make_paths(self, folder):
        self._dir = rundir.create()
        inside = lambda name: os.path.join(self._dir, name)
        self._paths = qemu.Paths(
            kernel=os.path.join(folder, "vmlinux"), initrd=initramfs.build(folder),
            disk=os.path.join(folder, "root.ext4"), console=inside("console.log"),
            qmp=inside("qmp"), agent=inside("agent"), share=self._share, out=self._out)
        if self._overlay or self.dpdk:
            self._paths.overlay = inside("overlay.tar")
            overlays.pack(self._overlay, self.dpdk, self._paths.overlay)
        for index, nic in enumerate(self.nics):
            nic.socket = inside(f"nic{index}") if nic.net in STREAM else None

    def _launch(self, command):
        self._process = process.start(command, os.path.join(self._dir, "qemu.log"))
        deadline = time.monotonic() + 30
        while self._qmp is None:
            try:
                self._qmp = Qmp(self._paths.qmp)
            except (OSError, LabError):
                # Not there yet; or QEMU has ended over an option that it does not like.
                self._check_started(deadline)
                time.sleep(0.02)

    def _check_started(self, deadline):
        try:
            status = self._process.wait(0.1)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                return
            status = "none, it does not answer"
        raise LabError("QEMU does not start",
                       tail(self._read("qemu.log"), 5) or f"exit status: {status}",
                       "check the machine options; see 'lab/power run --help'")

    def _connect(self):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(self._paths.agent)
        self._client = Client(connection, self._death_error, self._standstill)

    def _wait_for_guest(self, started):
        self._connect()
        while not self._client.ready:
            with self._client.changed:
                self._client.changed.wait(0.2)
            seconds = time.monotonic() - started
            self.progress.update(f"waiting for the guest, {seconds:.0f} s")
            console = self.console()
            why = None
            if self._process.poll() is not None:
                why = "QEMU ended: " + tail(self._read("qemu.log"), 3)
            elif "Kernel panic" in console:
                why = "the kernel panicked"
            elif seconds > self._boot_timeout:
                why = f"no answer within {self._boot_timeout:.0f} s"
            if why:
                raise self._boot_error(why, console)

    def _save_console(self):
        """A copy of the console log that survives the machine; returns its path."""
        log = os.path.join(cache.subdir("logs"), f"console-{self.options.kind}-{self.suite}.log")
        with open(log, "w", encoding="utf-8") as stream:
            stream.write(self.console())
        return log

    def _death_error(self):
        """The message for a machine that ended while it was in use."""
        status = self._process.poll() if self._process else None
        return LabError("the guest is gone", f"the machine ended or crashed (QEMU: {status}, "
                        f"{tail(self._read('qemu.log'), 2) or 'no message'}); its last lines:\n"
                        + last_words(self.console()), "look at the log for the reason",
                        self._save_console())

    def _standstill(self):
        """What the guest was doing when a command took too long: its kernel, and its CPUs."""
        where = "no answer"
        with contextlib.suppress(LabError, OSError):
            text = self.qmp("human-monitor-command", **{"command-line": "info registers -a"})
            where = " | ".join(re.findall(r"NIP \w+ +LR \w+|MSR \w+", text))
        return f"CPUs: {where}\nthe kernel's last lines:\n{tail(self.console(), 8)}"

    def _boot_error(self, why, console):
        """The message for a guest that does not boot."""
        return LabError("the guest does not boot", f"{why}; its last lines:\n{last_words(console)}",
                        "run 'lab/power image --refresh', or look at the log",
                        self._save_console())

    # PowerNV's device tree.

    def _tree_key(self):
        options = self.options
        return [options.kind, options.memory, options.cpus, qemu.append(options),
                os.path.getsize(self._paths.initrd), os.path.getsize(self._paths.kernel),
                hostdeps.qemu_version(), options.qemu_args]

    def _dump_tree(self, path):
        self._launch(qemu.command(self.options, self.nics, self._paths, frozen=True))
        try:
            self._qmp.command("dumpdtb", filename=path)
        finally:
            self._end_qemu()

    # Commands.

    def run(self, command, timeout=60.0, on_output=None):
        """Runs a shell command; the result has rc, out, seconds and check()."""
        return self._client.run(command, timeout, on_output)

    def start(self, command, tty=True, echo=False, on_output=None):
        """Starts a shell command on a raw terminal and returns the running Process."""
        return self._client.start(command, tty, echo, on_output=on_output)

    def put(self, host_path, guest_path):
        """Copies a file into the guest, with its permissions."""
        with open(host_path, "rb") as stream:
            data = stream.read()
        mode = os.stat(host_path).st_mode & 0o755
        where = shlex.quote(guest_path)
        running = self._client.start(
            f"mkdir -p $(dirname {where}) && cat >{where} && chmod {mode:o} {where}", tty=False)
        running.write(data)
        running.close_stdin()
        running.wait(120)
        running.result().check()

    def get(self, guest_path, timeout=120.0):
        """The content of a file in the guest, as bytes."""
        running = self._client.start(f"cat {shlex.quote(guest_path)}", tty=False, stdin=False)
        if running.wait(timeout) != 0:
            running.result().check()
        return running.raw

    def qmp(self, name, **arguments):
        """Runs a command of QEMU's monitor."""
        return self._qmp.command(name, **arguments)

    def console(self):
        """What the guest has written to its console, the kernel's log included."""
        return self._read("console.log")

    def _read(self, name):
        try:
            with open(os.path.join(self._dir, name), encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    # Preparation of the guest for DPDK.

    def bind_vfio(self, nics=None):
        """Binds the test devices to vfio-pci; returns their PCI addresses in order."""
        addresses = [nic.address for nic in (self.nics if nics is None else nics)]
        prepare.bind_vfio(self.run, addresses)
        return addresses

    def hugepages(self, size="2M", count=600, node=None):
        """Reserves hugepages, on a NUMA node or anywhere, and mounts hugetlbfs for them."""
        prepare.hugepages(self.run, size, count, node)
        return count

    def _mount_shares(self):
        for tag, mode in (("share", "ro"), ("out", "rw")):
            if getattr(self._paths, tag):
                self.run(f"modprobe -a 9pnet_virtio 9p && mount -t 9p -o {mode},trans=virtio,"
                         f"version=9p2000.L,msize=262144 {tag} /{tag}").check()
