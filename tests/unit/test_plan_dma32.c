/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Plans with the default windows, with windows at 0, and for groups that come later. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "plan/common_range.h"
#include "plan/plan.h"
#include "plan_scene.h"

#define FOUR_GIB (UINT64_C(4) << 30)

static void
test_dma32_mode_used_when_asked_for(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_int_equal(plan.n_accepted, 2);
	assert_true(plan.start == 0 && plan.size == MODEL_1G);
	assert_int_equal(plan.align_shift, 12);
	assert_int_equal(plan.windows[1].page_shift, 12);
	assert_int_equal(plan.windows[1].levels, 1);
	assert_true(plan.windows[1].table_bytes == (MODEL_1G >> 12) * 8);
	assert_string_equal(plan.fallback, "");
	assert_non_null(strstr(plan.windows[0].reason, "default window"));
	in.wishes.page_size = MODEL_64K;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.what, "page_size"));
	in.wishes.page_size = 0;
	in.wishes.window_size = MODEL_1G;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.what, "window_size"));
	in.wishes.window_size = 0;
	in.wishes.low = true;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.what, "window=low"));
}

/* The first 2M and the top two are left out. */
static void
test_memory_beyond_default_window_refused(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, 2 * MODEL_1G, MODEL_1G - 3 * MODEL_2M);
	in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(plan_make(), 0);
	in.memory[0].start_bytes += MODEL_2M;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
	assert_non_null(strstr(err.what, "1018 MiB"));
	assert_non_null(strstr(err.fix, "-m 1018"));
	assert_non_null(strstr(err.why, "mode=dma32"));
	/* a window that is too small for anything */
	in.groups[0].caps.dma32_size = MODEL_2M;
	in.memory[0].start_bytes = 0;
	assert_int_equal(plan_make(), 0);
	in.memory[0].start_bytes = MODEL_2M;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
}

static void
test_auto_falls_back_without_ddw(void **state)
{
	(void)state;
	in.wishes.mode = DDW_MODE_AUTO;
	plan_group(model_no_ddw(1));
	plan_memory(MODEL_2M, 2 * MODEL_1G, MODEL_1G / 2);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_non_null(strstr(plan.fallback, "group 1"));
	/* what does not fit says why the small window is all there is */
	in.memory[0].start_bytes = MODEL_1G;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
	assert_non_null(strstr(err.why, "group 1"));
	/* one of each: the one with a large window stays, unless it is asked otherwise */
	in.memory[0].start_bytes = 0;
	plan_group(model_pseries(2));
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DDW);
	assert_int_equal(plan.n_accepted, 1);
	assert_int_equal(plan.windows[0].error.msg, DDW_MSG_NO_DDW);
	in.wishes.mismatch_dma32 = true;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_int_equal(plan.n_accepted, 2);
	/* and with two against one, too */
	in.wishes.mismatch_dma32 = false;
	plan_group(model_no_ddw(3));
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_int_equal(plan.n_accepted, 3);
	/* unless the memory does not fit there */
	in.memory[0].start_bytes = MODEL_1G;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DDW);
	assert_int_equal(plan.n_accepted, 1);
	assert_string_equal(plan.fallback, "");
}

static void
test_auto_does_not_hide_mistakes(void **state)
{
	(void)state;
	in.wishes.mode = DDW_MODE_AUTO;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.wishes.page_size = 2 * MODEL_64K;
	plan_refused(-EINVAL, DDW_MSG_PAGE_NOT_OFFERED);
	in.wishes.page_size = 0;
	in.groups[0].caps.pgsizes = MODEL_16M; /* nothing that fits 2M: that is no mistake */
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
}

static void
test_auto_falls_back_when_table_exceeds_memlock(void **state)
{
	uint64_t dma32 = (MODEL_1G >> 12) * 8;

	(void)state;
	in.wishes.mode = DDW_MODE_AUTO;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, 64 * MODEL_1G, 0);
	in.memlock.unlimited = false;
	in.memlock.limit = dma32;
	in.groups[0].caps.pgsizes = MODEL_4K; /* a table of 128 MiB */
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_non_null(strstr(plan.fallback, "memlock limit"));
	/* too little for both: the error is the one of the window that was wanted */
	in.memlock.limit = dma32 - 1;
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
	assert_string_equal(plan.fallback, "");
	in.wishes.mode = DDW_MODE_DMA32;
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
}

