# SPDX-License-Identifier: BSD-3-Clause
"""The short-lived directory of one machine: sockets, logs, device overlay."""

import glob
import os
import re
import shutil
import tempfile

_PREFIX = "ddw-"
# The path of a unix socket has 107 characters at most.
_LONGEST = 80


def _base():
    base = tempfile.gettempdir()
    return base if len(base) < _LONGEST else "/tmp"


def create():
    """A new directory; its name holds our process number."""
    _remove_stale()
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_base())


def _remove_stale():
    """Removes our user's directories whose process is gone: it was killed with SIGKILL."""
    for path in glob.glob(os.path.join(_base(), _PREFIX + "*-*")):
        match = re.match(_PREFIX + r"(\d+)-", os.path.basename(path))
        try:
            if (match and os.stat(path).st_uid == os.geteuid()
                    and not os.path.exists(f"/proc/{match.group(1)}")):
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue
