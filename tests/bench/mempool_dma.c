/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <pool.h>

#include "bench_mempool.h"
#include "fake_sys.h"

/* What the plugin does, with libddw as it is, and a kernel that does nothing. */
static struct {
	struct ddw_space *space;
	uint64_t end; /* bytes that may be mapped in all */
} dma = { .end = UINT64_MAX };

static uint64_t
mapped_bytes(void)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(dma.space, &stats);
	return stats.mapped_bytes;
}

static void
dma_info(struct vfio_spapr_dma_info *info)
{
	uint64_t room, mapped = mapped_bytes();

	memset(info, 0, sizeof(*info));
	info->kind = VFIO_SPAPR_DMA_DMA32;
	(void)ddw_space_window(dma.space, DDW_RANGE_MAIN, &info->windows[DDW_RANGE_MAIN]);
	room = dma.end > mapped ? dma.end - mapped : 0;
	if (info->windows[DDW_RANGE_MAIN].free_bytes > room)
		info->windows[DDW_RANGE_MAIN].free_bytes = room;
	info->contiguous = UINT64_MAX;
}

static int
dma_pin(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err)
{
	return ddw_space_pin(dma.space, vaddr, len, piece, err);
}

static int
dma_unpin(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	return ddw_space_unpin(dma.space, vaddr, len, err);
}

static int
dma_map(struct ddw_mapping *m, struct ddw_error *err)
{
	if (mapped_bytes() + m->len > dma.end)
		return -ENOSPC;
	m->flags |= DDW_MAP_PINNED;
	return ddw_space_map_memory(dma.space, m, err);
}

static int
dma_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	return ddw_space_unmap(dma.space, vaddr, len, NULL, err);
}

static uint64_t
dma_poison(void)
{
	return ddw_space_poison(dma.space);
}

static int
dma_device(const struct rte_device *dev, unsigned int *addr_bits)
{
	(void)dev;
	*addr_bits = 64;
	return 0;
}

/* Nobody asks for room. */
static void
dma_set_reclaim(vfio_spapr_dma_reclaim reclaim)
{
	(void)reclaim;
}

static const struct vfio_spapr_dma table = {
	.version = VFIO_SPAPR_DMA_VERSION,
	.size = sizeof(table),
	.info = dma_info,
	.pin = dma_pin,
	.unpin = dma_unpin,
	.map = dma_map,
	.unmap = dma_unmap,
	.poison = dma_poison,
	.device = dma_device,
	.set_reclaim = dma_set_reclaim,
};

void
dma_begin(void)
{
	static struct ddw_error errors[DDW_MAX_GROUPS], err;
	static struct ddw_plan_input in;
	static struct ddw_plan plan;

	dma.space = ddw_space_create(fake_sys(), &err);
	if (dma.space == NULL || ddw_space_attach(dma.space, 0, "group", 0, 0, &err) < 0)
		die("no space: %s", err.what);
	in.n_memory = 1;
	in.memory[0] = (struct ddw_plan_memory){ UINT64_C(2) << 20, UINT64_C(1) << 30, 0 };
	in.wishes.mode = DDW_MODE_DMA32;
	in.memlock.unlimited = true;
	if (ddw_space_open(dma.space, &in, &plan, errors, &err) != 1)
		die("no window: %s", err.what);
	mpddw_dma_use(&table);
}

void
dma_limit(uint64_t bytes)
{
	dma.end = mapped_bytes() + bytes;
}
