/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Pools that are mapped on demand and share a window. In turns all that can be mapped is
 * taken from one of them, and every buffer that was handed out is sent: by port 0, to
 * port 1, and compared there. So a device has read all that the application was given, at
 * the bus addresses that it was given.
 *
 *   mempool_demand [EAL options] -- START SIZE ROUNDS FILE MEBIBYTES...
 *
 * START and SIZE are the window, MEBIBYTES what each pool has. The buffers that are out
 * after the first turn are written to FILE, one line "ADDRESS IOVA LENGTH" each, and
 * the program waits for a line of input. At last EAL asks for memory while idle
 * chunks fill the window. One line per phase is printed; the exit status is 1 when
 * anything was wrong.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>

#include "port.h"

#define MAX_SETS  8
#define BURST	  32
#define CACHE	  256
#define ETHERTYPE 0x88B5 /* IEEE: local experiments */
#define SHORTEST  60u
#define LENGTHS	  1455u /* as many lengths, up to 1,514 */
#define PATIENCE  2	/* seconds until the last frames must have come */
#define MALLOC	  (UINT64_C(64) << 20)
#define ROOM	  (4096 + RTE_PKTMBUF_HEADROOM)

struct set {
	char name[16];
	struct rte_mempool *mp;
	struct rte_mbuf **out; /* that the application holds */
	unsigned int n;
};

static struct {
	uint64_t start, size;
	uint64_t sent, received, damaged, missing; /* frames */
	uint64_t outside, stale;		   /* bus addresses */
	uint64_t failed;			   /* anything else */
} seen;

/* What was sent; lies behind the Ethernet header. */
struct number {
	rte_be32_t value;
};

static unsigned int
length_of(uint32_t number)
{
	return SHORTEST + number * 7919u % LENGTHS;
}

/* In the private area: how often the buffer was handed out. */
static uint32_t *
visits_of(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

static void
write_frame(struct rte_mbuf *m, uint32_t number)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct number *n = (struct number *)(eth + 1);
	unsigned int len = length_of(number);

	memset(eth, 0xff, sizeof(*eth));
	eth->src_addr.addr_bytes[0] = 2;
	eth->ether_type = rte_cpu_to_be_16(ETHERTYPE);
	memset(n + 1, (int)(number % 251), len - sizeof(*eth) - sizeof(*n));
	n->value = rte_cpu_to_be_32(number);
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
}

static bool
is_whole(struct rte_mbuf *m, uint32_t number)
{
	const unsigned char *data = rte_pktmbuf_mtod(m, const unsigned char *);
	unsigned int i, first = sizeof(struct rte_ether_hdr) + sizeof(struct number);

	if (m->pkt_len != length_of(number))
		return false;
	for (i = first; i < m->data_len; i++)
		if (data[i] != number % 251)
			return false;
	return true;
}

static void
receive(void)
{
	struct rte_mbuf *m[BURST];
	unsigned int i, n = rte_eth_rx_burst(1, 0, m, BURST);
	const struct rte_ether_hdr *eth;

	for (i = 0; i < n; i++) {
		eth = rte_pktmbuf_mtod(m[i], const struct rte_ether_hdr *);
		if (eth->ether_type == rte_cpu_to_be_16(ETHERTYPE)) {
			seen.received++;
			if (!is_whole(m[i],
				      rte_be_to_cpu_32(((const struct number *)(eth + 1))->value)))
				seen.damaged++;
		}
		rte_pktmbuf_free(m[i]);
	}
}

/* No more than this is under way, so that no frame finds the ring of port 1 full. */
static bool
wait_for_frames(uint64_t under_way)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE * rte_get_timer_hz();

	while (seen.sent - seen.received - seen.missing > under_way) {
		receive();
		if (rte_get_timer_cycles() > end) {
			seen.missing = seen.sent - seen.received;
			return false;
		}
	}
	return true;
}

/* Each buffer of the set is sent and stays the application's. */
static void
send_all(struct set *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		write_frame(s->out[i], i);
		rte_mbuf_refcnt_update(s->out[i], 1);
		while (rte_eth_tx_burst(0, 0, &s->out[i], 1) == 0)
			receive();
		seen.sent++;
		if (!wait_for_frames(PORT_DESCRIPTORS / 2))
			return;
	}
	(void)wait_for_frames(0);
}

/* The three places where a bus address is kept agree, and it is one of the window. */
static void
check_address(struct rte_mbuf *m)
{
	rte_iova_t iova = rte_mbuf_iova_get(m);
	rte_iova_t object = rte_mempool_virt2iova(m);

	if (iova != object + (uint64_t)((char *)m->buf_addr - (char *)m))
		seen.stale++;
	if (iova < seen.start || iova - seen.start > seen.size - m->buf_len)
		seen.outside++;
}

/* Everything that the pool gives. */
static void
take_all(struct set *s)
{
	struct rte_mbuf *m;

	while (s->n < s->mp->size) {
		m = rte_pktmbuf_alloc(s->mp);
		if (m == NULL)
			break;
		check_address(m);
		++*visits_of(m);
		s->out[s->n++] = m;
	}
}

static void
put_all(struct set *s)
{
	rte_pktmbuf_free_bulk(s->out, s->n);
	s->n = 0;
}

