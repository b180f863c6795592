/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory outside EAL's heaps, from the kernel of this machine. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_eal_memconfig.h>
#include <rte_errno.h>

#include "memory_scene.h"

static uint64_t page; /* of this machine */

static int
begin(void **state)
{
	(void)state;
	rig_eal();
	page = pages_normal_size();
	return 0;
}

static void
reserve(struct arena *a, uint64_t pages)
{
	struct ddw_error err;

	assert_int_equal(memory_reserve(a, "scene", pages * page, page, page, SOCKET_ID_ANY, &err),
			 0);
}

static void
add(struct arena *a, uint64_t first, uint64_t n)
{
	struct ddw_error err;

	assert_int_equal(memory_add(a, first * a->page_size, n * a->page_size, &err), 0);
}

/* Bytes that the kernel holds for an arena. */
static uint64_t
held(const struct arena *a)
{
	struct stat st;

	assert_int_equal(fstat(a->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static rte_iova_t
iova_of(const struct arena *a, uint64_t n)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(a->base + n * a->page_size, NULL);

	assert_non_null(ms);
	return ms->iova;
}

static void
test_choose_normal(void **state)
{
	uint64_t size = 0;

	(void)state;
	assert_int_equal(memory_choose_page(MIB, 0, SOCKET_ID_ANY, &size, NULL), 0);
	assert_int_equal(size, page);
	size = 0;
	assert_int_equal(memory_choose_page(MIB, 0, 0, &size, NULL), 0);
	assert_int_equal(size, page);
	size = 0;
	assert_int_equal(memory_choose_page(1, page, 0, &size, NULL), 0);
	assert_int_equal(size, page);
}

static void
test_choose_refused(void **state)
{
	struct ddw_error err;
	uint64_t size = 0;

	(void)state;
	assert_int_equal(memory_choose_page(MIB, 3 * MIB, SOCKET_ID_ANY, &size, &err), -EINVAL);
	assert_int_equal(err.msg, DDW_MSG_POOL_CONFIG);
	assert_non_null(strstr(err.what, "page_size=3M"));
	assert_non_null(strstr(err.why, page == 4096 ? "4K" : "64K"));

	assert_int_equal(memory_choose_page(MIB, 0, 777, &size, &err), -ENODEV);
	assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
	assert_non_null(strstr(err.what, "777"));
	assert_non_null(strstr(err.why, "nodes with memory: 0"));
	assert_int_equal(memory_choose_page(MIB, 0, -7, &size, &err), -ENODEV);

	assert_int_equal(memory_choose_page(UINT64_C(1) << 50, 0, 0, &size, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, "on NUMA node 0"));
	assert_int_equal(memory_choose_page(UINT64_C(1) << 50, page, SOCKET_ID_ANY, &size, &err),
			 -ENOMEM);
	assert_int_equal(size, 0);
}

static void
test_reserve(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a, b;
	uint64_t align = UINT64_C(1) << 30;

	(void)state;
	assert_int_equal(memory_reserve(&a, "one", 64 * page, page, align, 0, NULL), 0);
	assert_true(ddw_is_aligned((uintptr_t)a.base, align));
	assert_int_equal(a.room, 64 * page);
	assert_int_equal(a.page_size, page);
	assert_int_equal(a.populated, 0);
	assert_int_equal(a.node, 0);
	assert_true(a.fd >= 0);
	assert_int_equal(held(&a), 0);
	assert_int_equal(memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(scene_lists(), 0);
	reserve(&b, 16);
	assert_true(b.base + b.room <= a.base || a.base + a.room <= b.base);
	memory_release(&a);
	memory_release(&b);
}

static void
test_reserve_refused(void **state)
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
		assert_int_equal(memory_reserve(&a, "bad", bad[i].room, bad[i].page, bad[i].align,
						SOCKET_ID_ANY, &err),
				 -EINVAL);
		assert_int_equal(err.msg, DDW_MSG_BAD_RANGE);
		memory_release(&a);
	}
	assert_int_equal(memory_reserve(&a, "far", page, page, page, 777, &err), -ENODEV);
	assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
	assert_true(memory_reserve(&a, "vast", UINT64_C(1) << 62, page, page, 0, &err) < 0);
	assert_int_equal(err.msg, DDW_MSG_NO_MEMORY);
	memory_release(&a);
	scene_same(before);
}

static void
test_add(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES], sum = 0;
	struct arena a;
	unsigned int i;

	(void)state;
	reserve(&a, 32);
	add(&a, 4, 8);
	assert_int_equal(a.populated, 8 * page);
	assert_int_equal(held(&a), 8 * page);
	assert_int_equal(scene_lists(), 1);
	for (i = 4; i < 12; i++) {
		assert_int_equal(iova_of(&a, i), RTE_BAD_IOVA);
		assert_int_equal(a.base[i * page], 0);
	}
	assert_null(rte_mem_virt2memseg(a.base, NULL));
	memset(a.base + 4 * page, 0xaa, 8 * page);
	assert_int_equal(memory_nodes(&a, bytes), 0);
	for (i = 0; i < RTE_MAX_NUMA_NODES; i++)
		sum += bytes[i];
	assert_int_equal(sum, 8 * page);
	memory_release(&a);
	assert_int_equal(scene_lists(), 0);
}

