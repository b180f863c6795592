/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that an application maps for devices, over the simulated kernel. */

#include <errno.h>

#include <rte_errno.h>

#include "external_scene.h"
#include "memory/external.h"
#include "memory/grants.h"

#define HIGH  (MODEL_HIGH + 256 * MODEL_2M) /* free addresses of the large window */
#define PIECE MODEL_64K

static const char devices[2]; /* told apart by their addresses only */

static struct rte_device *
device(unsigned int i)
{
	return (struct rte_device *)(uintptr_t)&devices[i];
}

static int
map(unsigned int i, uint64_t off, uint64_t iova, uint64_t len)
{
	return spapr_external_dma_map(device(i), (void *)(uintptr_t)(HUGE_AT + off), iova, len);
}

static int
unmap(unsigned int i, uint64_t off, uint64_t iova, uint64_t len)
{
	return spapr_external_dma_unmap(device(i), (void *)(uintptr_t)(HUGE_AT + off), iova, len);
}

static void
check_refused(int ret, int err, enum ddw_msg msg)
{
	assert_int_equal(ret, -1);
	assert_int_equal(rte_errno, err);
	assert_string_equal(ddw_msg_name(ext.last.msg), ddw_msg_name(msg));
	ext.reports = 0;
}

static void
test_memory_mapped_until_last_device_leaves(void **state)
{
	(void)state;
	external_register(4, MODEL_2M);
	assert_int_equal(map(0, 0, HIGH, 4 * MODEL_2M), 0);
	scene_reach(ext.scene, HUGE_AT, HIGH, 4 * MODEL_2M);
	assert_true(ext.segs[3].iova == HIGH + 3 * MODEL_2M);
	assert_int_equal(map(1, MODEL_2M, 0, MODEL_2M), 0);
	check_refused(map(1, 0, HIGH + MODEL_2M, MODEL_2M), EINVAL, DDW_MSG_BAD_IOVA);
	check_refused(unmap(1, 0, HIGH, 4 * MODEL_2M), EINVAL, DDW_MSG_EXTERNAL_MEMORY);
	assert_int_equal(unmap(0, 0, HIGH, 4 * MODEL_2M), 0);
	scene_reach(ext.scene, HUGE_AT, HIGH, 4 * MODEL_2M);
	assert_int_equal(unmap(1, MODEL_2M, 0, MODEL_2M), 0);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
	external_poisoned(ext.segs[0].iova);
	assert_int_equal(ext.reports, 0);
}

