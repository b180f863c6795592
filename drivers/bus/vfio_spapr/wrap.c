/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_errno.h>

#include "plugin.h"

/*
 * Operations of the PCI bus that the plugin stands in front of: it has to know
 * when devices come and go, and to release everything after they have stopped.
 */

static int
pci_probe(void)
{
	int ret = plugin.pci_ops.probe();

	/* EAL closes the group of a device whose driver failed. */
	setup_check_groups();
	return ret;
}

static int
refuse_plug(const char *name, const char *driver)
{
	struct ddw_error err = { 0 };

	(void)ddw_fail(&err, DDW_MSG_HOTPLUG, ENOTSUP, "%s (%s) cannot be added at run time", name,
		       driver);
	report_error(&err);
	rte_errno = ENOTSUP;
	return -ENOTSUP;
}

static int
pci_plug(struct rte_device *dev)
{
	char name[DDW_PCI_NAME], driver[DDW_DRIVER_NAME];
	struct ddw_group_info info;
	bool known = false;
	unsigned int i;
	int group, ret;

	group = device_lookup(dev, name, sizeof(name), driver, sizeof(driver));
	if (group == -ENOENT)
		return plugin.pci_ops.plug(dev); /* driven by the kernel */
	setup_check_groups();
	for (i = 0; group >= 0 && plugin.space != NULL && i < ddw_space_n_groups(plugin.space); i++)
		if (ddw_space_group(plugin.space, i, &info) == 0 && info.number == group)
			known = info.usable;
	if (!known)
		return refuse_plug(name, driver);
	ret = plugin.pci_ops.plug(dev);
	setup_check_groups();
	return ret;
}

static int
pci_unplug(struct rte_device *dev)
{
	int ret = plugin.pci_ops.unplug(dev);

	setup_check_groups();
	return ret;
}

static int
pci_cleanup(void)
{
	int (*cleanup)(void) = plugin.pci_ops.cleanup;
	int ret;

	/* The devices have to stop before their memory leaves the window. */
	ret = cleanup();
	/* Some releases close the groups there, and the kernel drops all with them. */
	setup_check_groups();
	teardown();
	unwrap_pci();
	return ret;
}

void
wrap_pci(void)
{
	if (plugin.wrapped)
		return;
	plugin.pci_ops = *plugin.pci;
	plugin.pci->probe = pci_probe;
	plugin.pci->plug = pci_plug;
	plugin.pci->unplug = pci_unplug;
	plugin.pci->cleanup = pci_cleanup;
	plugin.wrapped = true;
}

void
unwrap_pci(void)
{
	if (!plugin.wrapped)
		return;
	plugin.pci->probe = plugin.pci_ops.probe;
	plugin.pci->plug = plugin.pci_ops.plug;
	plugin.pci->unplug = plugin.pci_ops.unplug;
	plugin.pci->cleanup = plugin.pci_ops.cleanup;
	plugin.wrapped = false;
}
