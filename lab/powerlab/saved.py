# SPDX-License-Identifier: BSD-3-Clause
"""Saved states of machines: what was booted and prepared once is loaded afterwards.

A state is the folder saved/KEY of the cache: `state` (QEMU's, with the memory),
`console.log` (what the kernel had said until then) and a manifest. It is never changed,
so any number of machines can start from it at once. The key covers all that shapes the
guest until it is saved; what belongs to one run only (sockets, files of the host, the
content of overlay and shares) comes later and is left out.
"""

import contextlib
import dataclasses
import os
import shutil
import time

from . import cache, hostdeps, prepare, qemu
from .errors import LabError

RECIPE = 1
LIMIT = 6 << 30                         # bytes of all states: some 35 of them
_SPACE = 2 << 30                        # what has to be free on the disk of the cache
_POLL = 0.01
_PATIENCE = 120.0
_NEUTRAL = qemu.Paths("kernel", "initrd", "disk", "console", "qmp", "agent")


def obstacle(options, nics):
    """Why such a machine has to boot each time; None for one that can be saved."""
    if os.environ.get("DDW_LAB_SAVED") == "0":
        return "DDW_LAB_SAVED is 0"
    if options.kind != "pseries":
        return f"QEMU saves no interrupt controllers and bridges of {options.kind}"
    if any(nic.model == "edu" for nic in nics):
        return "QEMU saves no edu devices"
    if options.icount is not None:
        return "with --icount every boot counts the same instructions"
    if options.qemu_args:
        return "the lab does not know what its own QEMU arguments add"
    return None


def key(options, nics, paths, preparation):
    """The name of the state of such a machine."""
    neutral = dataclasses.replace(_NEUTRAL, **{
        name: name for name in ("overlay", "share", "out") if getattr(paths, name)})
    # What a device is connected to is QEMU's business alone.
    command = qemu.command(options, [dataclasses.replace(nic, net=None) for nic in nics], neutral)
    return cache.key([
        RECIPE, command, preparation, prepare.SLEEP, prepare.BIND, prepare.HUGEPAGES,
        prepare.MOUNTS, os.path.basename(paths.initrd),
        os.path.getsize(paths.overlay) if paths.overlay else 0,
        *(_identity(path) for path in (paths.kernel, paths.disk, _emulator()))])


def _emulator():
    return os.path.realpath(shutil.which(hostdeps.QEMU_BINARY) or hostdeps.QEMU_BINARY)


def _identity(path):
    """Tells a file from any other one, also from one with the same name made again."""
    status = os.stat(path)
    return [os.path.abspath(path), status.st_size, status.st_mtime_ns]


class State:
    """One entry of the cache, which may not exist yet."""

    def __init__(self, name, disk):
        self.name, self._disk, self._inode = name, disk, None
        self.folder = os.path.join(cache.subdir("saved"), name)
        self.file = os.path.join(self.folder, "state")
        self.console = os.path.join(self.folder, "console.log")

    def exists(self):
        """Whether a machine can be loaded; marks the state as used."""
        if not cache.read_manifest(self.folder):
            return False
        with contextlib.suppress(OSError):
            os.utime(self.folder)
            self._inode = os.stat(self.folder).st_ino
        return True

    def save(self, write, console):
        """Makes the entry; `write(path)` has QEMU write its state."""
        with cache.lock("saved"):
            _prune()
            cache.need_space(cache.root(), _SPACE, "the state of a machine")
            with cache.building(self.folder) as folder:
                write(os.path.join(folder, "state"))
                with open(os.path.join(folder, "console.log"), "w", encoding="utf-8") as stream:
                    stream.write(console)
                cache.write_manifest(folder, {"disk": _identity(self._disk)})
            _prune()

    def discard(self):
        """Removes a state that does not work."""
        with cache.lock("saved"), contextlib.suppress(FileNotFoundError):
            # Another process may have made a new one meanwhile.
            if os.stat(self.folder).st_ino == self._inode:
                cache.remove_tree(self.folder)


def _prune():
    """Removes what nobody can use any more, then the states used longest ago.

    The caller holds the lock under which states are made: a folder that is half made
    was left by a process that was killed.
    """
    base = cache.subdir("saved")
    good = []
    for name in os.listdir(base):
        folder = os.path.join(base, name)
        try:
            disk = cache.read_manifest(folder)["disk"]
            if disk == _identity(disk[0]) and not name.endswith(".tmp"):
                good.append(folder)
                continue
        except (OSError, TypeError, LookupError):
            pass
        cache.remove_tree(folder)
    total = 0
    for folder in sorted(good, key=os.path.getmtime, reverse=True):
        total += sum(entry.stat().st_blocks * 512 for entry in os.scandir(folder))
        if total > LIMIT:
            cache.remove_tree(folder)


def write(qmp, path):
    """Has QEMU write the state of a machine, which then runs on."""
    def done():
        found = qmp("query-migrate")
        if found["status"] == "failed":
            raise LabError("QEMU cannot save the machine",
                           found.get("error-desc", "it does not say why"),
                           "nothing needs to be done: it boots each time")
        return found["status"] == "completed"

    qmp("stop")
    try:
        qmp("migrate", uri=f"file:{path}")
        _until(done, "the machine is not saved")
    finally:
        qmp("cont")


def read(qmp, path):
    """Has QEMU, which was started to wait for it, read a state and go on from there."""
    # The agent's port is connected, as it was when it was saved: the guest sees no difference.
    _until(lambda: not any(entry["label"] == "agent"
                           and entry["filename"].startswith("disconnected")
                           for entry in qmp("query-chardev")), "the agent is not connected")
    # Frames that announce a machine on a new host would meet sockets that nobody has opened.
    qmp("migrate-set-parameters", **{"announce-rounds": 0})
    qmp("migrate-incoming", uri=f"file:{path}")
    _until(lambda: qmp("query-status")["status"] != "inmigrate", "the state is not read")
    qmp("cont")


def _until(condition, what):
    """Waits for QEMU; others may wait for us, so only so long."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(what, f"QEMU needs more than {_PATIENCE:.0f} s",
                           "nothing needs to be done: the machine boots")
        time.sleep(_POLL)
