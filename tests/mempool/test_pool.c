/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools on this machine, with DPDK's own bus addresses: no plugin, no hugepages. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include "rig.h"

#define N 1000

/* An object per number, each once, with the bus address that DPDK would give it. */
static void
check_all(struct rte_mempool *mp, unsigned int n)
{
	void *objs[4 * N];
	unsigned int i;

	assert_in_range(n, 1, 4 * N);
	assert_int_equal(rte_mempool_avail_count(mp), n);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, n), 0);
	assert_int_not_equal(rte_mempool_get(mp, &objs[n]), 0);
	for (i = 0; i < n; i++) {
		assert_ptr_equal(rte_mempool_from_obj(objs[i]), mp);
		assert_true(rte_mempool_virt2iova(objs[i]) == (uintptr_t)objs[i]);
		memset(objs[i], 0xa5, mp->elt_size);
	}
	rte_mempool_put_bulk(mp, objs, n);
	assert_int_equal(rte_mempool_avail_count(mp), n);
}

static void
count_init(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	unsigned int *count = arg;

	(void)mp;
	assert_int_equal(i, *count);
	memset(obj, 0, sizeof(uint64_t));
	(*count)++;
}

static void
test_created_pool_serves_all_objects(void **state)
{
	unsigned int count = 0;
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_ddw("pool", N, 200, 0, 0, NULL, NULL, count_init, &count,
				    SOCKET_ID_ANY, 0, NULL);
	assert_non_null(mp);
	assert_int_equal(count, N);
	assert_int_equal(mp->populated_size, N);
	assert_false(mp->flags & RTE_MEMPOOL_F_NON_IO);
	check_all(mp, N);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_null(rte_mempool_lookup("pool"));
}

static void
test_mbuf_pool_like_that_of_dpdk(void **state)
{
	struct rte_mbuf *m[N];
	struct rte_mempool *mp;
	unsigned int i;

	(void)state;
	mp = rte_pktmbuf_pool_create_ddw("mbufs", N, 64, 16, 2048 + RTE_PKTMBUF_HEADROOM,
					 SOCKET_ID_ANY, NULL);
	assert_non_null(mp);
	assert_int_equal(rte_pktmbuf_data_room_size(mp), 2048 + RTE_PKTMBUF_HEADROOM);
	assert_int_equal(rte_pktmbuf_priv_size(mp), 16);
	for (i = 0; i < N; i++) {
		m[i] = rte_pktmbuf_alloc(mp);
		assert_non_null(m[i]);
		assert_true(rte_mbuf_iova_get(m[i]) == (uintptr_t)m[i]->buf_addr);
		assert_non_null(rte_pktmbuf_append(m[i], 2048));
	}
	assert_null(rte_pktmbuf_alloc(mp));
	assert_int_equal(rte_mempool_ddw_free(mp), -EBUSY);
	for (i = 0; i < N; i++)
		rte_pktmbuf_free(m[i]);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

/* As an application does that knows nothing of this library. */
static void
test_pool_created_by_handler_name(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(rte_mbuf_set_user_mempool_ops("ddw"), 0);
	mp = rte_pktmbuf_pool_create("mbufs", N, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	assert_non_null(mp);
	assert_true(mpddw_handler_is_ours(mp));
	check_all(mp, N);
	rte_mempool_free(mp);
	assert_true(TAILQ_EMPTY(&mpddw_pools.list));
}

/* DPDK has room for so many handlers, and the library may have come too late. */
static void
test_pool_refused_without_handler(void **state)
{
	struct rte_mempool_ops *ops = rte_mempool_ops_table.ops;

	(void)state;
	while (strcmp(ops->name, RTE_MEMPOOL_DDW_OPS) != 0)
		ops++;
	rig_log_clear();
	ops->name[0] = 'x';
	assert_null(rte_pktmbuf_pool_create_ddw("mbufs", N, 0, 0, 2048, SOCKET_ID_ANY, NULL));
	assert_int_equal(rte_errno, ENOENT);
	ops->name[0] = RTE_MEMPOOL_DDW_OPS[0];
	assert_int_equal(rig_logged("DDW-pool-config"), 1);
}

static void
test_demand_pool_serves_mbufs(void **state)
{
	struct rte_mempool_ddw_conf conf = { .mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
					     .chunk_size = 64 * KIB };
	struct rte_mempool *mp;

	(void)state;
	mp = rte_pktmbuf_pool_create_ddw("mbufs", N, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY,
					 &conf);
	assert_non_null(mp);
	check_all(mp, N);
	check_all(mp, N);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(NULL), 0);
}

/* rte_mempool_populate_anon() asks again how long its memory is when it gives it back. */
static void
test_pool_populated_with_anonymous_memory(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 300, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	assert_int_equal(rte_mempool_populate_anon(mp), N);
	check_all(mp, N);
	rte_mempool_free(mp);
}

/* The choices can be given with the name of the handler. */
static void
test_choices_given_with_handler_name(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
		.chunk_size = 32 * KIB,
	};
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 300, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, RTE_MEMPOOL_DDW_OPS, &conf), 0);
	assert_int_equal(rte_mempool_populate_default(mp), N);
	assert_true(mpddw_pools_get(mp)->demand_mapped);
	assert_int_equal(mpddw_pools_get(mp)->layout.chunk_size, 32 * KIB);
	check_all(mp, N);
	rte_mempool_free(mp);
}

