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
		"the value cannot be used for this parameter",
		"correct the value",
	},
	[DDW_MSG_PAGE_NOT_OFFERED] = {
		"DDW-page-not-offered",
		"the platform has no IOMMU pages of this size",
		"choose one of the sizes offered, or leave page_size out",
	},
	[DDW_MSG_PAGE_TOO_LARGE] = {
		"DDW-page-too-large",
		"an IOMMU page must not be larger than any hugepage it maps",
		"choose a smaller page_size, or use larger hugepages only",
	},
	[DDW_MSG_WINDOW_TOO_SMALL] = {
		"DDW-window-too-small",
		"all memory that DPDK allocates must fit into the window",
		"raise window_size, or leave it out",
	},
	[DDW_MSG_WINDOW_TOO_LARGE] = {
		"DDW-window-too-large",
		"the TCE tables of this platform cannot cover it with pages of this size",
		"use a larger page_size (and hugepages at least as large), or a smaller window_size",
	},

	[DDW_MSG_NO_HUGEPAGES] = {
		"DDW-no-hugepages",
		"device memory must be in hugepages, and none is reserved",
		"reserve some, e.g.: dpdk-hugepages.py -p 2M --setup 1G",
	},
	[DDW_MSG_MEMLOCK] = {
		"DDW-memlock",
		"memory that a device reaches and its TCE tables count as locked",
		"raise the limit (ulimit -l, LimitMEMLOCK=, or CAP_IPC_LOCK)",
	},
	[DDW_MSG_IOVA_VA] = {
		"DDW-iova-va",
		"a DMA window does not start where virtual addresses are, so EAL must "
		"take bus addresses from its memory segments (IOVA as PA)",
		"run as root or with CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH and CAP_IPC_LOCK, with "
		"hugepages, and without --iova-mode=va or --no-huge; on bare metal mode=off "
		"leaves the devices to DPDK's own code, which can do without",
	},
	[DDW_MSG_LAYOUT_UNKNOWN] = {
		"DDW-layout-unknown",
		"the plugin changes structures inside DPDK and does so only where it knows them",
		"use a DPDK that the plugin supports, or a newer plugin",
	},
	[DDW_MSG_SECOND_COPY] = {
		"DDW-second-copy",
		"two copies would both set up the same groups",
		"load it once: drop the -d option, or remove one copy from the plugin directory",
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
	[DDW_MSG_GROUP_ATTACH] = {
		"DDW-group-attach",
		"the kernel did not let the group join a container",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_GROUP_INFO] = {
		"DDW-group-info",
		"the kernel did not describe the group's DMA windows",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_GROUP_LIMIT] = {
		"DDW-group-limit",
		"one process can use 63 IOMMU groups, the containers that EAL has",
		"select fewer devices with -a",
	},
	[DDW_MSG_NO_SPAPR_V2] = {
		"DDW-no-spapr-v2",
		"the kernel has no sPAPR v2 IOMMU for this group: module vfio_iommu_spapr_tce is "
		"missing, or the kernel is too old",
		"modprobe vfio_iommu_spapr_tce; an LPAR or KVM guest needs Linux 6.12.13 or newer, "
		"bare metal 4.12 to 5.18 or 6.4 and newer",
	},
	[DDW_MSG_NO_DDW] = {
		"DDW-no-ddw",
		"firmware offers no dynamic DMA window for this slot",
		"enable it: on PowerVM 'I/O Adapter Enlarged Capacity' in ASMI, on QEMU ddw=on",
	},
	[DDW_MSG_NOT_VFIO] = {
		"DDW-not-vfio",
		"a device outside VFIO cannot reach memory at the addresses of a DMA window",
		"bind it to vfio-pci with dpdk-devbind.py",
	},
	[DDW_MSG_HOTPLUG] = {
		"DDW-hotplug",
		"the device's IOMMU group has no DMA window in this process",
		"start the application with the device present",
	},

	[DDW_MSG_CREATE_REFUSED] = {
		"DDW-create-refused",
		"the kernel or firmware refused the window",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_PE_POISONED] = {
		"DDW-pe-poisoned",
		"an earlier attempt to create a window failed, by this or by a host driver, and the "
		"kernel does not try again",
		"reboot with the kernel parameter disable_ddw; 'journalctl -k -b | grep "
		"ibm,create-pe-dma-window' names the driver that asked for a window",
	},
	[DDW_MSG_REMOVE_REFUSED] = {
		"DDW-remove-refused",
		"the default window has to make room for the large one",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_RANGE_MISMATCH] = {
		"DDW-range-mismatch",
		"memory has one bus address for all devices, so all windows must start at the same one",
		"run the device in a process of its own (-a), or move it to another slot",
	},
	[DDW_MSG_NO_WINDOW] = {
		"DDW-no-window",
		"neither a dynamic window nor the default one can be used by this process",
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
		"address and length must be multiples of the IOMMU page, not 0, and not wrap",
		"align the memory to the IOMMU page",
	},
	[DDW_MSG_WINDOW_FULL] = {
		"DDW-window-full",
		"the window is sized to the hugepages that existed at start",
		"set window_size to the most that will be needed",
	},
	[DDW_MSG_MEMORY_OVERLAP] = {
		"DDW-memory-overlap",
		"part of this address range is still registered, with the pages that it had before",
		"use other addresses",
	},
	[DDW_MSG_REGISTER_FAILED] = {
		"DDW-register-failed",
		"the kernel could not pin the memory",
		"check the memlock limit, and that the memory is populated and writable",
	},
	[DDW_MSG_MAP_FAILED] = {
		"DDW-map-failed",
		"the kernel could not map the memory into the window",
		"look at the kernel log (dmesg)",
	},
	[DDW_MSG_UNMAP_FAILED] = {
		"DDW-unmap-failed",
		"the kernel did not take the memory out of the window",
		"look at the kernel log (dmesg); the memory stays pinned until the process ends",
	},
	[DDW_MSG_SMALL_PAGES] = {
		"DDW-small-pages",
		"an IOMMU page must not be larger than a page of the memory, and the default "
		"window, which has small pages, is not there for all groups",
		"use hugepages for this memory, or mode=dma32",
	},
	[DDW_MSG_BAD_IOVA] = {
		"DDW-bad-iova",
		"the devices reach only what is inside their windows",
		"use a bus address inside the range that is named here",
	},
	[DDW_MSG_EXTERNAL_MEMORY] = {
		"DDW-external-memory",
		"memory is given to devices and taken back as one range, with the same address, "
		"length and bus address in both calls",
		"map memory that is registered as a whole (rte_extmem_register), unmap what was "
		"mapped",
	},
	[DDW_MSG_NO_MEMORY] = {
		"DDW-no-memory",
		"malloc failed",
		"free some memory",
	},

	[DDW_MSG_POOL_CONFIG] = {
		"DDW-pool-config",
		"the value does not fit the memory, the window or the other choices",
		"correct it, or leave it out: all choices have good defaults",
	},
	[DDW_MSG_POOL_SIZE] = {
		"DDW-pool-size",
		"a pool needs at least one object of at least one byte, and its memory must be countable",
		"correct the number or size of the objects",
	},
	[DDW_MSG_POOL_NAME] = {
		"DDW-pool-name",
		"mempools, rings and memzones of all processes share one set of names",
		"choose another name, or free the other pool first",
	},
	[DDW_MSG_POOL_NODE] = {
		"DDW-pool-node",
		"a pool lies on the NUMA node that it was asked for, or is not made",
		"ask for a node that has memory (numactl -H), or for SOCKET_ID_ANY",
	},
	[DDW_MSG_POOL_HUGEPAGES] = {
		"DDW-pool-hugepages",
		"a pool takes hugepages of its own, beside those of EAL",
		"reserve more of them on the node, e.g.: dpdk-hugepages.py -p 2M -n 0 --setup 2G; or give EAL less (-m)",
	},
	[DDW_MSG_POOL_WINDOW] = {
		"DDW-pool-window",
		"a pool needs a range of bus addresses at least as long as one chunk",
		"make the pool or its chunks smaller, free other memory, or use a larger window",
	},
	[DDW_MSG_POOL_MEMORY] = {
		"DDW-pool-memory",
		"devices reach memory in whole pages that are there and at least as large as the IOMMU pages of the window",
		"use hugepages, populated, of a size that the window takes",
	},
	[DDW_MSG_POOL_BUSY] = {
		"DDW-pool-busy",
		"a device or the application may still use them",
		"put all objects back, stop the devices first, then try again",
	},
	[DDW_MSG_POOL_NO_PLUGIN] = {
		"DDW-pool-no-plugin",
		"only the plugin vfio_spapr can map memory for devices here, and it is not loaded",
		"load it: -d librte_bus_vfio_spapr.so, or install it in DPDK's plugin directory",
	},
	[DDW_MSG_POOL_REACH] = {
		"DDW-pool-reach",
		"the bus addresses of the pool need more address bits than the device has, or the device is not driven through the plugin",
		"make a pool with addr_bits= and the default window for this device",
	},
	[DDW_MSG_POOL_CONTIGUOUS] = {
		"DDW-pool-contiguous",
		"bus addresses are physical addresses here, and pages lie apart",
		"use larger hugepages, or IOVA as VA",
	},
	[DDW_MSG_POOL_FULL] = {
		"DDW-pool-full",
		"the window has no room, and no chunk of any pool is idle",
		"put objects back sooner, use fewer descriptors, or a larger window",
	},
	[DDW_MSG_POOL_EAL] = {
		"DDW-pool-eal",
		"EAL keeps a limited number of lists of memory (RTE_MAX_MEMSEG_LISTS), and none twice",
		"use fewer and larger pools",
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
