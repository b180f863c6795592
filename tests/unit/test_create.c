/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* What firmware and kernel may have against a window, and how it is made all the same. */

#include <errno.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

/* GET_INFO names a default window that the kernel cannot make: it must not be asked to. */
static void
test_default_window_of_bad_size_removed(void **state)
{
	static const uint32_t sizes[] = { 0, 3u << 28 };
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_powernv };
	struct model_group_cfg cfg;
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		cfg = kinds[i / 2](1);
		cfg.dma32_size = sizes[i % 2];
		s = scene_auto();
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
		assert_int_equal(s->plan.mode, DDW_MODE_DDW);
		assert_non_null(strstr(s->plan.windows[0].reason, "not a power of two"));
		assert_false(scene_info(s, 0).default_kept);
		assert_int_equal(model_creates(s->m, 1), 1);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G, 0, &iova);
		scene_end(s);
		/* nor is it the last resort */
		s = scene_auto();
		s->in.wishes.mode = DDW_MODE_DMA32;
		assert_int_equal(scene_attach(s, cfg), 0);
		check_error(&s->err, scene_open_all(s, MODEL_1G, 0), DDW_MSG_NO_WINDOW);
		scene_drop(s);
	}
}

/* Where nothing can be computed with; the window goes before the default one is used. */
static void
test_misplaced_window_removed_before_fallback(void **state)
{
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_single_window };
	struct model_group_cfg cfg;
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		cfg = kinds[i](1);
		cfg.high_start = cfg.alone_start = MODEL_HIGH + MODEL_64K;
		s = scene_auto();
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
		assert_int_equal(s->plan.mode, DDW_MODE_DMA32);
		assert_non_null(strstr(s->plan.fallback, "multiple of its page size"));
		assert_int_equal(model_windows(s->m, 1), 1);
		assert_false(model_poisoned(s->m, 1));
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
		scene_end(s);
	}
}

/* Firmware has no block beside the default window, but one without it. */
static void
test_default_window_makes_room(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct ddw_window_info w;
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	cfg.block_beside = MODEL_64K;
	cfg.largest_block = 2 * MODEL_1G;
	cfg.alone_start = MODEL_HIGH;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_attach(s, model_single_window(2)), 1);
	assert_int_equal(scene_open_all(s, 4 * MODEL_1G, MODEL_1G), 2);
	assert_int_equal(s->plan.mode, DDW_MODE_DDW);
	assert_true(scene_info(s, 0).start == MODEL_HIGH);
	assert_true(scene_info(s, 0).size == 2 * MODEL_1G);
	assert_false(scene_info(s, 0).default_kept);
	assert_int_equal(model_windows(s->m, 1), 1);
	assert_false(model_poisoned(s->m, 1));
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), -ENOENT);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G, 0, &iova);
	scene_end(s);
}

/* A window at 0 loses its first page: memory that would fill it needs twice the size. */
static void
test_memory_at_start_fits_window_without_default(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	cfg.block_beside = MODEL_64K;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G), 1);
	assert_true(scene_info(s, 0).start == 0);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G, 0, &iova);
	scene_end(s);
}

/* Without it there is none either: it comes back, whatever is used then. */
static void
test_default_window_that_made_no_room_restored(void **state)
{
	static const enum ddw_mode modes[] = { DDW_MODE_AUTO, DDW_MODE_DDW };
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	cfg.largest_block = MODEL_64K;
	for (i = 0; i < 2; i++) {
		s = scene_auto();
		s->in.wishes.mode = modes[i];
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2),
				 modes[i] == DDW_MODE_AUTO ? 1 : -EINVAL);
		assert_int_equal(model_windows(s->m, 1), 1);
		assert_true(scene_info(s, 0).default_kept);
		assert_false(model_poisoned(s->m, 1));
		if (modes[i] == DDW_MODE_DDW) {
			check_error(&s->errors[0], -EINVAL, DDW_MSG_CREATE_REFUSED);
			scene_drop(s);
			continue;
		}
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
		scene_end(s);
	}
}

/* Any other refusal may have cost the PE its windows, and is final. */
static void
test_default_window_stays_after_other_refusals(void **state)
{
	static const int results[] = { -ENOMEM, -ENODEV, -EPERM, -ENOSPC, -EEXIST, 3 };
	struct scene *s;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		s = scene_new();
		assert_int_equal(scene_attach(s, model_pseries(1)), 0);
		model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 1, results[i], false);
		assert_true(scene_open_all(s, 4 * MODEL_1G, 0) < 0);
		assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE), 1);
		assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_TCE_REMOVE), 0);
		scene_drop(s);
	}
}

/* No kernel asks for small windows; where firmware has none, one failure is for good. */
static void
test_small_window_not_asked_for(void **state)
{
	static const uint64_t wishes[] = { 0, MODEL_2M * 8 };
	struct model_group_cfg cfg = model_pseries(1);
	struct ddw_window_info w;
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	cfg.least_block = MODEL_1G;
	for (i = 0; i < 2; i++) {
		s = scene_auto();
		s->in.wishes.window_size = wishes[i];
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open_all(s, 8 * MODEL_2M, MODEL_2M), 1);
		assert_int_equal(s->plan.mode, DDW_MODE_DDW);
		assert_false(model_poisoned(s->m, 1));
		/* what was asked for by name limits what is used */
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
		assert_true(w.size == (wishes[i] == 0 ? MODEL_1G : wishes[i]));
		assert_true(model_locked(s->m) <= s->plan.memlock_needed);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, 6 * MODEL_2M, 0, &iova);
		assert_int_equal(scene_map(s, V + 6 * MODEL_2M, MODEL_2M, 0, &iova),
				 wishes[i] == 0 ? 0 : -ENOSPC);
		scene_end(s);
	}
}

