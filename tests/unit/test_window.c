/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

static void
test_each_operation_has_own_name(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < DDW_OP_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(ddw_op_name((enum ddw_op)i),
						ddw_op_name((enum ddw_op)j));
	assert_string_equal(ddw_op_name(DDW_OP_MAP), "MAP_DMA");
	assert_non_null(ddw_op_name(DDW_OP_COUNT));
}

static void
test_pseries_window_opened_next_to_default(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	struct ddw_group_info info = scene_info(s, 1);
	struct ddw_window_info w;

	(void)state;
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	assert_true(w.start == MODEL_HIGH && w.size == 2 * MODEL_1G);
	assert_int_equal(w.page_shift, 21);
	assert_true(info.usable && info.default_kept);
	assert_true(info.start == MODEL_HIGH && info.size == 2 * MODEL_1G);
	assert_int_equal(info.page_shift, 21);
	assert_int_equal(info.levels, 1);
	assert_int_equal(model_creates(s->m, 1), 1);
	assert_int_equal(model_creates(s->m, 2), 1);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_TCE_REMOVE), 0);
	assert_int_equal(model_windows(s->m, 1), 2);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 2 * MODEL_2M);
	assert_int_equal(scene_stats(s).ops[DDW_OP_CREATE].calls, 2);
	assert_int_equal(scene_stats(s).ops[DDW_OP_CREATE].errors, 0);
	assert_true(scene_stats(s).ops[DDW_OP_CREATE].ns >=
		    scene_stats(s).ops[DDW_OP_CREATE].longest);
	assert_true(scene_stats(s).ops[DDW_OP_CREATE].longest > 0);
	/* only once */
	assert_true(ddw_space_open_windows(s->space, &s->plan, s->errors) < 0);
	assert_int_equal(model_creates(s->m, 1), 1);
	scene_end(s);
}

static void
test_powernv_window_opened_next_to_default(void **state)
{
	struct scene *s = scene_two(model_powernv, 2 * MODEL_1G, MODEL_2M);
	struct ddw_group_info info = scene_info(s, 0);

	(void)state;
	assert_true(info.usable && info.default_kept);
	assert_true(info.start == MODEL_HIGH && info.size == 4 * MODEL_1G);
	scene_end(s);
}

/* One window at an address that the firmware chooses, the default one gone. */
static void
test_single_window_replaces_default(void **state)
{
	static const uint64_t starts[] = { MODEL_HIGH, 0 };
	struct scene *s;
	struct model_group_cfg cfg;
	uint64_t iova, used;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = scene_new();
		cfg = model_single_window(1);
		cfg.alone_start = starts[i];
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
		assert_true(scene_info(s, 0).start == starts[i]);
		assert_false(scene_info(s, 0).default_kept);
		assert_int_equal(model_creates(s->m, 1), 1);
		assert_int_equal(model_windows(s->m, 1), 1);
		/* all of the memory fits, and bus address 0 is never given out */
		model_add_memory(s->m, SCENE_VADDR, MODEL_1G, 21);
		assert_int_equal(ddw_space_map(s->space, SCENE_VADDR, MODEL_1G, 0, &iova, &s->err),
				 0);
		assert_true(iova != 0);
		assert_int_equal(model_dma(s->m, 1, ddw_space_poison(s->space), 1, &used), -EFAULT);
		scene_reach(s, SCENE_VADDR, iova, MODEL_1G);
		used = scene_stats(s).mapped_bytes;
		assert_true(used == MODEL_1G);
		scene_end(s);
	}
}

/* A group without DDW is refused by the plan and never asked for a window. */
static void
test_group_without_ddw_not_asked_for_window(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
	assert_int_equal(model_creates(s->m, 1), 0);
	assert_false(model_poisoned(s->m, 1));
	assert_false(scene_info(s, 0).usable);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_NO_DDW);
	assert_int_equal(s->errors[1].err, 0);
	assert_int_equal(ddw_space_n_groups(s->space), 2);
	scene_end(s);
}

static void
test_space_without_usable_group_maps_nothing(void **state)
{
	struct scene *s = scene_new();
	struct model_group_cfg cfg = model_pseries(1);
	struct ddw_window_info w;
	uint64_t iova;
	int ret;

	(void)state;
	cfg.poisoned = true;
	assert_int_equal(scene_attach(s, cfg), 0);
	ret = scene_open(s, MODEL_1G, MODEL_2M);
	check_error(&s->errors[0], ret, DDW_MSG_PE_POISONED);
	assert_int_equal(ret, -ENODEV);
	assert_non_null(strstr(s->errors[0].fix, "reboot"));
	assert_int_equal(model_creates(s->m, 1), 1);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), -ENOENT);
	model_add_memory(s->m, SCENE_VADDR, MODEL_2M, 21);
	ret = ddw_space_map(s->space, SCENE_VADDR, MODEL_2M, 0, &iova, &s->err);
	check_any_error(&s->err, ret);
	assert_int_equal(ret, -ENODEV);
	scene_end(s);
}

