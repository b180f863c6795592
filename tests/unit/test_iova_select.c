/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Where memory is mapped: the window that is asked for, and the limit of addresses. */

#include <errno.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
test_default_window_chosen_by_flag(void **state)
{
	struct ddw_mapping m = {
		.vaddr = V,
		.len = 2 * MODEL_2M,
		.page_size = MODEL_2M,
		.flags = DDW_MAP_DEFAULT_WINDOW,
	};
	struct scene *s = scene_ready();
	struct ddw_window_info w;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);
	assert_true(m.iova >= w.start && m.iova + m.len <= w.start + w.size);
	assert_true(m.iova % MODEL_2M == 0);
	scene_reach(s, V, m.iova, m.len);
	assert_int_equal(model_tces(s->m), 2 * 2 * 512);
	assert_int_equal(scene_pin(s, V + 8 * MODEL_2M, 4 * MODEL_2M, 0), 0);
	scene_map_pinned_ok(s, V + 8 * MODEL_2M, MODEL_2M, DDW_MAP_DEFAULT_WINDOW, &iova);
	assert_true(iova < UINT32_MAX);
	scene_map_pinned_ok(s, V + 9 * MODEL_2M, MODEL_2M, 0, &iova);
	assert_true(iova >= MODEL_HIGH);
	/* a named address has to be in that window */
	m.vaddr = V + 16 * MODEL_2M;
	m.flags = DDW_MAP_DEFAULT_WINDOW | DDW_MAP_FIXED;
	m.iova = MODEL_HIGH + 64 * MODEL_2M;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	m.iova = 64 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, m.vaddr, m.iova, m.len);
	/* reserved ones are not: they go back to the main window */
	assert_int_equal(ddw_space_reserve(s->space, MODEL_2M, MODEL_2M, &m.iova), 0);
	m.vaddr = V + 32 * MODEL_2M;
	m.len = MODEL_2M;
	m.flags = DDW_MAP_DEFAULT_WINDOW | DDW_MAP_RESERVED;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 3 * MODEL_2M);
	scene_end(s);
}

static void
test_default_window_flag_means_main_in_dma32_mode(void **state)
{
	struct scene *s = scene_auto();
	uint64_t iova, other;

	(void)state;
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G / 2), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, MODEL_64K), 0);
	scene_map_pinned_ok(s, V, MODEL_2M, DDW_MAP_DEFAULT_WINDOW, &iova);
	scene_map_pinned_ok(s, V + MODEL_2M, MODEL_64K, 0, &other);
	assert_true(iova < UINT32_MAX && other < UINT32_MAX);
	scene_end(s);
}

static void
test_default_window_flag_refused_without_one(void **state)
{
	struct scene *s = scene_new();
	uint64_t iova;
	int ret;

	(void)state;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	assert_int_equal(scene_pin(s, V, 8 * MODEL_2M, 0), 0);
	ret = scene_map_pinned(s, V, MODEL_2M, DDW_MAP_DEFAULT_WINDOW, &iova);
	check_error(&s->err, ret, DDW_MSG_POOL_WINDOW);
	assert_int_equal(ret, -ENOTSUP);
	scene_map_pinned_ok(s, V, MODEL_2M, 0, &iova);
	scene_end(s);
}

static void
test_bus_addresses_stay_below_limit(void **state)
{
	struct ddw_mapping m = {
		.vaddr = V,
		.len = 4 * MODEL_2M,
		.page_size = MODEL_2M,
		.flags = DDW_MAP_DEFAULT_WINDOW,
		.limit = 8 * MODEL_2M,
	};
	struct scene *s = scene_ready();
	uint64_t iova;
	int ret;

	(void)state;
	/* bus address 0 is never used */
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova == MODEL_2M);
	m.vaddr += m.len;
	ret = ddw_space_map_memory(s->space, &m, &s->err);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	assert_int_equal(ret, -ENOSPC);
	m.len = 3 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, m.vaddr, m.iova, m.len);
	/* the main window is out of reach for any of them */
	m = (struct ddw_mapping){ .vaddr = V + 16 * MODEL_2M, .len = MODEL_2M };
	m.limit = UINT64_C(1) << 40;
	ret = ddw_space_map_memory(s->space, &m, &s->err);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	m.limit = MODEL_HIGH + MODEL_1G;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova == MODEL_HIGH);
	m.vaddr += MODEL_2M;
	m.flags = DDW_MAP_FIXED;
	m.iova = MODEL_HIGH + 8 * MODEL_2M;
	m.limit = m.iova + MODEL_2M - 1;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	m.limit++;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	/* reserved addresses that are too high go back */
	assert_int_equal(ddw_space_reserve(s->space, MODEL_2M, MODEL_2M, &iova), 0);
	m.vaddr += MODEL_2M;
	m.flags = DDW_MAP_RESERVED;
	m.iova = iova;
	m.limit = iova;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 4 * MODEL_2M);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_window_chosen_by_flag),
		cmocka_unit_test(test_default_window_flag_means_main_in_dma32_mode),
		cmocka_unit_test(test_default_window_flag_refused_without_one),
		cmocka_unit_test(test_bus_addresses_stay_below_limit),
	};

	return cmocka_run_group_tests_name("iova_select", tests, NULL, NULL);
}
