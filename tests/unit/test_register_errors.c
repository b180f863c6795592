/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that stays registered: mistakes of the caller, and failures of each ioctl. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
test_pin_of_bad_range_refused(void **state)
{
	static const struct {
		uint64_t vaddr, len, piece;
	} bad[] = {
		{ V, 0, 0 },
		{ V + MODEL_4K, MODEL_2M, 0 }, /* the kernel has pages of 64K */
		{ V, MODEL_2M + MODEL_4K, 0 },
		{ V, MODEL_2M, MODEL_4K },
		{ V, 2 * MODEL_2M, MODEL_64K + 1 },
		{ UINT64_MAX - MODEL_2M + 1, 2 * MODEL_2M, 0 },
		{ UINT64_MAX - MODEL_64K + 1, UINT64_MAX - MODEL_64K + 1, 0 },
	};
	struct scene *s = scene_ready();
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ret = scene_pin(s, bad[i].vaddr, bad[i].len, bad[i].piece);
		check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
		assert_int_equal(ret, -EINVAL);
		if (bad[i].piece != 0 || bad[i].len % MODEL_2M == MODEL_4K ||
		    bad[i].vaddr % MODEL_2M == MODEL_4K)
			continue; /* in pages of the default window */
		ret = scene_unpin(s, bad[i].vaddr, bad[i].len);
		check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	}
	check_error(&s->err, scene_unpin(s, V + 1, MODEL_2M), DDW_MSG_BAD_RANGE);
	assert_int_equal(model_count(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY), 0);
	scene_end(s);
	s = scene_new();
	ret = scene_pin(s, V, MODEL_2M, 0);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(ret, -ENODEV);
	assert_int_equal(scene_unpin(s, V, MODEL_2M), -ENODEV);
	assert_false(ddw_space_pinned(s->space, V));
	scene_drop(s);
}

static void
test_overlapping_pin_refused(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M };
	uint64_t iova;
	int ret;

	(void)state;
	assert_int_equal(scene_pin(s, V + MODEL_2M, 2 * MODEL_2M, 0), 0);
	ret = scene_pin(s, V + 2 * MODEL_2M, 2 * MODEL_2M, 0);
	check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(ret, -EEXIST);
	/* what is pinned is mapped as such, or not at all */
	ret = scene_map(s, V, 2 * MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
	/* what is mapped is not pinned */
	assert_int_equal(scene_map(s, V, MODEL_2M, 0, &iova), 0);
	check_error(&s->err, scene_pin(s, V, MODEL_2M, 0), DDW_MSG_MEMORY_OVERLAP);
	m.flags = DDW_MAP_PINNED;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_RANGE);
	assert_int_equal(scene_unpin(s, V, 8 * MODEL_2M), 0);
	scene_reach(s, V, iova, MODEL_2M);
	assert_int_equal(scene_stats(s).regions, 1);
	scene_end(s);
}

