/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Bus addresses that are reserved, and groups that come, or come back. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
test_reserved_addresses_used_or_returned(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_RESERVED };
	struct scene *s = scene_ready();
	uint64_t first, second;

	(void)state;
	assert_int_equal(ddw_space_reserve(s->space, 8 * MODEL_2M, MODEL_16M, &first), 0);
	assert_true(ddw_is_aligned(first, MODEL_16M));
	assert_int_equal(ddw_space_reserve(s->space, 2 * MODEL_1G, 1, &second), -ENOSPC);
	assert_int_equal(ddw_space_reserve(s->space, 1, 1, &second), -EINVAL);
	m.iova = first + MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, first + MODEL_2M, MODEL_2M);
	/* the same again is a mistake, and does not give away what is in use */
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	scene_map_ok(s, V + 64 * MODEL_2M, MODEL_2M, 0, &second);
	assert_true(second < first || second >= first + 8 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V + 64 * MODEL_2M, MODEL_2M, NULL), 0);
	/* what fails is given back */
	m.vaddr = V + 4 * MODEL_1G;
	m.iova = first;
	check_any_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err));
	ddw_space_unreserve(s->space, first + 2 * MODEL_2M, 6 * MODEL_2M);
	assert_true(scene_stats(s).free_bytes == 2 * MODEL_1G - 3 * MODEL_2M);
	scene_end(s);
	s = scene_new();
	assert_int_equal(ddw_space_reserve(s->space, MODEL_2M, 1, &first), -ENODEV);
	scene_drop(s);
}

static void
test_returned_group_has_same_mappings(void **state)
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
		scene_reopen(s, 1, 2);
		assert_int_equal(scene_join(s, 1, 2), 1);
		scene_check(s);
		assert_true(scene_info(s, 1).usable);
		scene_reach(s, V, a, MODEL_1G / 4);
		scene_reach(s, V + MODEL_1G / 2, b, 8 * MODEL_2M);
		assert_int_equal(scene_unmap(s, V + MODEL_1G / 2, 8 * MODEL_2M, NULL), 0);
	}
	check_error(&s->err, scene_join(s, 1, 2), DDW_MSG_GROUP_BUSY);
	scene_end(s);
}

/* All groups go, memory does not: it keeps its addresses, and only they are allowed. */
static void
test_memory_keeps_addresses_without_groups(void **state)
{
	struct scene *s = scene_auto();
	uint64_t a, b;

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 3 * MODEL_2M, MODEL_2M, &a);
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	/* memory that comes meanwhile gets its addresses, too */
	assert_int_equal(scene_map(s, V + 4 * MODEL_2M, MODEL_2M, 0, &b), 0);
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), 0);
	scene_reopen(s, 0, 1);
	assert_int_equal(scene_join(s, 0, 1), 0);
	scene_reach(s, V + 4 * MODEL_2M, b, MODEL_2M);
	scene_reach(s, V + MODEL_2M, a + MODEL_2M, 2 * MODEL_2M);
	/* elsewhere: refused, and out of the container again */
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	model_group_cfg(s->m, 1)->high_start = MODEL_HIGH * 2;
	scene_reopen(s, 0, 1);
	check_error(&s->err, scene_join(s, 0, 1), DDW_MSG_RANGE_MISMATCH);
	assert_false(model_attached(s->m, 1));
	assert_false(scene_info(s, 0).usable);
	scene_end(s);
}

static void
test_new_group_joins_with_all_mappings(void **state)
{
	struct model_group_cfg cfg = model_pseries(3);
	struct scene *s = scene_ready();
	uint64_t a;

	(void)state;
	scene_map_ok(s, V, MODEL_1G / 4, 0, &a);
	(void)scene_add(s, cfg);
	assert_int_equal(scene_join(s, 2, 3), 2);
	scene_check(s);
	scene_reach(s, V, a, MODEL_1G / 4);
	cfg = model_no_ddw(4);
	(void)scene_add(s, cfg);
	check_error(&s->err, scene_join(s, 3, 4), DDW_MSG_NO_DDW);
	assert_false(model_attached(s->m, 4));
	cfg = model_single_window(5);
	cfg.alone_start = 0; /* elsewhere */
	(void)scene_add(s, cfg);
	check_error(&s->err, scene_join(s, 4, 5), DDW_MSG_RANGE_MISMATCH);
	scene_end(s);
	s = scene_new();
	check_error(&s->err, ddw_space_join(s->space, 1, "early", 1, 2, &s->err),
		    DDW_MSG_BAD_RANGE);
	scene_drop(s);
}

