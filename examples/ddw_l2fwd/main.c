/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Forwards frames between pairs of ports, from a pool that may be larger than the window
 * of bus addresses: then its memory is mapped in chunks, as far as frames are in flight.
 *
 *   ddw_l2fwd EAL-OPTIONS -- [--mbufs N] [--buffer BYTES]
 */

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>

#define BURST	    32
#define DESCRIPTORS 512
#define CACHE	    256

static volatile sig_atomic_t stop;

struct options {
	unsigned int mbufs;
	unsigned int buffer; /* bytes for a frame, without headroom */
};

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

static bool
read_number(const char *text, unsigned int min, unsigned int max, unsigned int *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*number = (unsigned int)value;
	return *text != '\0' && *end == '\0' && value >= min && value <= max;
}

static struct options
read_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "mbufs", required_argument, NULL, 'm' },
		{ "buffer", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .mbufs = 16384, .buffer = 2048 };
	int opt;
	bool good = true;

	while ((opt = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (opt == 'm')
			good = good && read_number(optarg, 1024, (1 << 30) - 1, &o.mbufs);
		else if (opt == 'b')
			good = good && read_number(optarg, 1518, 65407, &o.buffer);
		else
			good = false;
	}
	if (!good || optind < argc)
		rte_exit(EXIT_FAILURE, "usage: ddw_l2fwd EAL-OPTIONS -- [--mbufs 1024..] "
				       "[--buffer 1518..65407]\n");
	return o;
}

/* The part that differs from other forwarders. */
static struct rte_mempool *
make_pool(const struct options *o)
{
	struct rte_mempool_ddw_window_info w;
	struct rte_mempool_ddw_stats s;
	struct rte_mempool *pool;

	pool = rte_pktmbuf_pool_create_ddw("frames", o->mbufs, CACHE, 0,
					   (uint16_t)(RTE_PKTMBUF_HEADROOM + o->buffer),
					   SOCKET_ID_ANY, NULL);
	if (pool == NULL)
		rte_exit(EXIT_FAILURE, "cannot create the pool: %s\n", rte_strerror(rte_errno));
	if (rte_mempool_ddw_stats_get(pool, &s) == 0)
		printf("pool: %" PRIu64 " MiB, mapped %s\n", s.bytes >> 20,
		       s.demand ? "on demand" : "as a whole");
	if (rte_mempool_ddw_window_info(RTE_MEMPOOL_DDW_WINDOW_MAIN, &w) == 0)
		printf("window: %" PRIu64 " MiB, %" PRIu64 " MiB free\n", w.size >> 20,
		       w.free_bytes >> 20);
	return pool;
}

static void
start_port(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	int ret;

	memset(&conf, 0, sizeof(conf));
	ret = rte_eth_dev_info_get(port, &info);
	if (ret != 0)
		rte_exit(EXIT_FAILURE, "cannot query port %u: %s\n", port, rte_strerror(-ret));
	/* A device that does not reach the pool is refused here, not when it faults. */
	ret = rte_mempool_ddw_check(pool, info.device, 0);
	if (ret != 0)
		rte_exit(EXIT_FAILURE, "port %u cannot use the pool\n", port);
	ret = rte_eth_dev_configure(port, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(port);
	if (ret == 0)
		ret = rte_eth_promiscuous_enable(port);
	if (ret != 0)
		rte_exit(EXIT_FAILURE, "cannot start port %u: %s\n", port, rte_strerror(-ret));
}

static void
forward(uint16_t from, uint16_t to)
{
	struct rte_mbuf *frames[BURST];
	uint16_t got = rte_eth_rx_burst(from, 0, frames, BURST), sent = 0, tries;

	for (tries = 0; sent < got && tries < 1000; tries++)
		sent += rte_eth_tx_burst(to, 0, frames + sent, got - sent);
	if (sent < got)
		rte_pktmbuf_free_bulk(frames + sent, got - sent);
}

static void
show_stats(struct rte_mempool *pool)
{
	struct rte_mempool_ddw_stats s;
	struct rte_eth_stats port;
	uint16_t i;

	RTE_ETH_FOREACH_DEV(i)
	{
		if (rte_eth_stats_get(i, &port) == 0)
			printf("port %u: received %" PRIu64 ", sent %" PRIu64 ", missed %" PRIu64
			       "\n",
			       i, port.ipackets, port.opackets, port.imissed + port.rx_nombuf);
	}
	if (rte_mempool_ddw_stats_get(pool, &s) == 0 && s.demand)
		printf("pool: %" PRIu64 " of %" PRIu64 " chunks mapped, %" PRIu64 " objects got, "
		       "%" PRIu64 " demand maps, %" PRIu64 " evictions, %" PRIu64 " without room\n",
		       s.chunks_mapped, s.chunks, s.gets, s.demand_maps, s.evictions, s.no_room);
}

int
main(int argc, char **argv)
{
	struct rte_mempool *pool;
	struct options o;
	uint16_t i, n;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		rte_exit(EXIT_FAILURE, "cannot start EAL: %s\n", rte_strerror(rte_errno));
	o = read_options(argc - ret, argv + ret);
	n = rte_eth_dev_count_avail();
	if (n == 0 || n % 2 != 0)
		rte_exit(EXIT_FAILURE, "%u ports: an even number is needed\n", n);
	pool = make_pool(&o);
	for (i = 0; i < n; i++)
		start_port(i, pool);
	(void)signal(SIGINT, on_signal); /* cannot fail for these */
	(void)signal(SIGTERM, on_signal);
	printf("forwarding between %u ports; ends with SIGINT\n", n);
	(void)fflush(stdout);
	while (!stop)
		for (i = 0; i < n; i++)
			forward(i, i ^ 1);
	show_stats(pool);
	/* The devices give their buffers back, then nobody uses the pool. */
	for (i = 0; i < n; i++) {
		(void)rte_eth_dev_stop(i); /* closed in any case */
		(void)rte_eth_dev_close(i);
	}
	if (rte_mempool_ddw_free(pool) != 0)
		printf("some buffers were not returned\n");
	return rte_eal_cleanup() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
