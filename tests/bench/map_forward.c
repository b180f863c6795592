/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What a packet costs when its memory is mapped for it alone, as where a window is too
 * small for all of the memory, beside memory that stays mapped.
 *
 *   map_forward [EAL options] -- ROUNDS MILLISECONDS
 *
 * Bursts of frames go from port 0 to port 1, which must be in one network. Each frame
 * has a page of 4K to itself, pinned for good. In turn the pages are mapped in the main
 * window once and for all ("once"), or in the default window before each burst and
 * unmapped when it has arrived ("each"). One line per round and way is printed.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "../guest/dma_table.h"
#include "../guest/port.h"

#define BURST	 32
#define PAGE	 UINT64_C(4096)
#define HUGE_2M	 (UINT64_C(2) << 20)
#define LENGTH	 64
#define PATIENCE 5 /* seconds until a burst must have come back */

static const struct vfio_spapr_dma *table;

/* The frames of a burst: their pages, and where these are mapped once and for all. */
static struct {
	char *memory;
	uint64_t iova;
	struct rte_mbuf *mbuf[BURST];
} frames;

static uint64_t
vaddr_of(unsigned int i)
{
	return (uintptr_t)frames.memory + i * PAGE;
}

static bool
map(unsigned int i, uint64_t len, uint64_t page, unsigned int flags, uint64_t *iova)
{
	struct ddw_mapping m = {
		.vaddr = vaddr_of(i),
		.len = len,
		.page_size = page,
		.flags = DDW_MAP_PINNED | flags,
	};
	int ret = table->map(&m, NULL);

	*iova = m.iova;
	return ret == 0;
}

static void
write_frame(struct rte_mbuf *m, char *page)
{
	struct rte_ether_hdr *eth;

	m->buf_addr = page;
	m->buf_len = PAGE;
	m->data_off = 0;
	m->data_len = LENGTH;
	m->pkt_len = LENGTH;
	memset(page, 0, LENGTH);
	eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	memset(&eth->dst_addr, 0xff, sizeof(eth->dst_addr));
	eth->src_addr.addr_bytes[0] = 2;
	eth->ether_type = rte_cpu_to_be_16(0x88B5); /* IEEE: local experiments */
}

static bool
make_frames(struct rte_mempool *pool)
{
	unsigned int i;

	frames.memory = mmap(NULL, HUGE_2M, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << 26), -1, 0);
	if (frames.memory == MAP_FAILED)
		return false;
	memset(frames.memory, 0, HUGE_2M);
	if (rte_pktmbuf_alloc_bulk(pool, frames.mbuf, BURST) != 0 ||
	    table->pin((uintptr_t)frames.memory, HUGE_2M, 0, NULL) != 0)
		return false;
	for (i = 0; i < BURST; i++)
		write_frame(frames.mbuf[i], frames.memory + i * PAGE);
	return true;
}

/* The frames stay this program's, so each descriptor holds one more user. */
static bool
pass_burst(void)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE * rte_get_timer_hz();
	struct rte_mbuf *m[BURST];
	unsigned int i, n, sent = 0, got = 0;

	for (i = 0; i < BURST; i++)
		rte_mbuf_refcnt_update(frames.mbuf[i], 1);
	while (got < BURST) {
		sent += rte_eth_tx_burst(0, 0, &frames.mbuf[sent], (uint16_t)(BURST - sent));
		n = rte_eth_rx_burst(1, 0, m, BURST);
		rte_pktmbuf_free_bulk(m, n);
		got += n;
		if (n == 0 && rte_get_timer_cycles() > end)
			return false;
	}
	return true;
}

static bool
burst_once(void)
{
	return pass_burst();
}

static bool
burst_each(void)
{
	unsigned int i;
	uint64_t iova;
	bool good;

	for (i = 0; i < BURST; i++) {
		if (!map(i, PAGE, PAGE, DDW_MAP_DEFAULT_WINDOW, &iova))
			return false;
		rte_mbuf_iova_set(frames.mbuf[i], iova);
	}
	good = pass_burst();
	for (i = 0; i < BURST; i++)
		good &= table->unmap(vaddr_of(i), PAGE, NULL) == 0;
	return good;
}

static bool
measure(const char *way, bool (*burst)(void), unsigned int round, uint64_t ticks)
{
	uint64_t start = rte_get_timer_cycles(), packets = 0, took;

	do {
		if (!burst()) {
			fprintf(stderr, "map_forward: a burst was not passed on (%s)\n", way);
			return false;
		}
		packets += BURST;
		took = rte_get_timer_cycles() - start;
	} while (took < ticks);
	printf("map: way=%s round=%u packets=%" PRIu64 " ticks=%" PRIu64 " hz=%" PRIu64 "\n", way,
	       round, packets, took, rte_get_timer_hz());
	fflush(stdout);
	return true;
}

/* What is mapped once is mapped anew in each round: the same memory serves both ways. */
static bool
one_round(unsigned int round, uint64_t ticks)
{
	unsigned int i;
	bool good;

	if (!map(0, HUGE_2M, HUGE_2M, 0, &frames.iova))
		return false;
	for (i = 0; i < BURST; i++)
		rte_mbuf_iova_set(frames.mbuf[i], frames.iova + i * PAGE);
	good = measure("once", burst_once, round, ticks);
	good &= table->unmap((uintptr_t)frames.memory, HUGE_2M, NULL) == 0;
	return good && measure("each", burst_each, round, ticks);
}

static bool
run(unsigned int rounds, uint64_t milliseconds)
{
	uint64_t ticks = milliseconds * rte_get_timer_hz() / 1000;
	struct rte_mempool *pool;
	unsigned int round;

	table = dma_table_find();
	if (table == NULL) {
		fprintf(stderr, "map_forward: there is no plugin vfio_spapr of this release\n");
		return false;
	}
	pool = rte_pktmbuf_pool_create("frames", 4 * PORT_DESCRIPTORS, 0, 0,
				       RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL || port_start(0, pool) != 0 || port_start(1, pool) != 0 ||
	    !make_frames(pool)) {
		fprintf(stderr, "map_forward: no ports, or no memory\n");
		return false;
	}
	for (round = 0; round <= rounds; round++) /* the first one warms up */
		if (!one_round(round, ticks))
			return false;
	port_stop(0);
	port_stop(1);
	return true;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	bool good;

	if (used < 0)
		return 2;
	if (argc - used != 3) {
		fprintf(stderr, "usage: map_forward [EAL options] -- ROUNDS MILLISECONDS\n");
		return 2;
	}
	good = run((unsigned int)strtoul(argv[used + 1], NULL, 10),
		   strtoull(argv[used + 2], NULL, 10));
	return rte_eal_cleanup() == 0 && good ? 0 : 1;
}
