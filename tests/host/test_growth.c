/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* EAL adds pages and gives them back, over a simulated kernel: what is accepted is mapped. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/vfio.h>

#include "growth_scene.h"
#include "memory/memseg.h"

/* Two holes of one page, and two pages wanted that a caller may rely on being contiguous. */
static void
test_growth_without_reservation_needs_one_hole(void **state)
{
	(void)state;
	growth_start_small(false);
	assert_true(growth_grow(0, ROOM));
	growth_expect_reached(0, ROOM);
	growth_shrink(1, 1);
	growth_shrink(3, 1);
	assert_false(growth_grow(8, 2));
	assert_int_equal(n_full, 1);
	assert_int_equal(n_errors, 0);
	assert_true(growth_grow(8, 1));
	assert_true(growth_grow(9, 1));
	growth_expect_reached(8, 2);
	growth_finish();
}

/* With addresses that EAL is told in time the two holes will do. */
static void
test_growth_with_reservation_takes_two_holes(void **state)
{
	(void)state;
	growth_start_small(true);
	assert_true(growth_grow(0, ROOM));
	growth_shrink(1, 1);
	growth_shrink(3, 1);
	assert_true(growth_grow(8, 2));
	growth_expect_reached(8, 2);
	assert_true(seg[8].iova + PAGE != seg[9].iova);
	assert_false(growth_grow(16, 1));
	assert_int_equal(n_full, 1);
	assert_int_equal(n_errors, 0);
	growth_finish();
}

/* Hugepages of 16M at start, and of 2M later: smaller than the IOMMU page. */
static void
growth_of_smaller_pages(bool eal_asks, struct model_group_cfg cfg, bool mapped)
{
	growth_start_with(eal_asks, cfg, MODEL_16M, MODEL_1G);
	assert_int_equal(scene_info(scene, 0).page_shift, 24);
	assert_int_equal(growth_grow(0, 3), mapped);
	if (mapped)
		growth_expect_reached(0, 3);
	else
		assert_int_equal(reported.msg, DDW_MSG_SMALL_PAGES);
	assert_int_equal(n_vetoes, mapped ? 0 : 1);
	assert_int_equal(n_errors + n_full, 0);
	if (mapped) {
		growth_shrink(0, 3);
		assert_true(growth_grow(0, PAGES));
		growth_expect_reached(0, PAGES);
	}
	growth_finish();
}

static void
test_growth_of_smaller_pages_mapped_or_refused(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		growth_of_smaller_pages(i == 1, model_pseries(1), true);
		growth_of_smaller_pages(i == 1, model_single_window(1), false);
	}
}

/* A MAP fails once: the page comes back with the next growth, and is mapped then. */
static void
test_page_of_failed_map_mapped_later(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		growth_start_small(i == 1);
		model_fail(scene->m, VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
		assert_true(growth_grow(0, 1));
		assert_int_equal(reported.msg, DDW_MSG_MAP_FAILED);
		assert_int_equal(n_errors, 1);
		assert_int_equal(seg[0].iova, ddw_space_poison(scene->space));
		model_fail_none(scene->m);
		growth_shrink(0, 1);
		assert_true(growth_grow(0, 2));
		growth_expect_reached(0, 2);
		assert_int_equal(n_errors, 1);
		growth_finish();
	}
}

/* The kernel keeps a page: it is in the way of those that EAL wants to add. */
static void
keep_page(unsigned int i)
{
	assert_true(growth_grow(i, 1));
	model_fail(scene->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 1, 1, -EBUSY, false);
	growth_shrink(i, 1);
	model_fail_none(scene->m);
	assert_int_equal(reported.msg, DDW_MSG_UNMAP_FAILED);
}

static void
test_growth_fails_cleanly_at_page_in_quarantine(void **state)
{
	(void)state;
	growth_start_small(true);
	keep_page(1);
	assert_false(growth_grow(0, 3));
	assert_int_equal(reported.msg, DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(n_vetoes, 1);
	assert_int_equal(n_errors, 0);
	assert_true(growth_grow(2, 3));
	growth_expect_reached(2, 3);
	growth_finish();
}

/* EAL has the pages already: all but that one are mapped. */
static void
test_pages_around_one_in_quarantine_mapped(void **state)
{
	(void)state;
	growth_start_small(false);
	keep_page(1);
	assert_true(growth_grow(0, 3));
	assert_true(growth_is_reached(0) && growth_is_reached(2));
	assert_int_equal(seg[1].iova, ddw_space_poison(scene->space));
	/* as a buffer that is contiguous for its owner */
	assert_int_equal(seg[2].iova, seg[0].iova + 2 * PAGE);
	assert_int_equal(n_errors, 1);
	assert_int_equal(reported.msg, DDW_MSG_MEMORY_OVERLAP);
	growth_finish();
}

/* No event told that the pages were given back: the next one at these addresses does. */
static void
test_lost_free_event_learned_from_next_growth(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		growth_start_small(i == 1);
		assert_true(growth_grow(0, 2));
		heap -= 2 * PAGE;
		memset(seg, 0, sizeof(seg));
		list.memseg_arr.count -= 2;
		assert_true(growth_grow(0, 3));
		growth_expect_reached(0, 3);
		assert_int_equal(n_errors, 0);
		growth_finish();
	}
}

