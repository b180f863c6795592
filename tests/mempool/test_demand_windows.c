/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools that are mapped on demand: windows, limits, room for others, threads. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "fake_dma.h"

#define WINDOW 4
#define ALL    ((unsigned int)WINDOW * FAKE_PER)

/* Fill the window with chunks of a pool, all idle, chunk 0 longest. */
static void
fill_window(struct pool *p)
{
	void *objs[WINDOW][FAKE_PER];
	unsigned int i, chunk;

	for (i = 0; i < WINDOW; i++)
		assert_int_equal(fake_get(p, objs[i], FAKE_PER), 0);
	for (chunk = 0; chunk < WINDOW; chunk++)
		for (i = 0; i < WINDOW; i++)
			if (fake_chunk(p, objs[i][0]) == chunk)
				mpddw_demand_put(p->demand, objs[i], FAKE_PER);
}

static uint32_t
mapped(struct pool *p)
{
	return fake_counts(p).mapped;
}

/* With dynamic windows the default one is another: its pools get nothing from the others. */
static void
test_nothing_taken_from_other_window(void **state)
{
	struct pool *p, *q;

	(void)state;
	fake_begin(WINDOW);
	fake_window.kind = VFIO_SPAPR_DMA_DDW;
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", WINDOW, FAKE_CHUNK);
	q->req.conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
	fill_window(p);
	assert_int_equal(mpddw_demand_provide(q, 1), -ENOBUFS);
	assert_int_equal(fake_window.unmaps, 0);
	assert_int_equal(fake_window.calls[fake_window.n_calls - 1].m.flags,
			 DDW_MAP_PINNED | DDW_MAP_DEFAULT_WINDOW);
	/* without them it is the same */
	fake_window.kind = VFIO_SPAPR_DMA_DMA32;
	assert_int_equal(mpddw_demand_provide(q, 1), 0);
	assert_int_equal(p->evictions, 1);
	assert_int_equal(fake_window.calls[fake_window.n_calls - 1].m.flags,
			 DDW_MAP_PINNED | DDW_MAP_DEFAULT_WINDOW | DDW_MAP_FIXED);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* Of a pool that is mapped at once nothing is taken. */
static void
test_nothing_taken_from_static_pool(void **state)
{
	struct pool *p, *q, all_at_once = { .demand_mapped = false };

	(void)state;
	fake_begin(WINDOW);
	TAILQ_INSERT_HEAD(&mpddw_pools.list, &all_at_once, next);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", 1, FAKE_CHUNK);
	fill_window(p);
	assert_int_equal(mpddw_demand_provide(q, 1), 0);
	assert_int_equal(p->evictions, 1);
	TAILQ_REMOVE(&mpddw_pools.list, &all_at_once, next);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* A pool whose bus addresses have to be low. */
static void
test_low_pool_stays_below_limit(void **state)
{
	struct pool *p, *q;
	void *obj;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", WINDOW, FAKE_CHUNK);
	q->limit = UINT64_C(1) << 31;
	fill_window(p);
	/* the window starts there; all others gave way without success, but that ended */
	assert_int_equal(mpddw_demand_provide(q, 1), -ENOBUFS);
	assert_true(fake_window.calls[fake_window.n_calls - 1].m.limit == UINT64_C(1) << 31);
	assert_int_equal(p->evictions, WINDOW);
	q->limit = UINT64_MAX;
	assert_int_equal(fake_get(q, &obj, 1), 0);
	assert_int_equal(fake_window.calls[fake_window.n_calls - 1].m.limit, 0);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* Chunks whose size is not a power of two, and smaller than the pages of the memory. */
static void
test_mapping_names_smaller_of_page_and_chunk(void **state)
{
	struct pool *p, *q;

	(void)state;
	fake_begin(3 * WINDOW);
	p = fake_pool("a", 1, 3 * FAKE_CHUNK);
	q = fake_pool("b", 1, FAKE_CHUNK);
	q->arena.page_size = 16 * MIB;
	assert_int_equal(mpddw_demand_provide(p, 1) | mpddw_demand_provide(q, 1), 0);
	assert_int_equal(fake_window.calls[0].m.page_size, p->arena.page_size);
	assert_int_equal(fake_window.calls[1].m.page_size, FAKE_CHUNK);
	fake_pool_free(p);
	fake_pool_free(q);
}

static void *
ask_for_room(void *arg)
{
	mpddw_demand_reclaim(UINT64_MAX);
	return arg;
}

static void
test_reclaim_unmaps_oldest_idle_chunks(void **state)
{
	struct pool *p, *q;
	pthread_t id;
	void *one;

	(void)state;
	fake_begin(2 * WINDOW);
	mpddw_demand_reclaim(UINT64_MAX);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", WINDOW, FAKE_CHUNK);
	fill_window(p);
	fill_window(q);
	mpddw_demand_reclaim(0);
	assert_int_equal(fake_window.unmaps, 0);
	/* as much as is asked for, the oldest first */
	fake_window.n_calls = 0;
	mpddw_demand_reclaim(2 * FAKE_CHUNK - 1);
	assert_int_equal(fake_window.unmaps, 2);
	assert_true(fake_window.calls[0].m.vaddr == (uintptr_t)p->arena.base);
	assert_true(fake_window.calls[1].m.vaddr == (uintptr_t)p->arena.base + FAKE_CHUNK);
	assert_int_equal(p->evictions, 2);
	/* in the main window only */
	fake_window.kind = VFIO_SPAPR_DMA_DDW;
	p->req.conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
	mpddw_demand_reclaim(FAKE_CHUNK);
	assert_int_equal(mapped(p), 2);
	assert_int_equal(mapped(q), WINDOW - 1);
	/* without waiting for anybody */
	(void)pthread_mutex_lock(&mpddw_pools.lock);
	assert_int_equal(pthread_create(&id, NULL, ask_for_room, NULL), 0);
	assert_int_equal(pthread_join(id, NULL), 0);
	(void)pthread_mutex_unlock(&mpddw_pools.lock);
	assert_int_equal(mapped(q), WINDOW - 1);
	/* what is in use stays; what cannot be unmapped is not counted as room */
	fake_window.kind = VFIO_SPAPR_DMA_DMA32;
	assert_int_equal(fake_get(q, &one, 1), 0);
	fake_window.unmap_count = 1;
	fake_window.unmap_error = EIO;
	fake_window.unmaps = 0;
	mpddw_demand_reclaim(UINT64_MAX);
	assert_int_equal(fake_window.unmaps, 3);
	assert_int_equal(mapped(p), 0);
	assert_int_equal(mapped(q), 1);
	mpddw_demand_reclaim(UINT64_MAX);
	fake_pool_free(p);
	fake_pool_free(q);
}

#define THREADS 4

struct crowd {
	struct pool *p[2];
	unsigned int waiting;
	uint64_t seed;
	uint64_t failed;
};

/* All want one object at the same time, and keep it. */
static void
want_one(void *arg, unsigned int number)
{
	struct crowd *c = arg;
	void *obj;

	(void)number;
	(void)__atomic_sub_fetch(&c->waiting, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&c->waiting, __ATOMIC_RELAXED) != 0)
		sched_yield();
	(void)RIG_CHECK(fake_get(c->p[0], &obj, 1) == 0);
}

static void
test_waiting_threads_map_no_more_than_needed(void **state)
{
	struct crowd c = { .waiting = 0 };
	unsigned int i;

	(void)state;
	fake_begin(FAKE_MOST);
	c.p[0] = fake_pool("a", FAKE_MOST, FAKE_CHUNK);
	for (i = 1; i <= 2; i++) {
		c.waiting = FAKE_PER / 2;
		rig_threads(FAKE_PER / 2, want_one, &c);
		assert_int_equal(fake_window.maps, 1);
	}
	assert_int_equal(rig_wrongs(), 0);
	fake_pool_free(c.p[0]);
}

static void
take_and_give(void *arg, unsigned int number)
{
	struct crowd *c = arg;
	uint64_t rng = c->seed + number, steps = env_steps(20000), iova = 0;
	void *objs[2 * FAKE_PER];
	unsigned int i, n;
	struct pool *p;

	while (steps-- > 0) {
		p = c->p[pick(&rng, 2)];
		n = 1 + pick(&rng, 2 * FAKE_PER);
		if (pick(&rng, 64) == 0)
			mpddw_demand_reclaim(FAKE_CHUNK);
		if (fake_get(p, objs, n) != 0) {
			(void)__atomic_fetch_add(&c->failed, 1, __ATOMIC_RELAXED);
			continue;
		}
		for (i = 0; i < n; i++) {
			const struct rte_mempool_objhdr *header = rte_mempool_get_header(objs[i]);

			(void)RIG_CHECK(header->iova - FAKE_BASE < 6 * FAKE_CHUNK);
			(void)RIG_CHECK(fake_mapped(objs[i], &iova) && iova == header->iova);
		}
		mpddw_demand_put(p->demand, objs, n);
	}
}

/* What is out is mapped at the bus address that it says, whatever others map and unmap. */
static void
test_objects_of_threads_keep_bus_addresses(void **state)
{
	struct crowd c = { .seed = rig_seed() };
	unsigned int i;

	(void)state;
	fake_begin(6);
	for (i = 0; i < 2; i++)
		c.p[i] = fake_pool(i == 0 ? "a" : "b", 20, FAKE_CHUNK);
	rig_threads(THREADS, take_and_give, &c);
	assert_int_equal(rig_wrongs(), 0);
	assert_true(c.p[0]->evictions > 0 && c.p[1]->evictions > 0);
	assert_int_equal(mapped(c.p[0]) + mapped(c.p[1]), fake_window.maps - fake_window.unmaps);
	for (i = 0; i < 2; i++) {
		assert_int_equal(mpddw_demand_count(c.p[i]->demand), 20 * FAKE_PER);
		fake_pool_free(c.p[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_taken_from_other_window),
		cmocka_unit_test(test_nothing_taken_from_static_pool),
		cmocka_unit_test(test_low_pool_stays_below_limit),
		cmocka_unit_test(test_mapping_names_smaller_of_page_and_chunk),
		cmocka_unit_test(test_reclaim_unmaps_oldest_idle_chunks),
		cmocka_unit_test(test_waiting_threads_map_no_more_than_needed),
		cmocka_unit_test(test_objects_of_threads_keep_bus_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
