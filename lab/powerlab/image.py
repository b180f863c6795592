# SPDX-License-Identifier: BSD-3-Clause
"""Builds a guest image: kernel, file system and manifest, from packages alone.

No root, no chroot and no maintainer scripts: packages are unpacked, a handful of
files that the scripts would have made are written here, and mke2fs copies the
folder into a file system.
"""

import glob
import os
import re
import shutil
import subprocess

from . import cache, entries, sets, suites, unpack
from .errors import DISK_FULL, LabError, tail

RECIPE = 2
# Packages that others depend on for building, booting or configuring a real system.
_SKIP = re.compile(
    r"^((?!dpdk).*-dev|initramfs-tools.*|dracut.*|klibc-utils|libklibc|cpio|udev|systemd"
    r"|libsystemd-shared|adduser|debconf|libdebconf.*|dpkg|sgml-base|xml-core|tzdata"
    r"|librte-meta-.*|logsave|linux-base|perl.*|libperl.*|rdma-core|media-types|pkgconf.*)$")
# With programs of others in the image only these: a program may need any of the rest.
_SKIP_ALWAYS = re.compile(
    r"^((?!dpdk).*-dev|initramfs-tools.*|dracut.*|klibc-utils|libklibc|udev|systemd|linux-base"
    r"|librte-meta-.*|pkgconf.*)$")
_MODULES = "./*lib/modules/*/kernel/"
_EXCLUDES = tuple(
    ["./usr/share/" + name + "/*" for name in (
        "doc", "man", "locale", "info", "lintian", "bash-completion", "i18n", "perl5",
        "zoneinfo", "bug", "gdb")]
    + ["*/librte_*.a", "./usr/include/*", "./boot/System.map*", "./usr/lib/*/gconv/*"]
    + [_MODULES + name + "/*" for name in (
        "sound", "drivers/media", "drivers/gpu", "drivers/scsi", "drivers/iio", "drivers/usb",
        "drivers/infiniband", "drivers/md", "drivers/hid", "drivers/hwmon", "drivers/video",
        "drivers/target", "drivers/input", "drivers/staging", "drivers/ata", "drivers/mmc",
        "drivers/net/wireless", "drivers/net/ethernet/[!i]*", "drivers/net/usb",
        "drivers/bluetooth", "drivers/isdn", "drivers/leds", "drivers/mfd", "drivers/nvme",
        "drivers/power", "fs/[!e9njm]*", "fs/nfs*", "net/bluetooth", "net/mac80211", "net/wireless",
        "net/netfilter", "net/sched", "net/sunrpc", "net/ceph")])
# ext4 asks for crc32c by a name that depmod cannot see; which ones exist depends on the kernel.
_BOOT_MODULES = ("crc32c_generic", "crc32c-cryptoapi", "crc32c-vpmsum", "virtio_blk", "ext4")
_ETC = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n"
                  "nobody:x:65534:65534::/:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost lab\n",
    "etc/hostname": "lab\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_LINKS = {"usr/bin/sh": "dash", "usr/bin/awk": "mawk", "usr/bin/which": "which.debianutils",
          "var/run": "/run"}


def recipe(name, flavour, more=()):
    """How the image of a suite is made, with `more` packages in it."""
    suite = suites.get(name)
    suites.kernel_package(suite, flavour)
    skip = _SKIP_ALWAYS if more else _SKIP
    # No entry's name is the beginning of another one's.
    mark = f"+{cache.key(sorted(set(more)))}" if more else ""
    return entries.Recipe(
        what=f"image {name}/{flavour}" + "".join(f" with {package}" for package in more),
        suite=suite, packages=sets.image(flavour, more),
        folder="images", prefix=f"{name}-{flavour}{mark}-", space=3_000_000_000,
        tools=("mke2fs", "debugfs", "depmod"), make=_make,
        keep=lambda package: package in more or not skip.match(package),
        inputs={"recipe": RECIPE, "suite": name, "flavour": flavour,
                "releases": suite.releases, "skip": skip.pattern, "excludes": _EXCLUDES,
                "boot_modules": _BOOT_MODULES, "files": _ETC})


def build(name, flavour, progress, refresh=False, more=()):
    """Builds or reuses the image of a suite; returns the path of its folder."""
    return entries.build(recipe(name, flavour, more), progress, refresh)


