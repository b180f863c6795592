/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What a pool that is larger than the window costs: nothing as long as what is in use
 * fits, and one UNMAP and one MAP of a chunk where room changes hands.
 */

#include <stdio.h>

#include <linux/vfio.h>

#include "rig.h"

#define GROUPS 2
#define WINDOW (2 * MIB)
#define CHUNK  (64 * KIB)
#define N      8000
#define SIZE   2000
#define MOST   2048 /* objects that a window surely does not have room for */

static struct rte_mempool *
make_pool(const char *name, unsigned int cache)
{
	const struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
	};
	struct rte_mempool *mp = rig_pool(name, N, SIZE, cache, &conf);

	assert_non_null(mp);
	return mp;
}

/* Get all objects, one by one. */
static unsigned int
take_all(struct rte_mempool *mp, void **held)
{
	unsigned int n = 0;

	while (n < MOST && rte_mempool_get(mp, &held[n]) == 0) {
		assert_true(rig_object(mp, held[n]));
		n++;
	}
	assert_in_range(n, 1, MOST - 1);
	return n;
}

/* Fill the window, so that all of it is the pool's. Returns the objects that it takes. */
static unsigned int
warm_up(struct rte_mempool *mp)
{
	static void *held[MOST];
	unsigned int n = take_all(mp, held);

	rte_mempool_put_bulk(mp, held, n);
	return n;
}

static struct rte_mempool_ddw_stats
stats_of(const struct rte_mempool *mp)
{
	struct rte_mempool_ddw_stats stats;

	assert_int_equal(rte_mempool_ddw_stats_get(mp, &stats), 0);
	return stats;
}

/* What is not mapped yet has the one address at which nothing ever is. */
static void
check_poisoned(struct rte_mempool *mp, void *opaque, void *obj, unsigned int i)
{
	(void)mp;
	(void)i;
	assert_int_equal(rte_mempool_virt2iova(obj), *(const uint64_t *)opaque);
}

static void
test_objects_share_poison_until_mapped(void **state)
{
	const struct rig_conf conf = { .window = WINDOW, .groups = GROUPS };
	struct rte_mempool *mp;
	uint64_t poison;
	void *obj;

	(void)state;
	rig_begin(&conf);
	mp = make_pool("poisoned", 0);
	poison = mpddw_dma_get(NULL)->poison();
	assert_int_equal(rte_mempool_obj_iter(mp, check_poisoned, &poison), N);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_true(rte_mempool_virt2iova(obj) != poison && rig_object(mp, obj));
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/* The counters tell what happened, and the window is used to its end. */
static void
test_counters_agree_with_full_window(void **state)
{
	const struct rig_conf conf = { .window = WINDOW, .groups = GROUPS };
	struct rte_mempool_ddw_stats stats;
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	rig_begin(&conf);
	mp = make_pool("full", 0);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA), 0);
	(void)warm_up(mp);
	stats = stats_of(mp);
	assert_int_equal(stats.available, N);
	assert_int_equal(stats.demand_maps, stats.chunks_mapped);
	assert_int_equal(stats.chunks_idle, stats.chunks_mapped);
	assert_int_equal(stats.evictions, 0);
	assert_int_equal(stats.no_room, 1);
	assert_true(rig_free_bytes() < 2 * CHUNK);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA), GROUPS * stats.demand_maps);
	assert_int_equal(rig_tces(), GROUPS * ((stats.chunks_mapped * CHUNK) >> rig_page_shift()));
	assert_int_equal(rig_logged("DDW-pool-full"), 1);
	/* An idle chunk is as good as any. */
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

struct steady {
	struct rte_mempool *mp;
	unsigned int each; /* objects that a thread may hold */
	uint64_t seed, steps;
	uint64_t taken;
};

static void
use(void *arg, unsigned int number)
{
	struct steady *s = arg;
	uint64_t random = random_thread(s->seed, number), i, taken = 0;
	void *held[MOST];
	unsigned int n = 0, k;

	for (i = 0; i < s->steps; i++) {
		k = 1 + pick(&random, 32);
		if (pick(&random, 2) == 0 && n + k <= s->each) {
			if (RIG_CHECK(rte_mempool_get_bulk(s->mp, held + n, k) == 0)) {
				n += k;
				taken += k;
			}
		} else if (n > 0) {
			k = k < n ? k : n;
			(void)rig_object(s->mp, held[n - 1]);
			rte_mempool_put_bulk(s->mp, held + n - k, k);
			n -= k;
		}
	}
	rte_mempool_put_bulk(s->mp, held, n);
	(void)__atomic_fetch_add(&s->taken, taken, __ATOMIC_RELAXED);
}

