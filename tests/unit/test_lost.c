/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Groups that leave while their space is in use. */

#include <errno.h>
#include <inttypes.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

/* That a group has left is no error of a call. */
static void
check_no_error(struct scene *s)
{
	struct ddw_space_stats stats = scene_stats(s);

	assert_int_equal(stats.ops[DDW_OP_REGISTER].errors, 0);
	assert_int_equal(stats.ops[DDW_OP_UNREGISTER].errors, 0);
	assert_int_equal(stats.ops[DDW_OP_MAP].errors, 0);
	assert_int_equal(stats.ops[DDW_OP_UNMAP].errors, 0);
}

/* Each REGISTER has ended in one of two ways. */
static void
end(struct scene *s, uint64_t dropped)
{
	struct ddw_space_stats stats;

	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	check_no_error(s);
	stats = scene_stats(s);
	assert_int_equal(stats.dropped, dropped);
	assert_int_equal(stats.ops[DDW_OP_REGISTER].calls,
			 stats.ops[DDW_OP_UNREGISTER].calls + dropped);
	scene_end(s);
}

/*
 * EAL closes a group at any moment, and nobody has looked yet. An ioctl that
 * fails for that reason must not touch what the other group has.
 */
static void
test_unnoticed_lost_group_does_not_stop_map(void **state)
{
	struct scene *s;
	uint64_t a, b, n;
	unsigned int lost;

	(void)state;
	for (lost = 0; lost < 2; lost++) {
		s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
		scene_lose(s, lost);
		scene_map_ok(s, V + 8 * MODEL_2M, 2 * MODEL_2M, MODEL_2M, &b);
		assert_int_equal(model_dma(s->m, lost == 0 ? 2 : 1, b, 1, &n), 0);
		assert_false(ddw_space_group_alive(s->space, lost));
		assert_true(ddw_space_group_alive(s->space, 1 - lost));
		assert_int_equal(ddw_space_unmap(s->space, V, 2 * MODEL_2M, &n, &s->err), 0);
		model_free_memory(s->m, V, 2 * MODEL_2M);
		/* the same addresses again: nothing of the first mapping is in the way */
		model_add_memory(s->m, V, 2 * MODEL_2M, 21);
		scene_map_ok(s, V, 2 * MODEL_2M, MODEL_2M, &a);
		end(s, 5); /* four of the first memory, one that was refused */
	}
}

/* The same, found by UNMAP. */
static void
test_lost_group_found_by_unmap(void **state)
{
	struct scene *s;
	unsigned int lost;
	uint64_t a, n;

	(void)state;
	for (lost = 0; lost < 2; lost++) {
		s = scene_two(model_powernv, MODEL_1G, MODEL_2M);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
		scene_lose(s, lost);
		assert_int_equal(ddw_space_unmap(s->space, V, MODEL_2M, &n, &s->err), 0);
		assert_true(n == MODEL_2M);
		model_free_memory(s->m, V, MODEL_2M);
		model_add_memory(s->m, V, MODEL_2M, 21);
		scene_map_ok(s, V, MODEL_2M, 0, &a);
		end(s, 4);
	}
}

/* With no group left memory still comes and goes, without the kernel. */
static void
test_memory_comes_and_goes_without_groups(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	uint64_t a, n;

	(void)state;
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	scene_lose(s, 0);
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 0));
	assert_false(ddw_space_group_alive(s->space, 1));
	assert_int_equal(ddw_space_unmap(s->space, V, MODEL_2M, &n, &s->err), 0);
	assert_int_equal(ddw_space_map(s->space, V + 16 * MODEL_2M, MODEL_2M, 0, &a, &s->err), 0);
	assert_int_equal(model_tces(s->m), 0);
	assert_int_equal(model_regions(s->m), 0);
	assert_true(scene_stats(s).mapped_bytes == 4 * MODEL_2M);
	end(s, 8);
}

/* An answer that does not say "no group here" is no reason to forget one. */
static void
test_refused_question_forgets_no_group(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	uint64_t a, n;

	(void)state;
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_GET_INFO, 1, 0, -EPERM, false);
	assert_true(ddw_space_group_alive(s->space, 0));
	model_fail_none(s->m);
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, &n), 0);
	assert_int_equal(model_tces(s->m), 0);
	end(s, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unnoticed_lost_group_does_not_stop_map),
		cmocka_unit_test(test_lost_group_found_by_unmap),
		cmocka_unit_test(test_memory_comes_and_goes_without_groups),
		cmocka_unit_test(test_refused_question_forgets_no_group),
	};

	return cmocka_run_group_tests_name("lost", tests, NULL, NULL);
}