static void
count_visited(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	uint64_t *visited = arg;

	(void)mp;
	(void)i;
	*visited += *visits_of(obj) != 0;
}

static void
tell(const char *phase, const struct set *s)
{
	struct rte_mempool_ddw_stats st;
	uint64_t visited = 0;

	if (rte_mempool_ddw_stats_get(s->mp, &st) != 0)
		seen.failed++;
	(void)rte_mempool_obj_iter(s->mp, count_visited, &visited);
	printf("demand: phase=%s pool=%s out=%u visited=%" PRIu64 " objects=%" PRIu64
	       " chunks=%" PRIu64 " mapped=%" PRIu64 " idle=%" PRIu64 " chunk_size=%" PRIu64
	       " demand_maps=%" PRIu64 " evictions=%" PRIu64 " no_room=%" PRIu64
	       " map_failures=%" PRIu64 " sent=%" PRIu64 " received=%" PRIu64 " damaged=%" PRIu64
	       " missing=%" PRIu64 " outside=%" PRIu64 " stale=%" PRIu64 " failed=%" PRIu64 "\n",
	       phase, s->name, s->n, visited, st.objects, st.chunks, st.chunks_mapped,
	       st.chunks_idle, st.chunk_size, st.demand_maps, st.evictions, st.no_room,
	       st.map_failures, seen.sent, seen.received, seen.damaged, seen.missing, seen.outside,
	       seen.stale, seen.failed);
	fflush(stdout);
}

static void
write_out(const struct set *s, const char *path)
{
	FILE *f = fopen(path, "w");
	unsigned int i;

	if (f == NULL) {
		seen.failed++;
		return;
	}
	for (i = 0; i < s->n; i++)
		fprintf(f, "%p %#" PRIx64 " %u\n", s->out[i]->buf_addr,
			rte_mbuf_iova_get(s->out[i]), s->out[i]->buf_len);
	if (fclose(f) != 0)
		seen.failed++;
	printf("demand: written\n");
	fflush(stdout);
	while (getchar() != '\n')
		;
}

static int
make_set(struct set *s, unsigned int number, uint64_t mebibytes)
{
	struct rte_mempool_ddw_conf conf = { .mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND };
	uint64_t each = sizeof(struct rte_mempool_objhdr) + sizeof(struct rte_mbuf) + 8 + ROOM;
	unsigned int n = (unsigned int)((mebibytes << 20) / each);

	snprintf(s->name, sizeof(s->name), "pool%u", number);
	s->mp = rte_pktmbuf_pool_create_ddw(s->name, n, CACHE, 8, ROOM, SOCKET_ID_ANY, &conf);
	s->out = calloc(n, sizeof(*s->out));
	if (s->mp == NULL)
		printf("demand: no pool: rte_errno %d\n", rte_errno);
	return s->mp == NULL || s->out == NULL ? -1 : 0;
}

/* EAL takes memory from the same window; what is idle there makes room. */
static void
take_from_eal(void)
{
	void *block = rte_malloc(NULL, MALLOC, 0);

	if (block == NULL) {
		seen.failed++;
		return;
	}
	memset(block, 0x5a, MALLOC);
	rte_free(block);
}

static void
turns(struct set *sets, unsigned int n, unsigned int rounds, const char *path)
{
	unsigned int i;

	for (i = 0; i < n * rounds; i++) {
		struct set *s = &sets[i % n];

		take_all(s);
		if (i == 0)
			write_out(s, path);
		send_all(s);
		tell("full", s);
		put_all(s);
	}
}

/* The driver keeps buffers that it has sent until it needs their descriptors. */
static void
end(struct set *sets, unsigned int n)
{
	unsigned int i;
	int ret;

	port_stop(0);
	port_stop(1);
	for (i = 0; i < n; i++) {
		tell("end", &sets[i]);
		ret = rte_mempool_ddw_free(sets[i].mp);
		if (ret != 0) {
			printf("demand: not freed: %d\n", ret);
			seen.failed++;
		}
		free(sets[i].out);
	}
}

static int
run(unsigned int n, char **argv)
{
	struct set sets[MAX_SETS] = { 0 };
	struct rte_mempool *pool;
	unsigned int i;

	seen.start = strtoull(argv[0], NULL, 0);
	seen.size = strtoull(argv[1], NULL, 0);
	pool = rte_pktmbuf_pool_create("receive", 4 * PORT_DESCRIPTORS, 0, 0,
				       RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL || port_start(0, pool) != 0 || port_start(1, pool) != 0)
		return 2;
	for (i = 0; i < n; i++)
		if (make_set(&sets[i], i, strtoull(argv[4 + i], NULL, 0)) != 0)
			return 2;
	turns(sets, n, (unsigned int)strtoul(argv[2], NULL, 0), argv[3]);
	tell("idle", &sets[n - 1]);
	take_from_eal();
	tell("malloc", &sets[n - 1]);
	end(sets, n);
	return seen.damaged || seen.missing || seen.outside || seen.stale || seen.failed;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;

	if (used < 0)
		return 2;
	if (argc - used < 6 || argc - used > 5 + MAX_SETS) {
		fprintf(stderr, "usage: mempool_demand [EAL options] -- START SIZE ROUNDS FILE "
				"MEBIBYTES...\n");
		return 2;
	}
	ret = run((unsigned int)(argc - used - 5), argv + used + 1);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
