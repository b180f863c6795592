/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Calls the functions of rte_mempool_ddw.h with a real kernel behind them.
 *
 *   mempool_api [EAL options] -- TEST[=ARGUMENT]...
 *
 * One line is printed per expectation, and one per object that the caller is to look
 * for in what the plugin tells of its maps; "look" then waits for a line of input. The
 * exit status is 1 when an expectation was not met.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool_ddw.h>

#include "mempool_api.h"

#define HUGE	(2 * MEBI)
#define BLOCK	(16 * MEBI)
#define BLOCKS	8
#define ROOM	RTE_MBUF_DEFAULT_BUF_SIZE
#define NO_NODE 7
#define NARROW	28 /* address bits */

static int failed;

void
expect(bool met, const char *what)
{
	printf("api: %s %s (rte_errno %d)\n", met ? "ok" : "FAILED", what, rte_errno);
	fflush(stdout);
	failed |= !met;
}

struct rte_mempool *
packets(const char *name, unsigned int n, int node, const struct rte_mempool_ddw_conf *conf)
{
	rte_errno = 0;
	return rte_pktmbuf_pool_create_ddw(name, n, 32, 0, ROOM, node, conf);
}

static struct rte_mempool *
blocks(const char *name, unsigned int n, uint64_t size, const struct rte_mempool_ddw_conf *conf)
{
	rte_errno = 0;
	return rte_mempool_create_ddw(name, n, (unsigned int)size, 0, 0, NULL, NULL, NULL, NULL,
				      SOCKET_ID_ANY, 0, conf);
}

void
expect_none(const struct rte_mempool *mp, int error, const char *what)
{
	expect(mp == NULL && rte_errno == error, what);
}

static struct rte_mempool_ddw_stats
stats_of(const struct rte_mempool *mp)
{
	struct rte_mempool_ddw_stats st;

	memset(&st, 0, sizeof(st));
	expect(rte_mempool_ddw_stats_get(mp, &st) == 0, "statistics");
	return st;
}

/* EAL's pages and the header of the object tell the same, one page after the other. */
static bool
is_contiguous(void *obj, uint64_t len)
{
	rte_iova_t first = rte_mempool_virt2iova(obj);
	const struct rte_memseg *ms;
	uint64_t off, step;

	for (off = 0; off < len; off += step) {
		char *at = (char *)obj + off;

		ms = rte_mem_virt2memseg(at, NULL);
		if (ms == NULL || ms->iova + (uint64_t)(at - (char *)ms->addr) != first + off)
			return false;
		step = ms->len - (uint64_t)(at - (char *)ms->addr);
	}
	return true;
}

void
show_and_wait(void *const *objs, unsigned int n, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		printf("api: object %p %#" PRIx64 " %" PRIu64 "\n", objs[i],
		       rte_mempool_virt2iova(objs[i]), len);
	printf("api: look\n");
	fflush(stdout);
	while (getchar() != '\n')
		;
}

/* Objects of 16 MiB on pages of 2 MiB. */
static void
large_objects(const char *argument)
{
	struct rte_mempool_ddw_conf conf = { .page_size = HUGE };
	bool demand = strcmp(argument, "demand") == 0, all = true;
	struct rte_mempool_ddw_stats st;
	struct rte_mempool *mp;
	void *objs[BLOCKS];
	unsigned int i;

	if (demand)
		conf.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND;
	mp = blocks("blocks", BLOCKS, BLOCK, &conf);
	expect(mp != NULL, "objects of 16 MiB");
	if (mp == NULL)
		return;
	expect(rte_mempool_get_bulk(mp, objs, BLOCKS) == 0, "all of them at once");
	for (i = 0; i < BLOCKS; i++) {
		all = all && is_contiguous(objs[i], BLOCK);
		memset(objs[i], (int)i, BLOCK);
	}
	expect(all, "contiguous for devices");
	for (i = 0; i < BLOCKS; i++)
		all = all && ((unsigned char *)objs[i])[0] == i &&
		      ((unsigned char *)objs[i])[BLOCK - 1] == i;
	expect(all, "each in memory of its own");
	st = stats_of(mp);
	expect(st.page_size == HUGE && st.objects == BLOCKS && st.demand == demand, "as asked");
	show_and_wait(objs, BLOCKS, BLOCK);
	expect(rte_mempool_ddw_free(mp) == -EBUSY, "not freed while objects are out");
	rte_mempool_put_bulk(mp, objs, BLOCKS);
	expect(rte_mempool_ddw_free(mp) == 0, "freed");
}