static void
test_map_of_unpinned_memory_refused(void **state)
{
	static const struct {
		uint64_t at, n;
	} bad[] = {
		{ 0, 1 }, { 0, 2 }, { 2, 2 }, { 1, 4 }, { 3, 2 }, { 5, 1 }, { 3, 1 }, { 0, 8 }
	};
	struct scene *s = scene_ready();
	uint64_t iova, free_bytes = scene_stats(s).free_bytes;
	unsigned int i;
	int ret;

	(void)state;
	/* pages 1, 2, and 4 */
	assert_int_equal(scene_pin(s, V + MODEL_2M, 2 * MODEL_2M, MODEL_2M), 0);
	assert_int_equal(scene_pin(s, V + 4 * MODEL_2M, MODEL_2M, MODEL_2M), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ret = scene_map_pinned(s, V + bad[i].at * MODEL_2M, bad[i].n * MODEL_2M, 0, &iova);
		check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
		assert_int_equal(ret, -EINVAL);
	}
	assert_true(scene_stats(s).free_bytes == free_bytes);
	scene_map_pinned_ok(s, V + 2 * MODEL_2M, MODEL_2M, 0, &iova);
	ret = scene_map_pinned(s, V + MODEL_2M, 2 * MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(ret, -EEXIST);
	/* pieces that are too small for the window, and one that begins in the wrong place */
	assert_int_equal(scene_pin(s, V + 8 * MODEL_2M, MODEL_2M, MODEL_64K), 0);
	ret = scene_map_pinned(s, V + 8 * MODEL_2M, MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(scene_pin(s, V + 12 * MODEL_2M - MODEL_64K, 2 * MODEL_2M, 0), 0);
	ret = scene_map_pinned(s, V + 12 * MODEL_2M, MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_BAD_RANGE);
	assert_int_equal(scene_stats(s).ops[DDW_OP_MAP].calls, 2);
	scene_map_pinned_ok(s, V + 12 * MODEL_2M, MODEL_2M, DDW_MAP_DEFAULT_WINDOW, &iova);
	scene_end(s);
}

static void
test_failed_register_undoes_pin(void **state)
{
	static const int rets[] = { -ENOMEM, -EFAULT, -EINVAL, -EBUSY, 1, 30 };
	struct scene *s = scene_ready();
	unsigned int i, nth;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		for (nth = 1; nth <= 6; nth++) {
			model_fail(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, nth, 1, rets[i], false);
			ret = scene_pin(s, V, 3 * MODEL_2M, MODEL_2M);
			check_error(&s->err, ret, DDW_MSG_REGISTER_FAILED);
			assert_int_equal(ret, rets[i] > 0 ? -EIO : rets[i]);
			assert_int_equal(model_regions(s->m), 0);
			assert_int_equal(scene_stats(s).regions, 0);
			assert_false(ddw_space_pinned(s->space, V));
		}
	}
	model_fail_none(s->m);
	check_error(&s->err, scene_pin(s, V + MODEL_1G, MODEL_2M, 0), DDW_MSG_REGISTER_FAILED);
	model_set_memlock(s->m, false, model_locked(s->m) + 2 * MODEL_2M);
	ret = scene_pin(s, V, 3 * MODEL_2M, MODEL_2M);
	check_error(&s->err, ret, DDW_MSG_REGISTER_FAILED);
	assert_int_equal(ret, -ENOMEM);
	/* root meets this errno too */
	assert_non_null(strstr(s->err.fix, "online_movable"));
	assert_int_equal(scene_pin(s, V, 2 * MODEL_2M, MODEL_2M), 0);
	scene_end(s);
}

static void
test_failed_map_keeps_memory_pinned(void **state)
{
	static const int rets[] = { -EINVAL, -ENOMEM, -EBUSY, 1 };
	struct scene *s = scene_ready();
	uint64_t iova, other, room;
	unsigned int i, nth;
	int ret;

	(void)state;
	assert_int_equal(scene_pin(s, V, 4 * MODEL_2M, 0), 0);
	scene_map_pinned_ok(s, V + 3 * MODEL_2M, MODEL_2M, 0, &other);
	room = scene_stats(s).free_bytes;
	for (i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		for (nth = 1; nth <= 2; nth++) {
			model_fail(s->m, VFIO_IOMMU_MAP_DMA, nth, 1, rets[i], false);
			ret = scene_map_pinned(s, V, 2 * MODEL_2M, 0, &iova);
			check_error(&s->err, ret, DDW_MSG_MAP_FAILED);
			assert_int_equal(ret, rets[i] > 0 ? -EIO : rets[i]);
			assert_int_equal(model_tces(s->m), 2);
			assert_int_equal(model_regions(s->m), 1);
			assert_int_equal(scene_stats(s).free_bytes, room);
			scene_reach(s, V + 3 * MODEL_2M, other, MODEL_2M);
			model_fail_none(s->m);
			scene_map_pinned_ok(s, V, 2 * MODEL_2M, 0, &iova);
			assert_int_equal(scene_unmap(s, V, 2 * MODEL_2M, NULL), 0);
		}
	}
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, NULL), 0);
	/* the kernel may have kept its pages: other memory comes in its place when it has not */
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	assert_false(ddw_space_pinned(s->space, V));
	check_error(&s->err, scene_map_pinned(s, V, MODEL_2M, 0, &iova), DDW_MSG_BAD_RANGE);
	assert_int_equal(scene_pin(s, V, 4 * MODEL_2M, 0), 0);
	assert_true(ddw_space_pinned(s->space, V));
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	scene_end(s);
}

