/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Chunks are mapped because objects are asked for, and unmapped because room is. */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_memory.h>

#include "fake_dma.h"

#define WINDOW 4
#define ALL    ((unsigned int)WINDOW * FAKE_PER)

static void
test_only_needed_chunks_mapped(void **state)
{
	void *objs[4 * FAKE_PER];
	struct pool *p;
	unsigned int i;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 3, FAKE_CHUNK);
	assert_int_equal(mpddw_demand_provide(p, 1), 0);
	assert_int_equal(mpddw_demand_provide(p, FAKE_PER), 0);
	assert_int_equal(fake_window.maps, 1);
	assert_int_equal(fake_get(p, objs, FAKE_PER + 1), 0);
	assert_int_equal(fake_window.maps, 2);
	for (i = 0; i <= FAKE_PER; i++)
		fake_check_object(objs[i]);
	assert_int_equal(p->demand_maps, 2);
	assert_true(p->iova_first == FAKE_BASE);
	assert_true(p->iova_last == FAKE_BASE + 2 * FAKE_CHUNK - 1);
	/* more than the pool has is not tried */
	assert_int_equal(fake_get(p, objs, 2 * FAKE_PER), -ENOBUFS);
	assert_int_equal(fake_window.maps, 2);
	assert_int_equal(fake_counts(p).no_room, 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
	/* pinned memory, anywhere in the window, no more alignment than needed */
	assert_int_equal(fake_window.calls[0].m.flags, DDW_MAP_PINNED);
	assert_int_equal(fake_window.calls[0].m.limit, 0);
	assert_int_equal(fake_window.calls[0].m.page_size, p->arena.page_size);
	fake_pool_free(p);
}

/* A pool twenty times the window is full when the window is. */
static void
test_pool_twenty_times_window_fills_window(void **state)
{
	void *objs[ALL], *one;
	struct pool *p;
	unsigned int i;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 20 * WINDOW, FAKE_CHUNK);
	for (i = 0; i < ALL; i++)
		assert_int_equal(fake_get(p, &objs[i], 1), 0);
	for (i = 0; i < ALL; i++)
		fake_check_object(objs[i]);
	for (i = 0; i < 5; i++)
		assert_int_equal(fake_get(p, &one, 1), -ENOBUFS);
	assert_int_equal(fake_counts(p).no_room, 5);
	assert_int_equal(rig_logged("DDW-pool-full"), 1);
	/* told again when there was room meanwhile, but not all the time */
	p->full_at = 0;
	assert_int_equal(fake_get(p, &one, 1), -ENOBUFS);
	assert_int_equal(rig_logged("DDW-pool-full"), 1);
	/* All is idle: nothing is unmapped for a request that it could not serve anyway. */
	mpddw_demand_put(p->demand, objs, ALL);
	assert_int_equal(fake_get(p, objs, ALL), 0);
	assert_int_equal(mpddw_demand_provide(p, 1), -ENOBUFS);
	mpddw_demand_put(p->demand, objs, ALL);
	assert_int_equal(mpddw_demand_provide(p, ALL + 1), -ENOBUFS);
	assert_int_equal(fake_window.maps, WINDOW);
	assert_int_equal(fake_window.unmaps, 0);
	assert_int_equal(p->demand_maps, WINDOW);
	fake_window.slots++;
	assert_int_equal(mpddw_demand_provide(p, ALL + 1), 0);
	p->full_at = rte_rdtsc();
	assert_int_equal(mpddw_demand_provide(p, 2 * ALL), -ENOBUFS);
	assert_int_equal(rig_logged("DDW-pool-full"), 1);
	p->full_at = 0;
	assert_int_equal(mpddw_demand_provide(p, 2 * ALL), -ENOBUFS);
	assert_int_equal(rig_logged("DDW-pool-full"), 2);
	assert_int_equal(p->evictions, 0);
	assert_int_equal(p->map_failures, 0);
	fake_pool_free(p);
}

