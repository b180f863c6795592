/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools that are mapped on demand when the kernel refuses to map or to unmap. */

#include <errno.h>

#include "fake_dma.h"

#define WINDOW 4
#define ALL    ((unsigned int)WINDOW * FAKE_PER)

static void
fail_maps(unsigned int after, unsigned int count, int error, enum ddw_msg msg)
{
	fake_window.map_after = after;
	fake_window.map_count = count;
	fake_window.map_error = error;
	fake_window.map_msg = msg;
	fake_window.n_calls = 0;
}

static void
test_failed_map_tries_next_chunk(void **state)
{
	struct pool *p;
	void *a;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 8, FAKE_CHUNK);
	/* the next chunk will do */
	fail_maps(0, 1, EIO, DDW_MSG_MAP_FAILED);
	assert_int_equal(fake_get(p, &a, 1), 0);
	fake_check_object(a);
	assert_true(fake_window.calls[0].m.vaddr != fake_window.calls[1].m.vaddr);
	assert_int_equal(p->map_failures, 1);
	assert_int_equal(fake_counts(p).objects, ALL * 2);
	/* but not without end, even where the kernel says what libddw says too */
	fail_maps(0, 100, ENOSPC, DDW_MSG_MAP_FAILED);
	assert_int_equal(mpddw_demand_provide(p, FAKE_PER), -ENOBUFS);
	assert_int_equal(fake_window.n_calls, 3);
	assert_int_equal(mpddw_demand_provide(p, FAKE_PER), -ENOBUFS);
	assert_int_equal(fake_window.n_calls, 6);
	assert_int_equal(p->map_failures, 7);
	assert_int_equal(fake_counts(p).no_room, 0);
	assert_int_equal(rig_logged("DDW-map-failed"), 2); /* EIO, ENOSPC */
	/* all of them were tried, and all are there still */
	fail_maps(0, 0, 0, DDW_MSG_NONE);
	assert_int_equal(mpddw_demand_provide(p, ALL - 1), 0);
	assert_int_equal(fake_counts(p).quarantined, 0);
	/* the bus is gone: there is no text */
	rig_log_clear();
	fail_maps(0, 100, ENODEV, DDW_MSG_NONE);
	assert_int_equal(mpddw_demand_provide(p, ALL), -ENOBUFS);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
	fake_pool_free(p);
}

/* What the kernel refused at one place it is not asked for at another one at once. */
static void
test_failed_map_in_hole_not_repeated_at_once(void **state)
{
	void *a[ALL], *b;
	struct pool *p, *q;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", WINDOW, FAKE_CHUNK);
	q = fake_pool("b", 2, FAKE_CHUNK);
	assert_int_equal(fake_get(p, a, ALL), 0);
	mpddw_demand_put(p->demand, a, ALL);
	fail_maps(1, 1, EIO, DDW_MSG_MAP_FAILED);
	assert_int_equal(fake_get(q, &b, 1), 0);
	fake_check_object(b);
	/* full, unmapped, refused; the other chunk */
	assert_int_equal(fake_window.n_calls, 4);
	assert_int_equal(fake_chunk(q, b), 1);
	assert_int_equal(q->map_failures, 1);
	fake_pool_free(p);
	fake_pool_free(q);
}

/* A MAP that failed half way, and could not be undone: devices reach the chunk. */
static void
test_half_failed_map_loses_chunk(void **state)
{
	struct pool *p;
	void *a;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 2, FAKE_CHUNK);
	fail_maps(0, 1, EEXIST, DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(fake_get(p, &a, 1), 0);
	assert_int_equal(fake_chunk(p, a), 1);
	assert_int_equal(fake_counts(p).quarantined, 1);
	assert_int_equal(fake_counts(p).objects, FAKE_PER);
	assert_int_equal(mpddw_demand_provide(p, FAKE_PER), -ENOBUFS);
	assert_int_equal(rig_logged("DDW-memory-overlap"), 1);
	fake_pool_free(p);
}

static void
test_failed_unmap_keeps_chunk_mapped(void **state)
{
	void *a[ALL], *b;
	struct pool *p, *q;
	uint64_t iova;

	(void)state;
	fake_begin(WINDOW);
	p = fake_pool("a", 2 * WINDOW, FAKE_CHUNK);
	q = fake_pool("b", 1, FAKE_CHUNK);
	assert_int_equal(fake_get(p, a, ALL), 0);
	mpddw_demand_put(p->demand, a, ALL);
	fake_window.unmap_error = EIO;
	fake_window.unmap_count = 2;
	assert_int_equal(fake_get(q, &b, 1), 0);
	fake_check_object(b);
	assert_int_equal(p->evictions, 1);
	assert_int_equal(fake_counts(p).quarantined, 2);
	assert_int_equal(fake_counts(p).available, ALL * 2 - 2 * FAKE_PER);
	assert_int_equal(rig_logged("DDW-unmap-failed"), 1);
	/* what may still be reached is not handed out */
	assert_int_equal(fake_get(p, a, FAKE_PER), 0);
	assert_int_equal(fake_get(p, a, 1), -ENOBUFS);
	assert_true(fake_mapped(a[0], &iova));
	/* all fail */
	mpddw_demand_put(q->demand, &b, 1);
	fake_window.unmap_count = 100;
	assert_int_equal(mpddw_demand_provide(p, 1), -ENOBUFS);
	assert_int_equal(fake_counts(q).quarantined, 1);
	assert_int_equal(mpddw_demand_provide(q, 1), -ENOBUFS);
	fake_pool_free(p);
	fake_pool_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_map_tries_next_chunk),
		cmocka_unit_test(test_failed_map_in_hole_not_repeated_at_once),
		cmocka_unit_test(test_half_failed_map_loses_chunk),
		cmocka_unit_test(test_failed_unmap_keeps_chunk_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
