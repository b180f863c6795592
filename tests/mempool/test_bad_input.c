/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools that cannot be made. */

#include <errno.h>
#include <stdlib.h>

#include <rte_memzone.h>

#include "refusals.h"

static void
test_bad_sizes_refused(void **state)
{
	(void)state;
	REFUSED("DDW-pool-size", EINVAL, asked.n = 0);
	REFUSED("DDW-pool-size", EINVAL, asked.n = UINT32_MAX);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = 0);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = UINT32_MAX);
	REFUSED("DDW-pool-size", EINVAL, asked.n = 1u << 29; asked.elt_size = 1u << 30);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = 1u << 30; conf->max_n = 1u << 29);
	REFUSED("DDW-pool-size", EINVAL, asked.cache_size = RTE_MEMPOOL_CACHE_MAX_SIZE + 1);
	REFUSED("DDW-pool-size", EINVAL, asked.cache_size = N);
}

static void
test_bad_names_refused(void **state)
{
	const struct rte_memzone *mz;
	struct rte_mempool *mp;
	struct asked a = refusals_usual;

	(void)state;
	REFUSED("DDW-pool-name", EINVAL, asked.name = NULL);
	REFUSED("DDW-pool-name", EINVAL, asked.name = "");
	REFUSED("DDW-pool-name", ENAMETOOLONG, asked.name = "a_name_of_twenty_six_lette");
	a.name = "a_name_of_twenty_five_let";
	mp = refusals_make(&a);
	assert_non_null(mp);
	assert_null(refusals_make(&a));
	assert_int_equal(rte_errno, EEXIST);
	refusals_check_message("DDW-pool-name");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	/* Names of rings and memzones count as well. */
	mz = rte_memzone_reserve("RG_MP_pool", 64, SOCKET_ID_ANY, 0);
	assert_non_null(mz);
	assert_null(refusals_make(&refusals_usual));
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(rig_logged("DDW-pool-name"), 1);
	assert_int_equal(rte_memzone_free(mz), 0);
	mz = rte_memzone_reserve("MP_pool", 64, SOCKET_ID_ANY, 0);
	assert_non_null(mz);
	assert_null(refusals_make(&refusals_usual));
	assert_int_equal(rte_errno, EEXIST);
	refusals_check_message("DDW-pool-name");
	assert_int_equal(rte_memzone_free(mz), 0);
}

static void
test_bad_nodes_refused(void **state)
{
	(void)state;
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = RTE_MAX_NUMA_NODES);
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = -2);
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = RTE_MAX_NUMA_NODES - 1);
}

static void
test_bad_choices_refused(void **state)
{
	(void)state;
	REFUSED("DDW-pool-config", EINVAL, conf->max_n = N - 1);
	REFUSED("DDW-pool-config", EINVAL, conf->max_n = UINT32_MAX);
	REFUSED("DDW-pool-config", EINVAL, conf->addr_bits = 11);
	REFUSED("DDW-pool-config", EINVAL, conf->addr_bits = 65);
	REFUSED("DDW-pool-config", EINVAL, conf->page_size = 12345);
	REFUSED("DDW-pool-config", EINVAL, conf->chunk_size = 64);
	REFUSED("DDW-pool-config", EINVAL, conf->chunk_size = 64 * KIB + 1);
	REFUSED("DDW-pool-config", EINVAL,
		conf->window = (enum rte_mempool_ddw_window)(RTE_MEMPOOL_DDW_WINDOW_DEFAULT + 1));
	REFUSED("DDW-pool-config", EINVAL,
		conf->mapping = (enum rte_mempool_ddw_mapping)(RTE_MEMPOOL_DDW_MAPPING_DEMAND + 1));
	REFUSED("DDW-pool-config", EINVAL, asked.flags = RTE_MEMPOOL_F_SC_GET);
	REFUSED("DDW-pool-config", EINVAL, asked.flags = 1u << 31);
}

static void
test_page_size_without_pages_refused(void **state)
{
	(void)state;
	REFUSED("DDW-pool-config", EINVAL, conf->page_size = UINT64_C(512) * 1024 * MIB);
}

static void
test_bad_mbuf_pools_refused(void **state)
{
	(void)state;
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_ddw("pool", N, 0, 1, 2048, SOCKET_ID_ANY, NULL));
	assert_int_equal(rte_errno, EINVAL);
	refusals_check_message("DDW-pool-size");
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_ddw(NULL, N, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY,
						NULL));
	assert_int_equal(rte_errno, EINVAL);
	refusals_check_message("DDW-pool-size");
}