/* A function with a single window comes: there is a range for small pages, but it is empty. */
static void
test_single_window_joins_when_small_range_is_empty(void **state)
{
	struct ddw_mapping m = { .vaddr = V + 4 * MODEL_1G,
				 .len = MODEL_64K,
				 .page_size = MODEL_64K };
	struct model_group_cfg cfg = model_single_window(3);
	struct ddw_window_info w;
	struct scene *s;
	uint64_t a;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = scene_ready();
		scene_map_ok(s, V, 4 * MODEL_2M, 0, &a);
		model_add_memory(s->m, m.vaddr, MODEL_64K, 16);
		assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
		assert_true(m.iova < MODEL_1G);
		(void)scene_add(s, cfg);
		check_error(&s->err, scene_join(s, 2, 3), DDW_MSG_RANGE_MISMATCH);
		assert_non_null(strstr(s->err.what, "small pages"));
		assert_false(model_attached(s->m, 3));
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);

		assert_int_equal(scene_unmap(s, m.vaddr, MODEL_64K, NULL), 0);
		/* what fails later costs nothing */
		model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -EIO, false);
		check_any_error(&s->err, scene_join(s, 2, 3));
		model_fail_none(s->m);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);

		assert_int_equal(scene_join(s, 2, 3), 2);
		scene_reach(s, V, a, 4 * MODEL_2M);
		assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), -ENOENT);
		check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err),
			    DDW_MSG_SMALL_PAGES);
		scene_end(s);
		/* a default window that is smaller than that of the others */
		cfg = model_pseries(3);
		cfg.dma32_size /= 2;
	}
}

/* Whatever fails while a group joins: it stays out, and the others have what they had. */
static void
test_failed_join_leaves_other_groups_alone(void **state)
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
		scene_reopen(s, 1, 2);
		model_fail(s->m, requests[i], 1, 0, i % 2 ? 3 : -EIO, false);
		check_any_error(&s->err, scene_join(s, 1, 2));
		model_fail_none(s->m);
		assert_false(model_attached(s->m, 2));
		assert_int_equal(model_tces(s->m), 4);
		scene_reach(s, V, a, 4 * MODEL_2M);
		assert_int_equal(scene_join(s, 1, 2), 1);
		scene_reach(s, V, a, 4 * MODEL_2M);
	}
	scene_end(s);
}

/* No group at all at first. */
static void
test_space_opened_without_groups(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();
	uint64_t a;
	int i;

	(void)state;
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, MODEL_1G, 0 };
	assert_int_equal(ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err), 0);
	check_error(&s->err, ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err),
		    DDW_MSG_GROUP_LIMIT);
	model_add_memory(s->m, V, MODEL_1G, 21);
	assert_int_equal(scene_map(s, V, 8 * MODEL_2M, MODEL_2M, &a), 0);
	assert_true(a == MODEL_HIGH);
	assert_true(ddw_space_poison(s->space) == MODEL_HIGH + s->plan.size - MODEL_2M);
	for (i = 0; i < 2; i++) {
		cfg.number = 1 + i;
		(void)scene_add(s, cfg);
		assert_int_equal(scene_join(s, (unsigned int)i, cfg.number), i);
		scene_reach(s, V, a, 8 * MODEL_2M);
	}
	cfg.number = 3;
	cfg.high_start *= 2; /* not where it is expected */
	(void)scene_add(s, cfg);
	check_error(&s->err, scene_join(s, 2, 3), DDW_MSG_RANGE_MISMATCH);
	scene_end(s);

	s = scene_auto();
	s->in.n_memory = 0;
	check_error(&s->err, ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err),
		    DDW_MSG_NO_HUGEPAGES);
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, MODEL_1G, 0 };
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err), 0);
	cfg = model_powernv(1); /* 2 GiB at 0 */
	(void)scene_add(s, cfg);
	assert_int_equal(scene_join(s, 0, 1), 0);
	scene_end(s);

	s = scene_auto();
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, MODEL_1G / 2, 0 };
	s->in.wishes.low = true;
	assert_int_equal(ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err), 0);
	model_add_memory(s->m, V, MODEL_1G, 21);
	assert_int_equal(scene_map(s, V, 8 * MODEL_2M, MODEL_2M, &a), 0);
	assert_true(a < MODEL_1G);
	cfg = model_powernv(1);
	(void)scene_add(s, cfg);
	assert_int_equal(scene_join(s, 0, 1), 0);
	scene_reach(s, V, a, 8 * MODEL_2M);
	cfg = model_pseries(2);
	(void)scene_add(s, cfg);
	check_any_error(&s->err, scene_join(s, 1, 2));
	scene_end(s);
}

