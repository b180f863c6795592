/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory outside EAL's heaps, from the kernel of this machine. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_eal_memconfig.h>
#include <rte_errno.h>

#include "memory_scene.h"

static void
add(struct arena *a, uint64_t first, uint64_t n)
{
	struct ddw_error err;

	assert_int_equal(mpddw_memory_add(a, first * a->page_size, n * a->page_size, &err), 0);
}

static rte_iova_t
iova_of(const struct arena *a, uint64_t n)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(a->base + n * a->page_size, NULL);

	assert_non_null(ms);
	return ms->iova;
}

static void
test_reserved_memory_has_no_pages(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a, b;
	uint64_t align = UINT64_C(1) << 30;

	(void)state;
	assert_int_equal(mpddw_memory_reserve(&a, "one", 64 * page, page, align, 0, NULL), 0);
	assert_true(ddw_is_aligned((uintptr_t)a.base, align));
	assert_int_equal(a.room, 64 * page);
	assert_int_equal(a.page_size, page);
	assert_int_equal(a.populated, 0);
	assert_int_equal(a.node, 0);
	assert_true(a.fd >= 0);
	assert_int_equal(scene_held(&a), 0);
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(scene_lists(), 0);
	scene_reserve(&b, 16);
	assert_true(b.base + b.room <= a.base || a.base + a.room <= b.base);
	mpddw_memory_release(&a);
	mpddw_memory_release(&b);
}

static int
last_of_eal(const struct rte_memseg_list *msl, void *arg)
{
	uint64_t *end = arg;

	if (!msl->external)
		*end = RTE_MAX(*end, msl->addr_64 + msl->len);
	return 0;
}

static uint64_t
table_of(const char *addr)
{
	return (uintptr_t)rte_mem_virt2memseg_list(addr)->memseg_arr.data;
}

/* Registers of devices are behind EAL's memory: a secondary process finds the table all the same. */
static void
test_list_table_placed_near_memory(void **state)
{
	static void *taken[256];
	uint64_t end = 0, next, near, i;
	struct arena a;

	(void)state;
	assert_int_equal(rte_memseg_list_walk(last_of_eal, &end), 0);
	scene_reserve(&a, 8);
	add(&a, 0, 1);
	next = table_of(a.base);
	/* What is there already is in the way as well. */
	for (i = 0; i < RTE_DIM(taken); i++)
		taken[i] = mmap((void *)(uintptr_t)(next + (i + 1) * page), page, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	add(&a, 2, 1);
	near = table_of(a.base + 2 * page);
	assert_true(near >= end && near - end < UINT64_C(1) << 30);
	for (i = 0; i < RTE_DIM(taken); i++)
		if (taken[i] != MAP_FAILED)
			munmap(taken[i], page);
	mpddw_memory_release(&a);
}

static void
test_bad_reservation_refused(void **state)
{
	static const struct {
		uint64_t room;
		uint64_t page;
		uint64_t align;
	} bad[] = {
		{ 0, 4096, 4096 },
		{ 4096 + 1, 4096, 4096 },
		{ 4096, 4096, 3 },
		{ 4096, 4096, 0 },
		{ 4096, 3000, 4096 },
		{ 4096, 0, 4096 },
		{ UINT64_MAX - 4095, 4096, 4096 },
	};
	struct scene_left before = scene_left();
	struct ddw_error err;
	struct arena a;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(bad); i++) {
		assert_int_equal(mpddw_memory_reserve(&a, "bad", bad[i].room, bad[i].page,
						      bad[i].align, SOCKET_ID_ANY, &err),
				 -EINVAL);
		assert_int_equal(err.msg, DDW_MSG_BAD_RANGE);
		mpddw_memory_release(&a);
	}
	assert_int_equal(mpddw_memory_reserve(&a, "far", page, page, page, 777, &err), -ENODEV);
	assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
	assert_true(mpddw_memory_reserve(&a, "vast", UINT64_C(1) << 62, page, page, 0, &err) < 0);
	assert_int_equal(err.msg, DDW_MSG_NO_MEMORY);
	mpddw_memory_release(&a);
	scene_same(before);
}

