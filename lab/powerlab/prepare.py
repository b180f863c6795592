# SPDX-License-Identifier: BSD-3-Clause
"""What the lab does in a guest before anybody uses it.

Nothing here writes to the guest's disk until wake(): up to there its root is mounted
read-only, so that a saved machine (saved.py) goes with any fresh copy of the image.
"""

import time

from .errors import LabError, tail

# By size: where hugetlbfs is mounted, and KiB.
MOUNTS = {"2M": ("/dev/hugepages", 2048), "1G": ("/dev/hugepages1G", 1048576),
          "16M": ("/dev/hugepages16M", 16384)}

BIND = """
set -e
modprobe vfio_iommu_spapr_tce
modprobe vfio-pci
for a in {addresses}; do
	d=/sys/bus/pci/devices/$a
	echo vfio-pci >$d/driver_override
	[ ! -e $d/driver ] || echo $a >$d/driver/unbind
	echo $a >/sys/bus/pci/drivers_probe
	[ "$(basename "$(readlink $d/driver)")" = vfio-pci ]
done
"""

HUGEPAGES = """
set -e
f={where}/hugepages/hugepages-{kb}kB/nr_hugepages
[ -e $f ] || {{ echo none; exit 0; }}
echo {count} >$f
mkdir -p {mount}
grep -q ' {mount} ' /proc/mounts || mount -t hugetlbfs -o pagesize={size} none {mount}
cat $f
"""

# QEMU 10.0 forgets on loading that a processor other than the first was started, so those
# are off while the machine is saved. The clock has stood still since then.
SLEEP = """
set -e
for c in /sys/devices/system/cpu/cpu[1-9]*/online; do [ ! -e $c ] || echo 0 >$c; done
"""
WAKE = """
set -e
for c in /sys/devices/system/cpu/cpu[1-9]*/online; do [ ! -e $c ] || echo 1 >$c; done
date -s @{now:.3f} >/dev/null
mount -o remount,rw /
"""
# The kernel has looked for partitions when the disk held another archive.
OVERLAY = """
for d in /sys/block/vd*; do
	[ "$(cat $d/serial)" = overlay ] || continue
	blockdev --flushbufs /dev/${d##*/}
	tar -x -C / --keep-directory-symlink --no-overwrite-dir -f /dev/${d##*/}
done
"""
# Before and after another DPDK comes. Debian's scripts work with any.
WITHOUT_DPDK = """
rm -rf /usr/lib/*/librte_* /usr/lib/*/dpdk
find /usr/bin -name 'dpdk-*' ! -name '*.py' -delete
"""
WITH_DPDK = "ldconfig\n"


def wake(run, overlay, own_dpdk, timeout):
    """Makes the guest ready for its user, whether it has booted or was loaded."""
    steps = [WAKE.format(now=time.time()), overlay and OVERLAY]
    if own_dpdk:
        steps = [steps[0], WITHOUT_DPDK, OVERLAY, WITH_DPDK]
    run("".join(filter(None, steps)), timeout).check()


def bind_vfio(run, addresses):
    """Binds devices to vfio-pci."""
    result = run(BIND.format(addresses=" ".join(addresses)), 60)
    if result.rc != 0:
        raise LabError("the test devices cannot be bound to vfio-pci",
                       tail(result.out, 5) or "the driver refused the device",
                       "see the kernel log: Machine.run('dmesg')")


def hugepages(run, size, count, node=None):
    """Reserves hugepages, on a NUMA node or anywhere, and mounts hugetlbfs for them."""
    mount, kilobytes = MOUNTS[size]
    where = "/sys/kernel/mm" if node is None else f"/sys/devices/system/node/node{node}"
    result = run(HUGEPAGES.format(where=where, kb=kilobytes, count=count, mount=mount, size=size))
    got = result.check().out.split()[-1:]
    if got != [str(count)]:
        raise LabError(f"the guest has no {count} hugepages of {size}",
                       f"it has {got[0] if got else 'none'}",
                       "give the machine more memory; for 1G pages reserve them at boot with "
                       "kernel_args='hugepagesz=1G hugepages=N'")
