/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools grow, shrink and go, with DPDK's own bus addresses. */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_mempool.h>

#include "rig.h"

#define N     640
#define MAX_N 2000
#define ELT   1000
/* Objects of 1 KiB and a header: 60 in a chunk of 64 KiB, at most. */
#define CHUNK (64 * KIB)

static unsigned int inits;

static void
init(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	(void)mp;
	(void)arg;
	assert_int_equal(i, inits);
	inits++;
	memset(obj, 0, ELT);
	memcpy(obj, &i, sizeof(i));
}

static struct rte_mempool *
make(enum rte_mempool_ddw_mapping mapping, unsigned int max_n)
{
	const struct rte_mempool_ddw_conf conf = {
		.mapping = mapping,
		.chunk_size = CHUNK,
		.max_n = max_n,
	};
	struct rte_mempool *mp;

	inits = 0;
	mp = rte_mempool_create_ddw("pool", N, ELT, 0, 0, NULL, NULL, init, NULL, SOCKET_ID_ANY, 0,
				    &conf);
	assert_non_null(mp);
	assert_int_equal(inits, N);
	return mp;
}

static void
count_memory(struct rte_mempool *mp, void *arg, struct rte_mempool_memhdr *hdr, unsigned int i)
{
	size_t *bytes = arg;

	(void)i;
	assert_ptr_equal(hdr->mp, mp);
	/* The token is not memory for objects. */
	if (hdr->len >= CHUNK)
		*bytes += hdr->len;
}

/* The lists, the handler and the memory agree; each object is initialised and is had once. */
static void
check(struct rte_mempool *mp, unsigned int n)
{
	struct pool *p = mpddw_pools_get(mp);
	static void *objs[MAX_N + 1];
	static uint8_t seen[4 * MAX_N];
	unsigned int i, number, per = p->layout.per_chunk;
	size_t bytes = 0;

	assert_int_equal(mp->size, n);
	assert_int_equal(mp->populated_size, n);
	assert_int_equal(rte_mempool_avail_count(mp), n);
	assert_int_equal(rte_mempool_mem_iter(mp, count_memory, &bytes), mp->nb_mem_chunks);
	assert_in_range(bytes, (n + per - 1) / per * CHUNK, (uint64_t)p->layout.chunks * CHUNK);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, n), 0);
	assert_int_equal(rte_mempool_get_bulk(mp, &objs[n], 1), -ENOBUFS);
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < n; i++) {
		memcpy(&number, objs[i], sizeof(number));
		assert_in_range(number, 0, inits - 1);
		assert_false(seen[number]);
		seen[number] = 1;
		assert_true(rte_mempool_virt2iova(objs[i]) == (uintptr_t)objs[i]);
		memset((char *)objs[i] + sizeof(number), 0x5a, ELT - sizeof(number));
	}
	rte_mempool_put_bulk(mp, objs, n);
}

static void
grow_and_trim(enum rte_mempool_ddw_mapping mapping)
{
	struct rte_mempool *mp = make(mapping, MAX_N);
	uint64_t before = mpddw_pools_get(mp)->arena.populated;
	int added, taken;

	check(mp, N);
	added = rte_mempool_ddw_grow(mp, 100);
	assert_in_range(added, 100, 100 + mpddw_pools_get(mp)->layout.per_chunk);
	assert_int_equal(inits, N + added);
	check(mp, N + (unsigned int)added);
	assert_true(mpddw_pools_get(mp)->arena.populated > before);

	taken = rte_mempool_ddw_trim(mp, N);
	assert_in_range(taken, 1, added);
	check(mp, N + (unsigned int)(added - taken));
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), N + added - taken);
	assert_int_equal(mp->size, 0);
	assert_int_equal(mpddw_pools_get(mp)->arena.populated, 0);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), 0);

	inits = 0;
	assert_int_equal(rte_mempool_ddw_grow(mp, MAX_N), MAX_N);
	check(mp, MAX_N);
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOSPC);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_static_pool_grows_and_trims(void **state)
{
	(void)state;
	grow_and_trim(RTE_MEMPOOL_DDW_MAPPING_STATIC);
}

static void
test_demand_pool_grows_and_trims(void **state)
{
	(void)state;
	grow_and_trim(RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

/* What is out keeps its memory, and the rest of its unit. */
static void
trim_around(enum rte_mempool_ddw_mapping mapping)
{
	struct rte_mempool *mp = make(mapping, 0);
	unsigned int per = mpddw_pools_get(mp)->layout.per_chunk;
	void *objs[N];
	int taken;

	assert_int_equal(rte_mempool_get_bulk(mp, objs, N), 0);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), 0);
	rte_mempool_put_bulk(mp, &objs[1], N - 1);
	taken = rte_mempool_ddw_trim(mp, 0);
	assert_in_range(taken, N - per, N - 1);
	assert_int_equal(rte_mempool_in_use_count(mp), 1);
	memset(objs[0], 0x77, ELT);
	assert_int_equal(rte_mempool_ddw_free(mp), -EBUSY);
	rte_mempool_put(mp, objs[0]);
	assert_int_equal(mp->size, N - (unsigned int)taken);
	assert_int_equal(rte_mempool_avail_count(mp), mp->size);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_static_pool_trims_around_objects_out(void **state)
{
	(void)state;
	trim_around(RTE_MEMPOOL_DDW_MAPPING_STATIC);
}

static void
test_demand_pool_trims_around_objects_out(void **state)
{
	(void)state;
	trim_around(RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

/* A part of the pool is asked to stay. */
static void
test_trim_keeps_what_is_asked(void **state)
{
	struct rte_mempool *mp = make(RTE_MEMPOOL_DDW_MAPPING_STATIC, 0);
	unsigned int per = mpddw_pools_get(mp)->layout.per_chunk;

	(void)state;
	assert_int_equal(rte_mempool_ddw_trim(mp, N), 0);
	assert_int_equal(rte_mempool_ddw_trim(mp, UINT32_MAX), 0);
	assert_in_range(rte_mempool_ddw_trim(mp, N / 2), N / 2 - per, N / 2);
	check(mp, mp->size);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_growth_beyond_maximum_refused(void **state)
{
	struct rte_mempool *mp = make(RTE_MEMPOOL_DDW_MAPPING_AUTO, N + 5);

	(void)state;
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_grow(mp, 0), -EINVAL);
	assert_int_equal(rte_mempool_ddw_grow(mp, 6), -ENOSPC);
	assert_int_equal(rte_mempool_ddw_grow(mp, UINT32_MAX), -ENOSPC);
	assert_int_equal(rig_logged("DDW-pool-size"), 3);
	check(mp, N);
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), 5);
	check(mp, N + 5);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static_pool_grows_and_trims),
		cmocka_unit_test(test_demand_pool_grows_and_trims),
		cmocka_unit_test(test_static_pool_trims_around_objects_out),
		cmocka_unit_test(test_demand_pool_trims_around_objects_out),
		cmocka_unit_test(test_trim_keeps_what_is_asked),
		cmocka_unit_test(test_growth_beyond_maximum_refused),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
