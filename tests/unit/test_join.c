/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Default windows, fallbacks, small pages, and groups that come back. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static struct scene *
scene_auto(void)
{
	struct scene *s = scene_new();

	s->in.wishes.mode = DDW_WISH_AUTO;
	ddw_space_choose_iommu(s->space, DDW_IOMMU_AUTO);
	return s;
}

/* ddw_space_open() with so much memory that exists and is mapped at start. */
static int
open_all(struct scene *s, uint64_t exist, uint64_t start)
{
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, exist, start };
	ddw_error_clear(&s->err);
	return ddw_space_open(s->space, &s->in, &s->plan, s->errors, &s->err);
}

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
test_dma32(void **state)
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
		s->in.wishes.mode = DDW_WISH_DMA32;
		assert_int_equal(scene_attach(s, kinds[i](1)), 0);
		assert_int_equal(scene_attach(s, kinds[i](2)), 1);
		assert_int_equal(open_all(s, MODEL_1G, MODEL_1G / 2), 2);
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
		poison = ddw_space_poison(s->space, MODEL_2M);
		assert_int_equal(model_dma(s->m, 1, poison, MODEL_2M, &at), -EFAULT);
		scene_end(s);
	}
}

static void
test_pages_are_aligned(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 3 * MODEL_2M, .page_size = MODEL_2M };
	struct ddw_mapping g = { .vaddr = V + MODEL_1G, .len = MODEL_1G, .page_size = MODEL_1G };
	struct scene *s = scene_auto();

	(void)state;
	s->in.wishes.mode = DDW_WISH_DMA32;
	assert_int_equal(scene_attach(s, model_powernv(1)), 0);
	assert_int_equal(open_all(s, 2 * MODEL_1G, 0), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	model_add_memory(s->m, V + MODEL_1G, MODEL_1G, 30);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova == MODEL_2M);
	assert_int_equal(ddw_space_map_memory(s->space, &g, &s->err), 0);
	assert_true(ddw_is_aligned(g.iova, MODEL_16M));
	scene_end(s);
}

static void
test_v1(void **state)
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
		if (open_all(s, MODEL_1G, MODEL_1G / 2) != 1)
			skip(); /* a model without v1 */
		check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
		model_add_memory(s->m, V, MODEL_1G, 21);
		scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
		assert_int_equal(scene_stats(s).ops[DDW_OP_REGISTER].calls, 0);
		assert_int_equal(scene_stats(s).ops[DDW_OP_ENABLE].calls, 1);
		assert_int_equal(ddw_space_release(s->space, &s->err), 0);
		assert_int_equal(scene_stats(s).ops[DDW_OP_DISABLE].calls, 1);
		scene_end(s);
	}
}

/* CREATE is refused, and the default window, which the kernel has made before, is used. */
static void
test_fall_back_after_create(void **state)
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
		assert_int_equal(open_all(s, MODEL_1G, MODEL_1G / 2), 1);
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
	check_error(&s->errors[0], open_all(s, MODEL_1G, 0), DDW_MSG_CREATE_REFUSED);
	scene_drop(s);
}

/* The default window had to go first, and comes back. */
static void
test_fall_back_single_window(void **state)
{
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 1, -ENOMEM, false);
	assert_int_equal(open_all(s, MODEL_1G, MODEL_1G / 2), 1);
	check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	scene_end(s);
}

/* Nothing works on a PE that was disabled before: one error, the cause, and the others go on. */
static void
test_poisoned_before(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();

	(void)state;
	cfg.poisoned = true;
	assert_int_equal(scene_attach(s, cfg), 0);
	check_error(&s->errors[0], open_all(s, MODEL_1G, 0), DDW_MSG_PE_POISONED);
	scene_drop(s);

	s = scene_auto();
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(open_all(s, MODEL_1G, 0), 1);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH, MODEL_1G, 21);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_PE_POISONED);
	assert_int_equal(s->errors[1].err, 0);
	scene_end(s);

	/* asked for from the start */
	s = scene_auto();
	s->in.wishes.mode = DDW_WISH_DMA32;
	assert_int_equal(scene_attach(s, cfg), 0);
	check_error(&s->errors[0], open_all(s, MODEL_1G, 0), DDW_MSG_PE_POISONED);
	scene_drop(s);
}