/*
 * A secondary process has subtracted pages from the heap, and its primary never heard of it:
 * EAL announces less than it adds.
 */
static void
test_growth_after_lost_request_of_secondary(void **state)
{
	(void)state;
	growth_start_small(true);
	assert_true(growth_grow(0, 3));
	heap -= 3 * PAGE;
	assert_true(growth_grow(8, 2));
	growth_expect_reached(8, 2);
	assert_false(growth_grow(16, 1));
	assert_int_equal(n_errors, 0);
	growth_finish();
	/* without reservation it is learned from what EAL added */
	growth_start_small(false);
	assert_true(growth_grow(0, 2));
	heap -= PAGE;
	assert_true(growth_grow(8, 1));
	assert_false(growth_grow(16, 3));
	assert_int_equal(n_full, 1);
	assert_true(growth_grow(16, 2));
	growth_expect_reached(16, 2);
	assert_false(growth_grow(24, 1));
	assert_int_equal(n_errors, 0);
	growth_finish();
}

/* A page that was given back without an event, and that cannot be unmapped, is in the way. */
static void
test_old_page_that_stays_mapped_refused(void **state)
{
	(void)state;
	growth_start_small(true);
	assert_true(growth_grow(0, 1));
	heap -= PAGE;
	memset(seg, 0, sizeof(seg));
	list.memseg_arr.count--;
	model_fail(scene->m, VFIO_IOMMU_UNMAP_DMA, 1, 1, -EIO, false);
	assert_false(growth_grow(0, 1));
	assert_int_equal(reported.msg, DDW_MSG_UNMAP_FAILED);
	assert_int_equal(n_vetoes, 1);
	assert_int_equal(n_errors, 0);
	model_fail_none(scene->m);
	assert_true(growth_grow(0, 1));
	growth_expect_reached(0, 1);
	growth_finish();
}

/* The page of the poison is the same for all, and no growth ever gets it. */
static void
test_full_window_never_reaches_poison(void **state)
{
	uint64_t poison, at;
	unsigned int i;

	(void)state;
	growth_start_small(true);
	poison = ddw_space_poison(scene->space);
	for (i = 0; growth_grow(i, 1); i++) {
		growth_expect_reached(i, 1);
		assert_true(seg[i].iova + PAGE < poison);
	}
	assert_int_equal(i, ROOM);
	assert_int_equal(ddw_space_poison(scene->space), poison);
	assert_int_equal(model_dma(scene->m, 1, poison, PAGE, &at), -EFAULT);
	growth_finish();
}

/* EAL adds offsets: where the spare page is smaller, poison is far from memory and from MMIO. */
static void
test_poison_of_large_page_is_outside_with_all_offsets(void **state)
{
	struct rte_memseg small = { .len = MODEL_2M }, large = { .len = MODEL_1G };
	struct model_group_cfg cfg = model_pseries(1);
	uint64_t last;

	(void)state;
	growth_start_with(true, cfg, MODEL_2M, MODEL_1G);
	spapr_memseg_poison(&small, 1);
	spapr_memseg_poison(&large, 1);
	assert_int_equal(small.iova, ddw_space_poison(scene->space));
	last = large.iova + (large.len - 1);
	assert_true(large.iova > UINT32_MAX && last < MODEL_HIGH);
	/* the part that a device of 32 bits sends */
	assert_true((uint32_t)large.iova >= MODEL_1G && (uint32_t)last == UINT32_MAX);
	growth_finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth_without_reservation_needs_one_hole),
		cmocka_unit_test(test_growth_with_reservation_takes_two_holes),
		cmocka_unit_test(test_growth_of_smaller_pages_mapped_or_refused),
		cmocka_unit_test(test_page_of_failed_map_mapped_later),
		cmocka_unit_test(test_growth_fails_cleanly_at_page_in_quarantine),
		cmocka_unit_test(test_pages_around_one_in_quarantine_mapped),
		cmocka_unit_test(test_lost_free_event_learned_from_next_growth),
		cmocka_unit_test(test_old_page_that_stays_mapped_refused),
		cmocka_unit_test(test_growth_after_lost_request_of_secondary),
		cmocka_unit_test(test_full_window_never_reaches_poison),
		cmocka_unit_test(test_poison_of_large_page_is_outside_with_all_offsets),
	};

	return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}
