/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Fill and format errors, and keep the texts of all messages. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_error.h"

struct message {
	const char *name;
	const char *why;
	const char *fix;
};

/* Kept in the order of enum ddw_msg and of doc/guides/messages.rst. */
static const struct message messages[DDW_MSG_COUNT] = {
	[DDW_MSG_NONE] = { "DDW-none", "", "" },

	[DDW_MSG_PARAM_UNKNOWN] = {
		"DDW-param-unknown",
		"the parameter does not exist",
		"use mode, iommu, window, on_mismatch, dma32, page_size, window_size, interpose or strict",
	},
	[DDW_MSG_PARAM_VALUE] = {
		"DDW-param-value",
		"the value is not valid for this parameter",
		"correct the value",
	},
	[DDW_MSG_PAGE_NOT_OFFERED] = {
		"DDW-page-not-offered",
		"the platform has no IOMMU pages of this size",
		"choose one of the offered sizes, or omit page_size",
	},
	[DDW_MSG_PAGE_TOO_LARGE] = {
		"DDW-page-too-large",
		"an IOMMU page must not be larger than any hugepage it maps",
		"choose a smaller page_size, or use larger hugepages only",
	},
	[DDW_MSG_WINDOW_TOO_SMALL] = {
		"DDW-window-too-small",
		"all memory that DPDK allocates must fit into the window",
		"raise window_size, or omit it",
	},
	[DDW_MSG_WINDOW_TOO_LARGE] = {
		"DDW-window-too-large",
		"the platform's TCE tables cannot cover it with pages of this size",
		"use a larger page_size (and hugepages at least as large), or a smaller window_size",
	},

	[DDW_MSG_NO_HUGEPAGES] = {
		"DDW-no-hugepages",
		"device memory must be in hugepages, and /sys/kernel/mm/hugepages has none",
		"reserve some, e.g.: dpdk-hugepages.py -p 2M --setup 1G",
	},
	[DDW_MSG_MEMLOCK] = {
		"DDW-memlock",
		"memory mapped for devices counts as locked memory, and so do TCE tables",
		"raise the limit (ulimit -l, LimitMEMLOCK=, or CAP_IPC_LOCK)",
	},
	[DDW_MSG_IOVA_VA] = {
		"DDW-iova-va",
		"bus addresses in a DMA window differ from virtual addresses, so EAL must take "
		"them from its memory segments (IOVA as PA)",
		"run as root or with CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH and CAP_IPC_LOCK, with "
		"hugepages, and without --iova-mode=va or --no-huge; on bare metal mode=off "
		"leaves the devices to DPDK's own code, which does not need physical addresses",
	},
	[DDW_MSG_LAYOUT_UNKNOWN] = {
		"DDW-layout-unknown",
		"the plugin modifies internal structures of DPDK, and only those that it knows",
		"use a DPDK that the plugin supports, or a newer plugin",
	},
	[DDW_MSG_SECOND_COPY] = {
		"DDW-second-copy",
		"two copies would both set up the same groups",
		"load it once: drop the -d option, or remove one copy from the plugin directory",
	},
	[DDW_MSG_EAL_SYMBOLS] = {
		"DDW-eal-symbols",
		"the program hides the symbols of its DPDK, or its EAL lacks them",
		"link it with -Wl,--export-dynamic, or let it load DPDK with RTLD_GLOBAL",
	},
	[DDW_MSG_EAL_TWICE] = {
		"DDW-eal-twice",
		"something that was loaded needs libraries of a DPDK that is not the program's",
		"load only what was built for the program's DPDK, or needs no libraries of DPDK",
	},

	[DDW_MSG_GROUP_NOT_VIABLE] = {
		"DDW-group-not-viable",
		"all devices of an IOMMU group must be bound to vfio-pci or to no driver",
		"bind them with dpdk-devbind.py",
	},
	[DDW_MSG_GROUP_BUSY] = {
		"DDW-group-busy",
		"an IOMMU group belongs to one process at a time",
		"stop the other process, or keep this one from the device with -b or -a",
	},
	[DDW_MSG_GROUP_OPEN] = {
		"DDW-group-open",
		"the group's device file could not be opened",
		"check that vfio-pci is loaded and that you may read and write the file",
	},
	[DDW_MSG_GROUP_NOT_GIVEN] = {
		"DDW-group-not-given",
		"sysfs shows the devices of the whole machine, but the group's device file is not "
		"here, or not for this user",
		"use -a <address> for the devices that are yours, or give the process the file",
	},
	[DDW_MSG_GROUP_ATTACH] = {
		"DDW-group-attach",
		"the kernel refused to add the group to a container",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_GROUP_INFO] = {
		"DDW-group-info",
		"the kernel did not report the group's DMA windows",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_GROUP_LIMIT] = {
		"DDW-group-limit",
		"a process can use at most 63 IOMMU groups at a time, one EAL container each",
		"select fewer devices with -a",
	},
	[DDW_MSG_NO_SPAPR_V2] = {
		"DDW-no-spapr-v2",
		"the kernel has no sPAPR v2 IOMMU for this group: module vfio_iommu_spapr_tce is "
		"missing, or the kernel is too old",
		"modprobe vfio_iommu_spapr_tce; an LPAR or KVM guest needs Linux 6.12.13 or "
		"newer, bare metal 4.2 to 5.18 or 6.4 and newer",
	},
	[DDW_MSG_NO_DDW] = {
		"DDW-no-ddw",
		"firmware offers no dynamic DMA window for this slot",
		"enable it: on PowerVM 'I/O Adapter Enlarged Capacity' in ASMI, on QEMU ddw=on",
	},
	[DDW_MSG_NOT_VFIO] = {
		"DDW-not-vfio",
		"a device that is not bound to vfio-pci cannot use the bus addresses of a DMA "
		"window",
		"bind it to vfio-pci with dpdk-devbind.py",
	},
	[DDW_MSG_HOTPLUG] = {
		"DDW-hotplug",
		"the device's IOMMU group has no DMA window in this process",
		"start the application with the device present",
	},
	[DDW_MSG_VIRTIO_NO_IOMMU] = {
		"DDW-virtio-no-iommu",
		"a virtio device obeys the IOMMU only if it offers VIRTIO_F_ACCESS_PLATFORM",
		"libvirt: <model type='virtio-non-transitional'/> and <driver iommu='on'/>; QEMU: "
		"disable-legacy=on,iommu_platform=on",
	},

	[DDW_MSG_CREATE_REFUSED] = {
		"DDW-create-refused",
		"the kernel or firmware refused the window",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_PE_POISONED] = {
		"DDW-pe-poisoned",
		"an earlier attempt to create a window failed, by this process or a host driver, "
		"and the kernel does not retry",
		"reboot with the kernel parameter disable_ddw; 'journalctl -k -b | grep "
		"ibm,create-pe-dma-window' names the driver that requested a window",
	},
	[DDW_MSG_REMOVE_REFUSED] = {
		"DDW-remove-refused",
		"the default window must be removed before the dynamic one is created",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_RANGE_MISMATCH] = {
		"DDW-range-mismatch",
		"memory has one bus address for all devices, so all windows must start at the same one",
		"run the device in a separate process (-a), or move it to another slot",
	},
	[DDW_MSG_NO_WINDOW] = {
		"DDW-no-window",
		"this process can use neither a dynamic window nor the default one",
		"look at the kernel log (dmesg); an LPAR or KVM guest needs a slot with dynamic "
		"windows (on PowerVM 'I/O Adapter Enlarged Capacity' in ASMI, on QEMU ddw=on)",
	},
	[DDW_MSG_ENABLE_REFUSED] = {
		"DDW-enable-refused",
		"sPAPR v1 counts the whole default window as locked memory",
		"raise the limit (ulimit -l, LimitMEMLOCK=, or CAP_IPC_LOCK)",
	},

	[DDW_MSG_BAD_RANGE] = {
		"DDW-bad-range",
		"address and length must be nonzero multiples of the IOMMU page and must not wrap "
		"around",
		"align the memory to the IOMMU page",
	},
	[DDW_MSG_WINDOW_FULL] = {
		"DDW-window-full",
		"the window is sized to the hugepages that existed at start",
		"set window_size to the largest size needed",
	},
	[DDW_MSG_MEMORY_OVERLAP] = {
		"DDW-memory-overlap",
		"part of this address range is still registered, with its earlier pages",
		"use other addresses",
	},
	[DDW_MSG_REGISTER_FAILED] = {
		"DDW-register-failed",
		"the kernel could not pin the memory",
		"check the memlock limit, that the memory is populated and writable, and after "
		"ENOMEM whether hugepages are in memory that must stay movable (onlined as "
		"online_movable, or hugetlb_cma=)",
	},
	[DDW_MSG_MAP_FAILED] = {
		"DDW-map-failed",
		"the kernel could not map the memory into the window",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_UNMAP_FAILED] = {
		"DDW-unmap-failed",
		"the kernel failed to unmap the memory",
		"look at the kernel log (dmesg); the memory stays pinned until the process ends",
	},
	[DDW_MSG_SMALL_PAGES] = {
		"DDW-small-pages",
		"an IOMMU page must not be larger than a page of the memory, and not all groups "
		"have a default window, which has small pages",
		"use hugepages for this memory, or mode=dma32",
	},
	[DDW_MSG_BAD_IOVA] = {
		"DDW-bad-iova",
		"devices reach only bus addresses inside their windows",
		"use a bus address in the range named here",
	},
	[DDW_MSG_FORKED] = {
		"DDW-forked",
		"fork() has copied the process: the kernel lets only the process that opened the "
		"windows change them and what is mapped",
		"call fork() or daemon() before rte_eal_init(); end a child that does not need "
		"the devices with _exit()",
	},
	[DDW_MSG_EXTERNAL_MEMORY] = {
		"DDW-external-memory",
		"memory is mapped and unmapped as one range, with the same address, length and "
		"bus address in both calls",
		"register the memory as a whole (rte_extmem_register) before you map it, and "
		"unmap the range that was mapped",
	},
	[DDW_MSG_NO_MEMORY] = {
		"DDW-no-memory",
		"malloc failed",
		"free some memory",
	},

	[DDW_MSG_POOL_CONFIG] = {
		"DDW-pool-config",
		"the value does not fit the memory, the window or the other settings",
		"correct it, or omit it: all settings have good defaults",
	},
	[DDW_MSG_POOL_SIZE] = {
		"DDW-pool-size",
		"a pool needs at least one object of at least one byte, and its size must not "
		"overflow",
		"correct the number or size of the objects",
	},
	[DDW_MSG_POOL_NAME] = {
		"DDW-pool-name",
		"mempools, rings and memzones of all processes share one set of names",
		"choose another name, or free the other pool first",
	},
	[DDW_MSG_POOL_NODE] = {
		"DDW-pool-node",
		"a pool is created on the requested NUMA node or not at all",
		"request a node that has memory (numactl -H), or SOCKET_ID_ANY",
	},
	[DDW_MSG_POOL_HUGEPAGES] = {
		"DDW-pool-hugepages",
		"a pool takes hugepages in addition to EAL's",
		"reserve more on the node, e.g.: dpdk-hugepages.py -p 2M -n 0 --setup 2G; or give "
		"EAL less (-m)",
	},
	[DDW_MSG_POOL_WINDOW] = {
		"DDW-pool-window",
		"a pool needs a range of bus addresses at least as long as one chunk",
		"use a smaller pool or smaller chunks, free other memory, or use a larger window",
	},
	[DDW_MSG_POOL_MEMORY] = {
		"DDW-pool-memory",
		"devices reach memory in whole, populated pages at least as large as the IOMMU "
		"pages of the window",
		"use populated hugepages of a size that the window accepts",
	},
	[DDW_MSG_POOL_BUSY] = {
		"DDW-pool-busy",
		"a device or the application may still use them",
		"stop the devices, put all objects back, then try again",
	},
	[DDW_MSG_POOL_NO_PLUGIN] = {
		"DDW-pool-no-plugin",
		"only the plugin vfio_spapr can map memory for devices here, and it is not loaded",
		"load it: -d librte_bus_vfio_spapr.so, or install it in DPDK's plugin directory",
	},
	[DDW_MSG_POOL_REACH] = {
		"DDW-pool-reach",
		"the bus addresses of the pool need more address bits than the device has, or the "
		"plugin does not handle the device",
		"create a pool with addr_bits= and the default window for this device",
	},
	[DDW_MSG_POOL_CONTIGUOUS] = {
		"DDW-pool-contiguous",
		"bus addresses are physical addresses here, and pages are scattered",
		"use larger hugepages, or IOVA as VA",
	},
	[DDW_MSG_POOL_FULL] = {
		"DDW-pool-full",
		"the window has no room, and no chunk of any pool is idle",
		"put objects back sooner, use fewer descriptors, or a larger window",
	},
	[DDW_MSG_POOL_EAL] = {
		"DDW-pool-eal",
		"EAL has a limited number of memory lists (RTE_MAX_MEMSEG_LISTS) and accepts no "
		"memory twice",
		"use fewer, larger pools",
	},
	[DDW_MSG_POOL_SECONDARY] = {
		"DDW-pool-secondary",
		"only the process that opened the windows can map memory",
		"create, grow, trim and free pools in the primary process",
	},
};

