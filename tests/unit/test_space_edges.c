/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A space that is not ready yet, that is full, or that gets no IOMMU at all. */

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "scene.h"

#define V SCENE_VADDR

/* One group in the default window, 4K pages. */
static struct scene *
default_window(void)
{
	struct scene *s = scene_new();

	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_open(s, 4 * MODEL_2M, MODEL_2M), 1);
	return s;
}

static void
test_map_and_unmap_refused_before_windows_open(void **state)
{
	struct scene *s = scene_new();
	uint64_t iova, bytes = 1;

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	check_error(&s->err, ddw_space_map(s->space, V, MODEL_2M, 0, &iova, &s->err),
		    DDW_MSG_BAD_RANGE);
	assert_int_equal(s->err.err, -ENODEV);
	ddw_error_clear(&s->err);
	check_error(&s->err, ddw_space_unmap(s->space, V, MODEL_2M, &bytes, &s->err),
		    DDW_MSG_BAD_RANGE);
	assert_int_equal(s->err.err, -ENODEV);
	assert_int_equal(bytes, 0);
	assert_int_equal(ddw_space_room(s->space, MODEL_2M), 0);
	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	scene_end(s);
}

/* The kernel knows neither sPAPR v2 nor v1; the group is out of the container again. */
static void
test_kernel_without_spapr_leaves_group_outside(void **state)
{
	static const enum ddw_iommu wishes[] = { DDW_IOMMU_AUTO, DDW_IOMMU_V1, DDW_IOMMU_V2 };
	static const char *const names[] = { "neither", "v1", "v2" };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct scene *s = scene_new();

		ddw_space_choose_iommu(s->space, wishes[i]);
		model_fail(s->m, VFIO_SET_IOMMU, 1, 0, -EPERM, false);
		check_error(&s->err, scene_attach(s, model_pseries(1)), DDW_MSG_NO_SPAPR_V2);
		assert_non_null(strstr(s->err.what, names[i]));
		assert_int_equal(model_failed(s->m), wishes[i] == DDW_IOMMU_AUTO ? 2 : 1);
		model_fail_none(s->m);
		assert_false(model_attached(s->m, 1));
		assert_int_equal(ddw_space_n_groups(s->space), 0);
		scene_end(s);
	}
}

/* Room for pages of a size is less than what is free, when smaller pages are scattered. */
static void
test_room_for_large_pages_less_than_free_bytes(void **state)
{
	struct scene *s = scene_ready();
	uint64_t all = ddw_space_room(s->space, MODEL_2M), iova;

	(void)state;
	assert_int_equal(all, scene_stats(s).free_bytes);
	/* of two such pages the second would reach into the spare pages */
	assert_int_equal(ddw_space_room(s->space, MODEL_1G), MODEL_1G);
	scene_map_ok(s, V, MODEL_2M, 0, &iova);
	assert_int_equal(ddw_space_room(s->space, MODEL_2M), all - MODEL_2M);
	assert_int_equal(ddw_space_room(s->space, MODEL_16M), 2 * MODEL_1G - 2 * MODEL_16M);
	/* nothing is aligned to more than DDW_ALIGN_MAX */
	assert_int_equal(ddw_space_room(s->space, MODEL_1G), MODEL_1G);
	scene_end(s);
}

/* Bus addresses that were reserved for memory that cannot be mapped are free again. */
static void
test_reserved_addresses_freed_when_map_refused(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_RESERVED };
	uint64_t room = scene_stats(s).free_bytes, iova;

	(void)state;
	scene_map_ok(s, V, MODEL_2M, 0, &iova);
	assert_int_equal(ddw_space_reserve(s->space, m.len, MODEL_2M, &m.iova), 0);
	assert_int_equal(scene_stats(s).free_bytes, room - 2 * MODEL_2M);
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_MEMORY_OVERLAP);
	assert_int_equal(scene_stats(s).free_bytes, room - MODEL_2M);
	scene_reach(s, V, iova, MODEL_2M);
	scene_end(s);
}

/* There is no second range to offer where the default window is gone. */
static void
test_fixed_address_refused_without_second_range(void **state)
{
	struct scene *s = scene_new();
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_FIXED };

	(void)state;
	assert_int_equal(scene_attach(s, model_single_window(1)), 0);
	assert_int_equal(scene_open(s, 4 * MODEL_2M, MODEL_2M), 1);
	m.iova = MODEL_HIGH * 2;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	assert_int_equal(s->err.err, -ERANGE);
	assert_null(strstr(s->err.fix, "small pages"));
	scene_end(s);
}

/* A default window that is full cannot be made larger, and the message says so. */
static void
test_full_default_window_named_in_message(void **state)
{
	struct scene *s = default_window();
	uint64_t iova;

	(void)state;
	model_add_memory(s->m, V, 2 * MODEL_1G, 21);
	check_error(&s->err, scene_map(s, V, 2 * MODEL_1G, 0, &iova), DDW_MSG_WINDOW_FULL);
	assert_non_null(strstr(s->err.why, "default window"));
	assert_int_equal(model_regions(s->m), 0);
	scene_map_ok(s, V, MODEL_2M, 0, &iova);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_and_unmap_refused_before_windows_open),
		cmocka_unit_test(test_kernel_without_spapr_leaves_group_outside),
		cmocka_unit_test(test_room_for_large_pages_less_than_free_bytes),
		cmocka_unit_test(test_reserved_addresses_freed_when_map_refused),
		cmocka_unit_test(test_fixed_address_refused_without_second_range),
		cmocka_unit_test(test_full_default_window_named_in_message),
	};

	return cmocka_run_group_tests_name("space_edges", tests, NULL, NULL);
}