/* The oldest of all pools goes first, and its bus addresses are used as they are. */
static void
test_oldest_chunk_of_all_pools_goes_first(void **state)
{
	void *a[2][FAKE_PER], *b[2][FAKE_PER], *c[2];
	const struct fake_call *unmap, *map;
	struct pool *p, *q, *r;
	void *order[4];
	uint32_t i;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 8, FAKE_CHUNK);
	q = fake_pool("b", 8, FAKE_CHUNK);
	r = fake_pool("c", 8, FAKE_CHUNK);
	assert_int_equal(fake_get(p, a[0], FAKE_PER) | fake_get(q, b[0], FAKE_PER), 0);
	assert_int_equal(fake_get(p, a[1], FAKE_PER) | fake_get(q, b[1], FAKE_PER), 0);
	order[0] = b[1][0];
	order[1] = a[0][0];
	order[2] = a[1][0];
	order[3] = b[0][0];
	mpddw_demand_put(q->demand, b[1], FAKE_PER);
	mpddw_demand_put(p->demand, a[0], FAKE_PER);
	mpddw_demand_put(p->demand, a[1], FAKE_PER);
	mpddw_demand_put(q->demand, b[0], FAKE_PER);
	for (i = 0; i < 4; i++) {
		fake_window.n_calls = 0;
		assert_int_equal(mpddw_demand_provide(r, (i + 1) * FAKE_PER), 0);
		/* full; unmapped; mapped there */
		assert_int_equal(fake_window.n_calls, 3);
		unmap = &fake_window.calls[1];
		map = &fake_window.calls[2];
		assert_int_equal(fake_window.calls[0].ret, -ENOSPC);
		assert_true((uintptr_t)order[i] - unmap->m.vaddr < FAKE_CHUNK);
		assert_int_equal(map->m.flags, DDW_MAP_PINNED | DDW_MAP_FIXED);
		assert_true(map->m.iova == unmap->m.iova);
		assert_true(rte_mem_virt2memseg(order[i], NULL)->iova >= UINT64_C(1) << 60);
	}
	assert_int_equal(p->evictions, 2);
	assert_int_equal(q->evictions, 2);
	assert_int_equal(r->evictions, 0);
	/* nothing is idle but r's own */
	assert_int_equal(fake_get(r, c, 2), 0);
	fake_check_object(c[0]);
	assert_int_equal(mpddw_demand_provide(r, ALL), -ENOBUFS);
	/* one that is in use stays */
	assert_int_equal(mpddw_demand_provide(p, 3 * FAKE_PER), 0);
	fake_check_object(c[0]);
	assert_int_equal(mpddw_demand_provide(p, 4 * FAKE_PER), -ENOBUFS);
	assert_int_equal(fake_counts(p).no_room, 1);
	fake_pool_free(p);
	fake_pool_free(q);
	fake_pool_free(r);
}

/* Objects are written only when their chunk comes to another place. */
static void
test_objects_written_only_when_chunk_moves(void **state)
{
	void *a[FAKE_PER], *b[2];
	struct pool *p, *q;

	(void)state;
	fake_begin(1);
	p = fake_pool("a", 1, FAKE_CHUNK);
	q = fake_pool("b", 1, FAKE_CHUNK);
	assert_int_equal(fake_get(p, a, FAKE_PER), 0);
	mpddw_demand_put(p->demand, a, FAKE_PER);
	assert_int_equal(fake_get(q, b, 1), 0);
	fake_check_object(b[0]);
	mpddw_demand_put(q->demand, b, 1);
	rte_mempool_get_header(a[3])->iova = 1;
	assert_int_equal(fake_get(p, a, FAKE_PER), 0);
	assert_int_equal(rte_mempool_get_header(a[3])->iova, 1);
	mpddw_demand_put(p->demand, a, FAKE_PER);
	/* elsewhere */
	assert_int_equal(fake_get(q, b, 1), 0);
	fake_window.slots = 2;
	assert_int_equal(fake_get(p, a, FAKE_PER), 0);
	fake_check_object(a[3]);
	assert_true(p->iova_last == FAKE_BASE + 2 * FAKE_CHUNK - 1);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* Between unmap and map another caller may take the addresses: then any others do. */
static void
test_other_addresses_used_when_hole_taken(void **state)
{
	void *a[ALL], *b;
	struct pool *p, *q;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", 1, FAKE_CHUNK);
	assert_int_equal(fake_get(p, a, ALL), 0);
	mpddw_demand_put(p->demand, a, ALL);
	fake_window.steal = true;
	fake_window.n_calls = 0;
	assert_int_equal(fake_get(q, &b, 1), 0);
	fake_check_object(b);
	assert_int_equal(fake_window.n_calls, 4);
	assert_int_equal(fake_window.calls[2].ret, -ERANGE);
	assert_int_equal(fake_window.calls[3].m.flags, DDW_MAP_PINNED);
	assert_int_equal(q->map_failures, 0);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* A larger chunk needs several smaller ones to go, and the other way round. */
static void
test_large_chunk_displaces_several_small_ones(void **state)
{
	void *a[ALL], *b[2];
	struct pool *p, *q;
	unsigned int i;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", 2, 3 * FAKE_CHUNK);
	assert_int_equal(fake_get(p, a, ALL), 0);
	mpddw_demand_put(p->demand, a, ALL);
	assert_int_equal(fake_get(q, b, 1), 0);
	fake_check_object(b[0]);
	assert_true(p->evictions >= 3);
	mpddw_demand_put(q->demand, b, 1);
	/* room for one, and then for three */
	assert_int_equal(mpddw_demand_provide(p, ALL), 0);
	assert_int_equal(q->evictions, 1);
	assert_int_equal(fake_get(p, a, 1), 0);
	assert_int_equal(mpddw_demand_provide(q, 1), 0);
	fake_check_object(a[0]);
	assert_int_equal(mpddw_demand_provide(q, FAKE_PER + 1), -ENOBUFS);
	assert_int_equal(fake_counts(q).no_room, 1);
	/* no chunk was put into the hole that one of another size had left */
	for (i = 0; i < fake_window.n_calls; i++)
		assert_int_equal(fake_window.calls[i].m.flags & DDW_MAP_FIXED, 0);
	fake_pool_free(p);
	fake_pool_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_needed_chunks_mapped),
		cmocka_unit_test(test_pool_twenty_times_window_fills_window),
		cmocka_unit_test(test_oldest_chunk_of_all_pools_goes_first),
		cmocka_unit_test(test_objects_written_only_when_chunk_moves),
		cmocka_unit_test(test_other_addresses_used_when_hole_taken),
		cmocka_unit_test(test_large_chunk_displaces_several_small_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
