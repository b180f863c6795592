/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that stays registered while it is mapped and unmapped piece by piece. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
test_pinned_memory_stays_registered_after_unmap(void **state)
{
	struct scene *s = scene_ready();
	unsigned int i, round;
	uint64_t iova, n;

	(void)state;
	assert_false(ddw_space_pinned(s->space, V));
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	assert_int_equal(model_regions(s->m), 2);
	assert_int_equal(scene_stats(s).regions, 2);
	assert_int_equal(model_tces(s->m), 0);
	assert_true(ddw_space_pinned(s->space, V));
	assert_true(ddw_space_pinned(s->space, V + 8 * MODEL_2M - 1));
	assert_false(ddw_space_pinned(s->space, V + 8 * MODEL_2M));
	assert_int_equal(ddw_space_lookup(s->space, V, &iova), -ENOENT);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 8; i++)
			scene_map_pinned_ok(s, V + i * MODEL_2M, MODEL_2M, 0, &iova);
		assert_true(scene_stats(s).mapped_bytes == 8 * MODEL_2M);
		assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, &n), 0);
		assert_true(n == 8 * MODEL_2M);
		assert_int_equal(model_tces(s->m), 0);
		assert_int_equal(model_regions(s->m), 2);
	}
	/* across a border, and cut in two */
	scene_map_pinned_ok(s, V + MODEL_2M, 6 * MODEL_2M, 0, &iova);
	assert_int_equal(scene_unmap(s, V + 3 * MODEL_2M, 2 * MODEL_2M, NULL), 0);
	scene_map_pinned_ok(s, V + 3 * MODEL_2M, MODEL_2M, 0, &n);
	assert_true(n == iova + 2 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	assert_int_equal(scene_stats(s).ops[DDW_OP_REGISTER].calls, 4);
	assert_int_equal(scene_stats(s).ops[DDW_OP_UNREGISTER].calls, 0);
	/* piece by piece */
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	assert_int_equal(model_regions(s->m), 1);
	assert_false(ddw_space_pinned(s->space, V + 4 * MODEL_2M - 1));
	model_free_memory(s->m, V, 4 * MODEL_2M);
	scene_map_pinned_ok(s, V + 4 * MODEL_2M, 4 * MODEL_2M, 0, &iova);
	assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	assert_int_equal(scene_unpin(s, V, 16 * MODEL_2M), 0);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(scene_unpin(s, V, 16 * MODEL_2M), 0);
	scene_end(s);
}

static void
test_large_pin_needs_few_ioctls(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_space_stats st;
	uint64_t iova;

	(void)state;
	assert_int_equal(scene_pin(s, V, MODEL_1G, 0), 0);
	scene_map_pinned_ok(s, V, MODEL_1G, 0, &iova);
	st = scene_stats(s);
	assert_int_equal(st.ops[DDW_OP_REGISTER].calls, 2);
	assert_int_equal(st.ops[DDW_OP_MAP].calls, 2);
	/* what is held goes with the rest at the end */
	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(scene_stats(s).regions, 0);
	scene_end(s);
}

static void
test_unpin_refused_while_mapped(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova;
	int ret;

	(void)state;
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	scene_map_pinned_ok(s, V + 5 * MODEL_2M, MODEL_2M, 0, &iova);
	ret = scene_unpin(s, V, 8 * MODEL_2M);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(ret, -EBUSY);
	assert_int_equal(model_regions(s->m), 2);
	ret = scene_unpin(s, V + MODEL_2M, 3 * MODEL_2M);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(ret, -EINVAL);
	assert_int_equal(scene_unpin(s, V, 3 * MODEL_2M), -EINVAL);
	scene_reach(s, V + 5 * MODEL_2M, iova, MODEL_2M);
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	assert_int_equal(scene_unpin(s, V, 8 * MODEL_2M), 0);
	assert_int_equal(model_regions(s->m), 0);
	scene_end(s);
}

