/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef STATS_H
#define STATS_H

struct pool;
struct rte_mempool_ddw_stats;

/* State of a pool of this process. The caller holds the lock of the pools. */
void mpddw_stats_of_pool(const struct pool *p, struct rte_mempool_ddw_stats *s);

#endif /* STATS_H */
