/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef POOL_LOOPS_H
#define POOL_LOOPS_H

/* Loops over get and put of mempools, for callers to time. */

#include <rte_mempool.h>

/* Limit of objects in flight. */
#define POOL_KEEP_MAX 1024u

struct mempool_turns {
	struct rte_mempool *mp;
	unsigned int bulk; /* objects per call; divides keep */
	unsigned int keep; /* objects out at the same time */
	unsigned int turns;
};

/*
 * Create and populate a mempool with a handler. Returns NULL with rte_errno set; "what" then
 * names the step that failed.
 */
struct rte_mempool *measure_mempool_make(const char *name, const char *ops, unsigned int n,
					 unsigned int size, unsigned int cache, const char **what);

/* Get and put objects in turns. Returns 0, or -ENOENT when the mempool is empty. */
int measure_mempool_turns(const struct mempool_turns *t);

#endif /* POOL_LOOPS_H */
