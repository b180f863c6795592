/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Mempools on an application's own memory: every object has an address that devices reach. */

#include <errno.h>
#include <string.h>

#include "external_scene.h"
#include "memory/external.h"

#define DEVICE ((struct rte_device *)0x1) /* told apart by its address only */
#define PHYS   UINT64_C(0x1234000)	  /* what EAL takes for the address of such memory */
#define ELT    2048
#define HIGH   (MODEL_HIGH + 256 * MODEL_2M) /* free addresses of the large window */

static void
map_for_device(uint64_t vaddr, uint64_t iova, uint64_t len)
{
	assert_int_equal(spapr_external_dma_map(DEVICE, (void *)(uintptr_t)vaddr, iova, len), 0);
}

static void
unmap_for_device(uint64_t vaddr, uint64_t iova, uint64_t len)
{
	assert_int_equal(spapr_external_dma_unmap(DEVICE, (void *)(uintptr_t)vaddr, iova, len), 0);
}

static unsigned int
n_objects(const struct rte_mempool *mp)
{
	return mp->populated_size;
}

/* The pool gets ready without a message, and all its objects are reached. */
static void
ready_for_devices(struct rte_mempool *mp)
{
	external_ready(mp);
	if (ext.reports != 0)
		fail_msg("%s", ext.last.what);
	assert_int_equal(external_reached(mp), n_objects(mp));
	assert_false(mp->flags & RTE_MEMPOOL_F_NON_IO);
}