/* CREATE fails in one group: one try, the reason in words, the other goes on. */
static void
create_fails(int ret, int err, enum ddw_msg msg)
{
	struct scene *s = scene_new();
	unsigned int tries;

	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_plan(s, MODEL_1G, MODEL_2M), 0);
	/* a smaller window would do, but only EINVAL may be tried again */
	if (ret != -EINVAL)
		s->in.memory[0].start_bytes = MODEL_2M;
	assert_int_equal(ddw_plan_make(&s->in, &s->plan, &s->err), 0);
	/* after EINVAL with the default window, and without */
	tries = ret == -EINVAL ? 2 : 1;
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, tries, ret, false);
	assert_int_equal(ddw_space_open_windows(s->space, &s->plan, s->errors), 1);
	check_error(&s->errors[0], err, msg);
	assert_non_null(strstr(s->errors[0].what, "group 1"));
	assert_int_equal(s->errors[1].err, 0);
	assert_false(scene_info(s, 0).usable);
	assert_true(scene_info(s, 1).usable);
	/* that of the other group, and the default window that comes back */
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE), 2 * tries);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_TCE_REMOVE), tries - 1);
	assert_int_equal(scene_stats(s).ops[DDW_OP_CREATE].errors, tries);
	scene_end(s);
}

static void
test_failed_create_reported_by_cause(void **state)
{
	(void)state;
	create_fails(-ENODEV, -ENODEV, DDW_MSG_PE_POISONED);
	create_fails(-EEXIST, -EEXIST, DDW_MSG_PE_POISONED);
	create_fails(-EPERM, -EPERM, DDW_MSG_CREATE_REFUSED);
	create_fails(-ENOMEM, -ENOMEM, DDW_MSG_CREATE_REFUSED);
	create_fails(-ENOSPC, -ENOSPC, DDW_MSG_CREATE_REFUSED);
	create_fails(-EBUSY, -EBUSY, DDW_MSG_CREATE_REFUSED);
	create_fails(-ENXIO, -ENXIO, DDW_MSG_CREATE_REFUSED);
	create_fails(3, -EIO, DDW_MSG_CREATE_REFUSED);
	/* the memory at start needs all of the window: no second try */
	create_fails(-EINVAL, -EINVAL, DDW_MSG_CREATE_REFUSED);
}

static void
test_no_create_after_refused_remove(void **state)
{
	struct scene *s = scene_new();
	int ret;

	(void)state;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_REMOVE, 1, 1, -EPERM, false);
	ret = scene_open(s, MODEL_1G, MODEL_2M);
	check_error(&s->errors[0], ret, DDW_MSG_REMOVE_REFUSED);
	assert_int_equal(model_creates(s->m, 1), 0);
	scene_end(s);
}

/* Firmware has no block that large: half of it, down to what is needed. */
static void
test_window_halved_to_firmware_block(void **state)
{
	struct scene *s = scene_new();
	struct model_group_cfg small = model_pseries(2);
	struct ddw_window_info w;

	(void)state;
	small.largest_block = MODEL_1G;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, small), 1);
	assert_int_equal(scene_plan(s, 4 * MODEL_1G, MODEL_2M), 0);
	s->in.memory[0].start_bytes = MODEL_1G / 2;
	assert_int_equal(ddw_plan_make(&s->in, &s->plan, &s->err), 0);
	assert_int_equal(ddw_space_open_windows(s->space, &s->plan, s->errors), 2);
	assert_int_equal(model_creates(s->m, 1), 1);
	assert_int_equal(model_creates(s->m, 2), 4);
	assert_false(model_poisoned(s->m, 2));
	assert_true(scene_info(s, 0).size == 8 * MODEL_1G);
	assert_true(scene_info(s, 1).size == MODEL_1G);
	assert_true(scene_info(s, 0).planned == 8 * MODEL_1G);
	assert_true(scene_info(s, 1).planned == 8 * MODEL_1G);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	assert_true(w.start == MODEL_HIGH && w.size == MODEL_1G);
	assert_true(scene_stats(s).free_bytes == MODEL_1G - 2 * MODEL_2M);
	/* the top of what both have */
	assert_int_equal(ddw_space_poison(s->space), MODEL_HIGH + MODEL_1G - MODEL_2M);
	scene_end(s);
}

