/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef POOL_LOOPS_H
#define POOL_LOOPS_H

/* Objects that leave a mempool and come back, to be timed by the caller. */

#include <rte_mempool.h>

/* Objects that are out at the same time at the most. */
#define POOL_KEEP_MAX 1024u

struct mempool_turns {
	struct rte_mempool *mp;
	unsigned int bulk; /* objects per call; divides keep */
	unsigned int keep; /* objects out at the same time */
	unsigned int turns;
};

/*
 * A mempool with all of its objects, made by a handler. NULL with rte_errno; "what" then
 * says what did not work.
 */
struct rte_mempool *measure_mempool_make(const char *name, const char *ops, unsigned int n,
					 unsigned int size, unsigned int cache, const char **what);

/* Take and put back, so many times. 0, or -ENOENT when the mempool is empty. */
int measure_mempool_turns(const struct mempool_turns *t);

#endif /* POOL_LOOPS_H */