/* The caller counts what is done between two looks. */
static void
gibibyte(const char *argument)
{
	unsigned int each =
		(unsigned int)(sizeof(struct rte_mempool_objhdr) + sizeof(struct rte_mbuf) + ROOM);
	struct rte_mempool_ddw_conf conf = { .page_size = HUGE };
	struct rte_mempool *mp;

	(void)argument;
	show_and_wait(NULL, 0, 0);
	mp = packets("gibibyte", (unsigned int)((1024 * MEBI) / each), SOCKET_ID_ANY, &conf);
	expect(mp != NULL, "1 GiB of packets");
	show_and_wait(NULL, 0, 0);
	expect(rte_mempool_ddw_free(mp) == 0, "freed");
}

static struct rte_device *
device_named(const char *bus)
{
	struct rte_dev_iterator it;
	struct rte_device *dev, *found = NULL;

	RTE_DEV_FOREACH(dev, bus, &it)
		if (rte_dev_is_probed(dev) && found == NULL)
			found = dev;
	return found;
}

struct bounds {
	uint64_t low, high;
};

static void
note_bounds(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	struct bounds *b = arg;
	rte_iova_t iova = rte_mempool_virt2iova(obj);

	(void)i;
	b->low = RTE_MIN(b->low, iova);
	b->high = RTE_MAX(b->high, iova + mp->elt_size);
}

/* A pool for a device of few address bits, beside one in the main window. */
static void
windows(const char *argument)
{
	struct rte_mempool_ddw_conf low = { .window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT,
					    .addr_bits = NARROW };
	struct rte_mempool *narrow = packets("narrow", BUFFERS, SOCKET_ID_ANY, &low);
	struct rte_mempool *wide = packets("wide", BUFFERS, SOCKET_ID_ANY, NULL);
	struct rte_device *dev = device_named("bus=pci"), *other = device_named("bus=vdev");
	struct bounds in = { UINT64_MAX, 0 }, out = { UINT64_MAX, 0 };

	(void)argument;
	expect(narrow != NULL && wide != NULL && dev != NULL, "a pool in each window");
	if (narrow == NULL || wide == NULL || dev == NULL)
		return;
	(void)rte_mempool_obj_iter(narrow, note_bounds, &in);
	(void)rte_mempool_obj_iter(wide, note_bounds, &out);
	expect(in.high <= UINT64_C(1) << NARROW, "bus addresses of 28 bits");
	expect(out.low >= UINT64_C(1) << 32, "bus addresses of the dynamic window");
	expect(rte_mempool_ddw_check(narrow, dev, 0) == 0 &&
		       rte_mempool_ddw_check(narrow, dev, NARROW) == 0 &&
		       rte_mempool_ddw_check(wide, dev, 0) == 0 &&
		       rte_mempool_ddw_check(wide, dev, 64) == 0,
	       "devices that reach their pool");
	expect(rte_mempool_ddw_check(wide, dev, 32) == -ERANGE, "a device that does not");
	expect(rte_mempool_ddw_check(narrow, dev, 20) == -ERANGE, "nor one of 20 bits");
	if (other != NULL)
		expect(rte_mempool_ddw_check(wide, other, 0) == -ENODEV, "no device of VFIO's");
	expect(rte_mempool_ddw_free(narrow) == 0 && rte_mempool_ddw_free(wide) == 0, "freed");
}

/* Objects are added and taken away again; hugepages come and go with them. */
static void
growth(const char *argument)
{
	struct rte_mempool_ddw_conf conf = { .page_size = HUGE, .max_n = 20 * BUFFERS };
	struct rte_mempool *mp;
	uint64_t before;
	int added, taken;

	if (strcmp(argument, "demand") == 0)
		conf.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND;
	mp = packets("grows", BUFFERS, SOCKET_ID_ANY, &conf);
	expect(mp != NULL, "a pool that may grow");
	if (mp == NULL)
		return;
	before = stats_of(mp).bytes;
	added = rte_mempool_ddw_grow(mp, 10 * BUFFERS);
	expect(added >= 10 * BUFFERS && mp->size == BUFFERS + (unsigned int)added &&
		       rte_mempool_avail_count(mp) == mp->size && stats_of(mp).bytes > before,
	       "it grew");
	expect(rte_mempool_ddw_grow(mp, 20 * BUFFERS) == -ENOSPC &&
		       mp->size == BUFFERS + (unsigned int)added,
	       "not beyond its limit");
	taken = rte_mempool_ddw_trim(mp, BUFFERS);
	expect(taken > 0 && mp->size == BUFFERS + (unsigned int)(added - taken) &&
		       mp->size >= BUFFERS && stats_of(mp).bytes < 5 * before,
	       "it shrank");
	expect(rte_mempool_ddw_grow(mp, BUFFERS) >= BUFFERS, "and grew again");
	expect(rte_mempool_ddw_free(mp) == 0, "freed");
}