static void
test_v1_counts_whole_window_and_no_memory(void **state)
{
	(void)state;
	in.wishes.mode = DDW_MODE_AUTO;
	plan_group(model_pseries(1));
	in.groups[0].caps.v1 = true;
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	/* its whole window counts, and no memory; tables as PowerNV has them, just in case */
	assert_true(plan.memlock_needed == MODEL_1G + (MODEL_1G >> 12) * 8 * 2);
	in.memlock.unlimited = false;
	in.memlock.limit = plan.memlock_needed;
	assert_int_equal(plan_make(), 0);
	in.memlock.limit--;
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
	in.wishes.mode = DDW_MODE_DDW;
	plan_refused(-ENODEV, DDW_MSG_NO_DDW);
	assert_non_null(strstr(err.why, "v1"));
}

static void
test_narrow_device_forces_dma32(void **state)
{
	(void)state;
	in.wishes.mode = DDW_MODE_AUTO;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.groups[1].dma32 = true;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.mode, DDW_MODE_DMA32);
	assert_non_null(strstr(plan.fallback, "group 2"));
	in.wishes.mode = DDW_MODE_DDW;
	plan_refused(-EINVAL, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.what, "group 2"));
}

static void
test_common_part_of_default_windows_used(void **state)
{
	(void)state;
	in.wishes.mode = DDW_MODE_DMA32;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	plan_group(model_pseries(3));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.groups[1].caps.dma32_start = 0x10000000;
	in.groups[1].caps.dma32_size = 0x80000000;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, 3);
	assert_true(plan.start == 0x10000000 && plan.size == MODEL_1G - 0x10000000);
	/* apart: the majority stays */
	in.groups[1].caps.dma32_start = 0x80000000;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, 2);
	assert_int_equal(plan.windows[1].error.msg, DDW_MSG_RANGE_MISMATCH);
	assert_non_null(strstr(plan.windows[1].error.what, "group 2"));
	/* none at all */
	in.groups[0].caps.dma32_size = 0;
	in.n_groups = 1;
	plan_refused(-ENODEV, DDW_MSG_NO_WINDOW);
}

static void
test_low_window_leaves_hole(void **state)
{
	(void)state;
	plan_group(model_powernv(1));
	in.wishes.low = true;
	/* below the hole */
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G);
	assert_int_equal(plan_make(), 0);
	assert_true(plan.low && plan.windows[0].remove_default);
	assert_true(plan.size == 2 * MODEL_1G && plan.hole_start == 2 * MODEL_1G);
	assert_non_null(strstr(plan.windows[0].reason, "window=low"));
	/* above it */
	in.memory[0].exist_bytes = 3 * MODEL_1G;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.size == 2 * FOUR_GIB);
	assert_true(plan.hole_start == 2 * MODEL_1G && plan.hole_size == 2 * MODEL_1G);
	/* firmware of an LPAR chooses the address */
	plan_setup(NULL);
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.wishes.low = true;
	plan_refused(-ENOTSUP, DDW_MSG_PARAM_VALUE);
	assert_non_null(strstr(err.what, "window=low"));
}

/* Guests of QEMU have their MSI window in the way of a huge window at 0. */
static void
test_single_window_is_not_huge(void **state)
{
	(void)state;
	plan_group(model_single_window(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.wishes.window_size = UINT64_C(4) << 40;
	assert_int_equal(plan_make(), 0);
	in.wishes.window_size = UINT64_C(8) << 40;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_LARGE);
}

static void
test_group_joins_ddw_plan(void **state)
{
	struct ddw_plan_window win;

	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), 0);
	assert_true(win.accepted && win.page_shift == 21 && win.levels == 1);
	assert_true(win.table_bytes == plan.windows[0].table_bytes);
	in.groups[0].caps.pgsizes = MODEL_4K | MODEL_64K | MODEL_16M;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), 0);
	assert_int_equal(win.page_shift, 16);
	in.groups[0].caps.pgsizes = MODEL_16M;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -EINVAL);
	assert_false(win.accepted);
	assert_int_equal(win.error.msg, DDW_MSG_PAGE_NOT_OFFERED);
	in.groups[0].caps = plan_caps(model_no_ddw(1));
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ENODEV);
	plan.low = true;
	in.groups[0].caps = plan_caps(model_pseries(1));
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ENOTSUP);
	in.groups[0].caps = plan_caps(model_powernv(1));
	plan.size = UINT64_C(1) << 62;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -EINVAL);
	assert_int_equal(win.error.msg, DDW_MSG_WINDOW_TOO_LARGE);
}

