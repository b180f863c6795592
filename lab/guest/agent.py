# SPDX-License-Identifier: BSD-3-Clause
"""Runs commands in the guest for the host, over a virtio-serial port.

It is process 1. Both directions carry frames: payload length (4 bytes, big
endian), type (1), process number (4), payload. Several processes may run at
once; their output is streamed, their input and signals come as frames. Imports
are few on purpose: each one costs time on an emulated processor.
"""

import errno
import fcntl
import os
import select
import struct
import termios

HEADER = struct.Struct(">IBI")
PORT_NAME = "ddw.agent"
# Host to guest.
START, STDIN, STDIN_EOF, KILL = 1, 2, 3, 4
# Guest to host.
HELLO, OUTPUT, EXIT = 16, 17, 18
# Flags of START.
TTY, ECHO, NO_STDIN = 1, 2, 4

CHUNK = 32768
# Above this amount of unsent output, processes wait: the host sets the pace.
HIGH_WATER = 1 << 20


def open_port():
    """The serial port of that name; udev, which would make a link, does not run here."""
    base = "/sys/class/virtio-ports"
    for name in os.listdir(base):
        with open(base + "/" + name + "/name", encoding="ascii") as stream:
            if stream.read().strip() == PORT_NAME:
                return os.open("/dev/" + name, os.O_RDWR | os.O_NONBLOCK)
    raise SystemExit("lab: no serial port for the agent")


def set_raw(terminal):
    """No echo and no translation, so that bytes arrive as they were written."""
    mode = termios.tcgetattr(terminal)
    mode[0] &= ~(termios.ICRNL | termios.IXON)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


class Process:
    """A command and the host's ends of its input and output."""

    def __init__(self, number, flags, command):
        self.number = number
        self.pending = b""
        self.close_after = False
        if flags & TTY:
            self._spawn_tty(flags, command)
        else:
            self._spawn_pipes(flags, command)
        for fd in {self.stdin, self.stdout} - {-1}:
            os.set_blocking(fd, False)

    def _spawn_tty(self, flags, command):
        master, slave = os.openpty()
        if not flags & ECHO:
            set_raw(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            run(command, slave, slave)
        os.close(slave)
        self.stdin = self.stdout = master

    def _spawn_pipes(self, flags, command):
        out_read, out_write = os.pipe()
        if flags & NO_STDIN:
            in_read, self.stdin = os.open("/dev/null", os.O_RDONLY), -1
        else:
            in_read, self.stdin = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            run(command, in_read, out_write)
        os.close(in_read)
        os.close(out_write)
        self.stdout = out_read

    def close(self):
        """Gives up the host's ends."""
        for fd in {self.stdin, self.stdout} - {-1}:
            os.close(fd)
        self.stdin = self.stdout = -1

    def write_some(self):
        """Passes on input as far as the process takes it."""
        if self.stdin < 0:
            self.pending = b""
        try:
            if self.pending:
                self.pending = self.pending[os.write(self.stdin, self.pending):]
        except BlockingIOError:
            return
        except OSError:
            self.pending = b""
        if self.close_after and not self.pending and self.stdin not in (-1, self.stdout):
            os.close(self.stdin)
            self.stdin = -1

    def read_some(self):
        """Output that is there: bytes, b"" at the end, None when there is none yet."""
        try:
            return os.read(self.stdout, CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""


def run(command, stdin, stdout):
    """In the child: becomes the shell that runs the command."""
    try:
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.dup2(stdout, 2)
        os.closerange(3, 256)
        os.chdir("/root")
        os.execv("/bin/bash", ["bash", "-c", command])
    finally:
        os._exit(127)


class Agent:
    """The loop between the port and the processes."""

    def __init__(self, port):
        self.port = port
        self.inbox = b""
        self.outbox = bytearray(HEADER.pack(0, HELLO, 0))
        self.processes = {}
        self.poll = select.poll()

    def send(self, kind, number, payload):
        self.outbox += HEADER.pack(len(payload), kind, number)
        self.outbox += payload

    def handle(self, kind, number, payload):
        process = self.processes.get(number)
        if kind == START:
            self.processes[number] = Process(number, payload[0], payload[1:].decode())
        elif process and kind == STDIN:
            process.pending += payload
            process.write_some()
        elif process and kind == STDIN_EOF:
            process.close_after = True
            process.write_some()
        elif process and kind == KILL:
            try:
                os.killpg(process.pid, int(payload))
            except OSError:
                pass

    def receive(self):
        try:
            data = os.read(self.port, CHUNK)
        except BlockingIOError:
            return
        self.inbox += data
        while len(self.inbox) >= HEADER.size:
            length, kind, number = HEADER.unpack_from(self.inbox)
            end = HEADER.size + length
            if len(self.inbox) < end:
                return
            payload, self.inbox = self.inbox[HEADER.size:end], self.inbox[end:]
            self.handle(kind, number, payload)

    def transmit(self):
        while self.outbox:
            try:
                count = os.write(self.port, self.outbox[:CHUNK])
            except OSError as err:
                if err.errno in (errno.EAGAIN, errno.EPIPE):
                    return
                raise
            del self.outbox[:count]

    def drain(self, process, everything):
        """Forwards output; at the end of the process all that is left in the pipe."""
        while process.stdout >= 0:
            data = process.read_some()
            if data:
                self.send(OUTPUT, process.number, data)
            if not data or not everything:
                return data

    def reap(self):
        """Reports processes that ended. Process 1 also inherits strangers: ignored."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for process in list(self.processes.values()):
                if process.pid == pid:
                    self.drain(process, True)
                    process.close()
                    del self.processes[process.number]
                    code = os.waitstatus_to_exitcode(status)
                    self.send(EXIT, process.number, struct.pack(">i", code))

    def register(self):
        """Which descriptors to wait for in this round: {fd: process}."""
        self.poll = select.poll()
        self.poll.register(self.port, select.POLLIN | (select.POLLOUT if self.outbox else 0))
        waiting = {}
        for process in self.processes.values():
            if process.stdout >= 0 and len(self.outbox) < HIGH_WATER:
                self.poll.register(process.stdout, select.POLLIN)
                waiting[process.stdout] = process
            if process.pending and process.stdin >= 0:
                events = select.POLLOUT
                if process.stdin == process.stdout:
                    events |= select.POLLIN
                self.poll.register(process.stdin, events)
                waiting[process.stdin] = process
        return waiting

    def loop(self):
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        import signal  # late: it is slow to import, and the host can send work meanwhile
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write)
        while True:
            waiting = self.register()
            self.poll.register(wake_read, select.POLLIN)
            for fd, events in self.poll.poll():
                if fd == self.port:
                    self.receive()
                elif fd == wake_read:
                    os.read(wake_read, 4096)
                elif fd in waiting:
                    self.serve(waiting[fd], events)
            self.reap()
            self.transmit()

    def serve(self, process, events):
        if events & select.POLLOUT:
            process.write_some()
        if events & (select.POLLIN | select.POLLHUP):
            if self.drain(process, False) == b"" and process.stdin != process.stdout:
                os.close(process.stdout)
                process.stdout = -1
            elif events & select.POLLHUP and process.stdin == process.stdout:
                # A terminal whose last user is gone: nothing more will come.
                self.drain(process, True)
                process.close()


def main():
    agent = Agent(open_port())
    agent.transmit()
    agent.loop()


main()