static void
test_add_refused(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	reserve(&a, 8);
	assert_int_equal(memory_add(&a, 0, 0, &err), -EINVAL);
	assert_int_equal(err.msg, DDW_MSG_BAD_RANGE);
	assert_int_equal(memory_add(&a, 1, page, &err), -EINVAL);
	assert_int_equal(memory_add(&a, 0, page - 1, &err), -EINVAL);
	assert_int_equal(memory_add(&a, page, 8 * page, &err), -EINVAL);
	assert_int_equal(memory_add(&a, page, 0 - page, &err), -EINVAL);
	memory_remove(&a, page, 8 * page);
	memory_remove(&a, 1, page);
	assert_int_equal(a.populated, 0);
	memory_release(&a);
	assert_int_equal(memory_add(&a, 0, page, &err), -EINVAL);
}

/* Pages go from the middle and come back: EAL's list serves them again, as they are zero. */
static void
test_remove_and_come_back(void **state)
{
	struct arena a;
	unsigned int i;

	(void)state;
	reserve(&a, 16);
	add(&a, 4, 8);
	memset(a.base + 4 * page, 0xaa, 8 * page);
	memory_remove(&a, 4 * page, 4 * page);
	assert_int_equal(a.populated, 4 * page);
	assert_int_equal(held(&a), 4 * page);
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

	memory_remove(&a, 4 * page, 2 * page);
	memory_remove(&a, 8 * page, 4 * page);
	assert_int_equal(scene_lists(), 1); /* the larger one has gone with its last page */
	memory_remove(&a, 2 * page, 2 * page);
	assert_int_equal(scene_lists(), 0);
	assert_int_equal(held(&a), 0);
	assert_int_equal(a.populated, 0);
	add(&a, 0, 16);
	assert_int_equal(scene_lists(), 1);
	memory_release(&a);
}

/* New pages around and between those of lists that are there. */
static void
test_add_around(void **state)
{
	struct arena a;

	(void)state;
	reserve(&a, 32);
	add(&a, 4, 2);
	add(&a, 10, 6);
	add(&a, 20, 1);
	memory_remove(&a, 4 * page, page);
	memory_remove(&a, 10 * page, 4 * page);
	/* 4 is listed, 6..9 is not, 10..13 is; 5 has its page still */
	add(&a, 4, 1);
	add(&a, 6, 8);
	assert_int_equal(scene_lists(), 4);
	assert_int_equal(a.populated, 13 * page);
	assert_int_equal(held(&a), 13 * page);
	memory_remove(&a, 4 * page, 12 * page);
	assert_int_equal(scene_lists(), 1);
	assert_int_equal(a.populated, page);
	memory_release(&a);
	assert_int_equal(scene_lists(), 0);
}

