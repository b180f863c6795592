/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"

/* Devices come and go in the application's threads and in one of EAL's. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void
spapr_groups_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

void
spapr_groups_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

struct group *
spapr_group_find(int number)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_groups; i++)
		if (spapr_ctx.groups[i].number == number)
			return &spapr_ctx.groups[i];
	return NULL;
}

/* A group that had a window, or was to get one, and is closed: another may have its place. */
static struct group *
find_closed_group(void)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_groups; i++)
		if (!spapr_ctx.groups[i].open && spapr_ctx.groups[i].container_fd >= 0)
			return &spapr_ctx.groups[i];
	return NULL;
}

struct group *
spapr_group_enter(const struct device *d, struct ddw_error *err)
{
	struct group *g;

	if (d->kind == DEVICE_UIO) {
		(void)ddw_fail(err, DDW_MSG_NOT_VFIO, ENOTSUP, "%s is bound to %s", d->name,
			       d->driver);
		ddw_error_fix(err, "dpdk-devbind.py -b vfio-pci %s", d->name);
		return NULL;
	}
	if (d->group < 0) {
		(void)spapr_fail_no_group(d, err);
		return NULL;
	}
	g = spapr_group_find(d->group);
	if (g != NULL)
		goto out;
	/* One of EAL's containers is its own. */
	if (spapr_ctx.n_groups < DDW_MAX_GROUPS - 1) {
		g = &spapr_ctx.groups[spapr_ctx.n_groups++];
	} else if ((g = find_closed_group()) != NULL) {
		spapr_group_close(g);
	} else {
		(void)ddw_fail(err, DDW_MSG_GROUP_LIMIT, ENOSPC, "%s cannot be used", d->name);
		return NULL;
	}
	*g = (struct group){ .number = d->group, .container_fd = -1, .index = -1 };
	snprintf(g->name, sizeof(g->name), "IOMMU group %d (%s)", d->group, d->name);
out:
	memcpy(g->device, d->name, sizeof(g->device));
	return g;
}

struct group *
spapr_group_of_index(int index)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_groups; i++)
		if (spapr_ctx.groups[i].index == index)
			return &spapr_ctx.groups[i];
	return NULL;
}

int
spapr_group_open(struct group *g, int *fd, struct ddw_error *err)
{
	int ret;

	if (!spapr_vfio_known())
		return ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
				"%s has no VFIO functions that this plugin knows", rte_version());
	ret = ddw_group_check(spapr_ctx.sys, g->number, g->name, err);
	if (ret != 0)
		return ret;
	if (g->container_fd < 0)
		g->container_fd = spapr_vfio_container_create();
	if (g->container_fd < 0)
		return ddw_fail(err, DDW_MSG_GROUP_ATTACH, EIO, "%s: EAL cannot create a container",
				g->name);
	ret = spapr_vfio_enter(g->container_fd, g->number, g->device, fd);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_GROUP_ATTACH, ret, "%s: EAL cannot open the group",
				g->name);
	return 0;
}

bool
spapr_group_hold(struct device *d)
{
	const struct group *g;

	spapr_groups_lock();
	g = spapr_group_find(d->group);
	d->held = g != NULL && spapr_vfio_hold(g->container_fd, g->number, d->name, &d->fd) == 0;
	spapr_groups_unlock();
	return d->held;
}

bool
spapr_group_device_busy(struct device *d)
{
	const struct group *g;
	bool busy;

	spapr_groups_lock();
	g = spapr_group_find(d->group);
	busy = g != NULL && spapr_vfio_busy(g->container_fd, g->number, d->name, &d->held);
	spapr_groups_unlock();
	return busy;
}

void
spapr_group_let_go(struct device *d, bool idle)
{
	const struct group *g;

	spapr_groups_lock();
	g = spapr_group_find(d->group);
	if (g != NULL && d->held)
		spapr_vfio_let_go(g->container_fd, g->number, d->name, d->fd, idle);
	d->held = false;
	spapr_groups_unlock();
}

void
spapr_group_blame(const struct group *g, struct ddw_error *err)
{
	struct ddw_culprit culprit;

	if (err->msg != DDW_MSG_PE_POISONED && err->msg != DDW_MSG_NO_WINDOW)
		return;
	/* Without a culprit the general text stays. */
	(void)ddw_group_culprit(spapr_ctx.sys, g->number, &culprit);
	if (culprit.proof == DDW_CULPRIT_LOGGED)
		err->msg = DDW_MSG_PE_POISONED;
	if (err->msg == DDW_MSG_PE_POISONED)
		ddw_culprit_blame(&culprit, err);
}

void
spapr_group_close(struct group *g)
{
	if (g->container_fd >= 0)
		spapr_vfio_container_destroy(g->container_fd);
	g->container_fd = -1;
}
