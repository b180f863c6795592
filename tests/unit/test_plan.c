/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_scene.h"

static void
test_pseries_planned_next_to_default_window(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, 2);
	/* two pages stay empty */
	assert_true(plan.size == 2 * MODEL_1G);
	assert_true(plan.min_size == MODEL_1G);
	assert_true(plan.start_bytes == MODEL_1G / 2);
	assert_int_equal(plan.align_shift, 21);
	assert_true(plan.windows[0].accepted && plan.windows[1].accepted);
	assert_int_equal(plan.windows[0].page_shift, 21);
	assert_int_equal(plan.windows[0].levels, 1);
	assert_false(plan.windows[0].remove_default);
	assert_true(plan.windows[0].reason[0] != '\0');
	assert_int_equal(plan.windows[0].error.err, 0);
}

static void
test_window_size_covers_memory_in_powers_of_two(void **state)
{
	static const struct {
		uint64_t exist, start, size, min;
	} cases[] = {
		{ MODEL_2M, 0, MODEL_1G, 4 * MODEL_2M },
		{ 3 * MODEL_2M, MODEL_2M, MODEL_1G, 4 * MODEL_2M },
		{ 510 * MODEL_2M, 254 * MODEL_2M, 512 * MODEL_2M, 256 * MODEL_2M },
		{ 511 * MODEL_2M, 255 * MODEL_2M, 1024 * MODEL_2M, 512 * MODEL_2M },
		{ 513 * MODEL_2M, 513 * MODEL_2M, 1024 * MODEL_2M, 1024 * MODEL_2M },
		{ 1025 * MODEL_2M, MODEL_2M, 2048 * MODEL_2M, 4 * MODEL_2M },
		{ MODEL_2M, 9 * MODEL_2M, MODEL_1G, 16 * MODEL_2M },
		{ MODEL_2M, 1025 * MODEL_2M, 2048 * MODEL_2M, 2048 * MODEL_2M },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan_setup(NULL);
		plan_group(model_pseries(1));
		plan_memory(MODEL_2M, cases[i].exist, cases[i].start);
		assert_int_equal(plan_make(), 0);
		if (plan.size != cases[i].size)
			fail_msg("case %u: size %" PRIx64, i, plan.size);
		assert_true(cases[i].min == 0 || plan.min_size == cases[i].min);
		assert_true(plan.min_size != 0 && plan.min_size <= plan.size);
	}
}

static void
test_page_is_the_largest_that_fits(void **state)
{
	static const struct {
		uint64_t offered, hugepage;
		unsigned int shift;
	} cases[] = {
		{ MODEL_4K | MODEL_64K | MODEL_2M | MODEL_16M, MODEL_2M, 21 },
		{ MODEL_4K | MODEL_64K, MODEL_2M, 16 },
		{ MODEL_4K, MODEL_2M, 12 },
		{ MODEL_4K | MODEL_64K | MODEL_16M, MODEL_1G, 24 },
		{ MODEL_4K | MODEL_64K | MODEL_2M | MODEL_1G, MODEL_1G, 30 },
		{ MODEL_4K | MODEL_16M, MODEL_2M, 12 },
		{ UINT64_MAX, MODEL_16M, 24 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan_setup(NULL);
		plan_group(model_pseries(1));
		in.groups[0].caps.pgsizes = cases[i].offered;
		plan_memory(cases[i].hugepage, 4 * MODEL_1G, MODEL_1G);
		assert_int_equal(plan_make(), 0);
		if (plan.windows[0].page_shift != cases[i].shift)
			fail_msg("case %u: shift %u", i, plan.windows[0].page_shift);
	}
}

static void
test_two_hugepage_sizes_share_one_window(void **state)
{
	(void)state;
	plan_group(model_powernv(1));
	plan_memory(MODEL_2M, 64 * MODEL_2M, 0);
	plan_memory(MODEL_1G, 2 * MODEL_1G, MODEL_1G);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.windows[0].page_shift, 21);
	assert_true(plan.size == 4 * MODEL_1G);
	assert_true(plan.start_bytes == MODEL_1G);
	/* a size of which there is nothing does not count */
	in.memory[0].exist_bytes = 0;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.windows[0].page_shift, 30);
	assert_true(plan.size == 4 * MODEL_1G);
}

static void
test_groups_with_different_pages(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	in.groups[0].caps.pgsizes = MODEL_4K | MODEL_64K;
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.windows[0].page_shift, 16);
	assert_int_equal(plan.windows[1].page_shift, 21);
	assert_int_equal(plan.align_shift, 21);
}

static void
test_single_window_removes_default(void **state)
{
	(void)state;
	plan_group(model_single_window(1));
	plan_memory(MODEL_2M, MODEL_1G, 100 * MODEL_2M);
	assert_int_equal(plan_make(), 0);
	assert_true(plan.windows[0].remove_default);
	/* room for the memory, even when the first page is lost */
	assert_true(plan.size >= MODEL_1G);
	assert_true(ddw_is_pow2(plan.size));
}

