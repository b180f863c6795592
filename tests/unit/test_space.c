/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>
#include <pthread.h>

#include "scene.h"

#define V SCENE_VADDR

/* Start, growth, shrinking and the end of an application, on each platform. */
static void
test_life_on_each_platform_leaves_nothing(void **state)
{
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_powernv,
							 model_single_window };
	struct scene *s;
	uint64_t a, b, n;
	unsigned int k;

	(void)state;
	for (k = 0; k < 3; k++) {
		s = scene_two(kinds[k], MODEL_1G, MODEL_2M);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, 256 * MODEL_2M, 0, &a);
		scene_map_ok(s, V + 300 * MODEL_2M, 10 * MODEL_2M, MODEL_2M, &b);
		assert_int_equal(
			ddw_space_unmap(s->space, V + 302 * MODEL_2M, 4 * MODEL_2M, &n, &s->err),
			0);
		assert_true(n == 4 * MODEL_2M);
		model_free_memory(s->m, V + 302 * MODEL_2M, 4 * MODEL_2M);
		scene_check(s);
		assert_int_equal(model_creates(s->m, 1), 1);
		assert_int_equal(model_creates(s->m, 2), 1);
		assert_int_equal(ddw_space_release(s->space, &s->err), 0);
		assert_int_equal(model_tces(s->m), 0);
		assert_int_equal(model_regions(s->m), 0);
		model_free_memory(s->m, V, MODEL_1G);
		assert_int_equal(ddw_space_release(s->space, &s->err), 0);
		scene_end(s);
	}
}

static void
test_release_without_mappings_makes_no_ioctl(void **state)
{
	struct ddw_error err = { 0 };
	struct scene *s = scene_new();

	(void)state;
	assert_int_equal(ddw_space_release(s->space, &err), 0);
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(ddw_space_release(s->space, &err), 0);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_UNMAP_DMA), 0);
	ddw_space_destroy(NULL);
	scene_end(s);
}

/* What can be released is released; the first failure is told. */
static void
test_failed_release_frees_what_it_can(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	uint64_t a, b, c;
	int ret;

	(void)state;
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_2M, 0, &a);
	scene_map_ok(s, V + 2 * MODEL_2M, MODEL_2M, 0, &b);
	scene_map_ok(s, V + 4 * MODEL_2M, MODEL_2M, 0, &c);
	model_fail(s->m, VFIO_IOMMU_UNMAP_DMA, 1, 1, -EIO, false);
	ret = ddw_space_release(s->space, &s->err);
	check_error(&s->err, ret, DDW_MSG_UNMAP_FAILED);
	assert_true(model_tces(s->m) <= 2);
	assert_int_equal(model_regions(s->m), 1);
	model_fail_none(s->m);
	scene_end(s);
}

static void
test_killed_process_leaves_group_usable(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_new();
	const struct ddw_sys *sys = model_sys(s->m);
	uint64_t iova;
	unsigned int i;

	(void)state;
	model_add_group(s->m, &cfg);
	for (i = 0; i < 10; i++) {
		s->container[0] = sys->open(sys->ctx, "/dev/vfio/vfio", 0);
		s->group[0] = sys->open(sys->ctx, "/dev/vfio/1", 0);
		assert_int_equal(ddw_space_attach(s->space, 1, "group 1", s->container[0],
						  s->group[0], &s->err),
				 0);
		assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G, 0, &iova);
		/* the kernel closes the files, nobody releases anything */
		ddw_space_destroy(s->space);
		scene_lose(s, 0);
		assert_int_equal(sys->close(sys->ctx, s->container[0]), 0);
		assert_null(model_leaks(s->m));
		model_free_memory(s->m, V, MODEL_1G);
		s->space = ddw_space_create(sys, &s->err);
		assert_non_null(s->space);
	}
	assert_int_equal(model_creates(s->m, 1), 10);
	assert_false(model_poisoned(s->m, 1));
	scene_end(s);
}