static void
reopen(struct scene *s, unsigned int i)
{
	scene_reopen(s, i, (int)i + 1);
	assert_int_equal(scene_join(s, i, (int)i + 1), (int)i);
	scene_check(s);
}

static void
test_pinned_memory_survives_lost_groups(void **state)
{
	struct scene *s = scene_ready();
	uint64_t a, b, c;
	unsigned int i;

	(void)state;
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	scene_map_pinned_ok(s, V + MODEL_2M, MODEL_2M, 0, &a);
	scene_lose(s, 1);
	/* nobody has noticed */
	scene_map_pinned_ok(s, V + 2 * MODEL_2M, MODEL_2M, 0, &b);
	assert_false(scene_info(s, 1).usable);
	reopen(s, 1);
	scene_reach(s, V + MODEL_2M, a, MODEL_2M);
	scene_reach(s, V + 2 * MODEL_2M, b, MODEL_2M);
	scene_map_pinned_ok(s, V + 6 * MODEL_2M, MODEL_2M, 0, &c);
	for (i = 0; i < 2; i++) {
		scene_lose(s, i);
		assert_false(ddw_space_group_alive(s->space, i));
	}
	assert_int_equal(model_regions(s->m), 0);
	/* without any group it is noted only */
	assert_true(ddw_space_pinned(s->space, V));
	assert_int_equal(scene_pin(s, V + 16 * MODEL_2M, 2 * MODEL_2M, MODEL_2M), 0);
	assert_int_equal(scene_unmap(s, V + MODEL_2M, MODEL_2M, NULL), 0);
	assert_int_equal(scene_map_pinned(s, V + 17 * MODEL_2M, MODEL_2M, 0, &a), 0);
	assert_int_equal(scene_map_pinned(s, V, MODEL_2M, 0, &a), 0);
	assert_int_equal(scene_unpin(s, V + 16 * MODEL_2M, MODEL_2M), 0);
	for (i = 0; i < 2; i++) {
		reopen(s, i);
		scene_reach(s, V, a, MODEL_2M);
		scene_reach(s, V + 2 * MODEL_2M, b, MODEL_2M);
		scene_reach(s, V + 6 * MODEL_2M, c, MODEL_2M);
		assert_int_equal(model_regions(s->m), 3);
	}
	scene_map_pinned_ok(s, V + 4 * MODEL_2M, 2 * MODEL_2M, 0, &a);
	/* found by REGISTER and by UNREGISTER */
	scene_lose(s, 0);
	assert_int_equal(scene_pin(s, V + 32 * MODEL_2M, 2 * MODEL_2M, MODEL_2M), 0);
	reopen(s, 0);
	scene_lose(s, 0);
	assert_int_equal(scene_unpin(s, V + 32 * MODEL_2M, 2 * MODEL_2M), 0);
	assert_false(scene_info(s, 0).usable);
	scene_end(s);
}

static void
test_v1_pins_without_register(void **state)
{
	struct scene *s = scene_auto();
	uint64_t iova;
	unsigned int round;

	(void)state;
	assert_int_equal(scene_attach(s, model_old_kernel(1)), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	assert_int_equal(scene_stats(s).regions, 2);
	for (round = 0; round < 2; round++) {
		scene_map_pinned_ok(s, V + 2 * MODEL_2M, 4 * MODEL_2M, 0, &iova);
		assert_int_equal(scene_unpin(s, V, 8 * MODEL_2M), -EBUSY);
		assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	}
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY), 0);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY), 0);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pinned_memory_stays_registered_after_unmap),
		cmocka_unit_test(test_large_pin_needs_few_ioctls),
		cmocka_unit_test(test_unpin_refused_while_mapped),
		cmocka_unit_test(test_pinned_memory_survives_lost_groups),
		cmocka_unit_test(test_v1_pins_without_register),
	};

	return cmocka_run_group_tests_name("register", tests, NULL, NULL);
}
