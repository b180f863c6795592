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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_window_of_bad_size_removed),
		cmocka_unit_test(test_misplaced_window_removed_before_fallback),
	};

	return cmocka_run_group_tests_name("create", tests, NULL, NULL);
}
