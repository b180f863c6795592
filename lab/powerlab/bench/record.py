# SPDX-License-Identifier: BSD-3-Clause
"""results/bench.json: every value as it was measured, and under which circumstances.

  {"format": 1, "about": {...}, "machines": {NAME: {"kernel", "dpdk"}}, "errors": [...],
   "setup": [...], "again": [...], "rates": [...], "instructions": [...], "mapping": [...]}

The records of a part are flat: machine, side and round, and what was measured.
"""

import datetime
import json
import os
import platform
import subprocess

from ..errors import LabError
from ..hostdeps import QEMU_BINARY
from . import figures
from .rig import ROOT

FORMAT = 1
PARTS = ("setup", "again", "rates", "instructions", "mapping")


def _output(*command):
    """What a program prints; "unknown" when it does not run."""
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def _cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as stream:
        names = [line.split(":", 1)[1].strip() for line in stream
                 if line.startswith(("model name", "cpu\t"))]
    return names[0] if names else platform.machine()


class Record:
    """What is known so far; saved after each step, whole or not at all."""

    def __init__(self, path, about):
        self._path = path
        self._started = datetime.datetime.now(datetime.timezone.utc)
        self.data = {
            "format": FORMAT,
            "about": {**about, "date": self._started.isoformat(timespec="seconds"),
                      "commit": _output("git", "rev-parse", "HEAD"),
                      "changed": _output("git", "status", "--porcelain") != "",
                      "qemu": _output(QEMU_BINARY, "--version").split("\n")[0],
                      "host": {"cpu": _cpu(), "cpus": os.cpu_count(),
                               "kernel": platform.release(), "loads": []}},
            "machines": {}, "errors": [], **{part: [] for part in PARTS},
        }

    def add_machine(self, rig):
        """A machine has booted: its versions, and the host's load in the last minute."""
        self.data["machines"][rig.name] = rig.versions
        self.data["about"]["host"]["loads"].append(round(os.getloadavg()[0], 2))

    def add(self, part, about, found):
        """Figures of one step."""
        self.data[part] += [{**about, **figures} for figures in found]

    def add_error(self, about, error):
        """A step has failed."""
        self.data["errors"].append({**about, "error": str(error)[:2000]})

    def save(self):
        """Writes what there is."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self.data["about"]["seconds"] = round((now - self._started).total_seconds(), 1)
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        with open(self._path + ".new", "w", encoding="utf-8") as stream:
            json.dump(self.data, stream, indent=1)
            stream.write("\n")
        os.replace(self._path + ".new", self._path)


def load(path):
    """The content of a record."""
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
    except (OSError, ValueError) as error:
        raise LabError(f"cannot read {path}", str(error),
                       "name a file that 'make bench' has written") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise LabError(f"{path} is no record of this benchmark",
                       f"it is not of format {FORMAT}", "name a file that 'make bench' has written")
    # Older ones have neither this part nor several flavours in one run.
    data.setdefault("again", [])
    for entry in data["setup"] + figures.select(data["errors"], part="setup"):
        entry.setdefault("flavour", data["about"].get("flavour", "std"))
    return data
