/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <rte_dev.h>
#include <rte_eal.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "base/record.h"
#include "base/report.h"

/* EAL lets the folder be changed, see rte_pci_get_sysfs_path(). */
const char *
devices_sysfs(void)
{
	const char *path = getenv("SYSFS_PCI_DEVICES");

	return path != NULL ? path : "/sys/bus/pci/devices";
}

static bool
is_uio(const char *driver)
{
	return strcmp(driver, "igb_uio") == 0 || strcmp(driver, "uio_pci_generic") == 0;
}

/* One hexadecimal number of a device, such as "vendor". */
static uint32_t
read_id(const char *pci, const char *file)
{
	char path[512], text[32];

	snprintf(path, sizeof(path), "%s/%s/%s", devices_sysfs(), pci, file);
	if (plugin.sys->read_file(plugin.sys->ctx, path, text, sizeof(text)) <= 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16);
}

static bool
has_pmd(const char *pci)
{
	struct rte_pci_id id = {
		.class_id = read_id(pci, "class"),
		.vendor_id = (uint16_t)read_id(pci, "vendor"),
		.device_id = (uint16_t)read_id(pci, "device"),
		.subsystem_vendor_id = (uint16_t)read_id(pci, "subsystem_vendor"),
		.subsystem_device_id = (uint16_t)read_id(pci, "subsystem_device"),
	};

	return layout_pci_driver_exists((const struct rte_bus *)plugin.pci, &id);
}

/* Canonical address: the user may have written "01:00.0". */
static int
canonical(const struct rte_device *dev, char *name, size_t len)
{
	struct rte_pci_addr addr;

	if (rte_pci_addr_parse(rte_dev_name(dev), &addr) != 0)
		return -EINVAL;
	rte_pci_device_name(&addr, name, len);
	return 0;
}

int
device_lookup(const struct rte_device *dev, char *name, size_t name_len, char *driver,
	      size_t driver_len)
{
	int ret;

	ret = canonical(dev, name, name_len);
	if (ret == 0)
		ret = ddw_pci_driver(plugin.sys, devices_sysfs(), name, driver, driver_len);
	if (ret != 0)
		return ret;
	if (is_uio(driver))
		return -ENODEV; /* no group, and not the kernel's either */
	if (strcmp(driver, "vfio-pci") != 0)
		return -ENOENT;
	ret = ddw_pci_group(plugin.sys, devices_sysfs(), name);
	return ret == -ENOENT ? -ENODEV : ret;
}

/* pci leaves a device alone whose arguments say that it is blocked. */
static void
block(struct rte_device *dev, const char *name)
{
	static struct rte_devargs blocked = { .policy = RTE_DEV_BLOCKED };

	blocked.bus = (struct rte_bus *)plugin.pci;
	((struct device_layout *)dev)->devargs = &blocked;
	LOG(NOTICE, "%s is not probed", name);
}

void
device_block(struct device *d)
{
	if (!d->blocked)
		block(d->dev, d->name);
	d->blocked = true;
}

static void
add_device(struct rte_device *dev)
{
	const struct rte_devargs *da = rte_dev_devargs(dev);
	struct device d = { .dev = dev }, *list;

	d.group = device_lookup(dev, d.name, sizeof(d.name), d.driver, sizeof(d.driver));
	if (d.group == -ENOENT || (da != NULL && da->policy == RTE_DEV_BLOCKED))
		return;
	/* A device that no driver asks for may belong to somebody else. */
	if (!has_pmd(d.name))
		return;
	d.kind = is_uio(d.driver) ? DEVICE_UIO : DEVICE_VFIO;

	list = realloc(plugin.devices, (plugin.n_devices + 1) * sizeof(d));
	if (list == NULL) {
		block(dev, d.name); /* out of memory: do not let it loose */
		return;
	}
	plugin.devices = list;
	list[plugin.n_devices++] = d;
	if (d.kind == DEVICE_VFIO)
		plugin.n_vfio++;
}

static void
devices_look(void)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	static bool looked;

	if (looked)
		return;
	looked = true;
	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		add_device(dev);
}

bool
devices_on_power(void)
{
	struct utsname u;

	return uname(&u) == 0 && strncmp(u.machine, "ppc64", 5) == 0;
}

static bool
devices_exist(void)
{
	if (plugin.pci == NULL || plugin.params.mode == MODE_OFF || !devices_on_power())
		return false;
	devices_look();
	/* Who gives parameters may attach devices later. */
	return plugin.n_vfio > 0 || plugin.params.given;
}

bool
devices_active(void)
{
	return rte_eal_process_type() == RTE_PROC_PRIMARY && devices_exist();
}

bool
devices_shared(void)
{
	return rte_eal_process_type() == RTE_PROC_SECONDARY && devices_exist();
}

void
devices_block_group(int number)
{
	unsigned int i;

	for (i = 0; i < plugin.n_devices; i++)
		if (number < 0 || plugin.devices[i].group == number)
			device_block(&plugin.devices[i]);
}

const struct device *
devices_of_group(int number)
{
	unsigned int i;

	for (i = 0; i < plugin.n_devices; i++)
		if (plugin.devices[i].group == number && !plugin.devices[i].blocked)
			return &plugin.devices[i];
	return NULL;
}

bool
devices_is_narrow(const char *name)
{
	struct rte_pci_addr addr;
	unsigned int i;

	if (rte_pci_addr_parse(name, &addr) != 0)
		return false;
	for (i = 0; i < plugin.params.n_narrow; i++)
		if (rte_pci_addr_cmp(&addr, &plugin.params.narrow[i]) == 0)
			return true;
	return false;
}

bool
devices_narrow(int group)
{
	unsigned int i;

	for (i = 0; i < plugin.n_devices; i++)
		if (plugin.devices[i].group == group && devices_is_narrow(plugin.devices[i].name))
			return true;
	return false;
}

int
devices_check_layout(void)
{
	struct ddw_error err = { 0 };
	unsigned int i;
	int ret;

	ret = layout_check_running((const struct rte_bus *)plugin.pci, &err);
	for (i = 0; i < plugin.n_devices && ret == 0; i++)
		ret = layout_check_device(plugin.devices[i].dev, &err);
	if (ret != 0) {
		record_failure(&err);
		report_error(&err);
	}
	return ret;
}
