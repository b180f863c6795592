/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The handler. Objects of most pools are in a ring, as those of DPDK's ring_mp_mc; those of
 * a pool that is mapped on demand are kept by chunk.
 *
 * There is only one: a process has room for 16 handlers, and a DPDK with all of its plugins
 * leaves one. So its functions look at the pool, but only once there is a pool that is
 * mapped on demand: until then they are those for rings.
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
get_after_map(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct pool *p = mpddw_pools_get(mp);
	unsigned int i;

	/* A mempool that is being freed takes its objects out one by one: nothing to map. */
	if (p == NULL || __atomic_load_n(&mp->populated_size, __ATOMIC_RELAXED) <
				 __atomic_load_n(&mp->size, __ATOMIC_RELAXED))
		return -ENOBUFS;
	for (i = 0; i < TRIES; i++) {
		if (mpddw_demand_provide(p, n) != 0)
			return -ENOBUFS;
		if (mpddw_demand_get(pool_demand(mp), objs, n) == 0)
			return 0;
	}
	return -ENOBUFS;
}

static int
any_put(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	if (!pool_is_demand(mp))
		return ring_put(mp, objs, n);
	mpddw_demand_put(pool_demand(mp), objs, n);
	return 0;
}

static int
any_get(struct rte_mempool *mp, void **objs, unsigned int n)
{
	if (!pool_is_demand(mp))
		return ring_get(mp, objs, n);
	/* There may be no memory: it could not be made, or what was brought was refused. */
	if (unlikely(pool_demand(mp) == NULL))
		return -ENOBUFS;
	if (likely(mpddw_demand_get(pool_demand(mp), objs, n) == 0))
		return 0;
	return get_after_map(mp, objs, n);
}

/* There is no bookkeeping before there is memory. */
static unsigned int
any_count(const struct rte_mempool *mp)
{
	if (!pool_is_demand(mp))
		return ring_count(mp);
	return pool_demand(mp) == NULL ? 0 : mpddw_demand_count(pool_demand(mp));
}

static const struct rte_mempool_ops ops = {
	.name = RTE_MEMPOOL_DDW_OPS,
	.alloc = mpddw_handler_alloc,
	.free = mpddw_handler_free,
	.enqueue = ring_put,
	.dequeue = ring_get,
	.get_count = ring_count,
	.calc_mem_size = mpddw_handler_calc_mem_size,
	.populate = mpddw_handler_populate,
};

RTE_MEMPOOL_REGISTER_OPS(ops);

bool
mpddw_handler_is_ours(const struct rte_mempool *mp)
{
	return strcmp(rte_mempool_get_ops(mp->ops_index)->name, RTE_MEMPOOL_DDW_OPS) == 0;
}

int
mpddw_handler_index(void)
{
	uint32_t i;

	for (i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, RTE_MEMPOOL_DDW_OPS) == 0)
			return (int)i;
	return -1;
}

/* Other threads may use pools with rings meanwhile: both functions do for these. */
void
mpddw_handler_serve_demand(void)
{
	struct rte_mempool_ops *here;
	int index = mpddw_handler_index();

	if (index < 0)
		return;
	here = &rte_mempool_ops_table.ops[index];
	__atomic_store_n(&here->enqueue, any_put, __ATOMIC_RELEASE);
	__atomic_store_n(&here->dequeue, any_get, __ATOMIC_RELEASE);
	__atomic_store_n(&here->get_count, any_count, __ATOMIC_RELEASE);
}
