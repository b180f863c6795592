/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools are mapped, grow and shrink. */

#include "mapping_scene.h"

/* However large a pool is, it costs few ioctls when nothing is in its way. */
static void
test_large_pool_needs_few_ioctls(void **state)
{
	unsigned int maps, pins;
	struct rte_mempool *mp;

	(void)state;
	mapping_begin(true, 256 * MIB);
	maps = rig_count(VFIO_IOMMU_MAP_DMA);
	pins = rig_count(VFIO_IOMMU_SPAPR_REGISTER_MEMORY);
	mp = rig_pool("pool", 16000, ELT, 0, NULL);
	assert_non_null(mp);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA) - maps, GROUPS);
	assert_int_equal(rig_count(VFIO_IOMMU_SPAPR_REGISTER_MEMORY) - pins, 2 * GROUPS);
	mapping_check_objects(mp, 16000);
	/* And none at all to use it */
	maps = rig_count(VFIO_IOMMU_MAP_DMA);
	mapping_check_objects(mp, 16000);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA), maps);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/* Chunks take the holes that there are. */
static void
test_chunks_fill_holes(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
	};
	struct rte_mempool *small[12], *mp;
	uint64_t room;
	unsigned int i;
	char name[16];

	(void)state;
	mapping_begin(false, 1 * MIB);
	for (i = 0; i < RTE_DIM(small); i++) {
		(void)snprintf(name, sizeof(name), "small %u", i);
		small[i] = rig_pool(name, 10, ELT, 0, &conf);
		assert_non_null(small[i]);
	}
	for (i = 0; i < RTE_DIM(small); i += 2)
		assert_int_equal(rte_mempool_ddw_free(small[i]), 0);
	room = rig_free_bytes() / CHUNK;
	/* One chunk more than there is room for: refused, and nothing is left of it. */
	rig_log_clear();
	assert_null(rig_pool("large", (unsigned int)(room + 1) * 15, ELT, 0, &conf));
	assert_int_equal(rte_errno, ENOSPC);
	assert_int_equal(rig_logged("DDW-pool-window"), 1);
	assert_int_equal(rig_free_bytes() / CHUNK, room);
	mp = rig_pool("large", 6 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	mapping_check_objects(mp, 6 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	for (i = 1; i < RTE_DIM(small); i += 2) {
		mapping_check_objects(small[i], 10);
		assert_int_equal(rte_mempool_ddw_free(small[i]), 0);
	}
	rig_end();
}

/*
 * What other pools keep idle in a window makes room for one that is mapped for good, and
 * what they keep in another window stays.
 */
static void
idle_goes(bool ddw, enum rte_mempool_ddw_window window, unsigned int chunks)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
		.window = window,
	};
	struct rte_mempool *idle, *other, *mp;
	static void *objs[32768];
	unsigned int n = chunks / 4 * 3 * 15;
	void *obj;

	mapping_begin(ddw, 1 * MIB);
	idle = rig_pool("idle", n, ELT, 0, &conf);
	assert_non_null(idle);
	assert_int_equal(rte_mempool_get_bulk(idle, objs, n), 0);
	rte_mempool_put_bulk(idle, objs, n);
	conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT - window;
	other = rig_pool("other", 15, ELT, 0, &conf);
	assert_non_null(other);
	assert_int_equal(rte_mempool_get(other, &obj), 0);
	rte_mempool_put(other, obj);
	conf.window = window;
	conf.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC;
	mp = rig_pool("pool", chunks / 2 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	mapping_check_objects(mp, chunks / 2 * 15);
	mapping_check_objects(idle, chunks / 4 * 15);
	assert_true(mpddw_pools_get(idle)->evictions != 0);
	if (ddw)
		assert_int_equal(mpddw_pools_get(other)->evictions, 0);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(other), 0);
	assert_int_equal(rte_mempool_ddw_free(idle), 0);
	rig_end();
}

static void
test_idle_chunks_make_room(void **state)
{
	(void)state;
	idle_goes(false, RTE_MEMPOOL_DDW_WINDOW_MAIN, 16);
	idle_goes(true, RTE_MEMPOOL_DDW_WINDOW_MAIN, 16);
	idle_goes(true, RTE_MEMPOOL_DDW_WINDOW_DEFAULT, 64);
}