static void
test_memory_of_gone_device_unmapped(void **state)
{
	(void)state;
	external_register(4, MODEL_2M);
	assert_int_equal(map(0, 0, HIGH, MODEL_2M), 0);
	assert_int_equal(map(0, MODEL_2M, HIGH + MODEL_2M, MODEL_2M), 0);
	assert_int_equal(map(1, MODEL_2M, HIGH + MODEL_2M, MODEL_2M), 0);
	spapr_external_device_gone(device(0));
	assert_true(scene_stats(ext.scene).mapped_bytes == MODEL_2M);
	spapr_external_device_gone(device(1));
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* Each piece asks for its own pages, and nothing reads the list of all mappings. */
static void
test_many_pieces_ask_for_their_own_pages(void **state)
{
	unsigned int n = 4 * MODEL_2M / PIECE, i;

	(void)state;
	external_register(4, MODEL_2M);
	/* in the default window, which has small IOMMU pages */
	for (i = 0; i < n; i++)
		assert_int_equal(map(0, i * PIECE, MODEL_2M + i * PIECE, PIECE), 0);
	assert_int_equal(ext.queries, n);
	/* it is known now */
	for (i = 0; i < n; i++)
		assert_int_equal(map(1, i * PIECE, MODEL_2M + i * PIECE, PIECE), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(unmap(1, i * PIECE, MODEL_2M + i * PIECE, PIECE), 0);
	assert_int_equal(ext.queries, n);
	assert_int_equal(ext.smaps, 0);
	for (i = n; i-- > 0;)
		assert_int_equal(unmap(0, i * PIECE, MODEL_2M + i * PIECE, PIECE), 0);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* The list names pages of 2M, and there are smaller ones, or two mappings. */
static void
check_claimed_pages(void)
{
	external_register(N_HUGE, MODEL_2M);
	ext.list.base_va = (void *)(uintptr_t)SMALL_AT;
	ext.segs[0].addr = ext.list.base_va;
	check_refused(spapr_external_dma_map(device(0), ext.list.base_va, HIGH, MODEL_2M), EINVAL,
		      DDW_MSG_BAD_IOVA);
	external_register(N_HUGE, MODEL_2M);
	assert_int_equal(map(0, 0, HIGH, N_HUGE * MODEL_2M), 0);
	assert_int_equal(unmap(0, 0, HIGH, N_HUGE * MODEL_2M), 0);
}

static void
test_claimed_page_size_checked(void **state)
{
	(void)state;
	check_claimed_pages();
	assert_int_equal(ext.queries, 4); /* the small pages and what follows, both mappings */
	assert_int_equal(ext.smaps, 0);
}

static void
test_claimed_page_size_checked_by_old_kernel(void **state)
{
	(void)state;
	ext.proc = PROC_SMAPS;
	check_claimed_pages();
	assert_int_equal(ext.queries, 0);
	assert_int_equal(ext.smaps, 2);
}

/* Nothing can be asked: the application is believed, and the kernel sees to it. */
static void
test_claimed_page_size_believed_without_proc(void **state)
{
	(void)state;
	ext.proc = PROC_NONE;
	external_register(2, MODEL_2M);
	assert_int_equal(map(0, 0, HIGH, 2 * MODEL_2M), 0);
	scene_reach(ext.scene, HUGE_AT, HIGH, 2 * MODEL_2M);
	assert_int_equal(unmap(0, 0, HIGH, 2 * MODEL_2M), 0);
	assert_int_equal(ext.reports, 0);
	/* it lied */
	model_free_memory(ext.scene->m, HUGE_AT, 2 * MODEL_2M);
	model_add_memory(ext.scene->m, HUGE_AT, 2 * MODEL_2M, 12);
	check_refused(map(0, 0, HIGH, 2 * MODEL_2M), EINVAL, DDW_MSG_MAP_FAILED);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
	external_poisoned(HIGH);
}

/* A heap of the application comes and goes with events of EAL. */
static void
test_heap_mapped_as_a_whole(void **state)
{
	(void)state;
	external_register(4, MODEL_2M);
	ext.list.heap = 1;
	spapr_external_added(&ext.list);
	scene_reach(ext.scene, HUGE_AT, ext.segs[0].iova, 4 * MODEL_2M);
	assert_int_equal(map(0, MODEL_2M, 0, MODEL_2M), 0);
	spapr_external_removed((void *)(uintptr_t)HUGE_AT, 4 * MODEL_2M);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
	check_refused(unmap(0, MODEL_2M, 0, MODEL_2M), EINVAL, DDW_MSG_EXTERNAL_MEMORY);
	/* what cannot be mapped is poisoned */
	model_fail(ext.scene->m, 0, 1, 0, -ENOMEM, false);
	spapr_external_added(&ext.list);
	model_fail_none(ext.scene->m);
	assert_int_equal(ext.reports, 1);
	external_poisoned(ext.segs[0].iova);
	spapr_external_removed((void *)(uintptr_t)HUGE_AT, 4 * MODEL_2M);
}

/* The application registers other memory at addresses that it has not unmapped. */
static void
test_replaced_memory_unmapped_first(void **state)
{
	(void)state;
	external_register(2, MODEL_2M);
	assert_int_equal(map(0, 0, HIGH, 2 * MODEL_2M), 0);
	external_register(2, MODEL_2M); /* without marks */
	assert_int_equal(map(1, 0, HIGH + 4 * MODEL_2M, 2 * MODEL_2M), 0);
	scene_reach(ext.scene, HUGE_AT, HIGH + 4 * MODEL_2M, 2 * MODEL_2M);
	external_poisoned(HIGH);
	check_refused(unmap(0, 0, HIGH, 2 * MODEL_2M), EINVAL, DDW_MSG_EXTERNAL_MEMORY);
	assert_int_equal(unmap(1, 0, HIGH + 4 * MODEL_2M, 2 * MODEL_2M), 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, external_begin, external_end)
	const struct CMUnitTest tests[] = {
		TEST(test_memory_mapped_until_last_device_leaves),
		TEST(test_memory_of_gone_device_unmapped),
		TEST(test_many_pieces_ask_for_their_own_pages),
		TEST(test_claimed_page_size_checked),
		TEST(test_claimed_page_size_checked_by_old_kernel),
		TEST(test_claimed_page_size_believed_without_proc),
		TEST(test_heap_mapped_as_a_whole),
		TEST(test_replaced_memory_unmapped_first),
	};

	return cmocka_run_group_tests_name("external", tests, NULL, NULL);
}
