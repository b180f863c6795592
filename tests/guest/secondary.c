/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * A secondary process that asks for more memory than EAL holds and lets a device
 * read from it.
 *
 *   secondary --proc-type=secondary [EAL options] -- START SIZE PORT QUEUE FRAMES [stay]
 *
 * START and SIZE are the window: every page and every buffer has to lie in it. Frames
 * go out of PORT, each from a page that was not there before, numbered from 0 after
 * the Ethernet header, filled with the last byte of the number. With "stay" the
 * process waits for the end of its input instead of ending by itself.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#define BLOCK	  (16u << 20)
#define BUFFERS	  8191u
#define FRAME_LEN 128u
#define ETHERTYPE 0x88b5 /* for experiments */
#define MAX_PAGES 65536u
#define PATIENCE  5 /* seconds */

static struct {
	uint64_t start, size;
	const void *pages[MAX_PAGES]; /* that EAL held before */
	unsigned int n_pages;
	uint64_t bytes;
	unsigned int outside;
} state;

static int
note_page(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	uint64_t *bytes = arg;

	(void)msl;
	*bytes += ms->len;
	if (ms->iova < state.start || ms->len > state.size ||
	    ms->iova - state.start > state.size - ms->len)
		state.outside++;
	return 0;
}

static int
remember_page(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	if (state.n_pages == MAX_PAGES)
		return -1;
	state.pages[state.n_pages++] = ms->addr;
	return note_page(msl, ms, arg);
}

static bool
is_fresh(const struct rte_mbuf *m)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(m->buf_addr, NULL);
	unsigned int i;

	if (ms == NULL)
		return false;
	if (rte_mbuf_iova_get(m) != ms->iova + (uint64_t)((char *)m->buf_addr - (char *)ms->addr))
		state.outside++;
	for (i = 0; i < state.n_pages; i++)
		if (state.pages[i] == ms->addr)
			return false;
	return true;
}

static void
fill(struct rte_mbuf *m, uint32_t number)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	unsigned char *data = (unsigned char *)(eth + 1);
	rte_be32_t be = rte_cpu_to_be_32(number);

	memset(eth, 0xff, sizeof(*eth));
	memset(data, (int)(number & 0xff), FRAME_LEN - sizeof(*eth));
	memcpy(data, &be, sizeof(be));
	eth->src_addr.addr_bytes[0] = 2;
	eth->ether_type = rte_cpu_to_be_16(ETHERTYPE);
	m->data_len = FRAME_LEN;
	m->pkt_len = FRAME_LEN;
}

/* Buffers that lie in pages of before are kept out of the way. */
static unsigned int
send_frames(struct rte_mempool *pool, uint16_t port, uint16_t queue, unsigned int frames)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE * rte_get_timer_hz();
	unsigned int sent = 0;

	while (sent < frames) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

		if (m == NULL)
			break;
		if (!is_fresh(m))
			continue;
		fill(m, sent);
		while (rte_eth_tx_burst(port, queue, &m, 1) == 0)
			if (rte_get_timer_cycles() > end)
				return sent;
		sent++;
	}
	return sent;
}

static int
run(int argc, char **argv)
{
	unsigned int frames = (unsigned int)strtoul(argv[4], NULL, 0), sent = 0;
	uint64_t before = 0, after = 0;
	struct rte_mempool *pool;
	char name[32];
	void *block;

	state.start = strtoull(argv[0], NULL, 0);
	state.size = strtoull(argv[1], NULL, 0);
	(void)rte_memseg_walk(remember_page, &before);
	block = rte_malloc(NULL, BLOCK, 0);
	snprintf(name, sizeof(name), "secondary-%d", (int)getpid());
	pool = rte_pktmbuf_pool_create(name, BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				       (int)rte_socket_id());
	(void)rte_memseg_walk(note_page, &after);
	if (block != NULL)
		memset(block, 0xa5, BLOCK);
	if (pool != NULL)
		sent = send_frames(pool, (uint16_t)strtoul(argv[2], NULL, 0),
				   (uint16_t)strtoul(argv[3], NULL, 0), frames);
	printf("secondary: block=%d pool=%d before=%" PRIu64 " after=%" PRIu64
	       " outside=%u sent=%u\n",
	       block != NULL, pool != NULL, before, after, state.outside, sent);
	fflush(stdout);
	if (argc > 5)
		while (getchar() != EOF)
			;
	/* The pool stays: the last of its buffers are in the device's ring. */
	rte_free(block);
	return block == NULL || pool == NULL || state.outside != 0 || sent != frames;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;

	if (used < 0)
		return 2;
	if (argc - used < 6) {
		fprintf(stderr, "usage: secondary [EAL options] -- "
				"START SIZE PORT QUEUE FRAMES [stay]\n");
		return 2;
	}
	ret = run(argc - used - 1, argv + used + 1);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