static void
test_write_iova(void **state)
{
	struct arena a;
	unsigned int i;

	(void)state;
	reserve(&a, 16);
	add(&a, 0, 4);
	add(&a, 4, 4);
	memory_write_iova(&a, page, 6 * page, 0x10000000);
	assert_int_equal(iova_of(&a, 0), RTE_BAD_IOVA);
	for (i = 1; i < 7; i++)
		assert_int_equal(iova_of(&a, i), 0x10000000 + (i - 1) * page);
	assert_int_equal(iova_of(&a, 7), RTE_BAD_IOVA);

	/* parts of pages say nothing of the whole page, but that there is nothing */
	memory_write_iova(&a, page / 2, page, 0x20000000);
	assert_int_equal(iova_of(&a, 0), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 1), 0x10000000);
	memory_write_iova(&a, page + page / 2, page, RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 1), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 2), RTE_BAD_IOVA);
	assert_int_equal(iova_of(&a, 3), 0x10000000 + 2 * page);
	memory_write_iova(&a, 12 * page, page, 0x30000000); /* no list there */
	memory_release(&a);
	memory_write_iova(&a, 0, page, 0);
}

static void
test_nothing_left(void **state)
{
	struct scene_left before = scene_left();
	struct arena a;
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		reserve(&a, 64);
		add(&a, i % 8, 16);
		add(&a, 32, 8);
		memory_remove(&a, (i % 8 + 3) * page, 7 * page);
		memory_release(&a);
		assert_null(a.base);
		memory_release(&a);
	}
	memset(&a, 0, sizeof(a));
	memory_release(&a);
	scene_same(before);
	assert_int_equal(scene_lists(), 0);
}

static uint64_t
free_2m(void)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n = pages_read(SOCKET_ID_ANY, counts), i;

	for (i = 0; i < n; i++)
		if (counts[i].size == 2 * MIB)
			return counts[i].free;
	return UINT64_MAX;
}

static void
test_hugepages(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES], size = 0;
	struct arena a;

	(void)state;
	if (free_2m() == UINT64_MAX || free_2m() < 4) {
		print_message("no free hugepages of 2M on this machine\n");
		skip();
	}
	assert_int_equal(memory_choose_page(5 * MIB, 2 * MIB, 0, &size, NULL), 0);
	assert_int_equal(size, 2 * MIB);
	assert_int_equal(memory_reserve(&a, "huge", 64 * MIB, size, 16 * MIB, 0, NULL), 0);
	assert_true(ddw_is_aligned((uintptr_t)a.base, 16 * MIB));
	assert_int_equal(held(&a), 0);
	add(&a, 1, 4);
	assert_int_equal(held(&a), 4 * size);
	memset(a.base + size, 1, 4 * size);
	assert_int_equal(memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 4 * size);
	memory_remove(&a, 2 * size, 2 * size);
	assert_int_equal(held(&a), 2 * size);
	assert_int_equal(memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 2 * size);
	assert_int_equal(scene_lists(), 1);
	memory_release(&a);
}

/* No signal, but a message; and all that was taken is given back. */
static void
test_too_few_hugepages(void **state)
{
	uint64_t pages = UINT64_C(1) << 18, bytes = pages * 2 * MIB, size = 0;
	struct ddw_error err;
	struct arena a;

	(void)state;
	if (free_2m() == UINT64_MAX) {
		print_message("this machine has no hugepages of 2M\n");
		skip();
	}
	assert_int_equal(memory_choose_page(bytes, 2 * MIB, SOCKET_ID_ANY, &size, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_int_equal(memory_reserve(&a, "huge", bytes, 2 * MIB, 2 * MIB, 0, &err), 0);
	assert_int_equal(memory_add(&a, 0, bytes, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, "262144 hugepages of 2M are needed on NUMA node 0, "));
	assert_non_null(strstr(err.why, "node 0:"));
	assert_int_equal(held(&a), 0);
	assert_int_equal(a.populated, 0);
	assert_int_equal(scene_lists(), 0);
	memory_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose_normal),
		cmocka_unit_test(test_choose_refused),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_reserve_refused),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_refused),
		cmocka_unit_test(test_remove_and_come_back),
		cmocka_unit_test(test_add_around),
		cmocka_unit_test(test_write_iova),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_hugepages),
		cmocka_unit_test(test_too_few_hugepages),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
