/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "measure/pool_loops.h"

struct rte_mempool *
measure_mempool_make(const char *name, const char *ops, unsigned int n, unsigned int size,
		     unsigned int cache, const char **what)
{
	struct rte_mempool *mp;
	int ret;

	*what = "create";
	mp = rte_mempool_create_empty(name, n, size, cache, 0, SOCKET_ID_ANY, 0);
	if (mp == NULL)
		return NULL;
	*what = "find the handler";
	ret = rte_mempool_set_ops_byname(mp, ops, NULL);
	if (ret == 0) {
		*what = "populate";
		ret = rte_mempool_populate_default(mp);
	}
	if (ret >= 0)
		return mp;
	rte_mempool_free(mp);
	rte_errno = -ret;
	return NULL;
}

int
measure_mempool_turns(const struct mempool_turns *t)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(t->mp, rte_lcore_id());
	unsigned int bulk = t->bulk, turn, i;
	void *objs[POOL_KEEP_MAX];

	for (turn = 0; turn < t->turns; turn++) {
		for (i = 0; i < t->keep; i += bulk)
			if (rte_mempool_generic_get(t->mp, objs + i, bulk, cache) != 0)
				return -ENOENT;
		for (i = 0; i < t->keep; i += bulk)
			rte_mempool_generic_put(t->mp, objs + i, bulk, cache);
	}
	return 0;
}
