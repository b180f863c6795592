/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The two handlers. Objects of the first are in a ring, as those of DPDK's ring_mp_mc;
 * a pool that is to be mapped on demand changes over to the second when it is made.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include "handler.h"
#include "pool.h"

/* Others may take what was mapped for this thread, but hardly that often. */
#define TRIES 16

static int
ring_put(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	return rte_ring_mp_enqueue_bulk(mp->pool_data, objs, n, NULL) == 0 ? -ENOBUFS : 0;
}

static int
ring_get(struct rte_mempool *mp, void **objs, unsigned int n)
{
	return rte_ring_mc_dequeue_bulk(mp->pool_data, objs, n, NULL) == 0 ? -ENOBUFS : 0;
}

static unsigned int
ring_count(const struct rte_mempool *mp)
{
	return rte_ring_count(mp->pool_data);
}

static int
chunks_put(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	demand_put(mp->pool_data, objs, n);
	return 0;
}

static int
get_after_map(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct pool *p = pools_get(mp);
	unsigned int i;

	/* A mempool that is being freed takes its objects out one by one: nothing to map. */
	if (p == NULL || __atomic_load_n(&mp->populated_size, __ATOMIC_RELAXED) <
				 __atomic_load_n(&mp->size, __ATOMIC_RELAXED))
		return -ENOBUFS;
	for (i = 0; i < TRIES; i++) {
		if (demand_provide(p, n) != 0)
			return -ENOBUFS;
		if (demand_get(mp->pool_data, objs, n) == 0)
			return 0;
	}
	return -ENOBUFS;
}

static int
chunks_get(struct rte_mempool *mp, void **objs, unsigned int n)
{
	if (likely(demand_get(mp->pool_data, objs, n) == 0))
		return 0;
	return get_after_map(mp, objs, n);
}

/* There is no bookkeeping before there is memory. */
static unsigned int
chunks_count(const struct rte_mempool *mp)
{
	return mp->pool_data == NULL ? 0 : demand_count(mp->pool_data);
}

static const struct rte_mempool_ops ops_static = {
	.name = HANDLER_STATIC,
	.alloc = handler_alloc_static,
	.free = handler_free_static,
	.enqueue = ring_put,
	.dequeue = ring_get,
	.get_count = ring_count,
	.calc_mem_size = handler_calc_mem_size,
	.populate = handler_populate,
};

static const struct rte_mempool_ops ops_demand = {
	.name = HANDLER_DEMAND,
	.alloc = handler_alloc_demand,
	.free = handler_free_demand,
	.enqueue = chunks_put,
	.dequeue = chunks_get,
	.get_count = chunks_count,
	.calc_mem_size = handler_calc_mem_size,
	.populate = handler_populate,
};

RTE_MEMPOOL_REGISTER_OPS(ops_static);
RTE_MEMPOOL_REGISTER_OPS(ops_demand);

bool
handler_is_ours(const struct rte_mempool *mp)
{
	const struct rte_mempool_ops *ops = rte_mempool_get_ops(mp->ops_index);

	return strcmp(ops->name, HANDLER_STATIC) == 0 || strcmp(ops->name, HANDLER_DEMAND) == 0;
}
