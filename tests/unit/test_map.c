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

#define V SCENE_VADDR

static void
test_map_and_unmap(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, other, found, n;

	(void)state;
	assert_int_equal(scene_map(s, V, 4 * MODEL_2M, 0, &iova), 0);
	scene_reach(s, V, iova, 4 * MODEL_2M);
	assert_int_equal(scene_map(s, V + 8 * MODEL_2M, MODEL_2M, 0, &other), 0);
	scene_reach(s, V + 8 * MODEL_2M, other, MODEL_2M);
	scene_reach(s, V, iova, 4 * MODEL_2M);
	assert_int_equal(model_regions(s->m), 2);
	assert_int_equal(scene_stats(s).regions, 2);
	assert_int_equal(scene_stats(s).extents, 2);
	assert_true(scene_stats(s).mapped_bytes == 5 * MODEL_2M);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 7 * MODEL_2M);
	assert_int_equal(model_tces(s->m), 10);
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, &n), 0);
	assert_true(n == 4 * MODEL_2M);
	assert_int_equal(ddw_space_lookup(s->space, V, &found), -ENOENT);
	assert_int_equal(ddw_space_lookup(s->space, V + 4 * MODEL_2M - 1, &found), -ENOENT);
	assert_int_equal(ddw_space_lookup(s->space, V + 8 * MODEL_2M, &found), 0);
	assert_int_equal(model_dma(s->m, 1, iova, 1, &found), -EFAULT);
	model_free_memory(s->m, V, 4 * MODEL_2M);
	assert_int_equal(model_regions(s->m), 1);
	scene_end(s);
}

/* The list of what is mapped, whole and in parts, while it changes. */
static void
test_maps_listed_whole_and_in_parts(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_extent e[8];
	uint64_t iova[4], i, from = 0;

	(void)state;
	assert_int_equal(ddw_space_maps(s->space, 0, e, 8), 0);
	for (i = 0; i < 4; i++)
		scene_map_ok(s, V + 4 * i * MODEL_2M, (i + 1) * MODEL_2M, MODEL_2M, &iova[i]);
	assert_int_equal(ddw_space_maps(s->space, 0, e, 8), 4);
	for (i = 0; i < 4; i++) {
		assert_true(e[i].vaddr == V + 4 * i * MODEL_2M);
		assert_true(e[i].len == (i + 1) * MODEL_2M && e[i].iova == iova[i]);
		assert_true(e[i].groups == 3 && e[i].page_shift == 21);
	}
	assert_int_equal(scene_stats(s).mapped_pages, 10);
	assert_int_equal(ddw_space_maps(s->space, 0, e, 0), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(ddw_space_maps(s->space, from, e, 1), 1);
		assert_true(e[0].vaddr == V + 4 * i * MODEL_2M);
		from = e[0].vaddr + e[0].len;
	}
	assert_int_equal(ddw_space_maps(s->space, from, e, 1), 0);
	assert_int_equal(ddw_space_maps(s->space, UINT64_MAX, e, 8), 0);
	/* Inside of one, and after a hole was cut into it. */
	assert_int_equal(ddw_space_maps(s->space, V + 13 * MODEL_2M, e, 8), 1);
	assert_true(e[0].vaddr == V + 12 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V + 13 * MODEL_2M, MODEL_2M, NULL), 0);
	assert_int_equal(ddw_space_maps(s->space, V + 13 * MODEL_2M, e, 8), 1);
	assert_true(e[0].vaddr == V + 14 * MODEL_2M && e[0].iova == iova[3] + 2 * MODEL_2M);
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 1));
	assert_int_equal(ddw_space_maps(s->space, 0, e, 1), 1);
	assert_true(e[0].groups == 1);
	scene_end(s);
}

static void
test_large_map_needs_few_ioctls(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_space_stats st;
	uint64_t iova;

	(void)state;
	assert_int_equal(scene_map(s, V, MODEL_1G, 0, &iova), 0);
	st = scene_stats(s);
	assert_true(st.ops[DDW_OP_REGISTER].calls + st.ops[DDW_OP_MAP].calls <= 2 * 8);
	assert_int_equal(st.ops[DDW_OP_MAP].errors, 0);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_MAP_DMA), st.ops[DDW_OP_MAP].calls);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY),
			 st.ops[DDW_OP_REGISTER].calls);
	scene_end(s);
}

