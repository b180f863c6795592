/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* How the memory of pools is pinned and mapped in the windows of the simulated kernel. */

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include <rte_errno.h>

#include "rig.h"

#define GROUPS 2
#define CHUNK  (64 * KIB)
#define ELT    4000

static struct rte_mempool *
make(const char *name, unsigned int n, unsigned int elt_size,
     const struct rte_mempool_ddw_conf *conf)
{
	return rte_mempool_create_ddw(name, n, elt_size, 0, 0, NULL, NULL, NULL, NULL,
				      SOCKET_ID_ANY, 0, conf);
}

static void
begin(bool ddw, uint64_t window)
{
	const struct rig_conf conf = { .ddw = ddw, .groups = GROUPS, .window = window };

	rig_begin(&conf);
}

static void
end(void)
{
	rig_check();
	rig_end();
	assert_int_equal(rig_wrongs(), 0);
}

/* Every object is where the bus says, and devices reach all of it. */
static void
check_objects(struct rte_mempool *mp, unsigned int n)
{
	static void *objs[32768];
	unsigned int i;

	assert_in_range(n, 1, RTE_DIM(objs));
	assert_int_equal(rte_mempool_get_bulk(mp, objs, n), 0);
	for (i = 0; i < n; i++)
		assert_true(rig_object(mp, objs[i]));
	rte_mempool_put_bulk(mp, objs, n);
}

/* However large a pool is, it costs few ioctls when nothing is in its way. */
static void
test_few_ioctls(void **state)
{
	unsigned int maps, pins;
	struct rte_mempool *mp;

	(void)state;
	begin(true, 256 * MIB);
	maps = rig_count(VFIO_IOMMU_MAP_DMA);
	pins = rig_count(VFIO_IOMMU_SPAPR_REGISTER_MEMORY);
	mp = make("pool", 16000, ELT, NULL);
	assert_non_null(mp);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA) - maps, GROUPS);
	assert_int_equal(rig_count(VFIO_IOMMU_SPAPR_REGISTER_MEMORY) - pins, 2 * GROUPS);
	check_objects(mp, 16000);
	/* And none at all to use it */
	maps = rig_count(VFIO_IOMMU_MAP_DMA);
	check_objects(mp, 16000);
	assert_int_equal(rig_count(VFIO_IOMMU_MAP_DMA), maps);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

/* Chunks take the holes that there are. */
static void
test_holes(void **state)
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
	begin(false, 1 * MIB);
	for (i = 0; i < RTE_DIM(small); i++) {
		(void)snprintf(name, sizeof(name), "small %u", i);
		small[i] = make(name, 10, ELT, &conf);
		assert_non_null(small[i]);
	}
	for (i = 0; i < RTE_DIM(small); i += 2)
		assert_int_equal(rte_mempool_ddw_free(small[i]), 0);
	room = rig_free_bytes() / CHUNK;
	/* One chunk more than there is room for: refused, and nothing is left of it. */
	rig_log_clear();
	assert_null(make("large", (unsigned int)(room + 1) * 15, ELT, &conf));
	assert_int_equal(rte_errno, ENOSPC);
	assert_int_equal(rig_logged("DDW-pool-window"), 1);
	assert_int_equal(rig_free_bytes() / CHUNK, room);
	mp = make("large", 6 * 15, ELT, &conf);
	assert_non_null(mp);
	check_objects(mp, 6 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	for (i = 1; i < RTE_DIM(small); i += 2) {
		check_objects(small[i], 10);
		assert_int_equal(rte_mempool_ddw_free(small[i]), 0);
	}
	end();
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

	begin(ddw, 1 * MIB);
	idle = make("idle", n, ELT, &conf);
	assert_non_null(idle);
	assert_int_equal(rte_mempool_get_bulk(idle, objs, n), 0);
	rte_mempool_put_bulk(idle, objs, n);
	conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT - window;
	other = make("other", 15, ELT, &conf);
	assert_non_null(other);
	assert_int_equal(rte_mempool_get(other, &obj), 0);
	rte_mempool_put(other, obj);
	conf.window = window;
	conf.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC;
	mp = make("pool", chunks / 2 * 15, ELT, &conf);
	assert_non_null(mp);
	check_objects(mp, chunks / 2 * 15);
	check_objects(idle, chunks / 4 * 15);
	assert_true(pools_get(idle)->evictions != 0);
	if (ddw)
		assert_int_equal(pools_get(other)->evictions, 0);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(other), 0);
	assert_int_equal(rte_mempool_ddw_free(idle), 0);
	end();
}

static void
test_idle_goes(void **state)
{
	(void)state;
	idle_goes(false, RTE_MEMPOOL_DDW_WINDOW_MAIN, 16);
	idle_goes(true, RTE_MEMPOOL_DDW_WINDOW_MAIN, 16);
	idle_goes(true, RTE_MEMPOOL_DDW_WINDOW_DEFAULT, 64);
}

