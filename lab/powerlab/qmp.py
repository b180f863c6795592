# SPDX-License-Identifier: BSD-3-Clause
"""A client for QEMU's monitor protocol (QMP): one command at a time."""

import json
import socket

from .errors import LabError


class Qmp:
    """A connection to the monitor socket of one machine."""

    def __init__(self, path, timeout=30.0):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(path)
        self._stream = self._socket.makefile("rw", encoding="utf-8", newline="\n")
        self.events = []
        self._read()                    # the greeting
        self.command("qmp_capabilities")

    def _read(self):
        line = self._stream.readline()
        if not line:
            raise LabError("QEMU closed its monitor", "the emulator has ended",
                           "look at its log for the reason")
        return json.loads(line)

    def command(self, name, **arguments):
        """Runs one monitor command and returns its result; events are kept aside."""
        message = {"execute": name}
        if arguments:
            message["arguments"] = arguments
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()
        while True:
            answer = self._read()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise LabError(f"QEMU refuses the monitor command '{name}'",
                               answer["error"].get("desc", "no reason given"),
                               "see QEMU's QMP reference for its arguments")
            else:
                return answer["return"]

    def close(self):
        """Ends the connection."""
        self._stream.close()
        self._socket.close()