/* No ioctl covers more than 2^16 pages, and none is forgotten. */
static void
test_no_ioctl_covers_more_than_65536_pages(void **state)
{
	uint64_t len = (UINT64_C(5) << 32) + 7 * MODEL_64K, iova, found;
	struct scene *s = scene_new();

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	s->in.wishes.page_size = MODEL_64K;
	assert_int_equal(scene_open(s, (UINT64_C(5) << 32) + MODEL_2M, MODEL_2M), 1);
	model_add_memory(s->m, V, len, 21);
	assert_int_equal(scene_map(s, V, len, 0, &iova), 0);
	assert_int_equal(model_longest_map(s->m), 65536);
	assert_int_equal(model_tces(s->m), len >> 16);
	scene_reach(s, V, iova, len);
	/* the fourth chunk of a mapping fails: nothing stays */
	assert_int_equal(scene_unmap(s, V, len, &found), 0);
	assert_true(found == len);
	assert_int_equal(model_tces(s->m), 0);
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 4, 1, -ENOMEM, false);
	check_error(&s->err, scene_map(s, V, len, 0, &iova), DDW_MSG_MAP_FAILED);
	assert_int_equal(model_tces(s->m), 0);
	assert_int_equal(model_regions(s->m), 0);
	scene_end(s);
}

static void
test_map_of_bad_range_refused(void **state)
{
	static const struct {
		uint64_t vaddr, len, piece;
	} bad[] = {
		{ V, 0, 0 },
		{ V + 4096, MODEL_2M, 0 },
		{ V, MODEL_2M + 4096, 0 },
		{ V, MODEL_64K, 0 }, /* less than the space's page */
		{ V + MODEL_64K, MODEL_2M, 0 },
		{ V, 2 * MODEL_2M, MODEL_64K },
		{ V, 2 * MODEL_2M, MODEL_2M + 1 },
		{ UINT64_MAX - MODEL_2M + 1, 2 * MODEL_2M, 0 }, /* wraps */
		{ MODEL_2M, UINT64_MAX - MODEL_2M + 1 + MODEL_2M, 0 },
	};
	struct scene *s = scene_ready();
	uint64_t iova, n = 99;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ret = scene_map(s, bad[i].vaddr, bad[i].len, bad[i].piece, &iova);
		check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
		assert_int_equal(ret, -EINVAL);
		/* unmapping passes over what is not mapped, in pages of the default window */
		if (bad[i].piece != 0 || (i > 0 && i < 5))
			continue;
		ret = scene_unmap(s, bad[i].vaddr, bad[i].len, &n);
		check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
		assert_int_equal(n, 0);
	}
	ret = scene_unmap(s, V + 1, MODEL_2M, &n);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY), 0);
	/* a part of an IOMMU page cannot go */
	scene_map_ok(s, V, 2 * MODEL_2M, 0, &iova);
	ret = scene_unmap(s, V + MODEL_64K, MODEL_2M, &n);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(n, 0);
	scene_reach(s, V, iova, 2 * MODEL_2M);
	scene_end(s);
}

/* Lengths that no window holds, up to the end of the address space. */
static void
test_map_longer_than_window_refused(void **state)
{
	static const uint64_t lens[] = { 2 * MODEL_1G - MODEL_2M, UINT64_C(1) << 46 };
	struct scene *s = scene_ready();
	uint64_t iova;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < 2; i++) {
		ret = scene_map(s, V, lens[i], 0, &iova);
		check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
		assert_int_equal(ret, -ENOSPC);
	}
	check_any_error(&s->err, scene_map(s, 0, UINT64_MAX - MODEL_2M + 1, 0, &iova));
	check_any_error(&s->err, scene_map(s, UINT64_MAX - MODEL_2M + 1, MODEL_2M, 0, &iova));
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 2 * MODEL_2M);
	scene_end(s);
}

static void
test_map_refused_when_window_full(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, first;
	int ret;

	(void)state;
	assert_int_equal(ddw_space_reserve(s->space, MODEL_1G - 2 * MODEL_2M, 1, &iova), 0);
	model_add_memory(s->m, V + MODEL_1G, MODEL_1G, 21);
	assert_int_equal(scene_map(s, V, MODEL_1G, MODEL_2M, &first), 0);
	ret = scene_map(s, V + MODEL_1G, MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	/* a hole of one page in the middle, then two that do not touch */
	assert_int_equal(scene_unmap(s, V + 4 * MODEL_2M, MODEL_2M, NULL), 0);
	assert_int_equal(scene_unmap(s, V + 6 * MODEL_2M, MODEL_2M, NULL), 0);
	ret = scene_map(s, V + MODEL_1G, 2 * MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_WINDOW_FULL);
	assert_int_equal(scene_map(s, V + MODEL_1G, MODEL_2M, 0, &iova), 0);
	assert_true(iova == first + 4 * MODEL_2M);
	scene_reach(s, V + MODEL_1G, iova, MODEL_2M);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY), 2 * (512 + 1));
	scene_end(s);
}

