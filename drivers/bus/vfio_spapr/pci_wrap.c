/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

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

static struct bus_layout original; /* the PCI bus before it was wrapped */
static bool wrapped;

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

static int
pci_probe(void)
{
	unsigned int i;
	int ret;

	hold_devices();
	spapr_virtio_block();
	spapr_teardown_if_strict(0);
	spapr_ctx.started = true;
	ret = original.probe();
	for (i = 0; i < spapr_ctx.n_devices; i++)
		spapr_group_let_go(&spapr_ctx.devices[i]);
	spapr_hotplug_check_groups();
	return ret;
}

static int
pci_plug(struct rte_device *dev)
{
	struct device d;
	int ret = 0;

	if (spapr_device_find(dev, &d)) {
		d.dev = dev;
		spapr_groups_lock();
		spapr_device_forget(d.name);
		spapr_hotplug_check_groups();
		ret = spapr_hotplug_prepare(&d);
		spapr_groups_unlock();
		/* EAL closes the group when it cannot open the device, and logs why. */
		if (ret == 0 && d.kind == DEVICE_VFIO && !spapr_group_hold(&d))
			ret = -ENODEV;
		if (ret == 0 && d.held)
			ret = spapr_virtio_check(d.name, d.fd);
	}
	if (ret == 0)
		ret = original.plug(dev);
	else
		rte_errno = -ret;
	spapr_group_let_go(&d);
	spapr_hotplug_check_groups();
	return ret;
}

static int
pci_unplug(struct rte_device *dev)
{
	int ret = original.unplug(dev);

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

	return spapr_ctx.external &&
	       spapr_abi_bus_maps((const struct rte_bus *)spapr_ctx.pci, dev) &&
	       spapr_device_find(dev, &d) && d.group >= 0;
}

static int
pci_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return is_mapped_by_plugin(dev) ? spapr_external_dma_map(dev, addr, iova, len)
					: original.dma_map(dev, addr, iova, len);
}

static int
pci_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return is_mapped_by_plugin(dev) ? spapr_external_dma_unmap(dev, addr, iova, len)
					: original.dma_unmap(dev, addr, iova, len);
}

void
spapr_pci_unwrap(void)
{
	if (!wrapped)
		return;
	spapr_ctx.pci->probe = original.probe;
	spapr_ctx.pci->plug = original.plug;
	spapr_ctx.pci->unplug = original.unplug;
	spapr_ctx.pci->dma_map = original.dma_map;
	spapr_ctx.pci->dma_unmap = original.dma_unmap;
	spapr_ctx.pci->cleanup = original.cleanup;
	wrapped = false;
}

static int
pci_cleanup(void)
{
	int (*cleanup)(void) = original.cleanup;
	int ret;

	/* Devices must stop before their memory is unmapped. */
	ret = cleanup();
	/* Some releases close the groups there, and the kernel drops their windows. */
	spapr_hotplug_check_groups();
	spapr_teardown();
	spapr_virt2iova_restore();
	spapr_pci_unwrap();
	spapr_ctx.role = ROLE_NONE;
	return ret;
}

void
spapr_pci_wrap(void)
{
	if (wrapped)
		return;
	original = *spapr_ctx.pci;
	spapr_ctx.pci->probe = pci_probe;
	spapr_ctx.pci->plug = pci_plug;
	spapr_ctx.pci->unplug = pci_unplug;
	spapr_ctx.pci->dma_map = pci_dma_map;
	spapr_ctx.pci->dma_unmap = pci_dma_unmap;
	spapr_ctx.pci->cleanup = pci_cleanup;
	wrapped = true;
}
