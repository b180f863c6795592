/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "space.h"

/* Above any window that a platform has. */
#define POISON_WITHOUT_WINDOW (UINT64_C(1) << 62)

static const struct {
	const char *name;
	unsigned long request;
} ops[DDW_OP_COUNT] = {
	[DDW_OP_SET_CONTAINER] = { "SET_CONTAINER", VFIO_GROUP_SET_CONTAINER },
	[DDW_OP_SET_IOMMU] = { "SET_IOMMU", VFIO_SET_IOMMU },
	[DDW_OP_GET_INFO] = { "GET_INFO", VFIO_IOMMU_SPAPR_TCE_GET_INFO },
	[DDW_OP_CREATE] = { "CREATE", VFIO_IOMMU_SPAPR_TCE_CREATE },
	[DDW_OP_REMOVE] = { "REMOVE", VFIO_IOMMU_SPAPR_TCE_REMOVE },
	[DDW_OP_REGISTER] = { "REGISTER_MEMORY", VFIO_IOMMU_SPAPR_REGISTER_MEMORY },
	[DDW_OP_UNREGISTER] = { "UNREGISTER_MEMORY", VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY },
	[DDW_OP_MAP] = { "MAP_DMA", VFIO_IOMMU_MAP_DMA },
	[DDW_OP_UNMAP] = { "UNMAP_DMA", VFIO_IOMMU_UNMAP_DMA },
};

const char *
ddw_op_name(enum ddw_op op)
{
	return (unsigned int)op < DDW_OP_COUNT ? ops[op].name : "unknown";
}

int
space_ioctl(struct ddw_space *space, enum ddw_op op, int fd, void *arg)
{
	struct ddw_op_stats *s = &space->ops[op];
	const struct ddw_sys *sys = space->sys;
	uint64_t t0, ns;
	int ret;

	t0 = sys->clock_ns(sys->ctx);
	ret = sys->ioctl(sys->ctx, fd, ops[op].request, arg);
	ns = sys->clock_ns(sys->ctx) - t0;

	s->calls++;
	s->errors += ret != 0;
	s->ns += ns;
	if (ns > s->longest)
		s->longest = ns;
	return ret;
}

const char *
space_result(int ret, char *buf, size_t len)
{
	if (ret < 0)
		snprintf(buf, len, "errno %d (%s)", -ret, strerror(-ret));
	else
		snprintf(buf, len, "return value %d", ret);
	return buf;
}

uint64_t
space_usable(const struct ddw_space *space)
{
	uint64_t set = 0;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].info.usable)
			set |= group_bit(i);
	return set;
}

struct ddw_space *
ddw_space_create(const struct ddw_sys *sys, struct ddw_error *err)
{
	struct ddw_space *space = calloc(1, sizeof(*space));

	if (space == NULL || pthread_mutex_init(&space->lock, NULL) != 0) {
		free(space);
		(void)ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a DMA space");
		return NULL;
	}
	space->sys = sys;
	space->poison = POISON_WITHOUT_WINDOW;
	return space;
}

void
ddw_space_destroy(struct ddw_space *space)
{
	if (space == NULL)
		return;
	ddw_iova_fini(&space->iova);
	ledger_fini(&space->ledger);
	(void)pthread_mutex_destroy(&space->lock); /* nobody may hold it any more */
	free(space);
}

/* Select sPAPR v2 in a container that has just got its group, and read GET_INFO. */
static int
select_v2(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	char text[SPACE_RESULT];
	int ret;

	/* The argument of SET_IOMMU is a number, not an address. */
	ret = space_ioctl(space, DDW_OP_SET_IOMMU, g->container_fd,
			  (void *)(uintptr_t)VFIO_SPAPR_TCE_v2_IOMMU);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_NO_SPAPR_V2, space_errno(ret),
				"%s: sPAPR v2 cannot be selected: %s", g->info.name,
				space_result(ret, text, sizeof(text)));

	ret = space_ioctl(space, DDW_OP_GET_INFO, g->container_fd, &info);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_GROUP_INFO, space_errno(ret),
				"%s: GET_INFO failed: %s", g->info.name,
				space_result(ret, text, sizeof(text)));

	g->info.caps.dma32_start = info.dma32_window_start;
	g->info.caps.dma32_size = info.dma32_window_size;
	if (info.flags & VFIO_IOMMU_SPAPR_INFO_DDW) {
		g->info.caps.pgsizes = info.ddw.pgsizes;
		g->info.caps.max_windows = info.ddw.max_dynamic_windows_supported;
		g->info.caps.levels = info.ddw.levels;
	} else {
		g->info.caps.max_windows = UINT32_MAX;
	}
	return 0;
}

static int
attach(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret, undo;

	ret = space_ioctl(space, DDW_OP_SET_CONTAINER, g->group_fd, &g->container_fd);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_GROUP_ATTACH, space_errno(ret),
				"%s cannot join a container: %s", g->info.name,
				space_result(ret, text, sizeof(text)));
	ret = select_v2(space, g, err);
	if (ret != 0) {
		undo = space->sys->ioctl(space->sys->ctx, g->group_fd, VFIO_GROUP_UNSET_CONTAINER,
					 NULL);
		if (undo != 0)
			ddw_error_fix(err,
				      "the group could not be taken out of its container "
				      "again (%s); end the process",
				      space_result(undo, text, sizeof(text)));
	}
	return ret;
}

