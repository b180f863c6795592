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
test_failed_register_maps_nothing(void **state)
{
	static const int rets[] = { -ENOMEM, -EFAULT, -EINVAL, -EBUSY, 1, 30 };
	struct scene *s = scene_ready();
	uint64_t iova, room = scene_stats(s).free_bytes;
	unsigned int i, nth;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		for (nth = 1; nth <= 6; nth++) {
			model_fail(s->m, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, nth, 1, rets[i], false);
			ret = scene_map(s, V, 3 * MODEL_2M, MODEL_2M, &iova);
			check_error(&s->err, ret, DDW_MSG_REGISTER_FAILED);
			assert_int_equal(ret, rets[i] > 0 ? -EIO : rets[i]);
			assert_int_equal(model_regions(s->m), 0);
			assert_int_equal(scene_stats(s).free_bytes, room);
		}
	}
	model_fail_none(s->m);
	assert_int_equal(scene_map(s, V, 3 * MODEL_2M, MODEL_2M, &iova), 0);
	scene_end(s);
}

/* Memory that is not there, or not in one page size. */
static void
test_unpopulated_memory_refused(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova;

	(void)state;
	check_error(&s->err, scene_map(s, V + MODEL_1G, MODEL_2M, 0, &iova),
		    DDW_MSG_REGISTER_FAILED);
	/* the kernel says how many pages it could pin, which is no success */
	check_error(&s->err, scene_map(s, V + MODEL_1G - MODEL_2M, 2 * MODEL_2M, 0, &iova),
		    DDW_MSG_REGISTER_FAILED);
	model_add_memory(s->m, V + 2 * MODEL_1G, MODEL_2M, 16);
	check_error(&s->err, scene_map(s, V + 2 * MODEL_1G, MODEL_2M, 0, &iova),
		    DDW_MSG_MAP_FAILED);
	assert_int_equal(model_regions(s->m), 0);
	scene_end(s);
}

static void
test_map_beyond_memlock_refused(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova;
	int ret;

	(void)state;
	model_set_memlock(s->m, false, model_locked(s->m) + 2 * MODEL_2M);
	ret = scene_map(s, V, 3 * MODEL_2M, MODEL_2M, &iova);
	check_error(&s->err, ret, DDW_MSG_REGISTER_FAILED);
	assert_int_equal(ret, -ENOMEM);
	assert_int_equal(scene_map(s, V, 2 * MODEL_2M, MODEL_2M, &iova), 0);
	scene_end(s);
}

/* After a MAP that failed the kernel may hold the region: again when it proves that it does not. */
static void
test_memory_of_failed_map_used_again_after_proof(void **state)
{
	static const int rets[] = { -EINVAL, -EPERM, -EINTR, -EAGAIN, -EBUSY, -ENXIO, 1 };
	struct scene *s = scene_ready();
	uint64_t iova, at = V, room = scene_stats(s).free_bytes;
	unsigned int i, nth;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		for (nth = 1; nth <= 2; nth++) {
			unsigned int before = model_count(s->m, VFIO_IOMMU_MAP_DMA);

			model_fail(s->m, VFIO_IOMMU_MAP_DMA, nth, 1, rets[i], false);
			ret = scene_map(s, at, 2 * MODEL_2M, 0, &iova);
			check_error(&s->err, ret, DDW_MSG_MAP_FAILED);
			assert_int_equal(ret, rets[i] > 0 ? -EIO : rets[i]);
			/* tried once, whatever the errno */
			assert_int_equal(model_count(s->m, VFIO_IOMMU_MAP_DMA) - before, nth);
			assert_int_equal(model_tces(s->m), 0);
			assert_int_equal(model_regions(s->m), 0);
			assert_int_equal(scene_stats(s).free_bytes, room);
			model_fail_none(s->m);
			/* the memory is given back, and other memory comes in its place */
			model_free_memory(s->m, at, 2 * MODEL_2M);
			model_add_memory(s->m, at, 2 * MODEL_2M, 21);
			scene_map_ok(s, at + MODEL_2M, MODEL_2M, 0, &iova);
			assert_int_equal(scene_unmap(s, at, 2 * MODEL_2M, NULL), 0);
			at += 4 * MODEL_2M;
		}
	}
	assert_int_equal(scene_map(s, at, 2 * MODEL_2M, 0, &iova), 0);
	scene_end(s);
}

