/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"
#include "hotplug.h"
#include "memory/external.h"
#include "memory/virt2iova.h"
#include "pci_wrap.h"
#include "teardown.h"
#include "virtio.h"

/* Operations of the PCI bus that are wrapped. */
enum operation { PROBE, PLUG, UNPLUG, DMA_MAP, DMA_UNMAP, CLEANUP, N_OPERATIONS };

static abi_fn original[N_OPERATIONS]; /* before they were wrapped */
static bool wrapped[N_OPERATIONS];
static _Thread_local bool probing; /* this thread is in the probe of the bus */

/* The types of operations that differ from 26.07 on. */
typedef int (*bus_fn)(struct rte_bus *bus);
typedef int (*all_fn)(void);
typedef int (*probe_device_fn)(struct rte_driver *drv, struct rte_device *dev);
typedef int (*device_fn)(struct rte_device *dev);
typedef int (*dma_fn)(struct rte_device *dev, void *addr, uint64_t iova, size_t len);

/* EAL has closed the group, or cannot open the device: pci must not open them again. */
static void
refuse_unheld(const struct group *g, struct device *d)
{
	struct ddw_error err = { 0 };

	(void)ddw_fail(&err, DDW_MSG_GROUP_OPEN, EIO, "%s: EAL cannot open %s", g->name, d->name);
	spapr_report_refused(g->number, g->name, &err);
	if (spapr_vfio_assigns())
		spapr_device_block(d);
	else
		spapr_devices_block_group(d->group, false);
	spapr_ctx.n_refused++;
}

/* One device of each group; where EAL assigns devices, all of them. */
static void
hold_devices(void)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++) {
		struct device *d = &spapr_ctx.devices[i];
		const struct group *g = spapr_group_find(d->group);

		if (g == NULL || d->blocked || d->kind != DEVICE_VFIO ||
		    (!spapr_vfio_assigns() && d != spapr_device_of_group(d->group)))
			continue;
		if (!spapr_group_hold(d))
			refuse_unheld(g, d);
	}
}

/* Call an operation for the whole bus. */
static int
call_original(enum operation operation)
{
	if (spapr_abi_generation() == ABI_2211)
		return ((all_fn)original[operation])();
	return ((bus_fn)original[operation])(spapr_ctx.pci);
}

static int
pci_probe(void)
{
	unsigned int i;
	int ret;

	hold_devices();
	spapr_virtio_block();
	spapr_teardown_if_strict(0);
	spapr_ctx.started = true;
	probing = true;
	ret = call_original(PROBE);
	probing = false;
	for (i = 0; i < spapr_ctx.n_devices; i++) {
		struct device *d = &spapr_ctx.devices[i];

		spapr_group_let_go(d, !rte_dev_is_probed(d->dev));
	}
	spapr_hotplug_check_groups();
	return ret;
}

static int
pci_probe_2607(struct rte_bus *pci)
{
	RTE_SET_USED(pci);
	return pci_probe();
}

/* Let pci probe one device; the driver is NULL where EAL does not choose one. */
static int
probe_one(struct rte_driver *drv, struct rte_device *dev)
{
	return drv == NULL ? ((device_fn)original[PLUG])(dev)
			   : ((probe_device_fn)original[PLUG])(drv, dev);
}

/* Give the group of a device a window, where it has none, and hold the device. */
static int
make_ready(struct device *d)
{
	int ret;

	spapr_groups_lock();
	spapr_hotplug_check_groups();
	ret = spapr_hotplug_prepare(d);
	spapr_groups_unlock();
	/* EAL closes the group when it cannot open the device, and logs why. */
	if (ret == 0 && d->kind == DEVICE_VFIO && !spapr_group_hold(d))
		ret = -ENODEV;
	if (ret == 0 && d->held)
		ret = spapr_virtio_check(d->name, d->fd);
	return ret;
}

/* A device is attached by name. */
static int
plug(struct rte_driver *drv, struct rte_device *dev)
{
	struct device d;
	bool busy = false;
	int ret = 0;

	if (spapr_device_find(dev, &d)) {
		spapr_groups_lock();
		spapr_device_forget(d.name);
		busy = spapr_group_device_busy(&d);
		ret = make_ready(&d);
		spapr_groups_unlock();
	}
	if (ret == 0)
		ret = probe_one(drv, dev);
	else
		rte_errno = -ret;
	/* From 26.07 on the device has its driver until EAL has seen the failure. */
	spapr_group_let_go(&d, ret != 0 && !busy);
	spapr_hotplug_check_groups();
	return ret;
}

