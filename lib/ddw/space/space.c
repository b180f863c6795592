/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Create and destroy a DMA address space, call the kernel for it, and report on it. */

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_units.h"
#include "space/space.h"

/* Above any window that a platform has, before one is open. */
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
	[DDW_OP_ENABLE] = { "ENABLE", VFIO_IOMMU_ENABLE },
	[DDW_OP_DISABLE] = { "DISABLE", VFIO_IOMMU_DISABLE },
};

const char *
ddw_op_name(enum ddw_op op)
{
	return (unsigned int)op < DDW_OP_COUNT ? ops[op].name : "unknown";
}

int
ddw_space_ioctl(struct ddw_space *space, enum ddw_op op, int fd, void *arg)
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
ddw_space_result(int ret, char *buf, size_t len)
{
	if (ret < 0)
		snprintf(buf, len, "errno %d (%s)", -ret, strerror(-ret));
	else
		snprintf(buf, len, "return value %d", ret);
	return buf;
}

uint64_t
ddw_space_usable(const struct ddw_space *space)
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
	space->pid = sys->pid(sys->ctx);
	return space;
}

void
ddw_space_destroy(struct ddw_space *space)
{
	unsigned int i;

	if (space == NULL)
		return;
	for (i = 0; i < DDW_RANGES; i++)
		ddw_range_close(&space->ranges[i]);
	ddw_ledger_fini(&space->ledger);
	(void)pthread_mutex_destroy(&space->lock); /* nobody may hold it any more */
	free(space);
}

/* tce_iommu_mm_set(): a container knows the address space that used it first. */
int
ddw_space_check_process(const struct ddw_space *space, struct ddw_error *err)
{
	int pid = space->sys->pid(space->sys->ctx);

	if (pid == space->pid)
		return 0;
	return ddw_fail(err, DDW_MSG_FORKED, EPERM,
			"process %d cannot map or unmap memory for devices: process %d opened "
			"their windows",
			pid, space->pid);
}