static void
test_memory_left_mapped_in_one_group_kept_apart(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, other, n;
	int ret;

	(void)state;
	assert_int_equal(scene_pin(s, V, 4 * MODEL_2M, 0), 0);
	scene_map_pinned_ok(s, V + 3 * MODEL_2M, MODEL_2M, 0, &other);
	/* group 2 says no, then group 1 does not let go */
	model_fail(s->m, 0, 2, 3, -EBUSY, false);
	ret = scene_map_pinned(s, V, MODEL_2M, 0, &iova);
	check_error(&s->err, ret, DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	assert_true(scene_stats(s).mapped_bytes == 2 * MODEL_2M);
	check_error(&s->err, scene_map_pinned(s, V, MODEL_2M, 0, &n), DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), -EBUSY);
	/* a group that comes gets what is in use, and not what was left behind */
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 1));
	scene_reopen(s, 1, 2);
	assert_int_equal(scene_join(s, 1, 2), 1);
	scene_check(s);
	scene_reach(s, V + 3 * MODEL_2M, other, MODEL_2M);
	assert_int_equal(model_group_tces(s->m, 1), 2);
	assert_int_equal(model_group_tces(s->m, 2), 1);
	/* it can be unmapped later, and then be mapped */
	assert_int_equal(scene_unmap(s, V, MODEL_2M, &n), 0);
	assert_true(n == MODEL_2M);
	scene_map_pinned_ok(s, V, MODEL_2M, 0, &iova);
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, NULL), 0);
	assert_int_equal(scene_unpin(s, V, 4 * MODEL_2M), 0);
	scene_end(s);
}

static void
test_memory_of_failed_unpin_not_pinned_again(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova;
	int ret;

	(void)state;
	assert_int_equal(scene_pin(s, V, 4 * MODEL_2M, 2 * MODEL_2M), 0);
	scene_map_pinned_ok(s, V, 4 * MODEL_2M, 0, &iova);
	model_fail(s->m, VFIO_IOMMU_UNMAP_DMA, 2, 1, -EINVAL, false);
	ret = scene_unmap(s, V, MODEL_2M, NULL);
	check_error(&s->err, ret, DDW_MSG_UNMAP_FAILED);
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), 0);
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, NULL), 0);
	model_fail(s->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 1, 2, -EBUSY, false);
	ret = scene_unpin(s, V, 4 * MODEL_2M);
	check_error(&s->err, ret, DDW_MSG_UNMAP_FAILED);
	assert_int_equal(ret, -EBUSY);
	/* the rest has gone, and what the kernel still has is not used again */
	model_fail_none(s->m);
	assert_int_equal(scene_stats(s).regions, 1);
	assert_int_equal(scene_pin(s, V + 2 * MODEL_2M, 2 * MODEL_2M, 0), 0);
	check_error(&s->err, scene_pin(s, V, 2 * MODEL_2M, 0), DDW_MSG_MEMORY_OVERLAP);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_of_bad_range_refused),
		cmocka_unit_test(test_overlapping_pin_refused),
		cmocka_unit_test(test_map_of_unpinned_memory_refused),
		cmocka_unit_test(test_failed_register_undoes_pin),
		cmocka_unit_test(test_failed_map_keeps_memory_pinned),
		cmocka_unit_test(test_memory_left_mapped_in_one_group_kept_apart),
		cmocka_unit_test(test_memory_of_failed_unpin_not_pinned_again),
	};

	return cmocka_run_group_tests_name("register_errors", tests, NULL, NULL);
}