def _make(paths, folder, progress):
    root = os.path.join(folder, "root")
    os.makedirs(root)
    unpack.unpack(paths, root, _EXCLUDES, progress)
    kernel = _finish_root(root, folder)
    progress.step("  writing the file system")
    _make_filesystem(root, os.path.join(folder, "root.ext4"))
    cache.remove_tree(root)
    return {"kernel": kernel}


def _take_kernel(root, target):
    """Moves the kernel out of the unpacked packages; returns its version."""
    modules = os.path.join(root, "usr", "lib", "modules")
    versions = [name for name in os.listdir(modules)
                if os.path.isdir(os.path.join(modules, name, "kernel"))]
    # Since 7.2 Debian keeps the kernel with its modules, before that in /boot.
    kernels = (glob.glob(os.path.join(root, "boot", "vmlinu?-*"))
               + glob.glob(os.path.join(modules, "*", "vmlinu?")))
    if len(kernels) != 1 or len(versions) != 1:
        raise LabError("the image has no kernel, or several",
                       f"kernels: {kernels}, modules: {versions}", "run again with --refresh")
    os.rename(kernels[0], target)
    return versions[0]


def _finish_root(root, folder):
    """Writes what maintainer scripts would have written; returns the kernel's version."""
    version = _take_kernel(root, os.path.join(folder, "vmlinux"))
    for name in ("root", "proc", "sys", "dev", "run", "tmp", "etc", "share", "out", "mnt"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    for name, text in _ETC.items():
        with open(os.path.join(root, name), "w", encoding="ascii") as stream:
            stream.write(text)
    for link, target in _LINKS.items():
        path = os.path.join(root, link)
        if os.path.isdir(path) and not os.path.islink(path):
            cache.remove_tree(path)
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
    _tool(["depmod", "-b", root, version], "depmod failed")
    _add_modules_for_boot(root, version, folder)
    return version


def _add_modules_for_boot(root, version, folder):
    """Keeps a copy of what the initramfs needs, so that it can be remade at any time."""
    boot = os.path.join(folder, "boot")
    os.makedirs(boot)
    base = os.path.join(root, "lib", "modules", version)
    order = _load_order(base, _BOOT_MODULES)
    for path in order:
        shutil.copy(os.path.join(base, path), boot)
    with open(os.path.join(boot, "order"), "w", encoding="ascii") as stream:
        stream.writelines(os.path.basename(path) + "\n" for path in order)
    shutil.copy(os.path.join(root, "usr", "bin", "busybox"), boot)


def _load_order(base, names):
    """Paths of modules, each after those that it depends on; unknown names are skipped."""
    needs = {}
    with open(os.path.join(base, "modules.dep"), encoding="ascii") as stream:
        for line in stream:
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
    found = {re.sub(r"\.ko.*$", "", os.path.basename(path)).replace("-", "_"): path
             for path in needs}
    order = []

    def add(path):
        # modules.dep lists a module's needs with the deepest last.
        for other in reversed(needs[path]):
            if other not in order:
                order.append(other)
        if path not in order:
            order.append(path)

    for name in names:
        if name.replace("-", "_") in found:
            add(found[name.replace("-", "_")])
    return order


def _tool(command, what, stdin=None):
    result = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin)
    if result.returncode != 0:
        fix = "run 'lab/power deps', then try again"
        if "No space left" in result.stderr:
            fix = DISK_FULL
        raise LabError(what, tail(result.stderr, 5), fix)
    return result.stdout


def _make_filesystem(root, path):
    """Copies the folder into an ext4 file; everything in it belongs to root."""
    size = int(_tool(["du", "-s", "--block-size=1", root], "du failed").split()[0])
    blocks = (size * 5 // 4 + (256 << 20)) // 4096
    # No journal: each machine writes to a throw-away copy.
    _tool(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-m", "0", "-O", "^has_journal",
           "-E", "root_owner=0:0", "-d", root, path, str(blocks)], "the file system failed")
    if os.geteuid() != 0:
        _own_by_root(root, path)


def _own_by_root(root, path):
    """mke2fs keeps the owner of each file: give all of them to root afterwards."""
    lines = []
    for base, folders, files in os.walk(root):
        for name in folders + files:
            inside = os.path.relpath(os.path.join(base, name), root)
            lines += [f'sif "/{inside}" uid 0', f'sif "/{inside}" gid 0']
    _tool(["debugfs", "-w", "-f", "/dev/stdin", path], "setting the owners failed",
          "\n".join(lines) + "\n")
