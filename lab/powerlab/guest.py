# SPDX-License-Identifier: BSD-3-Clause
"""The host's side of the agent that runs commands in the guest.

The frames are described in guest/agent.py. A thread reads all the time, so
neither side can block the other; callers wait on a condition.
"""

import dataclasses
import re
import struct
import threading
import time

from .errors import GuestTimeout, LabError, tail

_HEADER = struct.Struct(">IBI")
_START, _STDIN, _STDIN_EOF, _KILL = 1, 2, 3, 4
_HELLO, _OUTPUT, _EXIT = 16, 17, 18
_TTY, _ECHO, _NO_STDIN = 1, 2, 4
_CHUNK = 32768


@dataclasses.dataclass
class Result:
    """What a finished command left: exit status, output, duration in seconds."""
    command: str
    rc: int
    out: str
    seconds: float

    def check(self):
        """Fails unless the command succeeded; returns the result itself."""
        if self.rc != 0:
            raise LabError(f"a command in the guest failed with status {self.rc}",
                           f"{self.command}\n{tail(self.out)}",
                           "run it with 'lab/power run' to look closer")
        return self


class Process:
    """A running command: like subprocess.Popen, for the guest."""

    def __init__(self, client, number, command, on_output=None):
        self._client = client
        self._number = number
        self._on_output = on_output
        self._chunks = []
        self._seen = 0                  # how much of the output read_until has consumed
        self.command = command
        self.rc = None
        self.started = time.monotonic()
        self.seconds = None

    @property
    def raw(self):
        """All output so far, standard output and error together, as bytes."""
        with self._client.changed:
            return b"".join(self._chunks)

    @property
    def output(self):
        """All output so far as text."""
        return self.raw.decode("utf-8", "replace")

    def write(self, text):
        """Gives the command input."""
        data = text.encode() if isinstance(text, str) else text
        for first in range(0, len(data), _CHUNK):
            self._client.send(_STDIN, self._number, data[first:first + _CHUNK])

    def close_stdin(self):
        """Ends the input of a command that was started without a terminal."""
        self._client.send(_STDIN_EOF, self._number)

    def kill(self, sig=15):
        """Sends a signal to the command and everything that it started."""
        self._client.send(_KILL, self._number, str(int(sig)).encode())

    def read_until(self, regex, timeout=60.0):
        """Waits for new output that matches; returns the text up to the match's end.

        Output before the end of the previous match does not count, so that a
        prompt is found once per command.
        """
        pattern = re.compile(regex, re.M)
        deadline = time.monotonic() + timeout
        while True:
            with self._client.changed:
                text = b"".join(self._chunks).decode("utf-8", "replace")[self._seen:]
                match = pattern.search(text)
                if match:
                    self._seen += match.end()
                    return text[:match.end()]
                if self.rc is not None:
                    raise LabError(f"the command ended (status {self.rc}) without '{regex}'",
                                   f"{self.command}\n{tail(text)}", "look at its output above")
                self._wait_for_change(deadline, f"'{regex}' did not appear")

    def wait(self, timeout=60.0):
        """Waits for the end; returns the exit status (negative: a signal's number)."""
        deadline = time.monotonic() + timeout
        with self._client.changed:
            while self.rc is None:
                self._wait_for_change(deadline, "it did not end")
        return self.rc

    def _wait_for_change(self, deadline, what):
        """One wait under the client's lock; fails when time is up or the guest is gone."""
        self._client.fail_if_closed()
        left = deadline - time.monotonic()
        if left <= 0 or not self._client.changed.wait(left):
            text = b"".join(self._chunks).decode("utf-8", "replace")
            raise GuestTimeout(f"a command in the guest took too long: {what}",
                               f"{self.command}\n{tail(text)}\n{self._client.standstill()}",
                               "allow more time, or find out what it waits for", text)

    def result(self):
        """The outcome of a command that has ended."""
        return Result(self.command, self.rc, self.output, self.seconds)

    # Called by the client's thread, under its lock.
    def _receive(self, kind, payload):
        if kind == _OUTPUT:
            self._chunks.append(payload)
            if self._on_output:
                self._on_output(payload)
        elif kind == _EXIT:
            self.rc = struct.unpack(">i", payload)[0]
            self.seconds = time.monotonic() - self.started


class Client:
    """The connection to the agent of one guest."""

    def __init__(self, stream_socket, death_error, standstill):
        self._death_error = death_error         # makes the error for a guest that is gone
        self.standstill = standstill            # says what a guest that does not go on is doing
        self._socket = stream_socket
        self._socket.settimeout(None)
        self._send_lock = threading.Lock()
        self._processes = {}
        self._next = 1
        self._closed = False
        self.ready = False
        self.changed = threading.Condition()
        threading.Thread(target=self._read_frames, name="guest", daemon=True).start()

    def start(self, command, tty=True, echo=False, stdin=True, on_output=None):
        """Starts a command; with a terminal its output is not held back by buffers."""
        flags = (_TTY if tty else 0) | (_ECHO if echo else 0) | (0 if stdin else _NO_STDIN)
        with self.changed:
            self.fail_if_closed()
            number, self._next = self._next, self._next + 1
            process = self._processes[number] = Process(self, number, command, on_output)
        self.send(_START, number, bytes([flags]) + command.encode())
        return process

    def run(self, command, timeout=60.0, on_output=None):
        """Runs a command to its end; when time is up it is killed and an error raised."""
        process = self.start(command, tty=False, stdin=False, on_output=on_output)
        try:
            process.wait(timeout)
        except GuestTimeout:
            process.kill(9)
            raise
        return process.result()

    def send(self, kind, number, payload=b""):
        """Sends one frame."""
        try:
            with self._send_lock:
                self._socket.sendall(_HEADER.pack(len(payload), kind, number) + payload)
        except OSError as err:
            raise self._death_error() from err

    def fail_if_closed(self):
        """Raises when the machine has ended."""
        if self._closed:
            raise self._death_error()

    def close(self):
        """Ends the connection, and with it the reading thread."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()
        self._socket.close()

    def _read_frames(self):
        buffer = bytearray()
        while True:
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            buffer += data
            while len(buffer) >= _HEADER.size:
                length, kind, number = _HEADER.unpack_from(buffer)
                end = _HEADER.size + length
                if len(buffer) < end:
                    break
                self._dispatch(kind, number, bytes(buffer[_HEADER.size:end]))
                del buffer[:end]
        with self.changed:
            self._closed = True
            self.changed.notify_all()

    def _dispatch(self, kind, number, payload):
        with self.changed:
            if kind == _HELLO:
                self.ready = True
            process = self._processes.get(number)
            if process:
                process._receive(kind, payload)
            if kind == _EXIT:
                self._processes.pop(number, None)
            self.changed.notify_all()