/* A slot without DDW has no default window either on Linux since 6.11. */
static void
test_no_window_at_all(void **state)
{
	struct scene *s = scene_auto();
	int ret;

	(void)state;
	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	model_fail(s->m, VFIO_IOMMU_UNMAP_DMA, 1, 1, -EINVAL, false);
	ret = open_all(s, MODEL_1G, 0);
	check_error(&s->errors[0], ret, DDW_MSG_NO_WINDOW);
	scene_drop(s);
}

static void
test_windows_apart(void **state)
{
	struct model_group_cfg far = model_pseries(2);
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	far.high_start = MODEL_HIGH * 2;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	assert_int_equal(open_all(s, MODEL_1G, 0), 1);
	check_error(&s->errors[1], s->errors[1].err, DDW_MSG_RANGE_MISMATCH);
	assert_true(scene_info(s, 0).usable && !scene_info(s, 1).usable);
	scene_end(s);

	/* two against one: the first group is the smaller party */
	s = scene_auto();
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	far.number = 3;
	assert_int_equal(scene_attach(s, far), 2);
	assert_int_equal(open_all(s, MODEL_1G, 0), 2);
	check_error(&s->errors[0], s->errors[0].err, DDW_MSG_RANGE_MISMATCH);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH * 2, MODEL_1G, 21);
	scene_end(s);

	/* all to the default windows */
	far.number = 2;
	s = scene_auto();
	s->in.wishes.mismatch_dma32 = true;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	assert_int_equal(open_all(s, MODEL_1G, MODEL_1G / 2), 2);
	check_main(s, DDW_MODE_DMA32, 0, MODEL_1G, 12);
	assert_int_equal(model_windows(s->m, 1), 1);
	assert_int_equal(s->errors[1].err, 0);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	scene_end(s);
}

/* Windows that overlap: what they have in common is used. */
static void
test_windows_overlap(void **state)
{
	struct model_group_cfg next = model_pseries(2);
	struct scene *s = scene_auto();
	uint64_t iova;

	(void)state;
	next.high_start = MODEL_HIGH + MODEL_1G / 2;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, next), 1);
	assert_int_equal(open_all(s, MODEL_1G, MODEL_1G / 4), 2);
	check_main(s, DDW_MODE_DDW, MODEL_HIGH + MODEL_1G / 2, MODEL_1G / 2, 21);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G / 2, 0, &iova);
	assert_true(iova == MODEL_HIGH + MODEL_1G / 2);
	scene_end(s);
}

static void
test_small_pages(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 3 * MODEL_64K, .page_size = MODEL_64K };
	struct scene *s = scene_ready();
	struct ddw_window_info w;
	uint64_t huge;

	(void)state;
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);
	assert_true(w.start == 0 && w.size == MODEL_1G && w.page_shift == 12);
	model_free_memory(s->m, V, MODEL_2M);
	model_add_memory(s->m, V, MODEL_2M, 16);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova != 0 && m.iova < MODEL_1G && ddw_is_aligned(m.iova, MODEL_64K));
	scene_check(s);
	scene_reach(s, V, m.iova, m.len);
	scene_map_ok(s, V + MODEL_2M, MODEL_2M, 0, &huge);
	assert_true(huge >= MODEL_HIGH);
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), 0);
	assert_int_equal(model_tces(s->m), 2);
	scene_end(s);

	/* with a single window there is no place for them */
	s = scene_two(model_single_window, MODEL_1G, MODEL_2M);
	m.iova = 0;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_SMALL_PAGES);
	scene_end(s);
}