static int
pci_plug(struct rte_device *dev)
{
	return plug(NULL, dev);
}

/* From 26.07 on: for each device and driver, in the probe of the bus and when attached. */
static int
pci_probe_device(struct rte_driver *drv, struct rte_device *dev)
{
	struct device *d;

	if (!probing)
		return plug(drv, dev);
	d = spapr_device_listed(dev);
	/* The driver before this one may have closed the device, and EAL the group with it. */
	if (d != NULL && (d->blocked || (spapr_vfio_assigns() && make_ready(d) != 0)))
		return 1; /* no driver for it */
	return probe_one(drv, dev);
}

/* Only the devices of a secondary that has the wrong addresses are blocked. */
static int
pci_probe_secondary(struct rte_driver *drv, struct rte_device *dev)
{
	const struct device *d = spapr_device_listed(dev);

	return d != NULL && d->blocked ? 1 : probe_one(drv, dev);
}

static int
pci_unplug(struct rte_device *dev)
{
	int ret = ((device_fn)original[UNPLUG])(dev);

	spapr_hotplug_check_groups();
	if (ret == 0)
		spapr_external_device_gone(dev);
	return ret;
}

/* Is the device behind a window of the plugin, and does its driver let the bus map? */
static bool
is_mapped_by_plugin(const struct rte_device *dev)
{
	struct device d;

	return spapr_ctx.external && spapr_abi_bus_maps(spapr_ctx.pci, dev) &&
	       spapr_device_find(dev, &d) && d.group >= 0;
}

static int
pci_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return is_mapped_by_plugin(dev) ? spapr_external_dma_map(dev, addr, iova, len)
					: ((dma_fn)original[DMA_MAP])(dev, addr, iova, len);
}

static int
pci_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return is_mapped_by_plugin(dev) ? spapr_external_dma_unmap(dev, addr, iova, len)
					: ((dma_fn)original[DMA_UNMAP])(dev, addr, iova, len);
}

static int
pci_cleanup(void)
{
	int ret;

	/* Devices must stop before their memory is unmapped. */
	ret = call_original(CLEANUP);
	/* Some releases close the groups there, and the kernel drops their windows. */
	spapr_hotplug_check_groups();
	spapr_teardown();
	spapr_virt2iova_restore();
	spapr_pci_unwrap();
	spapr_ctx.role = ROLE_NONE;
	return ret;
}

static int
pci_cleanup_2607(struct rte_bus *pci)
{
	RTE_SET_USED(pci);
	return pci_cleanup();
}

static const struct {
	enum abi_bus_member member;
	abi_fn fn[ABI_GENERATIONS];
} wraps[N_OPERATIONS] = {
	[PROBE] = { ABI_BUS_PROBE, { (abi_fn)pci_probe, (abi_fn)pci_probe_2607 } },
	[PLUG] = { ABI_BUS_PLUG, { (abi_fn)pci_plug, (abi_fn)pci_probe_device } },
	[UNPLUG] = { ABI_BUS_UNPLUG, { (abi_fn)pci_unplug, (abi_fn)pci_unplug } },
	[DMA_MAP] = { ABI_BUS_DMA_MAP, { (abi_fn)pci_dma_map, (abi_fn)pci_dma_map } },
	[DMA_UNMAP] = { ABI_BUS_DMA_UNMAP, { (abi_fn)pci_dma_unmap, (abi_fn)pci_dma_unmap } },
	[CLEANUP] = { ABI_BUS_CLEANUP, { (abi_fn)pci_cleanup, (abi_fn)pci_cleanup_2607 } },
};

void
spapr_pci_unwrap(void)
{
	unsigned int i;

	for (i = 0; i < N_OPERATIONS; i++)
		if (wrapped[i])
			*spapr_abi_bus_fn(spapr_ctx.pci, wraps[i].member) = original[i];
	memset(wrapped, 0, sizeof(wrapped));
}

static void
wrap(enum operation operation, abi_fn wrapper)
{
	abi_fn *fn = spapr_abi_bus_fn(spapr_ctx.pci, wraps[operation].member);

	if (wrapped[operation])
		return;
	original[operation] = *fn;
	*fn = wrapper;
	wrapped[operation] = true;
}

void
spapr_pci_wrap(void)
{
	unsigned int i;

	for (i = 0; i < N_OPERATIONS; i++)
		wrap(i, wraps[i].fn[spapr_abi_generation()]);
}

void
spapr_pci_wrap_secondary(void)
{
	if (spapr_abi_generation() == ABI_2607)
		wrap(PLUG, (abi_fn)pci_probe_secondary);
}
