/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Default windows, by wish and as the last resort, and windows at 0. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
check_main(struct scene *s, enum ddw_mode mode, uint64_t start, uint64_t size, unsigned int shift)
{
	struct ddw_window_info w;

	assert_int_equal(ddw_space_mode(s->space), mode);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	assert_true(w.start == start && w.size == size);
	assert_int_equal(w.page_shift, shift);
	assert_true(w.free_bytes <= w.size);
}

static void
test_memory_mapped_in_default_window_of_each_platform(void **state)
{
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_powernv,
							 model_single_window };
	uint64_t a, b, poison, at;
	struct ddw_window_info w;
	struct scene *s;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = scene_auto();
		s->in.wishes.mode = DDW_MODE_DMA32;
		assert_int_equal(scene_attach(s, kinds[i](1)), 0);
		assert_int_equal(scene_attach(s, kinds[i](2)), 1);
		assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 2);
		check_main(s, DDW_MODE_DMA32, 0, scene_info(s, 0).caps.dma32_size, 12);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), -ENOENT);
		assert_int_equal(model_creates(s->m, 1), 0);
		assert_int_equal(model_windows(s->m, 1), 1);
		assert_int_equal(model_regions(s->m),
				 0); /* the page of the library's own is gone */
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &a);
		scene_map_ok(s, V + MODEL_1G / 2, 4 * MODEL_2M, MODEL_2M, &b);
		assert_true(a != 0);
		poison = ddw_space_poison(s->space);
		assert_int_equal(model_dma(s->m, 1, poison, MODEL_2M, &at), -EFAULT);
		scene_end(s);
	}
}

static void
test_pages_aligned_in_default_window(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 3 * MODEL_2M, .page_size = MODEL_2M };
	struct ddw_mapping g = { .vaddr = V + MODEL_1G, .len = MODEL_1G, .page_size = MODEL_1G };
	struct scene *s = scene_auto();

	(void)state;
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_attach(s, model_powernv(1)), 0);
	assert_int_equal(scene_open_all(s, 2 * MODEL_1G, 0), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	model_add_memory(s->m, V + MODEL_1G, MODEL_1G, 30);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova == MODEL_2M);
	assert_int_equal(ddw_space_map_memory(s->space, &g, &s->err), 0);
	assert_true(ddw_is_aligned(g.iova, MODEL_16M));
	scene_end(s);
}

static void
test_v1_maps_in_default_window(void **state)
{
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = scene_auto();
		if (i == 1)
			ddw_space_choose_iommu(s->space, DDW_IOMMU_V1);
		assert_int_equal(scene_attach(s, i == 0 ? model_old_kernel(1) : model_pseries(1)),
				 0);
		assert_true(scene_info(s, 0).caps.v1);
		assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 1);
		assert_non_null(strstr(s->plan.fallback, "v1"));
		check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
		assert_int_equal(scene_stats(s).ops[DDW_OP_REGISTER].calls, 0);
		assert_int_equal(scene_stats(s).ops[DDW_OP_ENABLE].calls, 1);
		assert_int_equal(ddw_space_release(s->space, &s->err), 0);
		assert_int_equal(scene_stats(s).ops[DDW_OP_DISABLE].calls, 1);
		scene_end(s);
	}
	s = scene_auto();
	assert_int_equal(scene_attach(s, model_old_kernel(1)), 0);
	model_fail(s->m, VFIO_IOMMU_ENABLE, 1, 1, -ENOMEM, false);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_ENABLE_REFUSED);
	scene_drop(s);
}

/* sPAPR v1 counts the whole window, and no memory; what the plan asks for is enough. */
static void
test_v1_memlock_of_plan_is_enough(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 4 * MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_auto();
	uint64_t need, locked;

	(void)state;
	ddw_space_choose_iommu(s->space, DDW_IOMMU_V1);
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, model_powernv(2)), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	model_set_memlock(s->m, false, MODEL_1G);
	check_error(&s->err, scene_open_all(s, MODEL_1G, 0), DDW_MSG_MEMLOCK);
	assert_non_null(strstr(s->err.why, "v1"));
	need = s->plan.memlock_needed;
	assert_true(need > 3 * MODEL_1G && need < 3 * MODEL_1G + MODEL_16M);
	model_set_memlock(s->m, false, need - 1);
	check_error(&s->err, scene_open_all(s, MODEL_1G, 0), DDW_MSG_MEMLOCK);
	model_set_memlock(s->m, false, need);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 2);
	locked = model_locked(s->m);
	/* GET_INFO of v1 does not tell the platforms apart, so it may be a table too much */
	assert_true(locked <= need && need - locked < MODEL_16M / 4);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, m.iova, m.len);
	assert_true(model_locked(s->m) == locked);
	scene_end(s);
}

/* CREATE is refused, and the default window, which the kernel has made before, is used. */
static void
test_default_window_used_after_refused_create(void **state)
{
	static const int results[] = { -ENOMEM, -EPERM, -1000, 7 };
	struct scene *s;
	uint64_t iova;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		s = scene_auto();
		assert_int_equal(scene_attach(s, model_pseries(1)), 0);
		model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 1, results[i], false);
		assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 1);
		check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
		assert_non_null(strstr(s->plan.fallback, "refused"));
		assert_int_equal(s->errors[0].err, 0);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
		scene_end(s);
	}
	/* not when a dynamic window was demanded */
	s = scene_new();
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 1, -EPERM, false);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_CREATE_REFUSED);
	scene_drop(s);
}

