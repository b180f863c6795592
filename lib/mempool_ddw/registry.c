/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "pool.h"

struct pools mpddw_pools = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.list = TAILQ_HEAD_INITIALIZER(mpddw_pools.list),
};

RTE_LOG_REGISTER(mempool_ddw_logtype, lib.mempool.ddw, NOTICE)

struct pool *
mpddw_pools_find(const struct rte_mempool *mp)
{
	struct pool *p;

	TAILQ_FOREACH(p, &mpddw_pools.list, next)
		if (p->mp == mp)
			return p;
	return NULL;
}

struct pool *
mpddw_pools_get(const struct rte_mempool *mp)
{
	struct pool *p;

	pthread_mutex_lock(&mpddw_pools.lock);
	p = mpddw_pools_find(mp);
	pthread_mutex_unlock(&mpddw_pools.lock);
	return p;
}

void
mpddw_pools_add(struct pool *p)
{
	pthread_mutex_lock(&mpddw_pools.lock);
	TAILQ_INSERT_TAIL(&mpddw_pools.list, p, next);
	pthread_mutex_unlock(&mpddw_pools.lock);
}

void
mpddw_pools_remove(struct pool *p)
{
	pthread_mutex_lock(&mpddw_pools.lock);
	TAILQ_REMOVE(&mpddw_pools.list, p, next);
	pthread_mutex_unlock(&mpddw_pools.lock);
}
