/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "pool.h"

struct pools pools = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.list = TAILQ_HEAD_INITIALIZER(pools.list),
};

RTE_LOG_REGISTER(mempool_ddw_logtype, lib.mempool.ddw, NOTICE)

struct pool *
pools_find(const struct rte_mempool *mp)
{
	struct pool *p;

	TAILQ_FOREACH(p, &pools.list, next)
		if (p->mp == mp)
			return p;
	return NULL;
}

struct pool *
pools_get(const struct rte_mempool *mp)
{
	struct pool *p;

	pthread_mutex_lock(&pools.lock);
	p = pools_find(mp);
	pthread_mutex_unlock(&pools.lock);
	return p;
}

void
pools_add(struct pool *p)
{
	pthread_mutex_lock(&pools.lock);
	TAILQ_INSERT_TAIL(&pools.list, p, next);
	pthread_mutex_unlock(&pools.lock);
}

void
pools_remove(struct pool *p)
{
	pthread_mutex_lock(&pools.lock);
	TAILQ_REMOVE(&pools.list, p, next);
	pthread_mutex_unlock(&pools.lock);
}
