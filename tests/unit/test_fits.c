/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Does memory fit? The answer is that of the mapping that is made afterwards. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/vfio.h>

#include "random.h"
#include "scene.h"

#define V SCENE_VADDR

static uint64_t
free_bytes(struct scene *s)
{
	return scene_stats(s).free_bytes;
}

/* The question takes nothing, and the mapping does what it said. */
static int
ask_and_map(struct scene *s, struct ddw_mapping m)
{
	uint64_t room = free_bytes(s);
	struct ddw_error asked = { 0 };
	int ret = ddw_space_fits(s->space, &m, &asked);

	assert_int_equal(free_bytes(s), room);
	ddw_error_clear(&s->err);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), ret);
	assert_int_equal(asked.msg, s->err.msg);
	assert_string_equal(asked.what, s->err.what);
	scene_check(s);
	return ret;
}

static void
test_answer_is_what_mapping_does(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_ready();

	(void)state;
	assert_int_equal(ask_and_map(s, m), 0);
	assert_int_equal(ask_and_map(s, m), -EEXIST);
	m.vaddr += MODEL_2M;
	m.len = 2 * MODEL_1G;
	assert_int_equal(ask_and_map(s, m), -ENOSPC);
	m.len = MODEL_2M + 1;
	assert_int_equal(ask_and_map(s, m), -EINVAL);
	m.len = MODEL_2M;
	m.limit = MODEL_HIGH;
	assert_int_equal(ask_and_map(s, m), -ENOSPC);
	m.limit = 0;
	m.flags = DDW_MAP_FIXED;
	m.iova = MODEL_HIGH;
	assert_int_equal(ask_and_map(s, m), -ERANGE);
	m.iova += MODEL_2M + MODEL_4K;
	assert_int_equal(ask_and_map(s, m), -ERANGE);
	m.iova = MODEL_HIGH + 8 * MODEL_2M;
	assert_int_equal(ask_and_map(s, m), 0);
	m.vaddr += MODEL_2M;
	m.flags = DDW_MAP_PINNED;
	assert_int_equal(ask_and_map(s, m), -EINVAL);
	scene_end(s);
	/* before there is a window, and after a fork */
	s = scene_new();
	check_any_error(&s->err, ddw_space_fits(s->space, &m, &s->err));
	check_any_error(&s->err, ddw_space_reserve_memory(s->space, &m, &s->err));
	scene_drop(s);
	s = scene_ready();
	model_switch(s->m, model_fork(s->m));
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_FORKED);
	check_error(&s->err, ddw_space_reserve_memory(s->space, &m, &s->err), DDW_MSG_FORKED);
	model_exit(s->m, 1);
	model_switch(s->m, 0);
	scene_end(s);
}

/* Every second page is taken: many pages that may lie apart, but no two that may not. */
static void
test_scattered_pages_need_no_common_hole(void **state)
{
	struct ddw_mapping m = { .len = 2 * MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_ready();
	unsigned int i, n = (unsigned int)(free_bytes(s) / MODEL_2M);
	uint64_t iova[1024];

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(ddw_space_reserve(s->space, MODEL_2M, 1, &iova[i]), 0);
	for (i = 0; i < n; i += 2)
		ddw_space_unreserve(s->space, iova[i], MODEL_2M);
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	m.flags = DDW_MAP_SCATTERED;
	assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
	m.limit = UINT64_MAX; /* with one they may not */
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	m.limit = 0;
	m.len = n / 2 * MODEL_2M;
	assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
	m.len += MODEL_2M;
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	assert_non_null(strstr(s->err.what, "do not fit"));
	/* a page of 1G has to be in one piece */
	m.len = m.page_size = MODEL_1G;
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	for (i = 1; i < n; i += 2)
		ddw_space_unreserve(s->space, iova[i], MODEL_2M);
	assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
	m.len = 2 * MODEL_1G;
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	scene_end(s);
}

/* Pages smaller than the IOMMU page: the default window takes them, or nothing does. */
static void
test_smaller_pages_fit_default_window_only(void **state)
{
	struct ddw_mapping m = { .len = 4 * MODEL_2M, .page_size = MODEL_2M };
	struct model_group_cfg (*const kinds[])(int) = { model_pseries, model_single_window };
	struct ddw_window_info w;
	struct scene *s;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = scene_new();
		assert_int_equal(scene_attach(s, kinds[i](1)), 0);
		assert_int_equal(scene_open_pages(s, MODEL_16M, MODEL_1G, 0), 1);
		assert_int_equal(scene_info(s, 0).page_shift, 24);
		model_add_memory(s->m, V, MODEL_1G, 21);
		m.vaddr = 0;
		m.flags = 0;
		if (i == 1) {
			check_error(&s->err, ddw_space_fits(s->space, &m, &s->err),
				    DDW_MSG_SMALL_PAGES);
			assert_null(strstr(s->err.what, "0x0"));
			m.vaddr = V;
			check_error(&s->err, ddw_space_fits(s->space, &m, &s->err),
				    DDW_MSG_SMALL_PAGES);
			assert_non_null(strstr(s->err.what, "at 0x"));
			scene_end(s);
			continue;
		}
		assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
		m.vaddr = V;
		assert_int_equal(ddw_space_reserve_memory(s->space, &m, &s->err), 0);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);
		assert_true(m.iova < w.size && m.iova % MODEL_2M == 0);
		m.flags = DDW_MAP_RESERVED;
		assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
		scene_reach(s, V, m.iova, m.len);
		/* reserved ones go back to where they were */
		m = (struct ddw_mapping){ .vaddr = V + MODEL_1G / 2,
					  .len = 4 * MODEL_2M,
					  .page_size = MODEL_2M };
		assert_int_equal(ddw_space_reserve_memory(s->space, &m, &s->err), 0);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);
		ddw_space_unreserve(s->space, m.iova, m.len);
		m.flags = DDW_MAP_FIXED;
		assert_int_equal(ddw_space_reserve_memory(s->space, &m, &s->err), 0);
		m.flags = DDW_MAP_RESERVED;
		m.vaddr = V;
		check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err),
			    DDW_MSG_MEMORY_OVERLAP);
		m.vaddr = V + MODEL_1G / 2;
		m.flags = DDW_MAP_FIXED;
		assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
		scene_end(s);
	}
}

