/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <linux/vfio.h>

#include <rte_errno.h>
#include <rte_vfio.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "base/report.h"
#include "hotplug.h"
#include "memory/external.h"
#include "pci_wrap.h"
#include "teardown.h"

static struct bus_layout original; /* the PCI bus before it was wrapped */
static bool wrapped;

struct hold {
	const char *name; /* NULL when nothing is held */
	int fd;
};

/*
 * A device of each group, held open. EAL closes a group when the probe of its only
 * device fails, and would open it again for the next device of that group, in its
 * own container and with its own windows.
 */
static bool
hold_device(const char *name, struct hold *hold)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	hold->name = NULL;
	if (rte_vfio_setup_device(devices_sysfs(), name, &hold->fd, &info) != 0)
		return false;
	hold->name = name;
	return true;
}

static void
hold_group(const struct group *g, struct hold *hold)
{
	const struct device *d = devices_of_group(g->number);
	struct ddw_error err = { 0 };

	hold->name = NULL;
	if (d == NULL || hold_device(d->name, hold))
		return;
	/* EAL has closed the group: pci must not open it again. */
	(void)ddw_fail(&err, DDW_MSG_GROUP_OPEN, EIO, "%s: EAL cannot open %s", g->name, d->name);
	report_refused(g->number, g->name, &err);
	devices_block_group(g->number);
	plugin.n_refused++;
}

static void
hold_groups(struct hold *holds)
{
	unsigned int i;

	for (i = 0; i < plugin.n_groups; i++)
		hold_group(&plugin.groups[i], &holds[i]);
}

/* EAL logs its errors. */
static void
let_go(const struct hold *hold)
{
	if (hold->name != NULL)
		(void)rte_vfio_release_device(devices_sysfs(), hold->name, hold->fd);
}

static int
pci_probe(void)
{
	struct hold holds[DDW_MAX_GROUPS] = { { 0 } };
	unsigned int i;
	int ret;

	hold_groups(holds);
	teardown_if_strict(0);
	ret = original.probe();
	for (i = 0; i < plugin.n_groups; i++)
		let_go(&holds[i]); /* a group without device is closed here */
	hotplug_check_groups();
	return ret;
}

static int
pci_plug(struct rte_device *dev)
{
	struct hold hold = { 0 };
	char name[DDW_PCI_NAME];
	int ret = hotplug_prepare(dev, name);

	/* EAL closes the group when it cannot open the device, and logs why. */
	if (ret == 0 && name[0] != '\0' && !hold_device(name, &hold))
		ret = -ENODEV;
	if (ret == 0) {
		ret = original.plug(dev);
		let_go(&hold);
	} else {
		rte_errno = -ret;
	}
	hotplug_check_groups();
	return ret;
}

static int
pci_unplug(struct rte_device *dev)
{
	int ret = original.unplug(dev);

	hotplug_check_groups();
	if (ret == 0)
		external_device_gone(dev);
	return ret;
}

/* Is it a device behind a window of the plugin, and its driver leaves mapping to the bus? */
static bool
maps_here(const struct rte_device *dev)
{
	char name[DDW_PCI_NAME], driver[DDW_DRIVER_NAME];

	return plugin.external && layout_bus_maps((const struct rte_bus *)plugin.pci, dev) &&
	       device_lookup(dev, name, sizeof(name), driver, sizeof(driver)) >= 0;
}

static int
pci_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return maps_here(dev) ? external_dma_map(dev, addr, iova, len)
			      : original.dma_map(dev, addr, iova, len);
}

static int
pci_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return maps_here(dev) ? external_dma_unmap(dev, addr, iova, len)
			      : original.dma_unmap(dev, addr, iova, len);
}

static int
pci_cleanup(void)
{
	int (*cleanup)(void) = original.cleanup;
	int ret;

	/* The devices have to stop before their memory leaves the window. */
	ret = cleanup();
	/* Some releases close the groups there, and the kernel drops all with them. */
	hotplug_check_groups();
	teardown();
	unwrap_pci();
	return ret;
}

void
wrap_pci(void)
{
	if (wrapped)
		return;
	original = *plugin.pci;
	plugin.pci->probe = pci_probe;
	plugin.pci->plug = pci_plug;
	plugin.pci->unplug = pci_unplug;
	plugin.pci->dma_map = pci_dma_map;
	plugin.pci->dma_unmap = pci_dma_unmap;
	plugin.pci->cleanup = pci_cleanup;
	wrapped = true;
}

void
unwrap_pci(void)
{
	if (!wrapped)
		return;
	plugin.pci->probe = original.probe;
	plugin.pci->plug = original.plug;
	plugin.pci->unplug = original.unplug;
	plugin.pci->dma_map = original.dma_map;
	plugin.pci->dma_unmap = original.dma_unmap;
	plugin.pci->cleanup = original.cleanup;
	wrapped = false;
}