static void
test_window_not_halved_below_memory_in_use(void **state)
{
	struct scene *s = scene_new();
	struct model_group_cfg small = model_pseries(1);
	int ret;

	(void)state;
	small.largest_block = MODEL_1G;
	assert_int_equal(scene_attach(s, small), 0);
	assert_int_equal(scene_plan(s, 8 * MODEL_1G, MODEL_2M), 0);
	s->in.memory[0].start_bytes = 2 * MODEL_1G;
	assert_int_equal(ddw_plan_make(&s->in, &s->plan, &s->err), 0);
	ret = ddw_space_open_windows(s->space, &s->plan, s->errors);
	check_error(&s->errors[0], ret, DDW_MSG_CREATE_REFUSED);
	assert_int_equal(ret, -EINVAL);
	/* three sizes, three without the default window, and that one when it comes back */
	assert_int_equal(model_creates(s->m, 1), 7);
	scene_end(s);
}

static void
test_group_with_other_range_refused(void **state)
{
	struct scene *s = scene_new();
	struct model_group_cfg other = model_pseries(2);
	uint64_t iova;

	(void)state;
	other.high_start = MODEL_HIGH + (UINT64_C(1) << 40);
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, other), 1);
	assert_int_equal(scene_attach(s, model_pseries(3)), 2);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 2);
	check_error(&s->errors[1], s->errors[1].err, DDW_MSG_RANGE_MISMATCH);
	assert_false(scene_info(s, 1).usable);
	assert_true(scene_info(s, 2).usable);
	/* nothing is mapped in a group that is not usable */
	model_add_memory(s->m, SCENE_VADDR, MODEL_2M, 21);
	assert_int_equal(ddw_space_map(s->space, SCENE_VADDR, MODEL_2M, 0, &iova, &s->err), 0);
	assert_int_equal(model_tces(s->m), 2);
	scene_end(s);
}

/* A window where nothing can be computed with. */
static void
test_window_at_absurd_start_refused(void **state)
{
	static const uint64_t starts[] = { MODEL_HIGH + 0x1000, UINT64_MAX - 0x1fffff };
	struct scene *s;
	struct model_group_cfg cfg;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = scene_new();
		cfg = model_pseries(1);
		cfg.high_start = starts[i];
		assert_int_equal(scene_attach(s, cfg), 0);
		ret = scene_open(s, MODEL_1G, MODEL_2M);
		check_any_error(&s->errors[0], ret);
		assert_false(scene_info(s, 0).usable);
		scene_end(s);
	}
}

/* What the plan says is needed is what the kernel charges, or a bit more. */
static void
test_memlock_of_plan_covers_kernel_charge(void **state)
{
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_powernv,
							 model_single_window };
	static const uint64_t pages[] = { MODEL_64K, MODEL_2M, MODEL_16M, MODEL_1G };
	uint64_t iova, bytes = 4 * MODEL_1G;
	struct scene *s;
	unsigned int k, p;

	(void)state;
	for (k = 0; k < 3; k++) {
		for (p = 0; p < 4; p++) {
			s = scene_new();
			assert_int_equal(scene_attach(s, kinds[k](1)), 0);
			assert_int_equal(scene_attach(s, kinds[k](2)), 1);
			assert_int_equal(scene_plan(s, bytes, pages[p]), 0);
			model_set_memlock(s->m, false, s->plan.memlock_needed);
			assert_int_equal(model_sys(s->m)->memlock(s->m, &s->in.memlock), 0);
			assert_int_equal(scene_open(s, bytes, pages[p]), 2);
			model_add_memory(s->m, SCENE_VADDR, bytes, ddw_log2(pages[p]));
			assert_int_equal(
				ddw_space_map(s->space, SCENE_VADDR, bytes, 0, &iova, &s->err), 0);
			assert_true(model_locked(s->m) <= s->plan.memlock_needed);
			assert_true(s->plan.memlock_needed - model_locked(s->m) < 1 << 20);
			scene_check(s);
			scene_end(s);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operation_has_own_name),
		cmocka_unit_test(test_pseries_window_opened_next_to_default),
		cmocka_unit_test(test_powernv_window_opened_next_to_default),
		cmocka_unit_test(test_single_window_replaces_default),
		cmocka_unit_test(test_group_without_ddw_not_asked_for_window),
		cmocka_unit_test(test_space_without_usable_group_maps_nothing),
		cmocka_unit_test(test_failed_create_reported_by_cause),
		cmocka_unit_test(test_no_create_after_refused_remove),
		cmocka_unit_test(test_window_halved_to_firmware_block),
		cmocka_unit_test(test_window_not_halved_below_memory_in_use),
		cmocka_unit_test(test_group_with_other_range_refused),
		cmocka_unit_test(test_window_at_absurd_start_refused),
		cmocka_unit_test(test_memlock_of_plan_covers_kernel_charge),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
