/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Whether memory fits, in ranges that firmware has placed, and after failures of the kernel. */

#include <errno.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static uint64_t
free_bytes(struct scene *s)
{
	struct ddw_window_info w;

	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	return w.free_bytes;
}

/* The hole is where 32-bit MMIO may be in a window at 0; elsewhere firmware knows better. */
static void
test_default_window_away_from_zero_is_used(void **state)
{
	static const uint32_t starts[] = { 0x80000000, 0x80001000, 0x70000000 };
	struct ddw_mapping m = { .len = MODEL_2M, .page_size = MODEL_2M };
	struct model_group_cfg cfg = model_pseries(1);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct scene *s = scene_auto();

		s->in.wishes.mode = DDW_MODE_DMA32;
		cfg.dma32_start = starts[i];
		cfg.dma32_size = MODEL_1G;
		assert_int_equal(scene_attach(s, cfg), 0);
		assert_int_equal(scene_open_pages(s, MODEL_2M, 64 * MODEL_2M, 64 * MODEL_2M), 1);
		assert_true(free_bytes(s) > MODEL_1G - 4 * MODEL_2M);
		assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
		scene_end(s);
	}
}

/* sPAPR v1 registers nothing, so nothing can be left registered. */
static void
test_failed_map_leaves_no_quarantine_with_v1(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_auto();

	(void)state;
	assert_int_equal(scene_attach(s, model_old_kernel(1)), 0);
	assert_int_equal(scene_open_pages(s, MODEL_2M, 64 * MODEL_2M, 0), 1);
	model_add_memory(s->m, V, 64 * MODEL_2M, 21);
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	m.iova = 0;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, m.iova, MODEL_2M);
	scene_end(s);
}

/* A group that EAL has closed says no to everything: the next one is asked. */
static void
test_quarantine_lifted_by_another_group(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_ready();

	(void)state;
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	scene_lose(s, 0);
	assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
	scene_end(s);
}

/* A device of 32 bits that gets poison sends the lower half, with any offset in that page. */
static void
test_low_half_of_poison_is_never_mapped(void **state)
{
	struct ddw_mapping m = {
		.len = MODEL_64K,
		.page_size = MODEL_4K,
		.flags = DDW_MAP_FIXED | DDW_MAP_DEFAULT_WINDOW,
	};
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();
	uint64_t at;

	(void)state;
	cfg.pgsizes = MODEL_4K | MODEL_64K;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_pages(s, MODEL_16M, MODEL_1G / 2, 0), 1);
	at = ddw_space_poison(s->space) & UINT32_MAX;
	for (m.iova = at; m.iova < at + MODEL_16M; m.iova += MODEL_64K)
		check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_window_away_from_zero_is_used),
		cmocka_unit_test(test_failed_map_leaves_no_quarantine_with_v1),
		cmocka_unit_test(test_quarantine_lifted_by_another_group),
		cmocka_unit_test(test_low_half_of_poison_is_never_mapped),
	};

	return cmocka_run_group_tests_name("fits_edges", tests, NULL, NULL);
}
