/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* NUMA nodes and sizes of hugepages, of a machine that is made up. */

#include <errno.h>
#include <numaif.h>
#include <string.h>

#include "memory_fake.h"

#define GIB (1024 * MIB)

static const struct fake_policy own = { MPOL_PREFERRED, 1ul << 2 };

/* Nodes 0 and 2 have memory; hugepages of 1G and 2M. */
static int
begin_one(void **state)
{
	static const uint64_t counts[FAKE_NODES][2] = {
		{ 1, 100 }, { 0, 0 }, { 4, 300 }, { 5, 300 }
	};
	unsigned int i;

	(void)state;
	fake_none();
	fake.nodes = 3;
	fake.node_size[0] = (long long)(8 * GIB);
	fake.node_size[2] = (long long)(16 * GIB);
	fake.policy = own;
	fake.sizes = 2;
	for (i = 0; i < FAKE_NODES; i++) {
		fake.counts[i][0] = (struct page_count){ GIB, counts[i][0] };
		fake.counts[i][1] = (struct page_count){ 2 * MIB, counts[i][1] };
	}
	return 0;
}

static int
end_one(void **state)
{
	(void)state;
	fake_none();
	assert_int_equal(scene_lists(), 0);
	return 0;
}

static void
chosen(uint64_t bytes, uint64_t wanted, int node, uint64_t expected)
{
	uint64_t size = 0;

	assert_int_equal(mpddw_memory_choose_page(bytes, wanted, node, &size, NULL), 0);
	assert_int_equal(size, expected);
}

static void
test_page_size_chosen_by_waste(void **state)
{
	(void)state;
	chosen(4 * GIB, 0, 2, GIB);
	chosen(GIB / 2, 0, 2, GIB);
	chosen(GIB / 2 - 1, 0, 2, 2 * MIB); /* more than half of a page of 1G would be wasted */
	chosen(GIB + 1, 0, 2, GIB);
	chosen(MIB, 0, 2, 2 * MIB);
	chosen(1, 0, 2, 2 * MIB); /* no page is small enough, but the smallest is there */
	chosen(200 * MIB, 0, 0, 2 * MIB);
	chosen(5 * GIB, 0, SOCKET_ID_ANY, GIB);
	chosen(600 * MIB, 2 * MIB, 2, 2 * MIB);
	chosen(1, GIB, 2, GIB);
	chosen(MIB, page, 2, page);
	/* too few of the large ones, enough of the small ones */
	fake.counts[2][0].free = 0;
	chosen(600 * MIB, 0, 2, 2 * MIB);
}

static void
refused(uint64_t bytes, uint64_t wanted, int node, const char *what)
{
	struct ddw_error err;
	uint64_t size = 0;

	assert_int_equal(mpddw_memory_choose_page(bytes, wanted, node, &size, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, what));
	assert_non_null(strstr(err.why, "node 0: 1 of 1G, 100 of 2M; node 1: 0 of 1G, 0 of 2M; "
					"node 2: 4 of 1G, 300 of 2M"));
}

static void
test_too_few_hugepages_named_per_node(void **state)
{
	struct ddw_error err;
	uint64_t size = 0;

	(void)state;
	refused(202 * MIB, 0, 0, "101 hugepages of 2M are needed on NUMA node 0, 100 are free");
	refused(2 * GIB, GIB, 0, "2 hugepages of 1G are needed on NUMA node 0, 1 are free");
	refused(6 * GIB, GIB, SOCKET_ID_ANY, "6 hugepages of 1G are needed, 5 are free");
	assert_int_equal(mpddw_memory_choose_page(MIB, 16 * MIB, 2, &size, &err), -EINVAL);
	assert_int_equal(err.msg, DDW_MSG_POOL_CONFIG);
	assert_non_null(strstr(err.why, ", 2M, 1G"));
}

static void
test_node_without_memory_refused(void **state)
{
	static const int nodes[] = { 1, 3, 31, -2 };
	struct ddw_error err;
	uint64_t size;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(nodes); i++) {
		assert_int_equal(mpddw_memory_choose_page(MIB, 0, nodes[i], &size, &err), -ENODEV);
		assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
		assert_string_equal(err.why, "nodes with memory: 0 2");
	}
	fake.no_numa = true;
	assert_int_equal(mpddw_memory_choose_page(MIB, 0, 1, &size, &err), -ENODEV);
	assert_string_equal(err.why, "nodes with memory: 0");
	chosen(MIB, 0, 0, 2 * MIB);
}