static void
test_pool_of_small_pages_mapped(void **state)
{
	struct rte_mempool *mp = external_pool("small", 0, ELT);

	(void)state;
	/* pages with physical addresses apart: one chunk each, and one mapping for all */
	external_chunk(mp, SMALL_AT, PAGE, PHYS);
	external_chunk(mp, SMALL_AT + PAGE, PAGE, 7 * PHYS);
	external_chunk(mp, SMALL_AT + 2 * PAGE, PAGE, 3 * PHYS);
	ready_for_devices(mp);
	assert_true(scene_stats(ext.scene).regions == 1);
	external_free(mp);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* Each half was mapped at an address of its own. */
static void
test_chunks_mapped_apart_keep_their_addresses(void **state)
{
	struct rte_mempool *mp = external_pool("apart", 0, ELT);

	(void)state;
	external_register(2, MODEL_2M);
	map_for_device(HUGE_AT, HIGH, MODEL_2M);
	map_for_device(HUGE_AT + MODEL_2M, HIGH + 8 * MODEL_2M, MODEL_2M);
	external_chunk(mp, HUGE_AT, MODEL_2M, HIGH);
	external_chunk(mp, HUGE_AT + MODEL_2M, MODEL_2M, HIGH + 8 * MODEL_2M);
	ready_for_devices(mp);
	assert_true(STAILQ_FIRST(&mp->mem_list)->iova == HIGH);
	external_free(mp);
	unmap_for_device(HUGE_AT, HIGH, MODEL_2M);
	unmap_for_device(HUGE_AT + MODEL_2M, HIGH + 8 * MODEL_2M, MODEL_2M);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* The memory that was mapped stays as it is, whatever becomes of the rest. */
static void
test_mapped_part_survives_failure_of_the_rest(void **state)
{
	struct rte_mempool *mp = external_pool("half", 0, ELT);
	struct rte_mempool_objhdr *obj;
	unsigned int n;

	(void)state;
	external_register(2, MODEL_2M);
	map_for_device(HUGE_AT, HIGH, MODEL_2M);
	external_chunk(mp, HUGE_AT, MODEL_2M, HIGH);
	n = n_objects(mp);
	external_chunk(mp, HUGE_AT + MODEL_2M, MODEL_2M, PHYS);
	model_fail(ext.scene->m, 0, 1, 0, -ENOMEM, false); /* REGISTER */
	external_ready(mp);
	model_fail_none(ext.scene->m);
	assert_int_equal(ext.reports, 1);
	assert_int_equal(external_reached(mp), n);
	obj = STAILQ_FIRST(&mp->elt_list);
	assert_true(obj->iova == HIGH + mp->header_size);
	external_free(mp);
	unmap_for_device(HUGE_AT, HIGH, MODEL_2M);
}

/* What lies between two mappings is mapped beside them, so that objects may cross. */
static void
test_gaps_mapped_beside_what_is_mapped(void **state)
{
	struct rte_mempool *mp = external_pool("gaps", 0, 3 * PAGE);

	(void)state;
	external_register(6, MODEL_2M);
	map_for_device(HUGE_AT + MODEL_2M, HIGH, MODEL_2M);
	map_for_device(HUGE_AT + 3 * MODEL_2M, HIGH + 2 * MODEL_2M, MODEL_2M);
	external_chunk(mp, HUGE_AT, 5 * MODEL_2M, PHYS);
	ready_for_devices(mp);
	assert_true(STAILQ_FIRST(&mp->mem_list)->iova == HIGH - MODEL_2M);
	external_free(mp);
	assert_true(scene_stats(ext.scene).mapped_bytes == 2 * MODEL_2M);
	unmap_for_device(HUGE_AT + MODEL_2M, HIGH, MODEL_2M);
	unmap_for_device(HUGE_AT + 3 * MODEL_2M, HIGH + 2 * MODEL_2M, MODEL_2M);
}

/* Where the addresses on one side are taken, those on the other side do. */
static void
test_gap_mapped_on_the_free_side(void **state)
{
	struct rte_mempool *mp = external_pool("sides", 0, ELT);
	unsigned int i;

	(void)state;
	external_register(8, MODEL_2M);
	map_for_device(HUGE_AT, HIGH, MODEL_2M);
	map_for_device(HUGE_AT + 2 * MODEL_2M, HIGH + 8 * MODEL_2M, MODEL_2M);
	map_for_device(HUGE_AT + 6 * MODEL_2M, HIGH + MODEL_2M, MODEL_2M); /* behind the first */
	for (i = 0; i < 3; i++) /* no object crosses a border */
		external_chunk(mp, HUGE_AT + i * MODEL_2M, MODEL_2M, PHYS);
	ready_for_devices(mp);
	assert_true(STAILQ_NEXT(STAILQ_FIRST(&mp->mem_list), next)->iova == HIGH + 7 * MODEL_2M);
	external_free(mp);
	spapr_external_device_gone(DEVICE);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* Some bus addresses are taken: the few objects that cross a border cannot be reached. */
static void
test_object_across_border_poisoned_and_reported(void **state)
{
	struct rte_mempool *mp = external_pool("crossing", 0, 3 * PAGE);

	(void)state;
	external_register(2, MODEL_2M);
	map_for_device(HUGE_AT, HIGH, MODEL_2M);
	map_for_device(HUGE_AT + MODEL_2M, HIGH + 8 * MODEL_2M, MODEL_2M);
	external_chunk(mp, HUGE_AT, 2 * MODEL_2M, PHYS);
	external_ready(mp);
	assert_int_equal(ext.reports, 1);
	assert_string_equal(ddw_msg_name(ext.last.msg), "DDW-external-memory");
	assert_non_null(strstr(ext.last.what, "mempool crossing: 1 objects"));
	assert_int_equal(external_reached(mp), n_objects(mp) - 1);
	external_poisoned(STAILQ_FIRST(&mp->mem_list)->iova);
	external_free(mp);
	unmap_for_device(HUGE_AT, HIGH, MODEL_2M);
	unmap_for_device(HUGE_AT + MODEL_2M, HIGH + 8 * MODEL_2M, MODEL_2M);
}

/* The border lies inside of a page, and an object of the second pool on that page's end. */
static void
two_pools_in_one_buffer(struct rte_mempool *pools[2], bool second_first)
{
	uint64_t border = SMALL_AT + 5 * PAGE + 2048;
	struct rte_mempool *before = external_pool("before", 0, ELT);

	pools[0] = external_pool("first", 0, ELT);
	pools[1] = external_pool("second", 0, ELT);
	external_chunk(before, SMALL_AT + 32 * PAGE, 8 * PAGE, PHYS);
	external_chunk(pools[0], SMALL_AT, border - SMALL_AT, PHYS);
	external_chunk(pools[1], border, 6 * PAGE, PHYS);
	ready_for_devices(before);
	ready_for_devices(pools[second_first]);
	external_free(before); /* there are free bus addresses on both sides now */
	ready_for_devices(pools[!second_first]);
	assert_true(scene_stats(ext.scene).mapped_bytes == 12 * PAGE);
}

static void
test_pools_share_a_page(void **state)
{
	struct rte_mempool *pools[2];

	(void)state;
	two_pools_in_one_buffer(pools, false);
	external_free(pools[1]);
	assert_true(scene_stats(ext.scene).mapped_bytes == 6 * PAGE);
	assert_int_equal(external_reached(pools[0]), n_objects(pools[0]));
	external_free(pools[0]);
	two_pools_in_one_buffer(pools, true);
	external_free(pools[1]);
	assert_int_equal(external_reached(pools[0]), n_objects(pools[0]));
	external_free(pools[0]);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* Memory of the first one may be given back: of it only the page of the second stays mapped. */
static void
test_shared_page_outlives_the_first_pool(void **state)
{
	struct rte_mempool *pools[2], *again;

	(void)state;
	two_pools_in_one_buffer(pools, false);
	external_free(pools[0]);
	assert_true(scene_stats(ext.scene).mapped_bytes == 7 * PAGE);
	assert_int_equal(external_reached(pools[1]), n_objects(pools[1]));
	model_free_memory(ext.scene->m, SMALL_AT, 5 * PAGE);
	model_add_memory(ext.scene->m, SMALL_AT, 5 * PAGE, 12);
	/* the kernel still has the pages of before under these addresses */
	again = external_pool("again", 0, ELT);
	external_chunk(again, SMALL_AT, 5 * PAGE, PHYS);
	external_ready(again);
	assert_string_equal(ddw_msg_name(ext.last.msg), "DDW-memory-overlap");
	assert_int_equal(external_reached(again), 0);
	external_free(again);
	external_free(pools[1]);
	assert_true(scene_stats(ext.scene).regions == 0);
	ext.reports = 0;
	again = external_pool("later", 0, ELT);
	external_chunk(again, SMALL_AT, 5 * PAGE, PHYS);
	ready_for_devices(again);
	external_free(again);
}

/* Many small pools in one buffer, as with pages of 64K: each lies in one page or two. */
static void
test_many_pools_share_pages(void **state)
{
	uint64_t len = 3 * (ELT + sizeof(struct rte_mempool_objhdr)), at = SMALL_AT + 128;
	struct rte_mempool *pools[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < 32; i++) {
		pools[i] = external_pool("one of many", 0, ELT);
		external_chunk(pools[i], at + i * len, len, PHYS);
		ready_for_devices(pools[i]);
	}
	for (i = 0; i < 32; i += 2)
		external_free(pools[i]);
	for (i = 1; i < 32; i += 2) {
		assert_int_equal(external_reached(pools[i]), 3);
		external_free(pools[i]);
	}
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
}

/* A program passes an address for each page, and the flag since they are not contiguous. */
static void
test_pool_with_flag_and_addresses_mapped(void **state)
{
	struct rte_mempool *mp = external_pool("zero copy", RTE_MEMPOOL_F_NO_IOVA_CONTIG, ELT);
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		external_chunk(mp, HUGE_AT + i * MODEL_2M, MODEL_2M, PHYS + (4 - i) * MODEL_1G);
	ready_for_devices(mp);
	assert_true(STAILQ_FIRST(&mp->elt_list)->iova >= MODEL_HIGH);
	external_free(mp);
}

/* rte_mempool_populate_virt() passes none then: such objects are not for devices. */
static void
test_pool_without_addresses_left_alone(void **state)
{
	struct rte_mempool *mp = external_pool("no device", RTE_MEMPOOL_F_NO_IOVA_CONTIG, ELT);
	const struct rte_mempool_objhdr *obj;

	(void)state;
	external_chunk(mp, SMALL_AT, 4 * PAGE, RTE_BAD_IOVA);
	external_ready(mp);
	STAILQ_FOREACH(obj, &mp->elt_list, next)
		assert_true(obj->iova == RTE_BAD_IOVA);
	assert_true(mp->flags & RTE_MEMPOOL_F_NON_IO);
	assert_true(scene_stats(ext.scene).mapped_bytes == 0);
	external_free(mp);
	/* one with both kinds of chunks */
	mp = external_pool("both", RTE_MEMPOOL_F_NO_IOVA_CONTIG, ELT);
	external_chunk(mp, SMALL_AT, 4 * PAGE, RTE_BAD_IOVA);
	external_chunk(mp, SMALL_AT + 4 * PAGE, 4 * PAGE, PHYS);
	external_ready(mp);
	assert_true(STAILQ_FIRST(&mp->elt_list)->iova == RTE_BAD_IOVA);
	assert_true(scene_stats(ext.scene).mapped_bytes == 4 * PAGE);
	external_free(mp);
}

/* Objects in another order than the chunks are found all the same. */
static void
test_objects_out_of_order_get_addresses(void **state)
{
	struct rte_mempool *mp = external_pool("mixed", 0, ELT);
	struct rte_mempool_objhdr *first;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		external_chunk(mp, SMALL_AT + i * 2 * PAGE, 2 * PAGE - 64, PHYS);
	first = STAILQ_FIRST(&mp->elt_list);
	STAILQ_REMOVE_HEAD(&mp->elt_list, next);
	STAILQ_INSERT_TAIL(&mp->elt_list, first, next);
	ready_for_devices(mp);
	external_free(mp);
}

/* Nobody knows the pages: they count as small ones, which is always right. */
static void
test_pool_mapped_without_proc(void **state)
{
	struct rte_mempool *mp = external_pool("no proc", 0, ELT);
	struct ddw_window_info small;

	(void)state;
	ext.proc = PROC_NONE;
	external_chunk(mp, HUGE_AT, MODEL_2M, PHYS);
	ready_for_devices(mp);
	assert_int_equal(ddw_space_window(ext.scene->space, DDW_RANGE_SMALL, &small), 0);
	assert_true(STAILQ_FIRST(&mp->elt_list)->iova < small.start + small.size);
	external_free(mp);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, external_begin, external_end)
	const struct CMUnitTest tests[] = {
		TEST(test_pool_of_small_pages_mapped),
		TEST(test_chunks_mapped_apart_keep_their_addresses),
		TEST(test_mapped_part_survives_failure_of_the_rest),
		TEST(test_gaps_mapped_beside_what_is_mapped),
		TEST(test_gap_mapped_on_the_free_side),
		TEST(test_object_across_border_poisoned_and_reported),
		TEST(test_pools_share_a_page),
		TEST(test_shared_page_outlives_the_first_pool),
		TEST(test_many_pools_share_pages),
		TEST(test_pool_with_flag_and_addresses_mapped),
		TEST(test_pool_without_addresses_left_alone),
		TEST(test_objects_out_of_order_get_addresses),
		TEST(test_pool_mapped_without_proc),
	};

	return cmocka_run_group_tests_name("extern_pools", tests, NULL, NULL);
}