static void
test_unsuitable_windows_refused(void **state)
{
	(void)state;
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 0);
	REFUSED("DDW-pool-window", ENOTSUP, conf->window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT);
	REFUSED("DDW-pool-window", ENOSPC, conf->addr_bits = 32);
	/* Too small for one chunk */
	refusals_use_fake(VFIO_SPAPR_DMA_DMA32, 64 * KIB);
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 128 * KIB);
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 128 * KIB;
		conf->mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND);
	/* For all of it at once */
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 16 * KIB;
		conf->mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC);
	/* Of pages that are too small */
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.info.windows[DDW_RANGE_MAIN].page_shift = 21;
	REFUSED("DDW-pool-memory", ENOTSUP, asked.n = N);
	/* Windows that were closed meanwhile */
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.error = -ENODEV;
	REFUSED("DDW-pool-no-plugin", ENODEV, asked.n = N);
	fake.table.size = 0;
	mpddw_dma_use(NULL);
}

/* Bus addresses of DPDK's own cannot be chosen. */
static void
test_address_limit_refused_without_plugin(void **state)
{
	(void)state;
	REFUSED("DDW-pool-window", ENOSPC, conf->addr_bits = 20);
}

static void
test_large_object_refused_without_contiguous_memory(void **state)
{
	(void)state;
	refusals_use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.info.contiguous = 0;
	REFUSED("DDW-pool-contiguous", ENOTSUP, asked.elt_size = 1 << 20; asked.n = 4);
	fake.table.size = 0;
	mpddw_dma_use(NULL);
}

/* The environment speaks for pools that are made by name. */
static void
by_name(const char *config, const char *id, int err)
{
	assert_int_equal(setenv("MEMPOOL_DDW_CONFIG", config, 1), 0);
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_by_ops("pool", N, 0, 0, 2048, SOCKET_ID_ANY, "ddw"));
	assert_int_equal(rte_errno, err);
	refusals_check_message(id);
	assert_int_equal(unsetenv("MEMPOOL_DDW_CONFIG"), 0);
	assert_true(TAILQ_EMPTY(&mpddw_pools.list));
}

static void
test_bad_choices_by_name_refused(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	by_name("colour=red", "DDW-pool-config", EINVAL);
	by_name("page_size", "DDW-pool-config", EINVAL);
	by_name("page_size=large", "DDW-pool-config", EINVAL);
	by_name("chunk_size=-1", "DDW-pool-config", EINVAL);
	by_name("mapping=later", "DDW-pool-config", EINVAL);
	by_name("window=left", "DDW-pool-config", EINVAL);
	by_name("addr_bits=3", "DDW-pool-config", EINVAL);
	by_name("addr_bits=65", "DDW-pool-config", EINVAL);
	by_name("chunk_size=1K", "DDW-pool-config", EINVAL);
	by_name("addr_bits=20", "DDW-pool-window", ENOSPC);
	assert_int_equal(setenv("MEMPOOL_DDW_CONFIG",
				"chunk_size=64K,mapping=demand,window=main,addr_bits=64", 1),
			 0);
	mp = rte_pktmbuf_pool_create_by_ops("pool", N, 0, 0, 2048, SOCKET_ID_ANY, "ddw");
	assert_non_null(mp);
	assert_int_equal(mpddw_pools_get(mp)->layout.chunk_size, 64 * KIB);
	assert_true(mpddw_pools_get(mp)->demand_mapped);
	rte_mempool_free(mp);
	assert_int_equal(unsetenv("MEMPOOL_DDW_CONFIG"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_sizes_refused),
		cmocka_unit_test(test_bad_names_refused),
		cmocka_unit_test(test_bad_nodes_refused),
		cmocka_unit_test(test_bad_choices_refused),
		cmocka_unit_test(test_page_size_without_pages_refused),
		cmocka_unit_test(test_bad_mbuf_pools_refused),
		cmocka_unit_test(test_unsuitable_windows_refused),
		cmocka_unit_test(test_address_limit_refused_without_plugin),
		cmocka_unit_test(test_large_object_refused_without_contiguous_memory),
		cmocka_unit_test(test_bad_choices_by_name_refused),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
