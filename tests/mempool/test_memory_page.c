/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Which pages a pool gets, and hugepages where this machine has some. */

#include <errno.h>
#include <string.h>

#include "memory_scene.h"

static void
test_normal_pages_chosen_for_small_memory(void **state)
{
	uint64_t size = 0;

	(void)state;
	assert_int_equal(mpddw_memory_choose_page(MIB, 0, SOCKET_ID_ANY, &size, NULL), 0);
	assert_int_equal(size, page);
	size = 0;
	assert_int_equal(mpddw_memory_choose_page(MIB, 0, 0, &size, NULL), 0);
	assert_int_equal(size, page);
	size = 0;
	assert_int_equal(mpddw_memory_choose_page(1, page, 0, &size, NULL), 0);
	assert_int_equal(size, page);
}

static void
test_impossible_page_choices_refused(void **state)
{
	struct ddw_error err;
	uint64_t size = 0;

	(void)state;
	assert_int_equal(mpddw_memory_choose_page(MIB, 3 * MIB, SOCKET_ID_ANY, &size, &err),
			 -EINVAL);
	assert_int_equal(err.msg, DDW_MSG_POOL_CONFIG);
	assert_non_null(strstr(err.what, "page_size=3M"));
	assert_non_null(strstr(err.why, page == 4096 ? "4K" : "64K"));

	assert_int_equal(mpddw_memory_choose_page(MIB, 0, 777, &size, &err), -ENODEV);
	assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
	assert_non_null(strstr(err.what, "777"));
	assert_non_null(strstr(err.why, "nodes with memory: 0"));
	assert_int_equal(mpddw_memory_choose_page(MIB, 0, -7, &size, &err), -ENODEV);

	assert_int_equal(mpddw_memory_choose_page(UINT64_C(1) << 50, 0, 0, &size, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, "on NUMA node 0"));
	assert_int_equal(
		mpddw_memory_choose_page(UINT64_C(1) << 50, page, SOCKET_ID_ANY, &size, &err),
		-ENOMEM);
	assert_int_equal(size, 0);
}

static uint64_t
free_2m(void)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n = mpddw_pages_read(SOCKET_ID_ANY, counts), i;

	for (i = 0; i < n; i++)
		if (counts[i].size == 2 * MIB)
			return counts[i].free;
	return UINT64_MAX;
}

static uint64_t
sum_of_nodes(const struct arena *a)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES], sum = 0;
	unsigned int i;

	assert_int_equal(mpddw_memory_nodes(a, bytes), 0);
	for (i = 0; i < RTE_MAX_NUMA_NODES; i++)
		sum += bytes[i];
	return sum;
}

static void
test_hugepages_reserved_and_returned(void **state)
{
	uint64_t size = 0;
	struct arena a;

	(void)state;
	if (free_2m() == UINT64_MAX || free_2m() < 4) {
		print_message("no free hugepages of 2M on this machine\n");
		skip();
	}
	assert_int_equal(mpddw_memory_choose_page(8 * MIB, 2 * MIB, SOCKET_ID_ANY, &size, NULL), 0);
	assert_int_equal(size, 2 * MIB);
	assert_int_equal(
		mpddw_memory_reserve(&a, "huge", 64 * MIB, size, 16 * MIB, SOCKET_ID_ANY, NULL), 0);
	assert_true(ddw_is_aligned((uintptr_t)a.base, 16 * MIB));
	assert_int_equal(scene_held(&a), 0);
	assert_int_equal(mpddw_memory_add(&a, size, 4 * size, NULL), 0);
	assert_int_equal(scene_held(&a), 4 * size);
	memset(a.base + size, 1, 4 * size);
	assert_int_equal(sum_of_nodes(&a), 4 * size);
	mpddw_memory_remove(&a, 2 * size, 2 * size);
	assert_int_equal(scene_held(&a), 2 * size);
	assert_int_equal(sum_of_nodes(&a), 2 * size);
	assert_int_equal(scene_lists(), 1);
	mpddw_memory_release(&a);
}

/* No signal, but a message; and all that was taken is given back. */
static void
test_too_few_hugepages_leave_nothing(void **state)
{
	uint64_t pages = UINT64_C(1) << 18, bytes = pages * 2 * MIB, size = 0;
	struct ddw_error err;
	struct arena a;

	(void)state;
	if (free_2m() == UINT64_MAX) {
		print_message("this machine has no hugepages of 2M\n");
		skip();
	}
	assert_int_equal(mpddw_memory_choose_page(bytes, 2 * MIB, SOCKET_ID_ANY, &size, &err),
			 -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_int_equal(mpddw_memory_reserve(&a, "huge", bytes, 2 * MIB, 2 * MIB, 0, &err), 0);
	assert_int_equal(mpddw_memory_add(&a, 0, bytes, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, "262144 hugepages of 2M are needed on NUMA node 0, "));
	assert_non_null(strstr(err.why, "node 0:"));
	assert_int_equal(scene_held(&a), 0);
	assert_int_equal(a.populated, 0);
	assert_int_equal(scene_lists(), 0);
	mpddw_memory_release(&a);
}

/* 8 pages of the size on a node. */
static void
on_node(int node, uint64_t size)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a;

	assert_int_equal(mpddw_memory_reserve(&a, "node", 16 * size, size, size, node, NULL), 0);
	assert_int_equal(mpddw_memory_add(&a, 4 * size, 8 * size, NULL), 0);
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[node], 8 * size);
	mpddw_memory_release(&a);
}

/* Of the nodes that this machine has. */
static void
test_memory_lands_on_each_node(void **state)
{
	uint64_t size;
	int node;

	(void)state;
	for (node = 0; node < mpddw_node_count(); node++) {
		if (mpddw_memory_choose_page(8 * page, page, node, &size, NULL) != 0)
			continue;
		on_node(node, page);
		if (mpddw_memory_choose_page(16 * MIB, 2 * MIB, node, &size, NULL) == 0)
			on_node(node, 2 * MIB);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_pages_chosen_for_small_memory),
		cmocka_unit_test(test_impossible_page_choices_refused),
		cmocka_unit_test(test_memory_lands_on_each_node),
		cmocka_unit_test(test_hugepages_reserved_and_returned),
		cmocka_unit_test(test_too_few_hugepages_leave_nothing),
	};

	return cmocka_run_group_tests(tests, memory_begin, NULL);
}