/* Nor by halving. */
static void
test_window_not_halved_below_least(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();

	(void)state;
	cfg.largest_block = MODEL_1G / 2;
	cfg.least_block = MODEL_1G;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 4 * MODEL_1G, MODEL_2M), 1);
	assert_int_equal(s->plan.mode, DDW_MODE_DMA32);
	assert_false(model_poisoned(s->m, 1));
	scene_end(s);
}

/* A host that runs for long has no large blocks of memory: a table of smaller ones will do. */
static void
test_table_split_once_when_memory_is_short(void **state)
{
	struct model_group_cfg cfg = model_powernv(1);
	struct scene *s;
	uint64_t iova, need;

	(void)state;
	cfg.level_shift = 22; /* the default window needs as much */
	s = scene_new();
	s->in.wishes.page_size = MODEL_64K;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 64 * MODEL_1G, MODEL_2M), 1);
	need = s->plan.memlock_needed;
	assert_int_equal(s->plan.windows[0].levels, 1);
	assert_int_equal(scene_info(s, 0).levels, 2);
	assert_int_equal(model_creates(s->m, 1), 2);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G, 0, &iova);
	scene_end(s);

	/* not beyond the limit, of which the first try has taken a part for good */
	s = scene_new();
	s->in.wishes.page_size = MODEL_64K;
	assert_int_equal(scene_attach(s, cfg), 0);
	model_set_memlock(s->m, false, need);
	check_error(&s->errors[0], scene_open_all(s, 64 * MODEL_1G, MODEL_2M),
		    DDW_MSG_CREATE_REFUSED);
	assert_int_equal(model_creates(s->m, 1), 1);
	scene_drop(s);

	/* once: two levels were planned, and four would be needed */
	cfg.level_shift = 16;
	s = scene_new();
	s->in.wishes.low = true;
	s->in.wishes.page_size = MODEL_4K;
	s->in.wishes.window_size = UINT64_C(1) << 52;
	assert_int_equal(scene_attach(s, cfg), 0);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_CREATE_REFUSED);
	assert_int_equal(s->errors[0].err, -ENOMEM);
	assert_int_equal(model_creates(s->m, 1), 2);
	scene_drop(s);
}

/* A single window at 0: nothing is placed where the bridge has its 32-bit MMIO. */
static void
test_window_at_zero_leaves_mmio_out(void **state)
{
	struct model_group_cfg cfg = model_single_window(1);
	struct scene *s = scene_new();
	uint64_t iova;

	(void)state;
	cfg.alone_start = 0;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 3 * MODEL_1G, 3 * MODEL_1G), 1);
	model_add_memory(s->m, V, 6 * MODEL_1G, 21);
	scene_map_ok(s, V, 3 * MODEL_1G, 0, &iova);
	assert_true(iova >= 4 * MODEL_1G);
	/* page by page, as long as there is room */
	scene_map_ok(s, V + 3 * MODEL_1G, MODEL_1G, MODEL_2M, &iova);
	assert_true(scene_stats(s).free_bytes <= 2 * MODEL_1G);
	scene_end(s);

	/* one below 2 GiB has no hole, and elsewhere there is none */
	s = scene_new();
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G), 1);
	assert_true(scene_info(s, 0).size == 2 * MODEL_1G);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 3 * MODEL_2M);
	scene_end(s);
	s = scene_new();
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	assert_int_equal(scene_open_all(s, 3 * MODEL_1G, 3 * MODEL_1G), 1);
	assert_true(scene_stats(s).free_bytes == scene_info(s, 0).size - 2 * MODEL_2M);
	scene_end(s);
	/* one that ends in it is used up to there, and poison is below */
	s = scene_new();
	s->in.wishes.window_size = 4 * MODEL_1G;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G), 1);
	assert_true(scene_info(s, 0).start == 0 && scene_info(s, 0).size == 4 * MODEL_1G);
	assert_int_equal(ddw_space_poison(s->space), 2 * MODEL_1G - MODEL_2M);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 3 * MODEL_2M);
	scene_end(s);
}

static void
test_memory_that_meets_mmio_refused(void **state)
{
	struct model_group_cfg cfg = model_single_window(1);
	struct scene *s = scene_new();

	(void)state;
	cfg.alone_start = 0;
	s->in.wishes.window_size = 4 * MODEL_1G;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 3 * MODEL_1G, 3 * MODEL_1G), -ENOSPC);
	check_error(&s->errors[0], -ENOSPC, DDW_MSG_WINDOW_TOO_SMALL);
	scene_drop(s);
	/* firmware puts it elsewhere: it is large enough */
	s = scene_new();
	s->in.wishes.window_size = 4 * MODEL_1G;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	assert_int_equal(scene_open_all(s, 3 * MODEL_1G, 3 * MODEL_1G), 1);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_window_of_bad_size_removed),
		cmocka_unit_test(test_misplaced_window_removed_before_fallback),
		cmocka_unit_test(test_default_window_makes_room),
		cmocka_unit_test(test_memory_at_start_fits_window_without_default),
		cmocka_unit_test(test_default_window_that_made_no_room_restored),
		cmocka_unit_test(test_default_window_stays_after_other_refusals),
		cmocka_unit_test(test_small_window_not_asked_for),
		cmocka_unit_test(test_window_not_halved_below_least),
		cmocka_unit_test(test_table_split_once_when_memory_is_short),
		cmocka_unit_test(test_window_at_zero_leaves_mmio_out),
		cmocka_unit_test(test_memory_that_meets_mmio_refused),
	};

	return cmocka_run_group_tests_name("create", tests, NULL, NULL);
}