static void
check_blank(const struct ddw_plan_window *w)
{
	assert_false(w->accepted);
	assert_false(w->remove_default);
	assert_int_equal(w->page_shift, 0);
	assert_int_equal(w->levels, 0);
	assert_int_equal(w->table_bytes, 0);
	assert_true(w->reason[0] == '\0');
}

static void
test_group_without_ddw_refused_alone(void **state)
{
	(void)state;
	plan_group(model_no_ddw(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	plan_refused(-ENODEV, DDW_MSG_NO_DDW);
	assert_non_null(strstr(err.what, "group 1"));
	check_blank(&plan.windows[0]);
	in.groups[0].caps.max_windows = 0;
	plan_refused(-ENODEV, DDW_MSG_NO_DDW);
	/* the others go on without it */
	plan_group(model_pseries(2));
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, 1);
	check_blank(&plan.windows[0]);
	check_error(&plan.windows[0].error, plan.windows[0].error.err, DDW_MSG_NO_DDW);
	assert_true(plan.windows[1].accepted);
}

static void
test_page_size_wish_obeyed_or_refused(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.wishes.page_size = MODEL_64K;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.windows[0].page_shift, 16);
	in.wishes.page_size = 3 * MODEL_64K;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	in.wishes.page_size = MODEL_16M;
	plan_refused(-EINVAL, DDW_MSG_PAGE_TOO_LARGE);
	in.wishes.page_size = 2 * MODEL_64K;
	plan_refused(-EINVAL, DDW_MSG_PAGE_NOT_OFFERED);
	assert_non_null(strstr(err.fix, "64K"));
	check_blank(&plan.windows[0]);
	in.wishes.page_size = 1;
	plan_refused(-EINVAL, DDW_MSG_PAGE_NOT_OFFERED);
	in.wishes.page_size = UINT64_C(1) << 63;
	plan_refused(-EINVAL, DDW_MSG_PAGE_TOO_LARGE);
}

static void
test_nothing_small_enough_is_offered(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	in.groups[0].caps.pgsizes = MODEL_16M;
	plan_memory(MODEL_2M, MODEL_1G, 0);
	plan_refused(-EINVAL, DDW_MSG_PAGE_NOT_OFFERED);
	in.groups[0].caps.pgsizes = 0;
	plan_refused(-EINVAL, DDW_MSG_PAGE_NOT_OFFERED);
}

static void
test_window_size_wish_obeyed_or_refused(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	in.wishes.window_size = 4 * MODEL_1G;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.size == 4 * MODEL_1G);
	/* smaller than what exists, but not than what is in use */
	in.wishes.window_size = MODEL_1G;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.size == MODEL_1G);
	in.wishes.window_size = MODEL_1G / 4;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
	assert_non_null(strstr(err.fix, "window_size=1G"));
	/* as large as the memory, but two pages stay empty */
	in.wishes.window_size = MODEL_1G / 2;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
	assert_non_null(strstr(err.fix, "window_size=1G"));
	in.memory[0].start_bytes -= 2 * MODEL_2M;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.size == MODEL_1G / 2);
	in.wishes.window_size = 3 * MODEL_1G;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.fix, "4G"));
	in.memory[0].start_bytes = 0;
	in.wishes.window_size = MODEL_64K; /* less than one page of the window */
	check_any_error(&err, plan_make());
}

static void
test_plan_without_hugepages_refused(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_refused(-ENOENT, DDW_MSG_NO_HUGEPAGES);
	plan_memory(MODEL_2M, 0, 0);
	plan_refused(-ENOENT, DDW_MSG_NO_HUGEPAGES);
}

static void
test_bad_plan_input_refused(void **state)
{
	(void)state;
	plan_memory(MODEL_2M, MODEL_1G, 0);
	check_any_error(&err, plan_make()); /* no group */
	plan_group(model_pseries(1));
	in.memory[0].page_size = 3 << 20;
	check_any_error(&err, plan_make());
	in.memory[0].page_size = 0;
	check_any_error(&err, plan_make());
	in.memory[0].page_size = MODEL_2M;
	in.memory[0].exist_bytes = UINT64_MAX - MODEL_2M + 1;
	plan_memory(MODEL_1G, UINT64_C(1) << 63, 0);
	check_any_error(&err, plan_make());
	in.memory[0].exist_bytes = MODEL_2M;
	in.n_groups = DDW_MAX_GROUPS + 1;
	check_any_error(&err, plan_make());
	in.n_groups = 1;
	in.n_memory = DDW_MAX_HUGEPAGE_SIZES + 1;
	check_any_error(&err, plan_make());
	assert_true(ddw_plan_make(&in, &plan, NULL) < 0);
}

#define T(f) cmocka_unit_test_setup(f, plan_setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pseries_planned_next_to_default_window),
		T(test_window_size_covers_memory_in_powers_of_two),
		T(test_page_is_the_largest_that_fits),
		T(test_two_hugepage_sizes_share_one_window),
		T(test_groups_with_different_pages),
		T(test_single_window_removes_default),
		T(test_group_without_ddw_refused_alone),
		T(test_page_size_wish_obeyed_or_refused),
		T(test_nothing_small_enough_is_offered),
		T(test_window_size_wish_obeyed_or_refused),
		T(test_plan_without_hugepages_refused),
		T(test_bad_plan_input_refused),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
