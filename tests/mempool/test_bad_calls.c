/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Calls for pools that are there, and processes that cannot have any. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_memzone.h>

#include "refusals.h"

/* Memory of the application's, handed to a pool that maps its own on demand. */
static void
test_demand_pool_refuses_other_memory(void **state)
{
	struct rte_mempool_ddw_conf conf = { .mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND };
	static char memory[64 * 1024] __attribute__((aligned(4096)));
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", &conf), 0);
	rig_log_clear();
	assert_int_equal(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL),
			 0);
	/* A message for each page that EAL offers */
	assert_true(rig_logged("DDW-pool-memory") >= 1);
	/* It is an empty pool. */
	assert_int_equal(rte_mempool_get(mp, &obj), -ENOBUFS);
	assert_int_equal(rte_mempool_avail_count(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* Otherwise it is used as it is, and no other is taken. */
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	assert_true(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL) > 0);
	assert_false(mpddw_pools_get(mp)->made);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), -ENOTSUP);
	refusals_check_message("DDW-pool-memory");
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOSPC);
	refusals_check_message("DDW-pool-size");
	rte_mempool_free(mp);

	/* More than a ring can hold; rte_mempool_create_empty() does not mind. */
	mp = rte_mempool_create_empty("pool", UINT32_MAX - 1, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	rig_log_clear();
	assert_int_equal(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL),
			 -EINVAL);
	refusals_check_message("DDW-pool-size");
	rte_mempool_free(mp);
}

static void
test_calls_on_other_pools_refused(void **state)
{
	struct rte_mempool_ddw_stats stats;
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create("pool", N, 100, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_free(mp), -EINVAL);
	refusals_check_message("DDW-pool-config");
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -EINVAL);
	assert_int_equal(rte_mempool_ddw_trim(mp, 1), -EINVAL);
	assert_int_equal(rte_mempool_ddw_check(mp, NULL, 0), -EINVAL);
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &stats), -EINVAL);
	assert_int_equal(rte_mempool_ddw_grow(NULL, 1), -EINVAL);
	rte_mempool_free(mp);
}

static void
test_pool_in_use_not_freed(void **state)
{
	struct rte_mempool *mp = refusals_make(&refusals_usual);
	void *obj;

	(void)state;
	assert_non_null(mp);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_int_equal(rte_mempool_ddw_free(mp), -EBUSY);
	refusals_check_message("DDW-pool-busy");
	memset(obj, 1, refusals_usual.elt_size);
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static int
reach(struct rte_mempool *mp, unsigned int bits)
{
	rig_log_clear();
	return rte_mempool_ddw_check(mp, (const struct rte_device *)"0000:01:00.0", bits);
}

static void
test_pool_beyond_reach_of_device_found(void **state)
{
	struct asked a = refusals_usual;
	struct rte_mempool *mp;

	(void)state;
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 1024 * MIB);
	fake.bits = 64;
	mp = refusals_make(&a);
	assert_non_null(mp);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_check(mp, NULL, 32), -EINVAL);
	refusals_check_message("DDW-pool-config");
	assert_int_equal(reach(mp, 65), -EINVAL);
	assert_int_equal(reach(mp, 0), 0);
	assert_int_equal(reach(mp, 60), 0);
	assert_int_equal(rig_logged("DDW-"), 0);
	assert_int_equal(reach(mp, 59), -ERANGE);
	refusals_check_message("DDW-pool-reach");
	fake.bits = 32;
	assert_int_equal(reach(mp, 0), -ERANGE);
	refusals_check_message("DDW-pool-reach");
	assert_int_equal(rig_logged("0000:01:00.0 has 32 address bits, but pool pool"), 1);
	fake.bits = 0;
	assert_int_equal(reach(mp, 0), -ENODEV);
	refusals_check_message("DDW-pool-reach");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* One that is made for such a device; it may grow up to there. */
	fake.bits = 32;
	a.conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
	a.conf.addr_bits = 28;
	a.conf.max_n = 2 * N;
	mp = refusals_make(&a);
	assert_non_null(mp);
	assert_int_equal(reach(mp, 0), 0);
	assert_int_equal(reach(mp, 28), 0);
	assert_int_equal(reach(mp, 27), -ERANGE);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* One that is not for devices. */
	a = refusals_usual;
	a.flags = RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	mp = refusals_make(&a);
	assert_non_null(mp);
	assert_int_equal(reach(mp, 64), -ERANGE);
	refusals_check_message("DDW-pool-reach");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	fake.table.size = 0;
	mpddw_dma_use(NULL);
}

/* No choice holds for memory that is handed to the mempool. */
static void
test_address_limit_refused_for_other_memory(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
		.addr_bits = 32,
	};
	static char memory[64 * 1024] __attribute__((aligned(4096)));
	struct rte_mempool *mp;

	(void)state;
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 1024 * MIB);
	fake.bits = 64;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", &conf), 0);
	assert_true(rte_mempool_populate_iova(mp, memory, UINT64_C(1) << 59, sizeof(memory), NULL,
					      NULL) > 0);
	assert_int_equal(reach(mp, 32), -ERANGE);
	refusals_check_message("DDW-pool-reach");
	assert_int_equal(reach(mp, 0), 0);
	rte_mempool_free(mp);
	fake.table.size = 0;
	mpddw_dma_use(NULL);
}

static void
test_pool_not_made_in_secondary(void **state)
{
	struct rte_mempool *mp = refusals_make(&refusals_usual);

	(void)state;
	assert_non_null(mp);
	refusals_process = RTE_PROC_SECONDARY;
	assert_null(refusals_make(&refusals_usual));
	assert_int_equal(rte_errno, ENOTSUP);
	refusals_check_message("DDW-pool-secondary");
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_free(mp), -ENOTSUP);
	refusals_check_message("DDW-pool-secondary");
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_trim(mp, 1), -ENOTSUP);
	refusals_process = RTE_PROC_PRIMARY;
	assert_int_equal(rte_mempool_avail_count(mp), N);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_pool_not_made_by_name_in_secondary(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	rig_log_clear();
	refusals_process = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_populate_default(mp), -ENOTSUP);
	refusals_process = RTE_PROC_PRIMARY;
	refusals_check_message("DDW-pool-secondary");
	rte_mempool_free(mp);
}

/* A bus of that name that is in no plugin of ours. */
static void
test_foreign_plugin_refused(void **state)
{
	(void)state;
	refusals_bus = &refusals_usual;
	assert_null(refusals_make(&refusals_usual));
	assert_int_equal(rte_errno, ENODEV);
	refusals_check_message("DDW-pool-no-plugin");
	refusals_bus = strdup("nowhere");
	assert_null(refusals_make(&refusals_usual));
	refusals_check_message("DDW-pool-no-plugin");
	free((void *)(uintptr_t)refusals_bus);
	refusals_bus = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demand_pool_refuses_other_memory),
		cmocka_unit_test(test_calls_on_other_pools_refused),
		cmocka_unit_test(test_pool_in_use_not_freed),
		cmocka_unit_test(test_pool_beyond_reach_of_device_found),
		cmocka_unit_test(test_address_limit_refused_for_other_memory),
		cmocka_unit_test(test_pool_not_made_in_secondary),
		cmocka_unit_test(test_pool_not_made_by_name_in_secondary),
		cmocka_unit_test(test_foreign_plugin_refused),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
