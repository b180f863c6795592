/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * A pool of the library in two processes. Both read commands, a word and a number per
 * line, and answer each with a line "NAME: ..." or "NAME: wrong: ...".
 *
 *   shared_pool [EAL options] -- static|demand
 *   shared_pool --proc-type=secondary [EAL options]
 *
 * Packets travel in two rings, one per direction. Each is full of bytes that follow from
 * its number, and says at which bus address its buffer is.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool_ddw.h>
#include <rte_ring.h>

#define OBJECTS	  8191u
#define MAX_N	  24000u
#define ROOM	  (RTE_PKTMBUF_HEADROOM + 4096u)
#define CHUNK	  (4u << 20)
#define RING_SIZE 32768u
#define NAME	  "shared"

struct head {
	uint64_t number;
	uint64_t iova;
};

static bool primary, demand;
static struct rte_mempool *pool;
static struct rte_ring *to, *from;
static struct rte_mbuf *held[MAX_N];
static unsigned int n_held;

/* One line; the rest of what went wrong does not matter. */
static void
answer(bool well, const char *word, int64_t value)
{
	printf("%s: %s%s=%" PRId64 "\n", primary ? "primary" : "secondary",
	       well ? "" : "wrong: ", word, value);
	fflush(stdout);
}

static void
fill(struct rte_mbuf *m, uint64_t number)
{
	struct head *h = rte_pktmbuf_mtod(m, struct head *);

	m->data_len = (uint16_t)(m->buf_len - RTE_PKTMBUF_HEADROOM);
	memset(h, (int)(number * 131 & 0xff), m->data_len);
	h->number = number;
	h->iova = rte_mbuf_iova_get(m);
}

static bool
is_right(struct rte_mbuf *m, uint64_t number)
{
	const struct head *h = rte_pktmbuf_mtod(m, const struct head *);
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned int i;

	if (h->number != number || h->iova != rte_mbuf_iova_get(m))
		return false;
	for (i = sizeof(*h); i < m->data_len; i++)
		if (bytes[i] != (number * 131 & 0xff))
			return false;
	return true;
}

/* What EAL says of the buffer, where all of the pool is mapped. */
static bool
is_translated(const struct rte_mbuf *m)
{
	return rte_mem_virt2memseg(m->buf_addr, NULL) != NULL &&
	       (demand || rte_mem_virt2iova(m->buf_addr) == rte_mbuf_iova_get(m));
}

/* So many packets into the ring, or as many as there are. */
static void
send(unsigned int n)
{
	struct rte_mbuf *m;
	unsigned int i;

	for (i = 0; i < n; i++) {
		m = rte_pktmbuf_alloc(pool);
		if (m == NULL)
			break;
		fill(m, i);
		if (rte_ring_enqueue(to, m) != 0) {
			rte_pktmbuf_free(m);
			break;
		}
	}
	answer(true, "sent", i);
}

static void
receive(void)
{
	unsigned int n = 0, wrong = 0;
	void *m = NULL;

	for (; rte_ring_dequeue(from, &m) == 0; n++) {
		wrong += !is_right(m, n) || !is_translated(m);
		rte_pktmbuf_free(m);
	}
	answer(wrong == 0, "received", wrong == 0 ? n : wrong);
}

static void
take(unsigned int n)
{
	while (n_held < n && (held[n_held] = rte_pktmbuf_alloc(pool)) != NULL)
		n_held++;
	answer(true, "held", n_held);
}

static void
give(void)
{
	while (n_held > 0)
		rte_pktmbuf_free(held[--n_held]);
	rte_mempool_cache_flush(rte_mempool_default_cache(pool, rte_lcore_id()), pool);
	answer(true, "given", 0);
}

static void
note_mapping(void)
{
	struct rte_mempool_ddw_stats s = { 0 };

	if (pool != NULL)
		(void)rte_mempool_ddw_stats_get(pool, &s);
	demand = s.demand != 0;
}

static void
make(const char *mapping)
{
	struct rte_mempool_ddw_conf conf = {
		.max_n = MAX_N,
		.chunk_size = CHUNK,
		.mapping = strcmp(mapping, "demand") == 0 ? RTE_MEMPOOL_DDW_MAPPING_DEMAND
							  : RTE_MEMPOOL_DDW_MAPPING_STATIC,
	};

	pool = rte_pktmbuf_pool_create_ddw(NAME, OBJECTS, 64, 0, ROOM, SOCKET_ID_ANY, &conf);
	note_mapping();
	answer(pool != NULL, "pool", pool != NULL ? pool->size : (unsigned int)rte_errno);
}

static void
tell(void)
{
	struct rte_mempool_ddw_stats s;
	int ret = rte_mempool_ddw_stats_get(pool, &s);

	answer(ret == 0, "available", (int64_t)s.available);
	answer(ret == 0, "bytes", (int64_t)s.bytes);
}

static void
act(const char *word, unsigned int n, const char *mapping)
{
	int ret;

	if (strcmp(word, "send") == 0) {
		send(n);
	} else if (strcmp(word, "receive") == 0) {
		receive();
	} else if (strcmp(word, "take") == 0) {
		take(n);
	} else if (strcmp(word, "give") == 0) {
		give();
	} else if (strcmp(word, "grow") == 0) {
		answer(true, "grown", rte_mempool_ddw_grow(pool, n));
	} else if (strcmp(word, "trim") == 0) {
		answer(true, "trimmed", rte_mempool_ddw_trim(pool, n));
	} else if (strcmp(word, "free") == 0) {
		ret = rte_mempool_ddw_free(pool);
		answer(ret == 0, "freed", ret);
	} else if (strcmp(word, "make") == 0) {
		make(mapping);
	} else if (strcmp(word, "attach") == 0) {
		answer(true, "attached", rte_mempool_ddw_attach());
		pool = rte_mempool_lookup(NAME);
		note_mapping();
	} else if (strcmp(word, "tell") == 0) {
		tell();
	} else {
		answer(false, word, 0);
	}
}

static bool
begin(const char *mapping)
{
	struct rte_ring *down, *up;

	if (primary) {
		down = rte_ring_create("down", RING_SIZE, SOCKET_ID_ANY, 0);
		up = rte_ring_create("up", RING_SIZE, SOCKET_ID_ANY, 0);
		make(mapping);
	} else {
		down = rte_ring_lookup("down");
		up = rte_ring_lookup("up");
		pool = rte_mempool_lookup(NAME);
		note_mapping();
		answer(pool != NULL, "pool", pool != NULL ? pool->size : 0);
	}
	to = primary ? down : up;
	from = primary ? up : down;
	return down != NULL && up != NULL;
}

int
main(int argc, char **argv)
{
	const char *mapping = argv[argc - 1];
	char line[80], word[32];
	unsigned int n;

	if (rte_eal_init(argc, argv) < 0)
		return 1;
	primary = rte_eal_process_type() == RTE_PROC_PRIMARY;
	if (!begin(mapping))
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = 0;
		if (sscanf(line, "%31s %u", word, &n) >= 1)
			act(word, n, mapping);
	}
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