int
ddw_space_attach(struct ddw_space *space, int number, const char *name, int container_fd,
		 int group_fd, struct ddw_error *err)
{
	struct group *g;
	int ret;

	(void)pthread_mutex_lock(&space->lock);
	if (space->windows_open || space->n_groups == DDW_MAX_GROUPS) {
		ret = ddw_fail(err, DDW_MSG_GROUP_LIMIT, ENOSPC, "%s cannot be added", name);
		if (space->windows_open)
			ddw_error_why(err, "the windows of this space are open already");
		goto out;
	}
	g = &space->groups[space->n_groups];
	memset(g, 0, sizeof(*g));
	g->info.number = number;
	snprintf(g->info.name, sizeof(g->info.name), "%s", name);
	g->container_fd = container_fd;
	g->group_fd = group_fd;
	ret = attach(space, g, err);
	if (ret == 0)
		ret = (int)space->n_groups++;
out:
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

unsigned int
ddw_space_n_groups(struct ddw_space *space)
{
	unsigned int n;

	(void)pthread_mutex_lock(&space->lock);
	n = space->n_groups;
	(void)pthread_mutex_unlock(&space->lock);
	return n;
}

int
ddw_space_group(struct ddw_space *space, unsigned int index, struct ddw_group_info *info)
{
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	if (index < space->n_groups) {
		*info = space->groups[index].info;
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

void
ddw_space_caps(struct ddw_space *space, struct ddw_plan_input *in)
{
	unsigned int i;

	(void)pthread_mutex_lock(&space->lock);
	in->n_groups = space->n_groups;
	for (i = 0; i < space->n_groups; i++) {
		in->groups[i].number = space->groups[i].info.number;
		memcpy(in->groups[i].name, space->groups[i].info.name, sizeof(in->groups[i].name));
		in->groups[i].caps = space->groups[i].info.caps;
	}
	(void)pthread_mutex_unlock(&space->lock);
}

int
ddw_space_range(struct ddw_space *space, uint64_t *start, uint64_t *size)
{
	int ret = -ENODEV;

	(void)pthread_mutex_lock(&space->lock);
	if (space->windows_open) {
		*start = space->start;
		*size = space->size;
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

unsigned int
ddw_space_page_shift(struct ddw_space *space)
{
	unsigned int shift;

	(void)pthread_mutex_lock(&space->lock);
	shift = space->page_shift;
	(void)pthread_mutex_unlock(&space->lock);
	return shift;
}

/* Top of the range that the default windows of all usable groups have in common. */
static bool
default_window_top(const struct ddw_space *space, uint64_t len, uint64_t *iova)
{
	uint64_t low = 0, high = UINT64_MAX;
	unsigned int i, n = 0;

	for (i = 0; i < space->n_groups; i++) {
		const struct ddw_group_info *g = &space->groups[i].info;
		uint64_t end = (uint64_t)g->caps.dma32_start + g->caps.dma32_size;

		if (!g->usable)
			continue;
		if (!g->default_kept)
			return false;
		low = g->caps.dma32_start > low ? g->caps.dma32_start : low;
		high = end < high ? end : high;
		n++;
	}
	if (n == 0 || high < low || high - low < len)
		return false;
	*iova = high - len;
	return true;
}

uint64_t
ddw_space_poison(struct ddw_space *space, uint64_t len)
{
	uint64_t iova;

	(void)pthread_mutex_lock(&space->lock);
	if (!default_window_top(space, len, &iova)) {
		iova = space->poison;
		space->poison += len;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return iova;
}

/* Forget a group: the kernel has dropped all that it held for it. */
static void
forget_group(struct ddw_space *space, unsigned int index)
{
	uint64_t keep = ~group_bit(index);
	struct extent *e;
	struct region *r;

	space->groups[index].info.usable = false;
	for (e = ledger_extent_at(&space->ledger, 0); e != NULL; e = ledger_extent_next(e))
		e->groups &= keep;
	for (r = ledger_region_at(&space->ledger, 0); r != NULL; r = ledger_region_next(r))
		r->groups &= keep;
}

bool
space_group_gone(struct ddw_space *space, unsigned int index)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	int ret;

	if (!space->groups[index].info.usable)
		return true;
	ret = space_ioctl(space, DDW_OP_GET_INFO, space->groups[index].container_fd, &info);
	/* What a container without group, or something else than a container, answers. */
	if (ret != -EINVAL && ret != -ENXIO && ret != -EBADF && ret != -ENOTTY)
		return false;
	forget_group(space, index);
	return true;
}

bool
ddw_space_group_alive(struct ddw_space *space, unsigned int index)
{
	bool alive;

	(void)pthread_mutex_lock(&space->lock);
	alive = index < space->n_groups && !space_group_gone(space, index);
	(void)pthread_mutex_unlock(&space->lock);
	return alive;
}

void
ddw_space_get_stats(struct ddw_space *space, struct ddw_space_stats *stats)
{
	(void)pthread_mutex_lock(&space->lock);
	memcpy(stats->ops, space->ops, sizeof(stats->ops));
	stats->mapped_bytes = space->ledger.bytes;
	stats->free_bytes = ddw_iova_free_bytes(&space->iova);
	stats->extents = space->ledger.n_extents;
	stats->regions = space->ledger.n_regions;
	(void)pthread_mutex_unlock(&space->lock);
}