/* All at once, unless that takes more than half of a default window's room. */
static void
test_auto(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	begin(false, 4 * MIB);
	mp = make("small", 400, ELT, NULL);
	assert_non_null(mp);
	assert_false(pools_get(mp)->demand_mapped);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	mp = make("large", 4000, ELT, NULL);
	assert_non_null(mp);
	assert_true(pools_get(mp)->demand_mapped);
	check_objects(mp, 400);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
	begin(true, 32 * MIB);
	mp = make("large", 4000, ELT, NULL);
	assert_non_null(mp);
	assert_false(pools_get(mp)->demand_mapped);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

/* An object of many pages is one run of bus addresses. */
static void
large_objects(bool ddw)
{
	struct rte_mempool *mp;

	begin(ddw, 16 * MIB);
	mp = make("pool", 8, 1024 * KIB, NULL);
	assert_non_null(mp);
	check_objects(mp, ddw ? 8 : 4);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

static void
test_large_objects(void **state)
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

	begin(true, 8 * MIB);
	mp = make("pool", 20 * 15, ELT, &conf);
	assert_non_null(mp);
	check_objects(mp, 20 * 15);
	tces = rig_tces();
	assert_int_equal(rig_regions(), 20);
	assert_int_equal(rte_mempool_ddw_grow(mp, 10 * 15), 10 * 15);
	check_objects(mp, 30 * 15);
	assert_int_equal(rig_tces(), tces / 20 * 30);
	assert_int_equal(rig_regions(), 30);
	assert_int_equal(rte_mempool_ddw_trim(mp, 5 * 15), 25 * 15);
	assert_int_equal(rig_tces(), tces / 4);
	assert_int_equal(rig_regions(), 5);
	check_objects(mp, 5 * 15);
	assert_int_equal(rte_mempool_ddw_grow(mp, 35 * 15), 35 * 15);
	check_objects(mp, 40 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

static void
test_resize(void **state)
{
	(void)state;
	resize(RTE_MEMPOOL_DDW_MAPPING_STATIC);
	resize(RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

/* Growth that fails leaves the pool as it was. */
static void
test_growth_fails(void **state)
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
	begin(true, 8 * MIB);
	mp = make("pool", 20 * 15, ELT, &conf);
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
			check_objects(mp, 20 * 15);
		}
	}
	assert_int_equal(rte_mempool_ddw_grow(mp, 10 * 15), 10 * 15);
	assert_int_equal(rig_regions(), regions);
	check_objects(mp, 30 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

/* Where a pool could not be mapped there is never another one: elsewhere there is. */
static void
test_creation_fails(void **state)
{
	struct rte_mempool *mp;
	unsigned int i;

	(void)state;
	begin(true, 8 * MIB);
	for (i = 0; i < 3; i++) {
		rig_fail(VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
		rig_log_clear();
		assert_null(make("pool", 100, ELT, NULL));
		assert_int_equal(rte_errno, ENOMEM);
		assert_int_equal(rig_logged("DDW-map-failed"), 1);
		assert_int_equal(rig_logged("DDW-"), 1);
	}
	rig_fail_none();
	mp = make("pool", 100, ELT, NULL);
	assert_non_null(mp);
	check_objects(mp, 100);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

/*
 * The same of a pool that is mapped on demand: where the kernel refused to map it, it does
 * not grow again, and no other pool comes.
 */
static void
test_demand_fails(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 20 * 15,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
	};
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	begin(true, 8 * MIB);
	mp = make("pool", 20 * 15, ELT, &conf);
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
	check_objects(mp, 19 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	mp = make("pool", 20 * 15, ELT, &conf);
	assert_non_null(mp);
	check_objects(mp, 20 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	end();
}

/* Memory that the kernel does not unmap is kept: a device may reach it. */
static void
test_unmap_fails(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 40 * 15,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
	};
	struct rte_mempool *mp;
	int taken;

	(void)state;
	begin(true, 8 * MIB);
	mp = make("pool", 20 * 15, ELT, &conf);
	assert_non_null(mp);
	rig_fail(VFIO_IOMMU_UNMAP_DMA, 1, 1, -EIO, false);
	rig_log_clear();
	taken = rte_mempool_ddw_trim(mp, 10 * 15);
	assert_int_equal(taken, 10 * 15);
	assert_int_equal(rig_logged("DDW-unmap-failed"), 1);
	rig_fail_none();
	check_objects(mp, 10 * 15);
	/* One unit is not used again: there is room for 39. */
	assert_int_equal(rte_mempool_ddw_grow(mp, 30 * 15), -ENOSPC);
	assert_int_equal(rte_mempool_ddw_grow(mp, 29 * 15), 29 * 15);
	check_objects(mp, 39 * 15);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	rig_end_faulty();
	assert_int_equal(rig_wrongs(), 0);
}

/* A pool for a device with few address bits, while others use the large window. */
static void
test_default_window(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT,
		.addr_bits = 30,
	};
	struct rte_mempool *mp, *other;

	(void)state;
	begin(true, 16 * MIB);
	mp = make("small", 100, ELT, &conf);
	other = make("other", 100, ELT, NULL);
	assert_non_null(mp);
	assert_non_null(other);
	assert_true(pools_get(mp)->iova_last < UINT64_C(1) << 30);
	assert_true(pools_get(other)->iova_first >= UINT64_C(1) << 59);
	check_objects(mp, 100);
	check_objects(other, 100);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(other), 0);
	end();
}

static int
start(void **state)
{
	(void)state;
	rig_eal();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_ioctls),     cmocka_unit_test(test_holes),
		cmocka_unit_test(test_idle_goes),      cmocka_unit_test(test_auto),
		cmocka_unit_test(test_large_objects),  cmocka_unit_test(test_resize),
		cmocka_unit_test(test_growth_fails),   cmocka_unit_test(test_creation_fails),
		cmocka_unit_test(test_demand_fails),   cmocka_unit_test(test_unmap_fails),
		cmocka_unit_test(test_default_window),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
