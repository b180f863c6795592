# SPDX-License-Identifier: BSD-3-Clause
"""Gives powernv guests hugepages.

QEMU's PowerNV device tree lacks `ibm,processor-radix-AP-encodings`; without it
Linux offers no hugepages. The tree that QEMU generates is dumped from a machine
that does not run, the property is added to every processor, and the result is
passed with -dtb. Equal machines have equal trees, so results are cached.
"""

import os
import subprocess

from . import cache, hostdeps
from .errors import LabError

# Page sizes 4K, 64K, 2M, 1G: the AP encoding in the top 3 bits, the shift below.
_ENCODINGS = ("0x0c", "0xa0000010", "0x20000015", "0x4000001e")
_PROPERTY = "ibm,processor-radix-AP-encodings"


def build(key_inputs, dump):
    """The path of a corrected tree; `dump(path)` writes QEMU's own one."""
    hostdeps.need("fdtget", "fdtput")
    folder = cache.subdir("devicetrees")
    path = os.path.join(folder, cache.key(key_inputs) + ".dtb")
    if os.path.exists(path):
        return path
    with cache.lock("devicetree"):
        if not os.path.exists(path):
            temporary = path + ".tmp"
            dump(temporary)
            add_hugepages(temporary)
            os.rename(temporary, path)
    return path


def add_hugepages(path):
    """Adds the property to every processor node of the tree in that file."""
    nodes = [name for name in _tool("fdtget", "-l", path, "/cpus").split()
             if name.startswith("PowerPC,")]
    if not nodes:
        raise LabError("the device tree has no processors", f"no /cpus/PowerPC,* in {path}",
                       "use QEMU 10.0 or newer")
    for name in nodes:
        _tool("fdtput", "-t", "x", path, f"/cpus/{name}", _PROPERTY, *_ENCODINGS)


def _tool(*words):
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LabError(f"{words[0]} failed", result.stderr.strip(), "run 'lab/power deps'")
    return result.stdout