static void
test_pieces_unmapped_one_by_one(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, n, other;

	(void)state;
	assert_int_equal(scene_map(s, V, 7 * MODEL_2M, 2 * MODEL_2M, &iova), 0);
	assert_int_equal(scene_stats(s).regions, 4);
	assert_int_equal(model_regions(s->m), 4);
	scene_reach(s, V, iova, 7 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V + 2 * MODEL_2M, 2 * MODEL_2M, &n), 0);
	assert_true(n == 2 * MODEL_2M);
	assert_int_equal(model_regions(s->m), 3);
	model_free_memory(s->m, V + 2 * MODEL_2M, 2 * MODEL_2M);
	scene_reach(s, V, iova, 2 * MODEL_2M);
	scene_reach(s, V + 4 * MODEL_2M, iova + 4 * MODEL_2M, 3 * MODEL_2M);
	/* back again */
	model_add_memory(s->m, V + 2 * MODEL_2M, 2 * MODEL_2M, 21);
	assert_int_equal(scene_map(s, V + 2 * MODEL_2M, 2 * MODEL_2M, 0, &other), 0);
	assert_true(other == iova + 2 * MODEL_2M);
	scene_reach(s, V, iova, 7 * MODEL_2M);
	/* one unmap over several mappings and pieces, with holes at both ends */
	assert_int_equal(scene_unmap(s, V - 4 * MODEL_2M, 20 * MODEL_2M, &n), 0);
	assert_true(n == 7 * MODEL_2M);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(scene_unmap(s, V, 7 * MODEL_2M, &n), 0);
	assert_int_equal(n, 0);
	scene_end(s);
}

/*
 * Part of one big registration is given back: what comes to be at the same
 * addresses is other memory, and the kernel would map the old one.
 */
static void
test_unmapped_part_of_region_not_mapped_again(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, other;
	int ret;

	(void)state;
	assert_int_equal(scene_map(s, V, 8 * MODEL_2M, 0, &iova), 0);
	assert_int_equal(scene_unmap(s, V + 2 * MODEL_2M, MODEL_2M, NULL), 0);
	assert_int_equal(model_regions(s->m), 1); /* still pinned */
	model_free_memory(s->m, V + 2 * MODEL_2M, MODEL_2M);
	model_add_memory(s->m, V + 2 * MODEL_2M, MODEL_2M, 21);
	ret = scene_map(s, V + 2 * MODEL_2M, MODEL_2M, 0, &other);
	check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(ret, -EEXIST);
	scene_reach(s, V, iova, 2 * MODEL_2M);
	scene_reach(s, V + 3 * MODEL_2M, iova + 3 * MODEL_2M, 5 * MODEL_2M);
	/* gone with the last part of it */
	assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(scene_map(s, V + 2 * MODEL_2M, MODEL_2M, 0, &other), 0);
	scene_reach(s, V + 2 * MODEL_2M, other, MODEL_2M);
	scene_end(s);
}

static void
test_overlapping_map_refused(void **state)
{
	static const struct {
		int64_t at;
		uint64_t n;
	} cases[] = { { 0, 4 }, { 0, 1 }, { 3, 1 }, { 1, 2 }, { -1, 2 }, { 3, 2 }, { -1, 8 } };
	struct scene *s = scene_ready();
	uint64_t iova, other;
	unsigned int i;
	int ret;

	(void)state;
	model_add_memory(s->m, V - 8 * MODEL_2M, 8 * MODEL_2M, 21);
	assert_int_equal(scene_map(s, V, 4 * MODEL_2M, 0, &iova), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = scene_map(s, V + (uint64_t)cases[i].at * MODEL_2M, cases[i].n * MODEL_2M, 0,
				&other);
		check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
		assert_int_equal(ret, -EEXIST);
	}
	assert_int_equal(scene_map(s, V - MODEL_2M, MODEL_2M, 0, &other), 0);
	assert_int_equal(scene_map(s, V + 4 * MODEL_2M, MODEL_2M, 0, &other), 0);
	assert_int_equal(scene_unmap(s, V - MODEL_2M, 6 * MODEL_2M, &other), 0);
	assert_true(other == 6 * MODEL_2M);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_and_unmap),
		cmocka_unit_test(test_maps_listed_whole_and_in_parts),
		cmocka_unit_test(test_large_map_needs_few_ioctls),
		cmocka_unit_test(test_no_ioctl_covers_more_than_65536_pages),
		cmocka_unit_test(test_map_of_bad_range_refused),
		cmocka_unit_test(test_map_longer_than_window_refused),
		cmocka_unit_test(test_map_refused_when_window_full),
		cmocka_unit_test(test_pieces_unmapped_one_by_one),
		cmocka_unit_test(test_unmapped_part_of_region_not_mapped_again),
		cmocka_unit_test(test_overlapping_map_refused),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
