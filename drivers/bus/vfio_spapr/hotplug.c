/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_eal.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/record.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"
#include "hotplug.h"

void
spapr_hotplug_check_groups(void)
{
	struct group *g;
	unsigned int i;

	spapr_groups_lock();
	for (i = 0; spapr_ctx.space != NULL && i < spapr_ctx.n_groups; i++) {
		g = &spapr_ctx.groups[i];
		/* A failed UNMAP may have noticed it before. */
		if (!g->open || ddw_space_group_alive(spapr_ctx.space, (unsigned int)g->index))
			continue;
		g->open = false;
		LOG(INFO, "%s: last device removed, window closed", g->name);
	}
	spapr_groups_unlock();
}

/* Without windows in this process EAL would try its own, which fail or do harm. */
static int
refuse_device(const struct device *d)
{
	struct ddw_error err = { 0 };
	int ret;

	ret = ddw_fail(&err, DDW_MSG_HOTPLUG, ENOTSUP, "%s (%s) cannot be added", d->name,
		       d->driver);
	if (spapr_ctx.role == ROLE_IDLE) {
		ddw_error_why(&err, "no device was bound to vfio-pci when the application started");
		ddw_error_fix(&err, "start it with " PARAMS_ENV "=mode=auto in its environment");
	} else if (rte_eal_iova_mode() != RTE_IOVA_PA) {
		ddw_error_why(&err, "EAL runs with IOVA as VA");
		ddw_error_fix(&err, "start the application with --iova-mode=pa");
	}
	spapr_report_refused(d->group, d->name, &err);
	return ret;
}

/* Is the group in its container, with a window? */
static bool
has_usable_window(const struct group *g)
{
	struct ddw_group_info info;

	return g->index >= 0 &&
	       ddw_space_group(spapr_ctx.space, (unsigned int)g->index, &info) == 0 &&
	       info.number == g->number && info.usable;
}

static bool
has_small_range(void)
{
	struct ddw_window_info w;

	return ddw_space_window(spapr_ctx.space, DDW_RANGE_SMALL, &w) == 0;
}

/* EAL opens the group; the space does the rest. */
static int
join_space(struct group *g, struct ddw_error *err)
{
	bool small;
	int fd, ret;

	ret = spapr_group_open(g, &fd, err);
	if (ret != 0)
		return ret;
	small = has_small_range();
	ret = ddw_space_join(spapr_ctx.space, g->number, g->name, g->container_fd, fd, err);
	if (ret < 0) {
		spapr_vfio_leave(g->container_fd, g->number, g->device);
		return ret;
	}
	g->index = ret;
	if (small && !has_small_range())
		LOG(NOTICE, "%s: no default window; memory of small pages cannot be mapped now",
		    g->name);
	return 0;
}

/* For a device with 32 address bits it is too late to change windows. */
static int
check_narrow(const struct device *d, struct ddw_error *err)
{
	int ret;

	if (!spapr_device_is_narrow(d->name) || ddw_space_mode(spapr_ctx.space) == DDW_MODE_DMA32)
		return 0;
	ret = ddw_fail(err, DDW_MSG_RANGE_MISMATCH, ERANGE,
		       "%s has only 32 address bits, but memory is mapped above them", d->name);
	ddw_error_why(err, "dma32= names the device, but it was not present at startup");
	ddw_error_fix(err, "start with mode=dma32, or with the device present");
	return ret;
}

static int
prepare_group(const struct device *d)
{
	struct ddw_error err = { 0 };
	struct group *g = spapr_group_enter(d, &err);
	int ret = err.err;

	if (ret == 0)
		ret = check_narrow(d, &err);
	if (ret == 0 && has_usable_window(g))
		return 0;
	if (ret == 0)
		ret = join_space(g, &err);
	if (ret != 0) {
		if (g != NULL)
			spapr_group_blame(g, &err);
		spapr_report_refused(d->group, g != NULL ? g->name : d->name, &err);
		return ret;
	}
	g->open = true;
	spapr_record_accepted(g->number, g->name);
	LOG(INFO, "%s: added with the same window as the other groups", g->name);
	return 0;
}

int
spapr_hotplug_prepare(const struct device *d)
{
	/* Outside of an IOMMU, and before the plugin has given any address. */
	if (spapr_ctx.role == ROLE_IDLE && d->kind == DEVICE_UIO)
		return 0;
	return spapr_ctx.space != NULL ? prepare_group(d) : refuse_device(d);
}
