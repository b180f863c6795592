/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Plans at the edges of 64 bits, and with what no machine should say. */

#include <errno.h>
#include <string.h>

#include "plan/common_range.h"
#include "plan/tce_table.h"
#include "plan_scene.h"

#define TOP (UINT64_C(1) << 63)

static void
test_impossible_table_has_no_size(void **state)
{
	struct ddw_caps pseries = plan_caps(model_pseries(1));
	struct ddw_caps powernv = plan_caps(model_powernv(1));

	(void)state;
	/* A window without a page, a table without levels, too many entries. */
	assert_true(ddw_tce_table_bytes(&pseries, MODEL_4K, 21, 1) == UINT64_MAX);
	assert_true(ddw_tce_table_bytes(&pseries, MODEL_2M, 21, 0) == UINT64_MAX);
	assert_true(ddw_tce_table_bytes(&pseries, UINT64_MAX, 0, 1) == UINT64_MAX);
	assert_true(ddw_tce_table_bytes(&pseries, TOP, 3, 1) == TOP);
	/* PowerNV has the table twice, in whole blocks: one of the two is too much. */
	assert_true(ddw_tce_table_bytes(&powernv, TOP / 2, 3, 1) == TOP);
	assert_true(ddw_tce_table_bytes(&powernv, TOP, 3, 1) == UINT64_MAX);
	assert_true(ddw_tce_table_bytes(&powernv, TOP + 8, 3, 1) == UINT64_MAX);
}

/* A group with no default window has no table for it. */
static void
test_no_table_without_default_window(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	uint64_t with;

	(void)state;
	plan_group(cfg);
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G);
	assert_int_equal(plan_make(), 0);
	with = plan.windows[0].table_bytes;
	in.groups[0].caps.dma32_size = 0;
	in.wishes.window_size = plan.size; /* no room for the page that is lost at 0 */
	in.memory[0].start_bytes /= 2;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.windows[0].accepted && plan.windows[0].remove_default);
	assert_int_equal(with - plan.windows[0].table_bytes, cfg.dma32_size / MODEL_4K * 8);
}

/* The largest hugepage decides how memory is aligned, wherever it stands in the list. */
static void
test_largest_hugepage_decides_alignment(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_16M, MODEL_1G, 0);
	plan_memory(MODEL_2M, MODEL_1G, MODEL_2M);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.align, MODEL_16M);
	assert_int_equal(plan.windows[0].page_shift, 21);
}

/* Less memory than one page is planned as a page. */
static void
test_less_than_a_page_planned_as_page(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_4K, 0);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.size, MODEL_1G);
	assert_int_equal(plan.min_size, 4 * MODEL_2M); /* with the two that stay empty */
}

static void
test_window_beyond_address_space_refused(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, TOP + MODEL_2M, MODEL_2M);
	plan_refused(-ERANGE, DDW_MSG_WINDOW_TOO_LARGE);
	/* The same with a window that has to leave a hole. */
	in.groups[0].caps = plan_caps(model_powernv(1));
	in.wishes.low = true;
	plan_refused(-ERANGE, DDW_MSG_WINDOW_TOO_LARGE);
}

/* The largest window that can be asked for, and no room for the pages that are left out. */
static void
test_window_without_spare_page_refused(void **state)
{
	(void)state;
	plan_group(model_single_window(1));
	plan_memory(MODEL_2M, TOP, TOP);
	in.wishes.window_size = TOP;
	plan_refused(-ERANGE, DDW_MSG_WINDOW_TOO_LARGE);
	/* the same without the limit of 64 bits */
	in.memory[0].start_bytes = in.memory[0].exist_bytes = MODEL_1G;
	in.wishes.window_size = MODEL_1G;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
	assert_non_null(strstr(err.fix, "window_size=2G"));
}

/* The hole of window=low starts where the first default window ends, in any order. */
static void
test_hole_starts_at_first_default_window_end(void **state)
{
	struct model_group_cfg small = model_powernv(1), large = model_powernv(2);

	(void)state;
	small.dma32_size = MODEL_1G;
	plan_group(small);
	plan_group(large);
	plan_memory(MODEL_2M, 2 * MODEL_1G, MODEL_2M);
	in.wishes.low = true;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.hole_start, MODEL_1G);
	assert_int_equal(plan.hole_start + plan.hole_size, 4 * MODEL_1G);
	in.groups[0].caps = plan_caps(large);
	in.groups[1].caps = plan_caps(small);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.hole_start, MODEL_1G);
}

/* The common range: more members first, then more bytes, then the first of them. */
static void
test_common_range_prefers_members_then_bytes(void **state)
{
	struct iova_span apart[] = { { 0, MODEL_1G }, { MODEL_1G, 2 * MODEL_1G } };
	struct iova_span same[] = { { 0, MODEL_1G }, { MODEL_1G, MODEL_1G } };
	struct iova_span two[] = { { 0, 4 * MODEL_1G },
				   { 5 * MODEL_1G, 2 * MODEL_1G },
				   { 5 * MODEL_1G, MODEL_1G } };
	struct iova_span common;

	(void)state;
	assert_int_equal(ddw_common_range(apart, 2, MODEL_4K, &common), 2);
	assert_int_equal(common.start, MODEL_1G);
	assert_int_equal(common.size, 2 * MODEL_1G);
	assert_int_equal(ddw_common_range(same, 2, MODEL_4K, &common), 1);
	assert_int_equal(common.start, 0);
	assert_int_equal(ddw_common_range(two, 3, MODEL_4K, &common), 6);
	assert_int_equal(common.start, 5 * MODEL_1G);
	assert_int_equal(common.size, MODEL_1G);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_impossible_table_has_no_size, plan_setup),
		cmocka_unit_test_setup(test_no_table_without_default_window, plan_setup),
		cmocka_unit_test_setup(test_largest_hugepage_decides_alignment, plan_setup),
		cmocka_unit_test_setup(test_less_than_a_page_planned_as_page, plan_setup),
		cmocka_unit_test_setup(test_window_beyond_address_space_refused, plan_setup),
		cmocka_unit_test_setup(test_window_without_spare_page_refused, plan_setup),
		cmocka_unit_test_setup(test_hole_starts_at_first_default_window_end, plan_setup),
		cmocka_unit_test_setup(test_common_range_prefers_members_then_bytes, plan_setup),
	};

	return cmocka_run_group_tests_name("plan_edges", tests, NULL, NULL);
}