int
ddw_space_lock(struct ddw_space *space, struct ddw_error *err)
{
	int ret = ddw_space_check_process(space, err);

	if (ret == 0)
		(void)pthread_mutex_lock(&space->lock);
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
ddw_space_window(struct ddw_space *space, enum ddw_range_id which, struct ddw_window_info *info)
{
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	if ((unsigned int)which < DDW_RANGES && space->ranges[which].open) {
		const struct range *r = &space->ranges[which];

		info->start = r->start;
		info->size = r->size;
		info->page_shift = r->page_shift;
		info->free_bytes = ddw_iova_free_bytes(&r->iova);
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

enum ddw_mode
ddw_space_mode(struct ddw_space *space)
{
	enum ddw_mode mode;

	(void)pthread_mutex_lock(&space->lock);
	mode = space->plan.mode;
	(void)pthread_mutex_unlock(&space->lock);
	return mode;
}

uint64_t
ddw_space_poison(struct ddw_space *space)
{
	const struct range *main = &space->ranges[DDW_RANGE_MAIN];
	uint64_t iova;

	(void)pthread_mutex_lock(&space->lock);
	iova = main->open ? main->poison : POISON_WITHOUT_WINDOW;
	(void)pthread_mutex_unlock(&space->lock);
	return iova;
}

void
ddw_space_forget_group(struct ddw_space *space, unsigned int index)
{
	struct group *g = &space->groups[index];
	uint64_t keep = ~group_bit(index);
	struct extent *e;
	struct region *r;

	g->info.usable = false;
	memset(g->win, 0, sizeof(g->win));
	g->created = false;
	g->default_made = false;
	g->default_gone = false;
	g->enabled = false;
	for (e = ddw_ledger_extent_at(&space->ledger, 0); e != NULL; e = ddw_ledger_extent_next(e))
		e->groups &= keep;
	for (r = ddw_ledger_region_at(&space->ledger, 0); r != NULL;
	     r = ddw_ledger_region_next(r)) {
		space->dropped += (r->groups & ~keep) != 0;
		r->groups &= keep;
	}
}

bool
ddw_space_group_gone(struct ddw_space *space, unsigned int index)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	int ret;

	if (!space->groups[index].info.usable)
		return true;
	ret = ddw_space_ioctl(space, DDW_OP_GET_INFO, space->groups[index].container_fd, &info);
	/* What a container without group, or something else than a container, answers. */
	if (ret != -EINVAL && ret != -ENXIO && ret != -EBADF && ret != -ENOTTY)
		return false;
	ddw_space_forget_group(space, index);
	return true;
}

bool
ddw_space_group_left(struct ddw_space *space, unsigned int index, enum ddw_op op)
{
	uint64_t errors = space->ops[op].errors;

	if (!ddw_space_group_gone(space, index))
		return false;
	space->ops[op].errors = errors > 0 ? errors - 1 : 0;
	space->dropped += op == DDW_OP_REGISTER;
	return true;
}

bool
ddw_space_group_alive(struct ddw_space *space, unsigned int index)
{
	bool alive;

	/* A child of fork() may not ask. */
	if (ddw_space_lock(space, NULL) != 0)
		return index < space->n_groups && space->groups[index].info.usable;
	alive = index < space->n_groups && !ddw_space_group_gone(space, index);
	(void)pthread_mutex_unlock(&space->lock);
	return alive;
}

void
ddw_space_get_stats(struct ddw_space *space, struct ddw_space_stats *stats)
{
	(void)pthread_mutex_lock(&space->lock);
	memcpy(stats->ops, space->ops, sizeof(stats->ops));
	stats->mapped_bytes = space->ledger.bytes;
	stats->mapped_pages = space->ledger.pages;
	stats->free_bytes = ddw_iova_free_bytes(&space->ranges[DDW_RANGE_MAIN].iova);
	stats->extents = space->ledger.n_extents;
	stats->regions = space->ledger.n_regions;
	stats->dropped = space->dropped;
	(void)pthread_mutex_unlock(&space->lock);
}

int
ddw_space_reserve(struct ddw_space *space, uint64_t len, uint64_t align, uint64_t *iova)
{
	struct range *main = &space->ranges[DDW_RANGE_MAIN];
	int ret = -ENODEV;

	(void)pthread_mutex_lock(&space->lock);
	if (main->open)
		ret = ddw_iova_alloc_aligned(&main->iova, len, align, iova);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

uint64_t
ddw_space_room(struct ddw_space *space, uint64_t page_size)
{
	const struct range *main = &space->ranges[DDW_RANGE_MAIN];
	uint64_t room = 0;

	(void)pthread_mutex_lock(&space->lock);
	if (main->open)
		room = ddw_iova_room(&main->iova, page_size,
				     page_size < DDW_ALIGN_MAX ? page_size : DDW_ALIGN_MAX);
	(void)pthread_mutex_unlock(&space->lock);
	return room;
}

void
ddw_space_unreserve(struct ddw_space *space, uint64_t iova, uint64_t len)
{
	(void)pthread_mutex_lock(&space->lock);
	/* What is not reserved is left alone. */
	(void)ddw_iova_free(&space->ranges[ddw_range_of(space, iova)].iova, iova, len);
	(void)pthread_mutex_unlock(&space->lock);
}

enum ddw_range_id
ddw_range_of(const struct ddw_space *space, uint64_t iova)
{
	if (ddw_range_contains(&space->ranges[DDW_RANGE_SMALL], iova, 1))
		return DDW_RANGE_SMALL;
	return DDW_RANGE_MAIN;
}

uint64_t
ddw_smallest_page(const struct ddw_space *space)
{
	unsigned int i, shift = space->ranges[DDW_RANGE_MAIN].page_shift;

	for (i = 0; i < DDW_RANGES; i++)
		if (space->ranges[i].open && space->ranges[i].page_shift < shift)
			shift = space->ranges[i].page_shift;
	return UINT64_C(1) << shift;
}

int
ddw_fail_no_window(struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_RANGE, ENODEV, "no DMA window is open");

	ddw_error_why(err, "the windows were not opened, or failed to open");
	ddw_error_fix(err, "attach a group and open its window first");
	return ret;
}

bool
ddw_window_holds(const struct window *w, uint64_t iova, uint64_t len)
{
	uint64_t last, page = UINT64_C(1) << w->page_shift;

	return w->open && len != 0 && ddw_is_aligned(iova | len, page) &&
	       ddw_add(iova, len - 1, &last) && iova >= w->start &&
	       last <= w->start + (w->size - 1);
}