/* The default window had to go first, and comes back. */
static void
test_single_window_gets_default_back(void **state)
{
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 1, -ENOMEM, false);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 1);
	check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	scene_end(s);
}

/* Nothing works on a PE that was disabled before: one error, the cause, and the others go on. */
static void
test_poisoned_group_reported_and_others_used(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();

	(void)state;
	cfg.poisoned = true;
	assert_int_equal(scene_attach(s, cfg), 0);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_PE_POISONED);
	scene_drop(s);

	s = scene_auto();
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH, 2 * MODEL_1G, 21);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_PE_POISONED);
	assert_int_equal(s->errors[1].err, 0);
	scene_end(s);

	/* asked for from the start */
	s = scene_auto();
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_attach(s, cfg), 0);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_PE_POISONED);
	scene_drop(s);
}

/* A slot without DDW has no default window either on Linux since 6.11. */
static void
test_group_without_any_window_refused_alone(void **state)
{
	struct scene *s = scene_auto();

	(void)state;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	check_error(&s->err, scene_open_all(s, MODEL_1G, 0), DDW_MSG_NO_DDW);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_NO_DDW);
	scene_drop(s);

	/* It is no reason to take the dynamic windows from the others. */
	s = scene_auto();
	s->in.wishes.mismatch_dma32 = true;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH, 2 * MODEL_1G, 21);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_NO_DDW);
	scene_end(s);

	/* Nor is a PE that the kernel has given up. */
	for (int i = 0; i < 2; i++) {
		struct model_group_cfg cfg = i == 0 ? model_no_ddw(1) : model_pseries(1);

		cfg.poisoned = i == 1;
		s = scene_auto();
		s->in.wishes.mismatch_dma32 = true;
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_attach(s, model_pseries(2)), 1);
		assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
		check_main(s, DDW_MODE_DDW, MODEL_HIGH, 2 * MODEL_1G, 21);
		scene_end(s);
	}

	/* Asked for, it is refused, the first time and, as the kernel remembers, the second. */
	s = scene_auto();
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_NO_WINDOW);
	check_error(&s->errors[0], scene_open_all(s, MODEL_1G, 0), DDW_MSG_NO_WINDOW);
	assert_non_null(strstr(s->errors[0].why, "6.11"));
	scene_drop(s);
}

static void
test_group_with_window_elsewhere_left_out(void **state)
{
	struct model_group_cfg far = model_pseries(2);
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	far.high_start = MODEL_HIGH * 2;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
	check_error(&s->errors[1], s->errors[1].err, DDW_MSG_RANGE_MISMATCH);
	assert_true(scene_info(s, 0).usable && !scene_info(s, 1).usable);
	scene_end(s);

	/* two against one: the first group is the smaller party */
	s = scene_auto();
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	far.number = 3;
	assert_int_equal(scene_attach(s, far), 2);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 2);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_RANGE_MISMATCH);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH * 2, 2 * MODEL_1G, 21);
	scene_end(s);

	/* all to the default windows */
	far.number = 2;
	s = scene_auto();
	s->in.wishes.mismatch_dma32 = true;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 2);
	check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
	assert_int_equal(model_windows(s->m, 1), 1);
	assert_int_equal(s->errors[1].err, 0);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	scene_end(s);
}

/* Windows that overlap: what they have in common is used. */
static void
test_overlapping_windows_share_common_part(void **state)
{
	struct model_group_cfg next = model_pseries(2);
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	next.high_start = MODEL_HIGH + MODEL_1G / 2;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, next), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 4), 2);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH + MODEL_1G / 2, 3 * MODEL_1G / 2, 21);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	assert_true(iova == MODEL_HIGH + MODEL_1G / 2);
	scene_end(s);
}

static void
test_low_window_maps_around_hole(void **state)
{
	struct scene *s = scene_auto();
	uint64_t a, b;

	(void)state;
	s->in.wishes.low = true;
	assert_int_equal(scene_attach(s, model_powernv(1)), 0);
	assert_int_equal(scene_open_all(s, 3 * MODEL_1G, 0), 1);
	check_main(s, DDW_MODE_DDW, 0, 8 * MODEL_1G, 21);
	model_add_memory(s->m, V, 8 * MODEL_1G, 21);
	/* nothing between the end of the default window and 4 GiB */
	scene_map_ok(s, V, 2 * MODEL_1G, 0, &a);
	assert_true(a == 4 * MODEL_1G);
	scene_map_ok(s, V + 2 * MODEL_1G, MODEL_1G, 0, &b);
	assert_true(b == MODEL_2M);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_mapped_in_default_window_of_each_platform),
		cmocka_unit_test(test_pages_aligned_in_default_window),
		cmocka_unit_test(test_v1_maps_in_default_window),
		cmocka_unit_test(test_v1_memlock_of_plan_is_enough),
		cmocka_unit_test(test_default_window_used_after_refused_create),
		cmocka_unit_test(test_single_window_gets_default_back),
		cmocka_unit_test(test_poisoned_group_reported_and_others_used),
		cmocka_unit_test(test_group_without_any_window_refused_alone),
		cmocka_unit_test(test_group_with_window_elsewhere_left_out),
		cmocka_unit_test(test_overlapping_windows_share_common_part),
		cmocka_unit_test(test_low_window_maps_around_hole),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