static void
reserve(struct arena *a, int node)
{
	assert_int_equal(mpddw_memory_reserve(a, "scene", 16 * page, page, page, node, NULL), 0);
}

static void
same_policy(void)
{
	assert_int_equal(fake.policy.mode, own.mode);
	assert_int_equal(fake.policy.mask, own.mask);
}

/* fallocate() goes by the policy of the thread, which is then what it was. */
static void
test_policy_of_thread_restored(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a;

	(void)state;
	reserve(&a, 0);
	assert_int_equal(mpddw_memory_add(&a, page, 8 * page, NULL), 0);
	assert_int_equal(fake.allocated.mode, MPOL_BIND);
	assert_int_equal(fake.allocated.mask, 1);
	assert_int_equal(fake.bound.mode, MPOL_BIND);
	assert_int_equal(fake.bound.mask, 1);
	same_policy();
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 8 * page);
	assert_int_equal(bytes[2], 0);
	mpddw_memory_release(&a);
}

static void
test_any_node_leaves_policy_alone(void **state)
{
	struct arena a;

	(void)state;
	fake.lands_on = 2;
	reserve(&a, SOCKET_ID_ANY);
	assert_int_equal(mpddw_memory_add(&a, 0, 8 * page, NULL), 0);
	assert_int_equal(fake.allocated.mode, own.mode);
	assert_int_equal(fake.bound.mask, 0);
	mpddw_memory_release(&a);
	assert_int_equal(mpddw_memory_nodes(&a, (uint64_t[RTE_MAX_NUMA_NODES]){ 0 }), 0);
}

static void
add_fails(int node, int errnum, const char *what)
{
	struct ddw_error err;
	struct arena a;

	reserve(&a, node);
	assert_int_equal(mpddw_memory_add(&a, 0, 8 * page, &err), -errnum);
	assert_int_equal(err.msg, DDW_MSG_POOL_NODE);
	assert_non_null(strstr(err.what, what));
	assert_int_equal(a.populated, 0);
	assert_int_equal(scene_lists(), 0);
	assert_false(scene_accessible(a.base));
	same_policy();
	mpddw_memory_release(&a);
}

static void
test_pages_on_wrong_node_refused(void **state)
{
	(void)state;
	fake.lands_on = 0;
	add_fails(2, ENOMEM, "on NUMA node 0, not on the requested node 2");
}

static void
test_refused_policy_reported(void **state)
{
	(void)state;
	fake.set_mempolicy = (struct fake_fault){ 1, EINVAL };
	add_fails(2, EINVAL, "cannot be bound to NUMA node 2");
	fake.get_mempolicy = (struct fake_fault){ 1, EPERM };
	add_fails(2, EPERM, "cannot be bound to NUMA node 2");
	fake.mbind = (struct fake_fault){ 1, EPERM };
	add_fails(2, EPERM, "cannot be bound to NUMA node 2");
	fake.move_pages = (struct fake_fault){ 1, EPERM };
	add_fails(2, EPERM, "does not report the node");
}

/* One node: nothing to choose, so the kernel is not asked (containers often may not). */
static void
test_single_node_not_asked_for_policy(void **state)
{
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a;

	(void)state;
	fake.nodes = 1;
	fake.set_mempolicy = (struct fake_fault){ 1, EPERM };
	fake.mbind = fake.set_mempolicy;
	fake.move_pages = fake.set_mempolicy;
	reserve(&a, 0);
	assert_int_equal(mpddw_memory_add(&a, 0, 8 * page, NULL), 0);
	assert_int_equal(mpddw_memory_nodes(&a, bytes), -EPERM);
	fake.no_numa = true;
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], 8 * page);
	mpddw_memory_release(&a);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin_one, end_one)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_page_size_chosen_by_waste),
		CASE(test_too_few_hugepages_named_per_node),
		CASE(test_node_without_memory_refused),
		CASE(test_policy_of_thread_restored),
		CASE(test_any_node_leaves_policy_alone),
		CASE(test_pages_on_wrong_node_refused),
		CASE(test_refused_policy_reported),
		CASE(test_single_node_not_asked_for_policy),
	};

	return cmocka_run_group_tests(tests, memory_begin, NULL);
}
