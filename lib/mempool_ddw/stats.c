/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>

#include "attach_table.h"
#include "pool.h"
#include "stats.h"

static void
count_demand(struct demand *d, struct rte_mempool_ddw_stats *s)
{
	struct demand_counts c;

	mpddw_demand_get_counts(d, &c);
	s->objects = c.objects;
	s->available = c.available;
	s->chunks = c.chunks;
	s->chunks_mapped = c.mapped;
	s->chunks_idle = c.idle;
	s->gets = c.gets;
	s->no_room = c.no_room;
}

/* What lies in memory that all processes share. */
static void
count_shared(const struct rte_mempool *mp, struct demand *d, struct rte_mempool_ddw_stats *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->demand = pool_is_demand(mp);
	s->node = mp->socket_id;
	if (d != NULL) {
		count_demand(d, s);
	} else if (!s->demand) {
		s->objects = mp->size;
		s->available = rte_ring_count(mp->pool_data);
	}
	for (i = 0; mp->cache_size != 0 && i < RTE_MAX_LCORE; i++)
		s->available += mp->local_cache[i].len;
	/* objects were on their way meanwhile */
	s->available = RTE_MIN(s->available, s->objects);
}

void
mpddw_stats_of_pool(const struct pool *p, struct rte_mempool_ddw_stats *s)
{
	count_shared(p->mp, p->demand, s);
	if (!p->made)
		return;
	s->bytes = p->arena.populated;
	s->page_size = p->arena.page_size;
	s->chunk_size = p->layout.chunk_size;
	s->node = p->arena.node;
	if (!s->demand) {
		/* at most one has fewer objects than fit */
		s->chunks = (s->objects + p->layout.per_chunk - 1) / p->layout.per_chunk;
		s->chunks_mapped = p->io ? s->chunks : 0;
	}
	s->demand_maps = p->demand_maps;
	s->evictions = p->evictions;
	s->map_failures = p->map_failures;
	(void)mpddw_memory_nodes(&p->arena, s->node_bytes);
}

static int
stats_here(const struct rte_mempool *mp, struct rte_mempool_ddw_stats *stats)
{
	const struct pool *p;

	pthread_mutex_lock(&mpddw_pools.lock);
	p = mpddw_pools_find(mp);
	if (p != NULL)
		mpddw_stats_of_pool(p, stats);
	pthread_mutex_unlock(&mpddw_pools.lock);
	return p == NULL ? -EINVAL : 0;
}

/* Counters of the primary's own are not known here. */
static int
stats_in_secondary(const struct rte_mempool *mp, struct rte_mempool_ddw_stats *stats)
{
	const struct attach_table *t = mpddw_attach_table_lookup();
	const struct attach_pool *e;

	count_shared(mp, pool_is_demand(mp) ? pool_demand(mp) : NULL, stats);
	if (t == NULL)
		return 0;
	rte_mcfg_mem_read_lock();
	e = mpddw_attach_find(t, mp->name);
	if (e != NULL) {
		stats->bytes = e->populated;
		stats->page_size = e->page_size;
		stats->chunk_size = e->chunk_size;
		stats->node = e->node;
	}
	rte_mcfg_mem_read_unlock();
	return 0;
}

int
rte_mempool_ddw_stats_get(const struct rte_mempool *mp, struct rte_mempool_ddw_stats *stats)
{
	struct ddw_error err = { 0 };
	int ret = -EINVAL;

	if (mp != NULL && stats != NULL && mpddw_handler_is_ours(mp))
		ret = rte_eal_process_type() == RTE_PROC_PRIMARY ? stats_here(mp, stats)
								 : stats_in_secondary(mp, stats);
	if (ret == 0)
		return 0;
	(void)ddw_fail(&err, DDW_MSG_POOL_CONFIG, EINVAL,
		       "rte_mempool_ddw_stats_get(): %s is not a pool of this library",
		       mp == NULL ? "NULL" : mp->name);
	ddw_error_why(&err, "another handler created it, or the pointer to the statistics is NULL");
	ddw_error_fix(&err, "use it only for pools whose handler is ddw");
	mpddw_pool_report(&err);
	return ret;
}
