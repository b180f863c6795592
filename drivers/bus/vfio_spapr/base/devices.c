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
#include "base/pci_address.h"
#include "base/record.h"
#include "base/report.h"

/* The environment may name another folder, see rte_pci_get_sysfs_path(). */
const char *
spapr_devices_sysfs(void)
{
	const char *path = getenv("SYSFS_PCI_DEVICES");

	return path != NULL ? path : "/sys/bus/pci/devices";
}

static bool
is_uio(const char *driver)
{
	return strcmp(driver, "igb_uio") == 0 || strcmp(driver, "uio_pci_generic") == 0;
}

/* Read a hexadecimal attribute of a device, such as "vendor". */
static uint32_t
read_id(const char *pci, const char *file)
{
	char path[512], text[32];

	snprintf(path, sizeof(path), "%s/%s/%s", spapr_devices_sysfs(), pci, file);
	if (spapr_ctx.sys->read_file(spapr_ctx.sys->ctx, path, text, sizeof(text)) <= 0)
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

	return spapr_abi_pci_driver_exists(spapr_ctx.pci, &id);
}

/* Write the address in full: the user may have written "01:00.0". */
static int
canonical_address(const struct rte_device *dev, char *name, size_t len)
{
	struct rte_pci_addr addr;

	if (spapr_pci_parse(rte_dev_name(dev), &addr) != 0)
		return -EINVAL;
	spapr_pci_format(&addr, name, len);
	return 0;
}

bool
spapr_device_find(const struct rte_device *dev, struct device *d)
{
	int ret;

	*d = (struct device){ .group = -ENODEV };
	if (canonical_address(dev, d->name, sizeof(d->name)) != 0)
		return false;
	ret = ddw_pci_driver(spapr_ctx.sys, spapr_devices_sysfs(), d->name, d->driver,
			     sizeof(d->driver));
	if (ret == 0 && is_uio(d->driver)) {
		d->kind = DEVICE_UIO;
		return true;
	}
	if (ret == 0 && strcmp(d->driver, "vfio-pci") != 0)
		return false;
	if (ret == 0)
		ret = ddw_pci_group(spapr_ctx.sys, spapr_devices_sysfs(), d->name);
	d->group = ret == -ENOENT ? -ENODEV : ret;
	return true;
}

/*
 * Up to 26.03 pci does not probe a device whose arguments say that it is blocked. Later it
 * asks us for each device, see pci_probe_device() in pci_wrap.c.
 */
static void
block_probe(struct rte_device *dev)
{
	static struct rte_devargs blocked = { .policy = RTE_DEV_BLOCKED };

	if (spapr_abi_generation() != ABI_2211)
		return;
	blocked.bus = spapr_ctx.pci;
	((struct device_layout *)dev)->devargs = &blocked;
}

static void
block(struct device *d, uint32_t level)
{
	block_probe(d->dev);
	if (!d->blocked)
		rte_log(level, vfio_spapr_logtype, "VFIO_SPAPR: %s is not probed\n", d->name);
	d->blocked = true;
}

void
spapr_device_block(struct device *d)
{
	block(d, RTE_LOG_NOTICE);
}

/* Was the device refused already, with the same driver? */
static bool
was_blocked(const struct device *d, const struct device *old, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (old[i].blocked && strcmp(old[i].name, d->name) == 0 &&
		    strcmp(old[i].driver, d->driver) == 0)
			return true;
	return false;
}

static void
collect_device(struct rte_device *dev, const struct device *old, unsigned int n_old)
{
	const struct rte_devargs *da = rte_dev_devargs(dev);
	struct device d, *list;

	if (rte_dev_is_probed(dev) || !spapr_device_find(dev, &d))
		return;
	d.dev = dev;
	d.named = da != NULL && da->policy == RTE_DEV_ALLOWED;
	d.blocked = was_blocked(&d, old, n_old);
	/* A device without a driver in this process may belong to another one. */
	if (!d.blocked && ((da != NULL && da->policy == RTE_DEV_BLOCKED) || !has_pmd(d.name)))
		return;
	if (d.blocked)
		block_probe(dev); /* a scan has forgotten it */

	list = realloc(spapr_ctx.devices, (spapr_ctx.n_devices + 1) * sizeof(d));
	if (list == NULL) {
		spapr_device_block(&d); /* out of memory: nobody would set it up */
		return;
	}
	spapr_ctx.devices = list;
	list[spapr_ctx.n_devices++] = d;
}

void
spapr_devices_collect(void)
{
	struct device *old = spapr_ctx.devices;
	unsigned int n_old = spapr_ctx.n_devices;
	struct rte_dev_iterator it;
	struct rte_device *dev;

	spapr_ctx.devices = NULL;
	spapr_ctx.n_devices = 0;
	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		collect_device(dev, old, n_old);
	free(old);
}

struct device *
spapr_device_listed(const struct rte_device *dev)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++)
		if (spapr_ctx.devices[i].dev == dev)
			return &spapr_ctx.devices[i];
	return NULL;
}

void
spapr_device_forget(const char *name)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++)
		if (strcmp(spapr_ctx.devices[i].name, name) == 0)
			spapr_ctx.devices[i--] = spapr_ctx.devices[--spapr_ctx.n_devices];
}

static int
is_on_vfio(const char *pci, void *arg)
{
	char driver[DDW_DRIVER_NAME];

	RTE_SET_USED(arg);
	return ddw_pci_driver(spapr_ctx.sys, spapr_devices_sysfs(), pci, driver, sizeof(driver)) ==
		       0 &&
	       strcmp(driver, "vfio-pci") == 0;
}

bool
spapr_devices_exist(void)
{
	return spapr_ctx.sys->list_dir(spapr_ctx.sys->ctx, spapr_devices_sysfs(), is_on_vfio,
				       NULL) > 0;
}

bool
spapr_devices_on_power(void)
{
	struct utsname u;

	return uname(&u) == 0 && strncmp(u.machine, "ppc64", 5) == 0;
}

void
spapr_devices_free(void)
{
	free(spapr_ctx.devices);
	spapr_ctx.devices = NULL;
	spapr_ctx.n_devices = 0;
}

void
spapr_devices_block_group(int number, bool quiet)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++)
		if (number < 0 || spapr_ctx.devices[i].group == number)
			block(&spapr_ctx.devices[i], quiet ? RTE_LOG_DEBUG : RTE_LOG_NOTICE);
}

const struct device *
spapr_device_of_group(int number)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++)
		if (spapr_ctx.devices[i].group == number && !spapr_ctx.devices[i].blocked)
			return &spapr_ctx.devices[i];
	return NULL;
}

bool
spapr_device_is_narrow(const char *name)
{
	struct rte_pci_addr addr;
	unsigned int i;

	if (spapr_pci_parse(name, &addr) != 0)
		return false;
	for (i = 0; i < spapr_ctx.params.n_narrow; i++)
		if (spapr_pci_same(&addr, &spapr_ctx.params.narrow[i]))
			return true;
	return false;
}

bool
spapr_devices_narrow(int group)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++)
		if (spapr_ctx.devices[i].group == group &&
		    spapr_device_is_narrow(spapr_ctx.devices[i].name))
			return true;
	return false;
}

int
spapr_devices_check_abi(void)
{
	struct ddw_error err = { 0 };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < spapr_ctx.n_devices && ret == 0; i++)
		ret = spapr_abi_check_device(spapr_ctx.devices[i].dev, &err);
	if (ret != 0) {
		spapr_record_failure(&err);
		spapr_report_error(&err);
	}
	return ret;
}
