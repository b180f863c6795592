/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_vfio.h>

#include "plugin.h"
#include "record.h"

/*
 * Devices that come at run time. EAL closes a group with its last device, and the
 * kernel drops the group's windows and mappings with it; so the group of a device
 * that comes has to be made ready before pci opens it.
 */

static int
refuse(const struct device *d)
{
	struct ddw_error err = { 0 };
	int ret;

	if (d->group < 0)
		ret = ddw_fail(&err, DDW_MSG_NOT_VFIO, ENOTSUP, "%s is bound to %s", d->name,
			       d->driver);
	else
		ret = ddw_fail(&err, DDW_MSG_HOTPLUG, ENOTSUP, "%s (%s) cannot be added", d->name,
			       d->driver);
	report_error(&err);
	return ret;
}

/* Is the group in its container, with a window? */
static bool
ready(const struct group *g)
{
	struct ddw_group_info info;

	return g->index >= 0 && ddw_space_group(plugin.space, (unsigned int)g->index, &info) == 0 &&
	       info.usable;
}

/* EAL opens the group and keeps it in its table; the space does the rest. */
static int
join(struct group *g, struct ddw_error *err)
{
	int fd, ret;

	ret = ddw_group_check(plugin.sys, g->number, g->name, err);
	if (ret != 0)
		return ret;
	if (g->container_fd < 0)
		g->container_fd = rte_vfio_container_create();
	if (g->container_fd < 0)
		return ddw_fail(err, DDW_MSG_GROUP_ATTACH, EIO, "%s: EAL cannot create a container",
				g->name);
	fd = rte_vfio_container_group_bind(g->container_fd, g->number);
	if (fd < 0)
		return ddw_fail(err, DDW_MSG_GROUP_ATTACH, EIO, "%s: EAL cannot open the group",
				g->name);
	ret = ddw_space_join(plugin.space, g->number, g->name, g->container_fd, fd, err);
	if (ret < 0) {
		(void)rte_vfio_container_group_unbind(g->container_fd, g->number);
		return ret;
	}
	g->index = ret;
	return 0;
}

static int
bring(const struct device *d)
{
	struct ddw_error err = { 0 };
	struct group *g = setup_group(d);
	int ret;

	if (g == NULL) {
		ret = ddw_fail(&err, DDW_MSG_GROUP_LIMIT, ENOSPC, "%s cannot be used", d->name);
		report_error(&err);
		return ret;
	}
	if (ready(g))
		return 0;
	ret = join(g, &err);
	if (ret != 0) {
		report_refused(g->number, g->name, &err);
		return ret;
	}
	record_accepted(g->number, g->name);
	LOG(INFO, "%s: added, with the window of the others", g->name);
	return 0;
}

int
hotplug_prepare(struct rte_device *dev)
{
	struct device d = { .dev = dev };

	d.group = device_lookup(dev, d.name, sizeof(d.name), d.driver, sizeof(d.driver));
	if (d.group == -ENOENT)
		return 0; /* driven by the kernel, or by nothing */
	if (d.group < 0)
		return refuse(&d);
	setup_check_groups();
	return plugin.space != NULL ? bring(&d) : refuse(&d);
}