/* A default window that reaches into what may be MMIO on pSeries ends where that begins. */
static void
test_default_window_ends_at_hole(void **state)
{
	(void)state;
	plan_group(model_pseries(1));
	in.groups[0].caps.dma32_size = 0xc0000000;
	in.groups[0].caps.v1 = true; /* others are powers of two */
	plan_memory(MODEL_2M, 2 * MODEL_1G, 2 * MODEL_1G - 3 * MODEL_2M);
	in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.size, 2 * MODEL_1G);
	in.memory[0].start_bytes += MODEL_2M;
	plan_refused(-EINVAL, DDW_MSG_WINDOW_TOO_SMALL);
}

/* Memory may be where a bridge that comes later has its 32-bit MMIO. */
static void
test_group_with_mmio_in_memory_cannot_join_low_window(void **state)
{
	struct ddw_plan_window win;

	(void)state;
	plan_group(model_powernv(1));
	in.wishes.low = true;
	plan_memory(MODEL_2M, MODEL_1G, 0);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), 0);
	in.groups[0].caps.dma32_size = MODEL_1G;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ERANGE);
	assert_int_equal(win.error.msg, DDW_MSG_RANGE_MISMATCH);
	/* a window that leaves the MMIO of the first bridge out, and that of others not */
	in.groups[0].caps = plan_caps(model_powernv(1));
	in.memory[0].exist_bytes = 3 * MODEL_1G;
	assert_int_equal(plan_make(), 0);
	assert_true(plan.hole_size != 0);
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), 0);
	in.groups[0].caps.dma32_size = MODEL_1G;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ERANGE);
}

static void
test_group_joins_dma32_plan(void **state)
{
	struct ddw_plan_window win;

	(void)state;
	in.wishes.mode = DDW_MODE_DMA32;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), 0);
	assert_int_equal(win.page_shift, 12);
	in.groups[0].caps.dma32_size /= 2;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ERANGE);
	in.groups[0].caps.dma32_start = MODEL_2M;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ERANGE);
	plan.start = MODEL_1G;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ERANGE);
	in.groups[0].caps.dma32_size = 0;
	assert_int_equal(ddw_plan_join(&in.groups[0], &plan, &win), -ENODEV);
}

static void
test_common_range_keeps_most_groups(void **state)
{
	struct iova_span r[4] = { { 100, 50 }, { 0, 0 }, { 120, 100 }, { 130, 20 } }, c;

	(void)state;
	assert_int_equal(ddw_common_range(r, 4, 10, &c), 13);
	assert_true(c.start == 130 && c.size == 20);
	/* fewer, when the common part is too small */
	assert_int_equal(ddw_common_range(r, 4, 25, &c), 5);
	assert_true(c.start == 120 && c.size == 30);
	assert_int_equal(ddw_common_range(r, 4, 60, &c), 4);
	assert_int_equal(ddw_common_range(r, 4, 101, &c), 0);
	assert_true(c.size == 0);
	assert_int_equal(ddw_common_range(r, 0, 1, &c), 0);
	/* up to the end of the address space */
	r[0] = (struct iova_span){ UINT64_MAX - 9, 10 };
	assert_int_equal(ddw_common_range(r, 1, 10, &c), 1);
}

#define T(f) cmocka_unit_test_setup(f, plan_setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_dma32_mode_used_when_asked_for),
		T(test_memory_beyond_default_window_refused),
		T(test_auto_falls_back_without_ddw),
		T(test_auto_does_not_hide_mistakes),
		T(test_auto_falls_back_when_table_exceeds_memlock),
		T(test_v1_counts_whole_window_and_no_memory),
		T(test_narrow_device_forces_dma32),
		T(test_common_part_of_default_windows_used),
		T(test_low_window_leaves_hole),
		T(test_single_window_is_not_huge),
		T(test_group_joins_ddw_plan),
		T(test_group_with_mmio_in_memory_cannot_join_low_window),
		T(test_group_joins_dma32_plan),
		T(test_default_window_ends_at_hole),
		T(test_common_range_keeps_most_groups),
	};

	return cmocka_run_group_tests_name("plan_dma32", tests, NULL, NULL);
}