/* What the kernel may still hold does not fit, and does when it proves the opposite. */
static void
test_quarantine_lifted_by_proof(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 2 * MODEL_2M, .page_size = MODEL_2M };
	struct scene *s = scene_ready();
	uint64_t iova, errors;

	(void)state;
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 2, 1, -ENOMEM, false);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	/* the page that would prove it is not there */
	model_free_memory(s->m, V, 2 * MODEL_2M);
	errors = scene_stats(s).ops[DDW_OP_REGISTER].errors;
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(scene_stats(s).ops[DDW_OP_REGISTER].errors, errors);
	model_add_memory(s->m, V, 2 * MODEL_2M, 21);
	/* or cannot be unregistered */
	model_fail(s->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 1, 1, -EBUSY, true);
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	model_fail_none(s->m);
	/* memory that reaches into what was there */
	m.vaddr = V + MODEL_2M;
	assert_int_equal(ddw_space_fits(s->space, &m, &s->err), 0);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(scene_stats(s).regions, 0);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, m.vaddr, m.iova, m.len);
	assert_int_equal(scene_unmap(s, m.vaddr, m.len, NULL), 0);
	/* what the kernel does hold */
	scene_map_ok(s, V, MODEL_2M, 0, &iova);
	model_fail(s->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 1, 2, -EBUSY, false);
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), -EBUSY);
	model_fail_none(s->m);
	m.vaddr = V;
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	check_error(&s->err, ddw_space_reserve_memory(s->space, &m, &s->err),
		    DDW_MSG_MEMORY_OVERLAP);
	/* the rest of the memory is as good as ever */
	m.vaddr = V + MODEL_2M;
	assert_int_equal(ask_and_map(s, m), 0);
	scene_end(s);
}

/* A page of the kernel proves nothing about a region of one page. */
static void
test_quarantine_of_one_kernel_page_stays(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_64K, .page_size = MODEL_64K };
	struct scene *s = scene_ready();

	(void)state;
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	scene_end(s);
	/* without a group nobody can be asked */
	s = scene_ready();
	m = (struct ddw_mapping){ .vaddr = V, .len = MODEL_2M, .page_size = MODEL_2M };
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -ENOMEM, false);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	scene_lose(s, 0);
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 0) || ddw_space_group_alive(s->space, 1));
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	scene_end(s);
}

/* The common part of two default windows is one page: it is poison, and nothing fits. */
static void
test_range_of_one_page_holds_nothing(void **state)
{
	struct ddw_mapping m = { .len = MODEL_4K, .page_size = MODEL_4K };
	struct model_group_cfg cfg = model_pseries(2);
	struct scene *s = scene_auto();

	(void)state;
	s->in.wishes.mode = DDW_MODE_DMA32;
	cfg.dma32_start = (uint32_t)(MODEL_1G - MODEL_4K);
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, cfg), 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 2);
	assert_int_equal(ddw_space_poison(s->space), cfg.dma32_start);
	assert_int_equal(free_bytes(s), 0);
	check_error(&s->err, ddw_space_fits(s->space, &m, &s->err), DDW_MSG_WINDOW_FULL);
	assert_non_null(strstr(s->err.fix, "cannot grow"));
	scene_end(s);
}

/* Whatever is mapped: the answer comes true. */
static void
test_answers_come_true_in_random_order(void **state)
{
	struct scene *s = scene_ready();
	uint64_t r = random_state(UINT64_C(20261130));
	unsigned int step, accepted = 0;
	struct ddw_mapping m;

	(void)state;
	model_add_memory(s->m, V + MODEL_1G, 2 * MODEL_1G, 21);
	for (step = 0; step < 2000; step++) {
		m = (struct ddw_mapping){
			.vaddr = V + pick(&r, 1500) * MODEL_2M,
			.len = (1 + pick(&r, 200)) * MODEL_2M,
			.page_size = MODEL_2M,
			.piece = MODEL_2M,
		};
		if (m.vaddr + m.len > V + 3 * MODEL_1G)
			continue;
		if (pick(&r, 3) == 0)
			assert_int_equal(scene_unmap(s, m.vaddr, m.len, NULL), 0);
		else
			accepted += ask_and_map(s, m) == 0;
	}
	assert_true(accepted > 10);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_is_what_mapping_does),
		cmocka_unit_test(test_scattered_pages_need_no_common_hole),
		cmocka_unit_test(test_smaller_pages_fit_default_window_only),
		cmocka_unit_test(test_quarantine_lifted_by_proof),
		cmocka_unit_test(test_quarantine_of_one_kernel_page_stays),
		cmocka_unit_test(test_range_of_one_page_holds_nothing),
		cmocka_unit_test(test_answers_come_true_in_random_order),
	};

	return cmocka_run_group_tests_name("fits", tests, NULL, NULL);
}
