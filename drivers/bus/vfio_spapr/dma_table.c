/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <rte_dev.h>

#include "base/context.h"
#include "base/devices.h"
#include "dma_table.h"
#include "memory/grants.h"
#include "memory/reclaim.h"
#include "vfio_spapr_dma.h"

static struct {
	pthread_mutex_t lock; /* the space, during calls into it */
	struct ddw_space *space;
} dma = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
set_space(struct ddw_space *space)
{
	(void)pthread_mutex_lock(&dma.lock);
	dma.space = space;
	(void)pthread_mutex_unlock(&dma.lock);
}

void
spapr_dma_table_start(struct ddw_space *space)
{
	set_space(space);
}

void
spapr_dma_table_stop(void)
{
	set_space(NULL);
}

/* Return the space, locked; NULL, and not locked, when there is none. */
static struct ddw_space *
lock_space(struct ddw_error *err)
{
	(void)pthread_mutex_lock(&dma.lock);
	if (dma.space != NULL)
		return dma.space;
	(void)pthread_mutex_unlock(&dma.lock);
	ddw_error_clear(err);
	return NULL;
}

static int
unlock_space(int ret)
{
	(void)pthread_mutex_unlock(&dma.lock);
	return ret;
}

static void
table_info(struct vfio_spapr_dma_info *info)
{
	struct ddw_space *space = lock_space(NULL);
	unsigned int i;

	memset(info, 0, sizeof(*info));
	if (space == NULL)
		return;
	info->kind =
		ddw_space_mode(space) == DDW_MODE_DMA32 ? VFIO_SPAPR_DMA_DMA32 : VFIO_SPAPR_DMA_DDW;
	info->contiguous = UINT64_MAX;
	for (i = 0; i < DDW_RANGES; i++)
		/* what is not there stays all zero */
		(void)ddw_space_window(space, (enum ddw_range_id)i, &info->windows[i]);
	(void)unlock_space(0);
}

static int
table_pin(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err)
{
	struct ddw_space *space = lock_space(err);

	return space == NULL ? -ENODEV : unlock_space(ddw_space_pin(space, vaddr, len, piece, err));
}

static int
table_unpin(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	struct ddw_space *space;
	int ret = -ENODEV;

	spapr_grants_lock();
	space = lock_space(err);
	if (space != NULL) {
		ret = ddw_space_unpin(space, vaddr, len, err);
		if (ret == 0)
			spapr_grants_forget(vaddr, len);
		(void)unlock_space(0);
	}
	spapr_grants_unlock();
	return ret;
}

static int
table_map(struct ddw_mapping *m, struct ddw_error *err)
{
	struct ddw_space *space = lock_space(err);

	return space == NULL ? -ENODEV : unlock_space(ddw_space_map_memory(space, m, err));
}

static int
table_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	struct ddw_space *space = lock_space(err);

	return space == NULL ? -ENODEV
			     : unlock_space(ddw_space_unmap(space, vaddr, len, NULL, err));
}

static uint64_t
table_poison(void)
{
	struct ddw_space *space = lock_space(NULL);
	uint64_t iova = RTE_BAD_IOVA;

	if (space != NULL) {
		iova = ddw_space_poison(space);
		(void)unlock_space(0);
	}
	return iova;
}

/* Does the group have a window now? */
static bool
has_window(struct ddw_space *space, int group)
{
	struct ddw_group_info info;
	unsigned int i;

	for (i = 0; ddw_space_group(space, i, &info) == 0; i++)
		if (info.number == group && info.usable)
			return true;
	return false;
}

static int
table_device(const struct rte_device *dev, unsigned int *addr_bits)
{
	struct ddw_space *space = lock_space(NULL);
	struct device d;
	int ret = -ENODEV;

	if (space == NULL)
		return -ENODEV;
	if (rte_dev_bus(dev) == spapr_ctx.pci && spapr_device_find(dev, &d) &&
	    has_window(space, d.group)) {
		*addr_bits = spapr_device_is_narrow(d.name) ? 32 : 64;
		ret = 0;
	}
	return unlock_space(ret);
}

__attribute__((visibility("default"))) const struct vfio_spapr_dma *vfio_spapr_dma(void);

const struct vfio_spapr_dma *
vfio_spapr_dma(void)
{
	static const struct vfio_spapr_dma table = {
		.version = VFIO_SPAPR_DMA_VERSION,
		.size = sizeof(table),
		.info = table_info,
		.pin = table_pin,
		.unpin = table_unpin,
		.map = table_map,
		.unmap = table_unmap,
		.poison = table_poison,
		.device = table_device,
		.set_reclaim = spapr_reclaim_set,
	};

	return &table;
}