/* What an earlier container had is not believed: a group that was refused comes later. */
static void
test_refused_group_joins_later(void **state)
{
	struct model_group_cfg cfg = model_single_window(2);
	struct scene *s = scene_auto();
	uint64_t a;

	(void)state;
	/* CREATE fails, and so does the attempt to have the default window back. */
	s->in.wishes.mode = DDW_MODE_AUTO;
	s->in.wishes.mismatch_dma32 = true;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, cfg), 1);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 2, 2, -ENOMEM, false);
	assert_int_equal(scene_open_all(s, MODEL_1G / 2, 0), 1);
	model_fail_none(s->m);
	assert_int_equal(ddw_space_mode(s->space), DDW_MODE_DMA32);
	assert_false(scene_info(s, 1).usable);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, 8 * MODEL_2M, 0, &a);
	scene_lose(s, 1);
	scene_reopen(s, 1, 2);
	assert_int_equal(scene_join(s, 1, 2), 1);
	assert_false(model_poisoned(s->m, 2));
	scene_reach(s, V, a, 8 * MODEL_2M);
	scene_end(s);
}

/* A group that comes back asks for the window that it had, not for one that was refused. */
static void
test_returned_group_asks_for_halved_window(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();
	unsigned int creates;

	(void)state;
	cfg.largest_block = MODEL_1G;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 2 * MODEL_1G, 0), 1);
	assert_true(scene_info(s, 0).size == MODEL_1G);
	creates = model_creates(s->m, 1);
	scene_lose(s, 0);
	assert_false(ddw_space_group_alive(s->space, 0));
	scene_reopen(s, 0, 1);
	assert_int_equal(scene_join(s, 0, 1), 0);
	assert_int_equal(model_creates(s->m, 1), creates + 1);
	scene_end(s);
}

/* More groups come and go than there are entries; two stay, and so does memory. */
static void
test_entry_of_gone_group_used_again(void **state)
{
	struct scene *s = scene_ready();
	struct model_group_cfg cfg;
	unsigned int i, index = 0;
	uint64_t iova;
	int ret;

	(void)state;
	scene_map_ok(s, V, 8 * MODEL_2M, 0, &iova);
	for (i = 3; i < 3 + DDW_MAX_GROUPS + 8; i++) {
		cfg = model_pseries((int)i);
		s->n = 2;
		(void)scene_add(s, cfg);
		ret = scene_join(s, 2, (int)i);
		assert_true(ret >= 2 && ret < DDW_MAX_GROUPS);
		index = (unsigned int)ret;
		assert_int_equal(scene_info(s, index).number, i);
		scene_reach(s, V, iova, 8 * MODEL_2M);
		scene_lose(s, 2);
		assert_int_equal(s->sys.close(s->sys.ctx, s->container[2]), 0);
		assert_false(ddw_space_group_alive(s->space, index));
	}
	assert_int_equal(ddw_space_n_groups(s->space), DDW_MAX_GROUPS);
	s->n = 2;
	assert_int_equal(scene_stats(s).regions, 1);
	scene_reach(s, V, iova, 8 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V, 8 * MODEL_2M, NULL), 0);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_addresses_used_or_returned),
		cmocka_unit_test(test_returned_group_has_same_mappings),
		cmocka_unit_test(test_memory_keeps_addresses_without_groups),
		cmocka_unit_test(test_new_group_joins_with_all_mappings),
		cmocka_unit_test(test_single_window_joins_when_small_range_is_empty),
		cmocka_unit_test(test_failed_join_leaves_other_groups_alone),
		cmocka_unit_test(test_space_opened_without_groups),
		cmocka_unit_test(test_refused_group_joins_later),
		cmocka_unit_test(test_returned_group_asks_for_halved_window),
		cmocka_unit_test(test_entry_of_gone_group_used_again),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