static void
test_added_pages_populated_and_listed(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES], sum = 0;
	struct arena a;
	unsigned int i;

	(void)state;
	scene_reserve(&a, 32);
	add(&a, 4, 8);
	assert_int_equal(a.populated, 8 * page);
	assert_int_equal(scene_held(&a), 8 * page);
	assert_int_equal(scene_lists(), 1);
	for (i = 4; i < 12; i++) {
		assert_int_equal(iova_of(&a, i), RTE_BAD_IOVA);
		assert_int_equal(a.base[i * page], 0);
	}
	assert_null(rte_mem_virt2memseg(a.base, NULL));
	memset(a.base + 4 * page, 0xaa, 8 * page);
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	for (i = 0; i < RTE_MAX_NUMA_NODES; i++)
		sum += bytes[i];
	assert_int_equal(sum, 8 * page);
	mpddw_memory_release(&a);
	assert_int_equal(scene_lists(), 0);
}

static void
test_bad_addition_refused(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	scene_reserve(&a, 8);
	assert_int_equal(mpddw_memory_add(&a, 0, 0, &err), -EINVAL);
	assert_int_equal(err.msg, DDW_MSG_BAD_RANGE);
	assert_int_equal(mpddw_memory_add(&a, 1, page, &err), -EINVAL);
	assert_int_equal(mpddw_memory_add(&a, 0, page - 1, &err), -EINVAL);
	assert_int_equal(mpddw_memory_add(&a, page, 8 * page, &err), -EINVAL);
	assert_int_equal(mpddw_memory_add(&a, page, 0 - page, &err), -EINVAL);
	mpddw_memory_remove(&a, page, 8 * page);
	mpddw_memory_remove(&a, 1, page);
	assert_int_equal(a.populated, 0);
	mpddw_memory_release(&a);
	assert_int_equal(mpddw_memory_add(&a, 0, page, &err), -EINVAL);
}

/* Pages go from the middle and come back: EAL's list serves them again, as they are zero. */
static void
test_removed_pages_come_back_zero(void **state)
{
	struct arena a;
	unsigned int i;

	(void)state;
	scene_reserve(&a, 16);
	add(&a, 4, 8);
	memset(a.base + 4 * page, 0xaa, 8 * page);
	mpddw_memory_remove(&a, 4 * page, 4 * page);
	assert_int_equal(a.populated, 4 * page);
	assert_int_equal(scene_held(&a), 4 * page);
	assert_int_equal(scene_lists(), 1);
	assert_false(scene_accessible(a.base + 4 * page));
	assert_true(scene_accessible(a.base + 8 * page));

	/* two pages that EAL has no list for, two that it has */
	add(&a, 2, 4);
	assert_int_equal(scene_lists(), 2);
	assert_int_equal(a.populated, 8 * page);
	for (i = 2; i < 6; i++) {
		assert_int_equal(a.base[i * page], 0);
		assert_int_equal(iova_of(&a, i), RTE_BAD_IOVA);
	}
	assert_int_equal((unsigned char)a.base[8 * page], 0xaa);

	mpddw_memory_remove(&a, 4 * page, 2 * page);
	mpddw_memory_remove(&a, 8 * page, 4 * page);
	assert_int_equal(scene_lists(), 1); /* the larger one has gone with its last page */
	mpddw_memory_remove(&a, 2 * page, 2 * page);
	assert_int_equal(scene_lists(), 0);
	assert_int_equal(scene_held(&a), 0);
	assert_int_equal(a.populated, 0);
	add(&a, 0, 16);
	assert_int_equal(scene_lists(), 1);
	mpddw_memory_release(&a);
}