static void
test_fixed(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_FIXED };
	static const uint64_t bad[] = {
		0,
		MODEL_1G,
		MODEL_HIGH - MODEL_2M,
		MODEL_HIGH + MODEL_64K,
		MODEL_HIGH + MODEL_1G,
		UINT64_MAX - MODEL_2M + 1,
	};
	struct scene *s = scene_ready();
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		m.iova = bad[i];
		check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
		assert_non_null(strstr(s->err.fix, "0x800000000000000-0x80000003fffffff"));
	}
	m.iova = MODEL_HIGH + 7 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, MODEL_HIGH + 7 * MODEL_2M, MODEL_2M);
	m.vaddr += MODEL_2M; /* taken */
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	/* in the default window, too */
	m.iova = MODEL_1G / 2;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V + MODEL_2M, MODEL_1G / 2, MODEL_2M);
	/* small pages cannot be had in the large window */
	m.vaddr += MODEL_2M;
	m.iova = MODEL_HIGH;
	m.page_size = MODEL_64K;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_SMALL_PAGES);
	m.page_size = 3;
	m.flags = 0;
	check_any_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err));
	scene_end(s);
}

static void
test_reserved(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_RESERVED };
	struct scene *s = scene_ready();
	uint64_t first, second;

	(void)state;
	assert_int_equal(ddw_space_reserve(s->space, 8 * MODEL_2M, MODEL_16M, &first), 0);
	assert_true(ddw_is_aligned(first, MODEL_16M));
	assert_int_equal(ddw_space_reserve(s->space, MODEL_1G, 1, &second), -ENOSPC);
	assert_int_equal(ddw_space_reserve(s->space, 1, 1, &second), -EINVAL);
	m.iova = first + MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, first + MODEL_2M, MODEL_2M);
	/* what fails stays reserved */
	m.vaddr = V + 4 * MODEL_1G;
	m.iova = first;
	check_any_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err));
	ddw_space_unreserve(s->space, first, MODEL_2M);
	ddw_space_unreserve(s->space, first + 2 * MODEL_2M, 6 * MODEL_2M);
	assert_true(scene_stats(s).free_bytes == MODEL_1G - MODEL_2M);
	scene_end(s);
	s = scene_new();
	assert_int_equal(ddw_space_reserve(s->space, MODEL_2M, 1, &first), -ENODEV);
	scene_drop(s);
}

/* Open the files of group i again. */
static void
reopen(struct scene *s, unsigned int i, int number)
{
	const struct ddw_sys *sys = model_sys(s->m);
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	s->group[i] = sys->open(sys->ctx, path, O_RDWR);
	assert_true(s->group[i] >= 0);
}

static int
join(struct scene *s, unsigned int i, int number)
{
	ddw_error_clear(&s->err);
	return ddw_space_join(s->space, number, "group that comes", s->container[i], s->group[i],
			      &s->err);
}

static void
test_group_comes_back(void **state)
{
	struct scene *s = scene_ready();
	uint64_t a, b;
	unsigned int round;

	(void)state;
	scene_map_ok(s, V, MODEL_1G / 4, 0, &a);
	for (round = 0; round < 20; round++) {
		scene_lose(s, 1);
		assert_false(ddw_space_group_alive(s->space, 1));
		/* memory comes and goes meanwhile */
		scene_map_ok(s, V + MODEL_1G / 2, 8 * MODEL_2M, MODEL_2M, &b);
		reopen(s, 1, 2);
		assert_int_equal(join(s, 1, 2), 1);
		scene_check(s);
		assert_true(scene_info(s, 1).usable);
		scene_reach(s, V, a, MODEL_1G / 4);
		scene_reach(s, V + MODEL_1G / 2, b, 8 * MODEL_2M);
		assert_int_equal(scene_unmap(s, V + MODEL_1G / 2, 8 * MODEL_2M, NULL), 0);
	}
	check_error(&s->err, join(s, 1, 2), DDW_MSG_GROUP_BUSY);
	scene_end(s);
}

/* All groups go, memory does not: it keeps its addresses, and only they are allowed. */
static void
test_last_group_comes_back(void **state)
{
	struct scene *s = scene_auto();
	uint64_t a, b;

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(open_all(s, MODEL_1G, 0), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 3 * MODEL_2M, MODEL_2M, &a);
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	check_any_error(&s->err, scene_map(s, V + 4 * MODEL_2M, MODEL_2M, 0, &b));
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), 0);
	reopen(s, 0, 1);
	assert_int_equal(join(s, 0, 1), 0);
	scene_reach(s, V + MODEL_2M, a + MODEL_2M, 2 * MODEL_2M);
	/* elsewhere: refused, and out of the container again */
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	model_group_cfg(s->m, 1)->high_start = MODEL_HIGH * 2;
	reopen(s, 0, 1);
	check_error(&s->err, join(s, 0, 1), DDW_MSG_RANGE_MISMATCH);
	assert_false(model_attached(s->m, 1));
	assert_false(scene_info(s, 0).usable);
	scene_end(s);
}

