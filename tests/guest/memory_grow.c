/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Takes memory from EAL until there is no more, gives it back in random order,
 * and takes it again. After each phase it looks at every page that EAL holds:
 * its bus address must lie in the window, and belong to no other page.
 *
 *   memory_grow [EAL options] -- START SIZE ROUNDS SEED [HOLE_START HOLE_SIZE]
 *
 * START and SIZE are the window, in which no page may be in the hole. One line per
 * phase is printed; the exit status is 1 when a page or the content of a block is wrong.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#define MAX_BLOCKS 65536
#define MAX_PAGES  65536
#define LARGEST	   (8u << 20)
#define SMALLEST   (64u << 10)

/* The plugin aligns larger pages to this. */
#define LARGEST_ALIGN (UINT64_C(16) << 20)

struct block {
	unsigned char *addr;
	size_t len;
	unsigned char mark;
};

struct page {
	uint64_t iova;
	uint64_t len;
};

struct state {
	uint64_t start, size;
	uint64_t hole_start, hole_size;
	struct block blocks[MAX_BLOCKS];
	unsigned int n_blocks;
	struct page pages[MAX_PAGES];
	unsigned int n_pages;
	unsigned int outside, shared, translated, spoiled;
};

static struct state state;

/* Small and the same everywhere: a run can be repeated from its seed. */
static uint32_t
random_number(void)
{
	return (uint32_t)rand();
}

static void
fill(struct block *b)
{
	size_t i;

	/* The ends of every system page are enough to notice an alias. */
	for (i = 0; i < b->len; i += 4096)
		b->addr[i] = b->mark;
	b->addr[b->len - 1] = b->mark;
}

static bool
is_whole(const struct block *b)
{
	size_t i;

	for (i = 0; i < b->len; i += 4096)
		if (b->addr[i] != b->mark)
			return false;
	return b->addr[b->len - 1] == b->mark;
}

/* Blocks of random size, smaller ones towards the end, until nothing is left. */
static void
grow(void)
{
	size_t largest = LARGEST;

	while (largest >= SMALLEST && state.n_blocks < MAX_BLOCKS) {
		struct block *b = &state.blocks[state.n_blocks];

		b->len = largest / 2 + random_number() % (largest / 2);
		b->addr = rte_malloc(NULL, b->len, 0);
		if (b->addr == NULL) {
			largest /= 2;
			continue;
		}
		b->mark = (unsigned char)random_number();
		fill(b);
		state.n_blocks++;
	}
}

static void
shrink(unsigned int keep)
{
	while (state.n_blocks > keep) {
		unsigned int i = random_number() % state.n_blocks;

		if (!is_whole(&state.blocks[i]))
			state.spoiled++;
		rte_free(state.blocks[i].addr);
		state.blocks[i] = state.blocks[--state.n_blocks];
	}
}

static int
add_page(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	(void)msl;
	(void)arg;
	if (state.n_pages == MAX_PAGES)
		return -1;
	state.pages[state.n_pages].iova = ms->iova;
	state.pages[state.n_pages].len = ms->len;
	state.n_pages++;
	return 0;
}

static int
by_iova(const void *a, const void *b)
{
	const struct page *p = a, *q = b;

	return (p->iova > q->iova) - (p->iova < q->iova);
}

/* What a driver is told about a block is what the page table of the window says. */
static void
check_blocks(void)
{
	unsigned int i;

	for (i = 0; i < state.n_blocks; i++) {
		const struct block *b = &state.blocks[i];
		const struct rte_memseg *ms = rte_mem_virt2memseg(b->addr, NULL);

		if (ms == NULL ||
		    rte_malloc_virt2iova(b->addr) !=
			    ms->iova + (uint64_t)(b->addr - (unsigned char *)ms->addr))
			state.translated++;
		if (!is_whole(b))
			state.spoiled++;
	}
}

static bool
is_outside(const struct page *p)
{
	uint64_t align = p->len < LARGEST_ALIGN ? p->len : LARGEST_ALIGN;

	if (p->iova < state.start || p->len > state.size ||
	    p->iova - state.start > state.size - p->len || p->iova % align != 0)
		return true;
	return p->iova < state.hole_start + state.hole_size && p->iova + p->len > state.hole_start;
}

/* Locked memory in KiB, as the kernel counts it. */
static unsigned long
locked(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kib = 0;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmLck:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

static void
check(const char *phase)
{
	uint64_t bytes = 0;
	unsigned int i;

	state.n_pages = 0;
	if (rte_memseg_walk(add_page, NULL) != 0)
		state.outside++;
	qsort(state.pages, state.n_pages, sizeof(state.pages[0]), by_iova);
	for (i = 0; i < state.n_pages; i++) {
		const struct page *p = &state.pages[i];

		bytes += p->len;
		if (is_outside(p))
			state.outside++;
		if (i > 0 && p[-1].iova + p[-1].len > p->iova)
			state.shared++;
	}
	check_blocks();
	printf("memory: phase=%s blocks=%u pages=%u bytes=%" PRIu64
	       " outside=%u shared=%u translated=%u spoiled=%u locked_kib=%lu\n",
	       phase, state.n_blocks, state.n_pages, bytes, state.outside, state.shared,
	       state.translated, state.spoiled, locked());
	fflush(stdout);
}

static int
run(char **argv)
{
	unsigned long round, rounds = strtoul(argv[2], NULL, 0);

	state.start = strtoull(argv[0], NULL, 0);
	state.size = strtoull(argv[1], NULL, 0);
	srand((unsigned int)strtoul(argv[3], NULL, 0));
	if (argv[4] != NULL) {
		state.hole_start = strtoull(argv[4], NULL, 0);
		state.hole_size = strtoull(argv[5], NULL, 0);
	}

	check("start");
	for (round = 0; round < rounds; round++) {
		grow();
		check("full");
		shrink(state.n_blocks / 2);
		check("half");
		grow();
		check("again");
		shrink(0);
		check("empty");
	}
	return state.outside || state.shared || state.translated || state.spoiled;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;

	if (used < 0)
		return 2;
	if (argc - used != 5 && argc - used != 7) {
		fprintf(stderr, "usage: memory_grow [EAL options] -- START SIZE ROUNDS SEED "
				"[HOLE_START HOLE_SIZE]\n");
		return 2;
	}
	ret = run(argv + used + 1);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
