# SPDX-License-Identifier: BSD-3-Clause
"""The lab's command line with sets of one package each, for the mirror of the tests.

    tiny_lab.py LOCKS WORD...           LOCKS is the folder of the lock files

An image is the folder of its packages. With TINY_SPACE in the environment it believes that
there is room enough on the disk; TINY_MORE are packages of an image that a lock has to have.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from powerlab import apt, cache, cli, debs, image, locks, sets  # noqa: E402 (the path comes first)
from powerlab import unpack  # noqa: E402

PACKAGES = {sets.SYSROOT: ["headers"], sets.EXAMPLES: ["headers"]}


def make_image(paths, folder, progress):
    """No kernel, no file system."""
    unpack.unpack(paths, folder, (), progress)
    return {}


def main(folder, *words):
    """Runs the lab with everything small and no pauses."""
    locks.FOLDER = folder
    sets.asked = lambda _suite, name: PACKAGES.get(name, ["programs", *sets.more(name)])
    sets.programs = lambda _suite: os.environ.get("TINY_MORE", "").split()
    image._make = make_image
    if "TINY_SPACE" in os.environ:
        cache.need_space = lambda *_: None
    apt.DELAYS = debs.DELAYS = (0.05, 0.05)
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