static void
attach_late(struct scene *s, const struct model_group_cfg *cfg)
{
	const struct ddw_sys *sys = model_sys(s->m);
	unsigned int i = s->n++;

	model_add_group(s->m, cfg);
	s->container[i] = sys->open(sys->ctx, "/dev/vfio/vfio", O_RDWR);
	reopen(s, i, cfg->number);
}

static void
test_new_group(void **state)
{
	struct model_group_cfg cfg = model_pseries(3);
	struct scene *s = scene_ready();
	uint64_t a;

	(void)state;
	scene_map_ok(s, V, MODEL_1G / 4, 0, &a);
	attach_late(s, &cfg);
	assert_int_equal(join(s, 2, 3), 2);
	scene_check(s);
	scene_reach(s, V, a, MODEL_1G / 4);
	cfg = model_no_ddw(4);
	attach_late(s, &cfg);
	check_error(&s->err, join(s, 3, 4), DDW_MSG_NO_DDW);
	assert_false(model_attached(s->m, 4));
	cfg = model_single_window(
		5); /* its window is elsewhere, and there is none for small pages */
	attach_late(s, &cfg);
	check_error(&s->err, join(s, 4, 5), DDW_MSG_RANGE_MISMATCH);
	scene_end(s);
	s = scene_new();
	check_error(&s->err, ddw_space_join(s->space, 1, "early", 1, 2, &s->err),
		    DDW_MSG_BAD_RANGE);
	scene_drop(s);
}

/* Whatever fails while a group joins: it stays out, and the others have what they had. */
static void
test_join_fails(void **state)
{
	static const unsigned long requests[] = {
		VFIO_GROUP_SET_CONTAINER,	  VFIO_SET_IOMMU,
		VFIO_IOMMU_SPAPR_TCE_GET_INFO,	  VFIO_IOMMU_SPAPR_TCE_CREATE,
		VFIO_IOMMU_SPAPR_REGISTER_MEMORY, VFIO_IOMMU_MAP_DMA,
	};
	struct scene *s = scene_ready();
	unsigned int i;
	uint64_t a;

	(void)state;
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	for (i = 0; i < 6; i++) {
		scene_lose(s, 1);
		assert_false(ddw_space_group_alive(s->space, 1));
		reopen(s, 1, 2);
		model_fail(s->m, requests[i], 1, 0, i % 2 ? 3 : -EIO, false);
		check_any_error(&s->err, join(s, 1, 2));
		model_fail_none(s->m);
		assert_false(model_attached(s->m, 2));
		assert_int_equal(model_tces(s->m), 4);
		scene_reach(s, V, a, 4 * MODEL_2M);
		assert_int_equal(join(s, 1, 2), 1);
		scene_reach(s, V, a, 4 * MODEL_2M);
	}
	scene_end(s);
}

static void
test_low_window(void **state)
{
	struct scene *s = scene_auto();
	uint64_t a, b;

	(void)state;
	s->in.wishes.low = true;
	assert_int_equal(scene_attach(s, model_powernv(1)), 0);
	assert_int_equal(open_all(s, 3 * MODEL_1G, 0), 1);
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
		cmocka_unit_test(test_dma32),
		cmocka_unit_test(test_pages_are_aligned),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_fall_back_after_create),
		cmocka_unit_test(test_fall_back_single_window),
		cmocka_unit_test(test_poisoned_before),
		cmocka_unit_test(test_no_window_at_all),
		cmocka_unit_test(test_windows_apart),
		cmocka_unit_test(test_windows_overlap),
		cmocka_unit_test(test_small_pages),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_group_comes_back),
		cmocka_unit_test(test_last_group_comes_back),
		cmocka_unit_test(test_new_group),
		cmocka_unit_test(test_join_fails),
		cmocka_unit_test(test_low_window),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