static void
test_closed_group_detected(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	struct ddw_group_info info;
	uint64_t a, b, n;

	(void)state;
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	assert_true(ddw_space_group_alive(s->space, 0));
	assert_true(ddw_space_group_alive(s->space, 1));
	assert_false(ddw_space_group_alive(s->space, 2));
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	assert_false(ddw_space_group_alive(s->space, 0));
	assert_true(ddw_space_group_alive(s->space, 1));
	assert_int_equal(ddw_space_group(s->space, 0, &info), 0);
	assert_false(info.usable);
	assert_int_equal(ddw_space_n_groups(s->space), 2);
	/* the other group goes on, and nothing is asked of the lost one */
	scene_reach(s, V, a, 4 * MODEL_2M);
	scene_map_ok(s, V + 8 * MODEL_2M, MODEL_2M, 0, &b);
	assert_int_equal(ddw_space_unmap(s->space, V, 2 * MODEL_2M, &n, &s->err), 0);
	assert_true(n == 2 * MODEL_2M);
	model_free_memory(s->m, V, 2 * MODEL_2M);
	assert_int_equal(scene_stats(s).ops[DDW_OP_UNMAP].errors, 0);
	assert_int_equal(scene_stats(s).ops[DDW_OP_UNREGISTER].errors, 0);
	scene_end(s);
}

/* A group never attached to a window is not usable, attached or not. */
static void
test_group_without_window_not_alive(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
	assert_false(ddw_space_group_alive(s->space, 0));
	assert_true(ddw_space_group_alive(s->space, 1));
	scene_end(s);
}

/* Each group has its page size; the space works in units of the largest. */
static void
test_largest_page_is_unit_of_space(void **state)
{
	struct model_group_cfg small = model_pseries(1);
	struct scene *s = scene_new();
	struct ddw_window_info w;
	uint64_t a, b, n;

	(void)state;
	small.pgsizes = MODEL_4K | MODEL_64K;
	assert_int_equal(scene_attach(s, small), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 2);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	assert_int_equal(w.page_shift, 21);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 3 * MODEL_2M, 0, &a);
	assert_int_equal(model_tces(s->m), 3 * 32 + 3);
	check_error(&s->err, ddw_space_map(s->space, V + 8 * MODEL_2M, MODEL_64K, 0, &b, &s->err),
		    DDW_MSG_BAD_RANGE);
	assert_int_equal(ddw_space_unmap(s->space, V + MODEL_2M, MODEL_2M, &n, &s->err), 0);
	assert_int_equal(model_tces(s->m), 2 * 32 + 2);
	scene_reach(s, V, a, MODEL_2M);
	scene_reach(s, V + 2 * MODEL_2M, a + 2 * MODEL_2M, MODEL_2M);
	scene_end(s);
}

/* A mapping in a window that shrank stays inside the smallest one. */
static void
test_shrunk_window_is_not_overrun(void **state)
{
	struct model_group_cfg small = model_pseries(2);
	struct scene *s = scene_new();
	uint64_t a;
	int ret;

	(void)state;
	small.largest_block = MODEL_1G;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, small), 1);
	assert_int_equal(scene_plan(s, 2 * MODEL_1G, MODEL_2M), 0);
	s->in.memory[0].start_bytes = MODEL_1G - 2 * MODEL_2M;
	assert_int_equal(ddw_plan_make(&s->in, &s->plan, &s->err), 0);
	assert_int_equal(ddw_space_open_windows(s->space, &s->plan, s->errors), 2);
	model_add_memory(s->m, V, 2 * MODEL_1G, 21);
	ret = ddw_space_map(s->space, V, 2 * MODEL_1G, 0, &a, &s->err);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	scene_map_ok(s, V, MODEL_1G - 2 * MODEL_2M, 0, &a);
	ret = ddw_space_map(s->space, V + MODEL_1G, MODEL_2M, 0, &a, &s->err);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	scene_end(s);
}

