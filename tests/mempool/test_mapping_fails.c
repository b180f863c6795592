/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The kernel refuses a part of what pools need. */

#include "mapping_scene.h"

/* Growth that fails leaves the pool as it was. */
static void
test_failed_growth_leaves_pool_unchanged(void **state)
{
	static const unsigned long requests[] = {
		VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
		VFIO_IOMMU_MAP_DMA,
	};
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 40 * 15,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
	};
	unsigned int i, nth, regions;
	struct rte_mempool *mp;
	uint64_t tces;

	(void)state;
	mapping_begin(true, 8 * MIB);
	mp = rig_pool("pool", 20 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	tces = rig_tces();
	regions = rig_regions();
	for (i = 0; i < RTE_DIM(requests); i++) {
		for (nth = 1; nth <= 2; nth++) {
			rig_fail(requests[i], nth, 1, -ENOMEM, false);
			rig_log_clear();
			assert_int_equal(rte_mempool_ddw_grow(mp, 10 * 15), -ENOMEM);
			assert_int_equal(rig_failed(), 1);
			assert_int_equal(rig_logged("DDW-"), 1);
			rig_fail_none();
			assert_int_equal(rig_tces(), tces);
			/* What was not mapped stays, for the next attempt. */
			regions += requests[i] == VFIO_IOMMU_MAP_DMA && nth == 1 ? 10 : 0;
			assert_int_equal(rig_regions(), regions);
			assert_int_equal(mp->size, 20 * 15);
			mapping_check_objects(mp, 20 * 15);
		}
	}
	assert_int_equal(rte_mempool_ddw_grow(mp, 10 * 15), 10 * 15);
	assert_int_equal(rig_regions(), regions);
	mapping_check_objects(mp, 30 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/* Where a pool could not be mapped there is never another one: elsewhere there is. */
static void
test_pool_made_elsewhere_after_failed_map(void **state)
{
	struct rte_mempool *mp;
	unsigned int i;

	(void)state;
	mapping_begin(true, 8 * MIB);
	for (i = 0; i < 3; i++) {
		rig_fail(VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
		rig_log_clear();
		assert_null(rig_pool("pool", 100, ELT, 0, NULL));
		assert_int_equal(rte_errno, ENOMEM);
		assert_int_equal(rig_logged("DDW-map-failed"), 1);
		assert_int_equal(rig_logged("DDW-"), 1);
	}
	rig_fail_none();
	mp = rig_pool("pool", 100, ELT, 0, NULL);
	assert_non_null(mp);
	mapping_check_objects(mp, 100);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/*
 * The same of a pool that is mapped on demand: where the kernel refused to map it, it does
 * not grow again, and no other pool comes.
 */
static void
test_failed_demand_memory_not_used_again(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 20 * 15,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
	};
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	mapping_begin(true, 8 * MIB);
	mp = rig_pool("pool", 20 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	rig_fail(VFIO_IOMMU_MAP_DMA, 1, 1, -EIO, false);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_int_equal(rig_failed(), 1);
	rig_fail_none();
	assert_true(rig_object(mp, obj));
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_trim(mp, 10 * 15), 10 * 15);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), 10 * 15);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_grow(mp, 20 * 15), -ENOSPC);
	assert_int_equal(rig_logged("DDW-memory-overlap"), 0);
	assert_int_equal(rte_mempool_ddw_grow(mp, 19 * 15), 19 * 15);
	mapping_check_objects(mp, 19 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	mp = rig_pool("pool", 20 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	mapping_check_objects(mp, 20 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/* Memory that the kernel does not unmap is kept: a device may reach it. */
static void
test_memory_of_failed_unmap_kept(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 40 * 15,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
	};
	struct rte_mempool *mp;
	int taken;

	(void)state;
	mapping_begin(true, 8 * MIB);
	mp = rig_pool("pool", 20 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	rig_fail(VFIO_IOMMU_UNMAP_DMA, 1, 1, -EIO, false);
	rig_log_clear();
	taken = rte_mempool_ddw_trim(mp, 10 * 15);
	assert_int_equal(taken, 10 * 15);
	assert_int_equal(rig_logged("DDW-unmap-failed"), 1);
	rig_fail_none();
	mapping_check_objects(mp, 10 * 15);
	/* One unit is not used again: there is room for 39. */
	assert_int_equal(rte_mempool_ddw_grow(mp, 30 * 15), -ENOSPC);
	assert_int_equal(rte_mempool_ddw_grow(mp, 29 * 15), 29 * 15);
	mapping_check_objects(mp, 39 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end_faulty();
	assert_int_equal(rig_wrongs(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_growth_leaves_pool_unchanged),
		cmocka_unit_test(test_pool_made_elsewhere_after_failed_map),
		cmocka_unit_test(test_failed_demand_memory_not_used_again),
		cmocka_unit_test(test_memory_of_failed_unmap_kept),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