/* All at once, unless that takes more than half of a default window's room. */
static void
test_automatic_choice_by_half_of_window(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mapping_begin(false, 4 * MIB);
	mp = rig_pool("small", 400, ELT, 0, NULL);
	assert_non_null(mp);
	assert_false(mpddw_pools_get(mp)->demand_mapped);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	mp = rig_pool("large", 4000, ELT, 0, NULL);
	assert_non_null(mp);
	assert_true(mpddw_pools_get(mp)->demand_mapped);
	mapping_check_objects(mp, 400);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
	mapping_begin(true, 32 * MIB);
	mp = rig_pool("large", 4000, ELT, 0, NULL);
	assert_non_null(mp);
	assert_false(mpddw_pools_get(mp)->demand_mapped);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

/* An object of many pages is one run of bus addresses. */
static void
large_objects(bool ddw)
{
	struct rte_mempool *mp;

	mapping_begin(ddw, 16 * MIB);
	mp = rig_pool("pool", 8, 1024 * KIB, 0, NULL);
	assert_non_null(mp);
	mapping_check_objects(mp, ddw ? 8 : 4);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

static void
test_objects_larger_than_page_contiguous(void **state)
{
	(void)state;
	large_objects(true);
	large_objects(false);
}

/* Bytes that are pinned and mapped follow what the pool has. */
static void
resize(enum rte_mempool_ddw_mapping mapping)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 40 * 15,
		.mapping = mapping,
	};
	struct rte_mempool *mp;
	uint64_t tces;

	mapping_begin(true, 8 * MIB);
	mp = rig_pool("pool", 20 * 15, ELT, 0, &conf);
	assert_non_null(mp);
	mapping_check_objects(mp, 20 * 15);
	tces = rig_tces();
	assert_int_equal(rig_regions(), 20);
	assert_int_equal(rte_mempool_ddw_grow(mp, 10 * 15), 10 * 15);
	mapping_check_objects(mp, 30 * 15);
	assert_int_equal(rig_tces(), tces / 20 * 30);
	assert_int_equal(rig_regions(), 30);
	assert_int_equal(rte_mempool_ddw_trim(mp, 5 * 15), 25 * 15);
	assert_int_equal(rig_tces(), tces / 4);
	assert_int_equal(rig_regions(), 5);
	mapping_check_objects(mp, 5 * 15);
	assert_int_equal(rte_mempool_ddw_grow(mp, 35 * 15), 35 * 15);
	mapping_check_objects(mp, 40 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end();
}

static void
test_resized_pool_mapped_again(void **state)
{
	(void)state;
	resize(RTE_MEMPOOL_DDW_MAPPING_STATIC);
	resize(RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

/* A pool for a device with few address bits, while others use the large window. */
static void
test_narrow_pool_mapped_in_default_window(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT,
		.addr_bits = 30,
	};
	struct rte_mempool *mp, *other;

	(void)state;
	mapping_begin(true, 16 * MIB);
	mp = rig_pool("small", 100, ELT, 0, &conf);
	other = rig_pool("other", 100, ELT, 0, NULL);
	assert_non_null(mp);
	assert_non_null(other);
	assert_true(mpddw_pools_get(mp)->iova_last < UINT64_C(1) << 30);
	assert_true(mpddw_pools_get(other)->iova_first >= UINT64_C(1) << 59);
	mapping_check_objects(mp, 100);
	mapping_check_objects(other, 100);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(other), 0);
	rig_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_pool_needs_few_ioctls),
		cmocka_unit_test(test_chunks_fill_holes),
		cmocka_unit_test(test_idle_chunks_make_room),
		cmocka_unit_test(test_automatic_choice_by_half_of_window),
		cmocka_unit_test(test_objects_larger_than_page_contiguous),
		cmocka_unit_test(test_resized_pool_mapped_again),
		cmocka_unit_test(test_narrow_pool_mapped_in_default_window),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