static void
test_no_device_reaches_poison_address(void **state)
{
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_powernv,
							 model_single_window };
	struct ddw_window_info w;
	struct scene *s;
	uint64_t p, at, v;
	unsigned int k;

	(void)state;
	for (k = 0; k < 3; k++) {
		s = scene_two(kinds[k], MODEL_1G, MODEL_2M);
		model_add_memory(s->m, V, 4 * MODEL_1G, 21);
		v = V + MODEL_1G;
		scene_map_ok(s, V, MODEL_1G / 2, 0, &at);
		p = ddw_space_poison(s->space);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
		assert_int_equal(p, w.start + w.size - MODEL_2M);
		/* however much is mapped, nothing ends there, and it stays the same */
		scene_map_ok(s, V + MODEL_1G / 2, MODEL_1G / 2, MODEL_2M, &at);
		while (ddw_space_map(s->space, v, MODEL_2M, 0, &at, NULL) == 0) {
			assert_true(at + MODEL_2M < p);
			v += MODEL_2M;
		}
		assert_int_equal(ddw_space_poison(s->space), p);
		assert_int_equal(model_dma(s->m, 1, p, 1, &at), -EFAULT);
		assert_int_equal(model_dma(s->m, 2, p + MODEL_2M - 1, 1, &at), -EFAULT);
		scene_end(s);
	}
}

/* A MAP that failed in one group is undone in the others, in every group. */
static void
test_failed_map_undone_in_every_group(void **state)
{
	struct scene *s = scene_new();
	unsigned int nth;
	uint64_t iova;

	(void)state;
	for (nth = 0; nth < 4; nth++)
		assert_int_equal(scene_attach(s, model_pseries(1 + (int)nth)), (int)nth);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 4);
	model_add_memory(s->m, V, MODEL_1G, 21);
	for (nth = 1; nth <= 4; nth++) {
		model_fail(s->m, VFIO_IOMMU_MAP_DMA, nth, 1, -EIO, false);
		check_error(&s->err,
			    ddw_space_map(s->space, V + nth * 8 * MODEL_2M, MODEL_2M, 0, &iova,
					  &s->err),
			    DDW_MSG_MAP_FAILED);
		assert_int_equal(model_tces(s->m), 0);
		assert_int_equal(model_regions(s->m), 0);
	}
	model_fail_none(s->m);
	scene_map_ok(s, V, MODEL_2M, 0, &iova);
	assert_int_equal(model_tces(s->m), 4);
	assert_int_equal(model_regions(s->m), 1);
	scene_end(s);
}

struct worker {
	struct scene *s;
	uint64_t base;
	int failures;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	uint64_t iova, found, n, at;
	unsigned int i;

	for (i = 0; i < 400; i++) {
		at = w->base + i % 7 * MODEL_2M;
		if (ddw_space_map(w->s->space, at, 3 * MODEL_2M, MODEL_2M, &iova, NULL) != 0 ||
		    ddw_space_lookup(w->s->space, at + MODEL_2M, &found) != 0 ||
		    found != iova + MODEL_2M || !ddw_space_group_alive(w->s->space, i % 2) ||
		    ddw_space_unmap(w->s->space, at, 3 * MODEL_2M, &n, NULL) != 0 ||
		    n != 3 * MODEL_2M)
			w->failures++;
	}
	return NULL;
}

/* The kernel wants one ioctl at a time; callers need not know. */
static void
test_threads_map_and_unmap_side_by_side(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	struct worker workers[4];
	pthread_t threads[4];
	unsigned int i;

	(void)state;
	model_add_memory(s->m, V, MODEL_1G, 21);
	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker){ s, V + i * 16 * MODEL_2M, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].failures, 0);
	}
	assert_int_equal(model_regions(s->m), 0);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life_on_each_platform_leaves_nothing),
		cmocka_unit_test(test_release_without_mappings_makes_no_ioctl),
		cmocka_unit_test(test_failed_release_frees_what_it_can),
		cmocka_unit_test(test_killed_process_leaves_group_usable),
		cmocka_unit_test(test_closed_group_detected),
		cmocka_unit_test(test_group_without_window_not_alive),
		cmocka_unit_test(test_largest_page_is_unit_of_space),
		cmocka_unit_test(test_shrunk_window_is_not_overrun),
		cmocka_unit_test(test_no_device_reaches_poison_address),
		cmocka_unit_test(test_failed_map_undone_in_every_group),
		cmocka_unit_test(test_threads_map_and_unmap_side_by_side),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