static void
test_failed_unmap_keeps_memory_registered(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, other, n, found;
	int ret;

	(void)state;
	assert_int_equal(scene_map(s, V, 4 * MODEL_2M, MODEL_2M, &iova), 0);
	model_fail(s->m, VFIO_IOMMU_UNMAP_DMA, 2, 1, -EIO, false);
	ret = scene_unmap(s, V, 2 * MODEL_2M, &n);
	check_error(&s->err, ret, DDW_MSG_UNMAP_FAILED);
	assert_int_equal(n, 0);
	assert_int_equal(scene_stats(s).ops[DDW_OP_UNREGISTER].calls, 0);
	model_fail_none(s->m);
	/* the bus addresses stay taken, since a group still reaches the memory by them */
	assert_int_equal(ddw_space_lookup(s->space, V, &found), 0);
	assert_true(found == iova);
	assert_int_equal(scene_map(s, V + 8 * MODEL_2M, MODEL_2M, 0, &other), 0);
	assert_true(other >= iova + 4 * MODEL_2M);
	/* and can be unmapped later */
	assert_int_equal(scene_unmap(s, V, 2 * MODEL_2M, &n), 0);
	assert_true(n == 2 * MODEL_2M);
	model_free_memory(s->m, V, 2 * MODEL_2M);
	scene_reach(s, V + 2 * MODEL_2M, iova + 2 * MODEL_2M, 2 * MODEL_2M);
	scene_end(s);
}

/* Unmapped, but the kernel keeps the registration: it must not be used again. */
static void
test_memory_of_failed_unregister_not_used_again(void **state)
{
	static const int rets[] = { -EBUSY, -ENOENT, 1 };
	struct scene *s = scene_ready();
	uint64_t iova, other, at = V;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < 3; i++, at += 2 * MODEL_2M) {
		assert_int_equal(scene_map(s, at, MODEL_2M, 0, &iova), 0);
		model_fail(s->m, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 1, 1, rets[i], false);
		ret = scene_unmap(s, at, MODEL_2M, &other);
		check_error(&s->err, ret, DDW_MSG_UNMAP_FAILED);
		assert_int_equal(model_tces(s->m), 0);
		model_fail_none(s->m);
		model_free_memory(s->m, at, MODEL_2M);
		model_add_memory(s->m, at, MODEL_2M, 21);
		ret = scene_map(s, at, MODEL_2M, 0, &other);
		check_error(&s->err, ret, DDW_MSG_MEMORY_OVERLAP);
	}
	scene_drop(s);
}

static void
test_failures_without_error_struct_return_errno(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_space_map(s->space, V, 0, 0, &iova, NULL), -EINVAL);
	assert_int_equal(ddw_space_map(s->space, V, MODEL_2M, 0, &iova, NULL), 0);
	assert_int_equal(ddw_space_map(s->space, V, MODEL_2M, 0, &iova, NULL), -EEXIST);
	model_fail(s->m, VFIO_IOMMU_UNMAP_DMA, 1, 1, -EIO, false);
	assert_int_equal(ddw_space_unmap(s->space, V, MODEL_2M, NULL, NULL), -EIO);
	assert_int_equal(ddw_space_release(s->space, NULL), 0);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_register_maps_nothing),
		cmocka_unit_test(test_unpopulated_memory_refused),
		cmocka_unit_test(test_map_beyond_memlock_refused),
		cmocka_unit_test(test_memory_of_failed_map_used_again_after_proof),
		cmocka_unit_test(test_failed_unmap_keeps_memory_registered),
		cmocka_unit_test(test_memory_of_failed_unregister_not_used_again),
		cmocka_unit_test(test_failures_without_error_struct_return_errno),
	};

	return cmocka_run_group_tests_name("map_errors", tests, NULL, NULL);
}
