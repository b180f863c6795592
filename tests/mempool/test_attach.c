/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A secondary process follows the pools of the primary. */

#include "attach_scene.h"

/* No secondary process: nobody is told. */
static void
test_nobody_told_without_secondary(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(rte_mempool_ddw_attach(), 0);
	assert_null(fake.action);
	mp = attach_make("one", NULL);
	assert_int_equal(fake.answer, 1);
	attach_drop(mp);
}

static void
test_existing_pools_attached(void **state)
{
	struct rte_mempool *one, *two;

	(void)state;
	one = attach_make("one", NULL);
	two = attach_make("two", NULL);
	assert_int_equal(attach_as_secondary(), 2);
	attach_check_has(attach_bytes_of(one) + attach_bytes_of(two), 2);
	assert_int_equal(attach_as_secondary(), 2);
	attach_check_has(attach_bytes_of(one) + attach_bytes_of(two), 2);
	attach_drop(one);
	attach_check_has(attach_bytes_of(two), 1);
	attach_drop(two);
	attach_check_has(0, 0);
	assert_int_equal(attach_as_secondary(), 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_later_pools_attached(void **state)
{
	struct rte_mempool *one;
	const struct pool *p;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	one = attach_make("one", NULL);
	assert_int_equal(fake.answer, 0);
	attach_check_has(attach_bytes_of(one), 1);
	/* A list that goes is let go before EAL unregisters it, and not taken again. */
	p = mpddw_pools_get(one);
	mpddw_attach_forget(p->arena.base);
	assert_int_equal(fake.tables, 0);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(attach_as_secondary(), 1);
	assert_int_equal(fake.tables, 0);
	mpddw_attach_publish(p);
	attach_check_has(attach_bytes_of(one), 1);
	attach_drop(one);
	attach_check_has(0, 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_growth_and_trimming_followed(void **state)
{
	struct rte_mempool_ddw_conf conf = { .max_n = 8 * N };
	struct rte_mempool_ddw_stats there;
	struct rte_mempool *mp;
	uint64_t before;

	(void)state;
	mp = attach_make("one", &conf);
	assert_int_equal(attach_as_secondary(), 1);
	before = attach_bytes_of(mp);
	assert_true(rte_mempool_ddw_grow(mp, 4 * N) >= 4 * N);
	assert_true(attach_bytes_of(mp) > before);
	attach_check_has(attach_bytes_of(mp), 2);
	assert_true(rte_mempool_ddw_trim(mp, N) > 0);
	assert_true(fake.mapped >= attach_bytes_of(mp));
	fake.role = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &there), 0);
	fake.role = RTE_PROC_PRIMARY;
	assert_int_equal(there.bytes, attach_bytes_of(mp));
	attach_drop(mp);
	attach_check_has(0, 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_statistics_same_in_secondary(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);
	struct rte_mempool_ddw_stats here, there;

	(void)state;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &here), 0);
	fake.role = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &there), 0);
	fake.role = RTE_PROC_PRIMARY;
	assert_int_equal(there.objects, N);
	assert_int_equal(there.available, N);
	assert_int_equal(there.bytes, here.bytes);
	assert_int_equal(there.page_size, here.page_size);
	assert_int_equal(there.chunk_size, here.chunk_size);
	assert_int_equal(there.node, here.node);
	attach_drop(mp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nobody_told_without_secondary, attach_begin),
		cmocka_unit_test_setup(test_existing_pools_attached, attach_begin),
		cmocka_unit_test_setup(test_later_pools_attached, attach_begin),
		cmocka_unit_test_setup(test_growth_and_trimming_followed, attach_begin),
		cmocka_unit_test_setup(test_statistics_same_in_secondary, attach_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