/* Larger than a window of 256 MiB: each object, or the pool where all is to be mapped. */
static void
beyond_the_window(const char *argument)
{
	struct rte_mempool_ddw_conf conf = { .mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC };

	(void)argument;
	expect_none(packets("beyond", 150 * BUFFERS, SOCKET_ID_ANY, &conf), ENOSPC,
		    "all of it at once");
	conf.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND;
	expect_none(blocks("beyond", 2, 384 * MEBI, &conf), ENOSPC, "not even one object");
}

/* Each of these is one message. */
static void
mistakes(const char *argument)
{
	struct rte_mempool_ddw_conf conf = { 0 };
	struct rte_mempool *mp;

	(void)argument;
	expect_none(packets("none", 0, SOCKET_ID_ANY, NULL), EINVAL, "no objects");
	expect_none(blocks("none", 1, 0, NULL), EINVAL, "objects of no size");
	expect_none(blocks("none", UINT32_MAX, UINT32_MAX, NULL), EINVAL, "too large to count");
	expect_none(blocks("none", 4096, MEBI, NULL), ENOMEM, "more than there is");
	expect_none(packets("none", BUFFERS, NO_NODE, NULL), ENODEV, "a node that does not exist");
	conf.page_size = 3 * MEBI;
	expect_none(packets("none", BUFFERS, SOCKET_ID_ANY, &conf), EINVAL, "no such pages");
	conf.page_size = 0;
	conf.max_n = BUFFERS / 2;
	expect_none(packets("none", BUFFERS, SOCKET_ID_ANY, &conf), EINVAL, "less than it has");
	mp = packets("taken", BUFFERS, SOCKET_ID_ANY, NULL);
	expect(mp != NULL, "a name");
	expect_none(packets("taken", BUFFERS, SOCKET_ID_ANY, NULL), EEXIST, "that is taken");
	expect(rte_mempool_ddw_free(mp) == 0, "freed");
}

/* "NODE" or "NODE,none": where the pages of a pool are. */
static void
node(const char *argument)
{
	int wanted = atoi(argument);
	struct rte_mempool *mp = packets("placed", BUFFERS, wanted, NULL);
	struct rte_mempool_ddw_stats st;
	unsigned int i, elsewhere = 0;
	void *obj = NULL;

	if (strchr(argument, ',') != NULL) {
		expect_none(mp, wanted == NO_NODE ? ENODEV : ENOMEM, "no hugepages there");
		return;
	}
	expect(mp != NULL, "a pool on a node");
	if (mp == NULL)
		return;
	st = stats_of(mp);
	for (i = 0; i < RTE_MAX_NUMA_NODES; i++)
		elsewhere += (int)i != wanted && st.node_bytes[i] != 0;
	expect(st.node == wanted && st.node_bytes[wanted] == st.bytes && elsewhere == 0,
	       "all of its pages are there");
	expect(rte_mempool_get(mp, &obj) == 0, "an object");
	show_and_wait(&obj, 1, mp->elt_size);
	rte_mempool_put(mp, obj);
	expect(rte_mempool_ddw_free(mp) == 0, "freed");
}

static const struct {
	const char *name;
	void (*run)(const char *argument);
} tests[] = {
	{ "adopt", test_adopt }, { "beyond", beyond_the_window }, { "gibibyte", gibibyte },
	{ "growth", growth },	 { "large", large_objects },	  { "mistakes", mistakes },
	{ "node", node },	 { "small", test_small_pages },	  { "windows", windows },
};

static int
run(const char *word)
{
	size_t i, len = strcspn(word, "=");

	for (i = 0; i < RTE_DIM(tests); i++) {
		if (strncmp(tests[i].name, word, len) != 0 || tests[i].name[len] != '\0')
			continue;
		tests[i].run(word[len] == '=' ? word + len + 1 : "");
		return 0;
	}
	fprintf(stderr, "unknown test: %s\n", word);
	return -1;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), i;

	if (used < 0)
		return 2;
	for (i = used + 1; i < argc; i++)
		if (run(argv[i]) != 0)
			failed = 2;
	printf("api: end\n");
	fflush(stdout);
	if (rte_eal_cleanup() != 0)
		failed = 1;
	return failed;
}