/* A heap that the application made of its own memory is where its pools are. */
static void
test_pool_placed_in_heap_of_application(void **state)
{
	static const size_t len = 8 * MIB;
	struct rte_mempool *mp;
	int socket;
	char *mem;

	(void)state;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(mem, MAP_FAILED);
	assert_int_equal(rte_malloc_heap_create("heap"), 0);
	assert_int_equal(rte_malloc_heap_memory_add("heap", mem, len, NULL, 0, 4 * KIB), 0);
	socket = rte_malloc_heap_get_socket("heap");
	mp = rte_pktmbuf_pool_create_by_ops("mbufs", N, 0, 0, 2048, socket, "ddw");
	assert_non_null(mp);
	assert_false(mpddw_pools_get(mp)->made);
	assert_int_equal(rte_mempool_avail_count(mp), N);
	assert_in_range((uintptr_t)STAILQ_FIRST(&mp->elt_list), (uintptr_t)mem,
			(uintptr_t)mem + len);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	assert_int_equal(rte_malloc_heap_memory_remove("heap", mem, len), 0);
	assert_int_equal(rte_malloc_heap_destroy("heap"), 0);
	assert_int_equal(munmap(mem, len), 0);
}

/* Objects that no device uses have no bus address. */
static void
test_pool_without_devices_has_no_bus_address(void **state)
{
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	mp = rte_mempool_create_ddw("pool", N, 300, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY,
				    RTE_MEMPOOL_F_NO_IOVA_CONTIG, NULL);
	assert_non_null(mp);
	assert_true(mp->flags & RTE_MEMPOOL_F_NON_IO);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_true(rte_mempool_virt2iova(obj) == RTE_BAD_IOVA);
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

/* Far larger than a page, and next to each other. */
static void
test_objects_larger_than_page_served(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mp = rig_pool("pool", 20, 1 << 20, 0, NULL);
	assert_non_null(mp);
	check_all(mp, 20);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_pool_of_one_byte_served(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_ddw("pool", 1, 1, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY,
				    RTE_MEMPOOL_F_NO_CACHE_ALIGN, NULL);
	assert_non_null(mp);
	check_all(mp, 1);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_pool_in_adopted_memory_served(void **state)
{
	static const size_t len = 4 * MIB;
	struct rte_mempool_ddw_conf conf = { 0 };
	struct rte_mempool *mp;
	char *mem;

	(void)state;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		   -1, 0);
	assert_ptr_not_equal(mem, MAP_FAILED);
	memset(mem, 1, len);
	conf.memory = rte_mempool_ddw_adopt(mem, len);
	assert_non_null(conf.memory);
	mp = rte_pktmbuf_pool_create_ddw("mbufs", N, 0, 0, 2048, SOCKET_ID_ANY, &conf);
	assert_non_null(mp);
	assert_ptr_equal(mpddw_pools_get(mp)->arena.base, mem);
	check_all(mp, N);
	/* One pool at a time */
	assert_null(rte_pktmbuf_pool_create_ddw("other", N, 0, 0, 2048, SOCKET_ID_ANY, &conf));
	assert_int_equal(rte_mempool_ddw_release(conf.memory), -EBUSY);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	/* What does not fit is refused, and the memory is free again. */
	assert_null(rte_pktmbuf_pool_create_ddw("mbufs", 2 * N, 0, 0, 2048, SOCKET_ID_ANY, &conf));
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_mempool_ddw_release(conf.memory), 0);
	assert_int_equal(munmap(mem, len), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_created_pool_serves_all_objects),
		cmocka_unit_test(test_mbuf_pool_like_that_of_dpdk),
		cmocka_unit_test(test_pool_created_by_handler_name),
		cmocka_unit_test(test_demand_pool_serves_mbufs),
		cmocka_unit_test(test_pool_refused_without_handler),
		cmocka_unit_test(test_pool_populated_with_anonymous_memory),
		cmocka_unit_test(test_choices_given_with_handler_name),
		cmocka_unit_test(test_pool_placed_in_heap_of_application),
		cmocka_unit_test(test_pool_without_devices_has_no_bus_address),
		cmocka_unit_test(test_objects_larger_than_page_served),
		cmocka_unit_test(test_pool_of_one_byte_served),
		cmocka_unit_test(test_pool_in_adopted_memory_served),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
