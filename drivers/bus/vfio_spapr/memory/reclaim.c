/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>

#include "base/context.h"
#include "memory/reclaim.h"

/* The callback of a library, see vfio_spapr_dma.h. */
static struct {
	pthread_mutex_t lock; /* also held while it runs */
	vfio_spapr_dma_reclaim fn;
} library = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
spapr_reclaim_set(vfio_spapr_dma_reclaim fn)
{
	(void)pthread_mutex_lock(&library.lock);
	library.fn = fn;
	(void)pthread_mutex_unlock(&library.lock);
}

static uint64_t
window_free_bytes(void)
{
	struct ddw_window_info info;

	return ddw_space_window(spapr_ctx.space, DDW_RANGE_MAIN, &info) == 0 ? info.free_bytes : 0;
}

bool
spapr_reclaim(uint64_t bytes)
{
	uint64_t before = window_free_bytes();

	(void)pthread_mutex_lock(&library.lock);
	if (library.fn != NULL)
		library.fn(bytes);
	(void)pthread_mutex_unlock(&library.lock);
	return window_free_bytes() > before;
}

int
spapr_reclaim_map_memory(struct ddw_mapping *m, struct ddw_error *err)
{
	int ret = ddw_space_map_memory(spapr_ctx.space, m, err);
	uint64_t bytes;

	for (bytes = m->len; ret == -ENOSPC && spapr_reclaim(bytes); bytes *= 2) {
		ddw_error_clear(err);
		ret = ddw_space_map_memory(spapr_ctx.space, m, err);
	}
	return ret;
}
