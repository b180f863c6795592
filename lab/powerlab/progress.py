# SPDX-License-Identifier: BSD-3-Clause
"""Progress on standard error.

Standard output belongs to results (a path, the output of a guest command), so
that the lab can be used in shell substitutions. A line that changes in place is
used only on a terminal; elsewhere the same news comes as a line now and then.
"""

import sys
import time

_LINE_EVERY = 10.0


class Progress:
    """Names the steps of one long job and what they have done so far."""

    def __init__(self, stream=None, quiet=False):
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._tty = self._stream.isatty()
        self._open_line = False
        self._last = time.monotonic()

    def step(self, text):
        """A finished fact or the start of a step: always one line of its own."""
        if not self._quiet:
            self._write_line(text)
        self._last = time.monotonic()

    def update(self, text):
        """How far a step is; shown in place, or as a line every ten seconds."""
        if self._quiet:
            return
        if self._tty:
            self._stream.write(f"\r\x1b[K  {text}")
            self._stream.flush()
            self._open_line = True
        elif time.monotonic() - self._last >= _LINE_EVERY:
            self.step(f"  {text}")

    def notice(self, text):
        """Something that went wrong and was made good; told even to those who want it quiet."""
        self._write_line(f"notice: {text}")

    def _write_line(self, text):
        if self._open_line:
            self._stream.write("\r\x1b[K")
            self._open_line = False
        self._stream.write(text + "\n")
        self._stream.flush()


def megabytes(count):
    """Bytes as the text '12.3 MB'."""
    return f"{count / 1e6:.1f} MB"