const char *
ddw_msg_name(enum ddw_msg msg)
{
	if ((unsigned int)msg >= DDW_MSG_COUNT)
		msg = DDW_MSG_NONE;
	return messages[msg].name;
}

int
ddw_fail(struct ddw_error *e, enum ddw_msg msg, int err, const char *fmt, ...)
{
	va_list ap;

	err = -abs(err);
	if (e == NULL)
		return err;
	if ((unsigned int)msg >= DDW_MSG_COUNT)
		msg = DDW_MSG_NONE;
	e->err = err;
	e->msg = msg;
	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	snprintf(e->why, sizeof(e->why), "%s", messages[msg].why);
	snprintf(e->fix, sizeof(e->fix), "%s", messages[msg].fix);
	return err;
}

void
ddw_error_why(struct ddw_error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
}

void
ddw_error_fix(struct ddw_error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(e->fix, sizeof(e->fix), fmt, ap);
	va_end(ap);
}

const char *
ddw_error_format(const struct ddw_error *e, char text[DDW_ERROR_TEXT])
{
	snprintf(text, DDW_ERROR_TEXT, "%s: %s; why: %s; fix: %s", ddw_msg_name(e->msg), e->what,
		 e->why, e->fix);
	return text;
}

void
ddw_error_clear(struct ddw_error *e)
{
	if (e != NULL)
		memset(e, 0, sizeof(*e));
}
