/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * An application with large tables in memory that no device needs, and packets in a
 * pool of their own: only these take room in the window.
 *
 *   mempool_tables [EAL options] -- TABLES_GIB PACKETS_MIB
 *
 * Forwards what comes in at one port to the other, after it has looked up and changed
 * an entry of the tables for it, until its input ends. Prints a line when it is ready
 * and one at the end, with what the tables have counted.
 */

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_jhash.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>

#include "port.h"

#define BURST	  32
#define CACHE	  256
#define ASK	  1024 /* rounds without a look at the input */
#define USED	  8192 /* entries, from one end to the other: a page of memory each */
#define LOOKED_AT 32   /* bytes of a packet */
#define HEADER	  (sizeof(struct rte_mempool_objhdr) + sizeof(struct rte_mbuf))

static struct {
	uint64_t *entries;
	uint64_t n;
	uint64_t packets;
} tables;

static int
make_tables(uint64_t gibibytes)
{
	void *addr = mmap(NULL, gibibytes << 30, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == MAP_FAILED)
		return -1;
	/* Only one entry of a page is used. */
	(void)madvise(addr, gibibytes << 30, MADV_NOHUGEPAGE);
	tables.entries = addr;
	tables.n = (gibibytes << 30) / sizeof(uint64_t);
	return 0;
}

static void
look_up(const struct rte_mbuf *m)
{
	uint32_t hash = rte_jhash(rte_pktmbuf_mtod(m, const void *), LOOKED_AT, 0);

	tables.entries[hash % USED * (tables.n / USED)]++;
	tables.packets++;
}

static void
forward(uint16_t from)
{
	struct rte_mbuf *m[BURST];
	uint16_t i, n = rte_eth_rx_burst(from, 0, m, BURST), sent = 0;

	for (i = 0; i < n; i++)
		look_up(m[i]);
	while (sent < n)
		sent += rte_eth_tx_burst(from ^ 1, 0, m + sent, n - sent);
}

static bool
input_ended(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) != 0;
}

static uint64_t
counted(void)
{
	uint64_t i, sum = 0;

	for (i = 0; i < USED; i++)
		sum += tables.entries[i * (tables.n / USED)];
	return sum;
}

static int
run(char **argv)
{
	uint64_t bytes = strtoull(argv[1], NULL, 0) << 20;
	struct rte_mempool_ddw_stats st;
	struct rte_mempool *pool;
	unsigned int i;

	if (make_tables(strtoull(argv[0], NULL, 0)) != 0)
		return 2;
	pool = rte_pktmbuf_pool_create_ddw(
		"packets", (unsigned int)(bytes / (HEADER + RTE_MBUF_DEFAULT_BUF_SIZE)), CACHE, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, NULL);
	if (pool == NULL || rte_mempool_ddw_stats_get(pool, &st) != 0 || port_start(0, pool) != 0 ||
	    port_start(1, pool) != 0) {
		printf("tables: failed, rte_errno %d\n", rte_errno);
		return 2;
	}
	printf("tables: ready bytes=%" PRIu64 " objects=%" PRIu64 " pool_bytes=%" PRIu64
	       " demand=%d\n",
	       tables.n * sizeof(uint64_t), st.objects, st.bytes, st.demand);
	fflush(stdout);
	while (!input_ended())
		for (i = 0; i < ASK; i++)
			forward(i & 1);
	port_stop(0);
	port_stop(1);
	printf("tables: packets=%" PRIu64 " counted=%" PRIu64 " freed=%d\n", tables.packets,
	       counted(), rte_mempool_ddw_free(pool));
	return 0;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;

	if (used < 0)
		return 2;
	if (argc - used != 3) {
		fprintf(stderr, "usage: mempool_tables [EAL options] -- TABLES_GIB PACKETS_MIB\n");
		return 2;
	}
	ret = run(argv + used + 1);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
