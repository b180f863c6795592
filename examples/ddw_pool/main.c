/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A pool of packets that grows when it is empty and gives memory back when it is full. */

#include <stdio.h>
#include <stdlib.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>

#define PACKETS 8000

static void
show(struct rte_mempool *pool, const char *when)
{
	struct rte_mempool_ddw_stats s;

	if (rte_mempool_ddw_stats_get(pool, &s) != 0)
		rte_exit(EXIT_FAILURE, "no statistics\n");
	printf("%s: %u packets, %u available\n", when, (unsigned int)s.objects,
	       (unsigned int)s.available);
}

int
main(int argc, char **argv)
{
	struct rte_mempool_ddw_conf conf = { .max_n = 2 * PACKETS };
	struct rte_mbuf *packets[PACKETS];
	struct rte_mempool *pool;

	if (rte_eal_init(argc, argv) < 0)
		rte_exit(EXIT_FAILURE, "cannot start EAL: %s\n", rte_strerror(rte_errno));
	pool = rte_pktmbuf_pool_create_ddw("packets", PACKETS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					   SOCKET_ID_ANY, &conf);
	if (pool == NULL) /* what, why and what to do is in the log */
		rte_exit(EXIT_FAILURE, "cannot create the pool: %s\n", rte_strerror(rte_errno));

	/* From here on it is like any other pool. */
	if (rte_pktmbuf_alloc_bulk(pool, packets, PACKETS) != 0)
		rte_exit(EXIT_FAILURE, "cannot allocate packets\n");
	show(pool, "used");
	if (rte_mempool_ddw_grow(pool, PACKETS) < 0)
		rte_exit(EXIT_FAILURE, "cannot add packets\n");
	show(pool, "grown");
	rte_pktmbuf_free_bulk(packets, PACKETS);
	if (rte_mempool_ddw_trim(pool, 0) < 0)
		rte_exit(EXIT_FAILURE, "no memory was freed\n");
	show(pool, "trimmed");
	if (rte_mempool_ddw_free(pool) != 0)
		rte_exit(EXIT_FAILURE, "packets are out\n");
	return rte_eal_cleanup() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
