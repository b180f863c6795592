/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools on this machine, with DPDK's own bus addresses: no plugin, no hugepages. */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
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
test_create(void **state)
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
test_mbufs(void **state)
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
test_by_name(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(rte_mbuf_set_user_mempool_ops("ddw"), 0);
	mp = rte_pktmbuf_pool_create("mbufs", N, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	assert_non_null(mp);
	assert_true(handler_is_ours(mp));
	check_all(mp, N);
	rte_mempool_free(mp);
	mp = rte_pktmbuf_pool_create_by_ops("mbufs", N, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					    SOCKET_ID_ANY, "ddw_demand");
	assert_non_null(mp);
	check_all(mp, N);
	rte_mempool_free(mp);
	assert_true(TAILQ_EMPTY(&pools.list));
}

static void
test_demand(void **state)
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

static int
begin(void **state)
{
	(void)state;
	rig_eal();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_mbufs),
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_demand),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