/* A working set that fits: not one ioctl, and no request is refused. */
static void
steady(unsigned int threads, unsigned int cache)
{
	const struct rig_conf conf = { .window = WINDOW, .groups = GROUPS };
	struct steady s = { .seed = rig_seed(), .steps = env_steps(20000) };
	unsigned int room, ioctls;
	uint64_t refused;

	rig_begin(&conf);
	s.mp = make_pool("steady", cache);
	room = warm_up(s.mp);
	rte_mempool_cache_flush(rte_mempool_default_cache(s.mp, rte_lcore_id()), s.mp);
	/* a cache has up to one and a half times its size, and is filled in one go */
	s.each = room / threads - 3 * cache - 32;
	ioctls = rig_count(0);
	refused = stats_of(s.mp).no_room;
	rig_threads(threads, use, &s);
	assert_int_equal(rig_count(0), ioctls);
	assert_int_equal(rig_wrongs(), 0);
	assert_int_equal(stats_of(s.mp).no_room, refused);
	assert_int_equal(rte_mempool_avail_count(s.mp), N);
	assert_int_equal(rte_mempool_ddw_free(s.mp), 0);
	rig_end();
	printf("steady: %u threads took %lu objects without an ioctl\n", threads,
	       (unsigned long)s.taken);
}

static void
test_fitting_working_set_costs_no_ioctl(void **state)
{
	(void)state;
	steady(1, 0);
	steady(1, 64);
	steady(4, 0);
	steady(4, 32);
}

/* Room goes from one pool to another chunk by chunk: what is idle longest goes first. */
static void
test_room_changes_hands_chunk_by_chunk(void **state)
{
	const struct rig_conf conf = { .window = WINDOW, .groups = GROUPS };
	struct rte_mempool *a, *b;
	unsigned int maps, unmaps;
	void *of_a, *of_b;

	(void)state;
	rig_begin(&conf);
	a = make_pool("a", 0);
	b = make_pool("b", 0);
	(void)warm_up(a);
	assert_int_equal(rte_mempool_get(a, &of_a), 0);
	maps = rig_count(VFIO_IOMMU_MAP_DMA);
	unmaps = rig_count(VFIO_IOMMU_UNMAP_DMA);
	assert_int_equal(rte_mempool_get(b, &of_b), 0);
	assert_true(rig_object(a, of_a));
	assert_true(rig_object(b, of_b));
	assert_in_range(rig_count(VFIO_IOMMU_MAP_DMA) - maps, GROUPS, GROUPS);
	assert_in_range(rig_count(VFIO_IOMMU_UNMAP_DMA) - unmaps, 0, GROUPS);
	assert_int_equal(stats_of(a).evictions * GROUPS, rig_count(VFIO_IOMMU_UNMAP_DMA) - unmaps);
	assert_int_equal(stats_of(b).demand_maps, 1);
	/* All of the room can change hands, but for what is out. */
	(void)warm_up(b);
	assert_int_equal(stats_of(a).chunks_mapped, 1);
	assert_true(rig_object(a, of_a));
	rte_mempool_put(a, of_a);
	rte_mempool_put(b, of_b);
	assert_int_equal(rte_mempool_ddw_free(a), 0);
	assert_int_equal(rte_mempool_ddw_free(b), 0);
	rig_end();
}

/* What is asked for by others of the window is given back, as far as it is idle. */
static void
test_reclaim_returns_idle_memory(void **state)
{
	const struct rig_conf conf = { .window = WINDOW, .groups = GROUPS };
	struct rte_mempool *mp;
	uint64_t before;
	void *obj;

	(void)state;
	rig_begin(&conf);
	mp = make_pool("reclaim", 0);
	(void)warm_up(mp);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	before = rig_free_bytes();
	assert_true(rig_reclaim(4 * CHUNK));
	assert_true(rig_free_bytes() >= before + 4 * CHUNK);
	assert_true(rig_free_bytes() <= before + 6 * CHUNK);
	assert_true(rig_reclaim(WINDOW));
	assert_int_equal(stats_of(mp).chunks_mapped, 1);
	assert_true(rig_object(mp, obj));
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_share_poison_until_mapped),
		cmocka_unit_test(test_counters_agree_with_full_window),
		cmocka_unit_test(test_fitting_working_set_costs_no_ioctl),
		cmocka_unit_test(test_room_changes_hands_chunk_by_chunk),
		cmocka_unit_test(test_reclaim_returns_idle_memory),
	};

	return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