/* New pages around and between those of lists that are there. */
static void
test_pages_added_around_listed_ones(void **state)
{
	struct arena a;

	(void)state;
	scene_reserve(&a, 32);
	add(&a, 4, 2);
	add(&a, 10, 6);
	add(&a, 20, 1);
	mpddw_memory_remove(&a, 4 * page, page);
	mpddw_memory_remove(&a, 10 * page, 4 * page);
	/* 4 is listed, 6..9 is not, 10..13 is; 5 has its page still */
	add(&a, 4, 1);
	add(&a, 6, 8);
	assert_int_equal(scene_lists(), 4);
	assert_int_equal(a.populated, 13 * page);
	assert_int_equal(scene_held(&a), 13 * page);
	mpddw_memory_remove(&a, 4 * page, 12 * page);
	assert_int_equal(scene_lists(), 1);
	assert_int_equal(a.populated, page);
	mpddw_memory_release(&a);
	assert_int_equal(scene_lists(), 0);
}

static void
test_bus_addresses_written_to_lists(void **state)
{
	struct arena a;
	unsigned int i;

	(void)state;
	scene_reserve(&a, 16);
	add(&a, 0, 4);
	add(&a, 4, 4);
	mpddw_memory_write_iova(&a, page, 6 * page, 0x10000000);
	assert_int_equal(iova_of(&a, 0), RTE_BAD_IOVA);
	for (i = 1; i < 7; i++)
		assert_int_equal(iova_of(&a, i), 0x10000000 + (i - 1) * page);
	assert_int_equal(iova_of(&a, 7), RTE_BAD_IOVA);

	/* parts of pages say nothing of the whole page, but that there is nothing */
	mpddw_memory_write_iova(&a, page / 2, page, 0x20000000);
	assert_int_equal(iova_of(&a, 0), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 1), 0x10000000);
	mpddw_memory_write_iova(&a, page + page / 2, page, RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 1), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 2), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 3), 0x10000000 + 2 * page);
	mpddw_memory_write_iova(&a, 12 * page, page, 0x30000000); /* no list there */

	mpddw_memory_write_poison(&a, 2 * page + 1, 2 * page, 0x7000);
	assert_int_equal(iova_of(&a, 1), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 2), 0x7000);
	assert_int_equal(iova_of(&a, 4), 0x7000);
	assert_int_equal(iova_of(&a, 5), 0x10000000 + 4 * page);
	/* what has gone has no address */
	mpddw_memory_remove(&a, 4 * page, page);
	assert_int_equal(iova_of(&a, 4), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 5), 0x10000000 + 4 * page);
	mpddw_memory_release(&a);
	mpddw_memory_write_iova(&a, 0, page, 0);
	mpddw_memory_write_poison(&a, 0, page, 0);
}

static void
test_memory_released_leaves_nothing(void **state)
{
	struct scene_left before = scene_left();
	struct arena a;
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		scene_reserve(&a, 64);
		add(&a, i % 8, 16);
		add(&a, 32, 8);
		mpddw_memory_remove(&a, (i % 8 + 3) * page, 7 * page);
		mpddw_memory_release(&a);
		assert_null(a.base);
		mpddw_memory_release(&a);
	}
	memset(&a, 0, sizeof(a));
	mpddw_memory_release(&a);
	scene_same(before);
	assert_int_equal(scene_lists(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_memory_has_no_pages),
		cmocka_unit_test(test_bad_reservation_refused),
		cmocka_unit_test(test_list_table_placed_near_memory),
		cmocka_unit_test(test_added_pages_populated_and_listed),
		cmocka_unit_test(test_bad_addition_refused),
		cmocka_unit_test(test_removed_pages_come_back_zero),
		cmocka_unit_test(test_pages_added_around_listed_ones),
		cmocka_unit_test(test_bus_addresses_written_to_lists),
		cmocka_unit_test(test_memory_released_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, memory_begin, NULL);
}
