/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Groups that their owner has put into a container before, as EAL of 26.11 does. */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static int device; /* that the owner has open in the group */

static void
own_group(struct scene *s, unsigned int i, unsigned long type)
{
	const struct ddw_sys *sys = &s->sys;

	assert_int_equal(
		sys->ioctl(sys->ctx, s->group[i], VFIO_GROUP_SET_CONTAINER, &s->container[i]), 0);
	assert_int_equal(
		sys->ioctl(sys->ctx, s->container[i], VFIO_SET_IOMMU, (void *)(uintptr_t)type), 0);
	device = sys->ioctl(sys->ctx, s->group[i], VFIO_GROUP_GET_DEVICE_FD, NULL);
	assert_true(device >= 0);
}

static struct scene *
owned(struct model_group_cfg cfg, unsigned long type)
{
	struct scene *s = scene_auto();

	own_group(s, scene_add(s, cfg), type);
	return s;
}

static int
attach(struct scene *s, unsigned int i, int number)
{
	ddw_error_clear(&s->err);
	return ddw_space_attach(s->space, number, "an owned group", s->container[i],
				DDW_GROUP_ATTACHED, &s->err);
}

static int
join(struct scene *s, unsigned int i, int number)
{
	ddw_error_clear(&s->err);
	return ddw_space_join(s->space, number, "an owned group", s->container[i],
			      DDW_GROUP_ATTACHED, &s->err);
}

/* The calls of the owner are the only ones of their kind. */
static void
check_only_owner(struct scene *s, unsigned int owned_groups)
{
	scene_check(s);
	assert_int_equal(model_count(s->m, VFIO_GROUP_SET_CONTAINER), owned_groups);
	assert_int_equal(model_count(s->m, VFIO_SET_IOMMU), owned_groups);
	assert_int_equal(model_count(s->m, VFIO_GROUP_UNSET_CONTAINER), 0);
}

static void
close_device(struct scene *s)
{
	assert_int_equal(s->sys.close(s->sys.ctx, device), 0);
}

static void
test_attached_group_gets_window_and_stays(void **state)
{
	struct scene *s = owned(model_pseries(1), VFIO_SPAPR_TCE_v2_IOMMU);
	struct ddw_error err = { 0 };
	uint64_t a;

	(void)state;
	assert_int_equal(attach(s, 0, 1), 0);
	assert_false(scene_info(s, 0).caps.v1);
	assert_int_equal(scene_info(s, 0).caps.max_windows, 2);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_1G), 1);
	model_add_memory(s->m, V, MODEL_1G, 21);
	scene_map_ok(s, V, MODEL_1G, MODEL_2M, &a);
	check_only_owner(s, 1);
	assert_int_equal(ddw_space_release(s->space, &err), 0);
	assert_true(model_attached(s->m, 1));
	check_only_owner(s, 1);
	close_device(s);
	scene_end(s);
}

static void
test_wrong_container_refused_and_left(void **state)
{
	static const enum ddw_iommu wishes[] = { DDW_IOMMU_AUTO, DDW_IOMMU_V2, DDW_IOMMU_V1 };
	struct scene *s;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = owned(model_pseries(1), VFIO_SPAPR_TCE_IOMMU);
		ddw_space_choose_iommu(s->space, wishes[i]);
		check_error(&s->err, attach(s, 0, 1), DDW_MSG_NO_SPAPR_V2);
		assert_true(model_attached(s->m, 1));
		assert_int_equal(ddw_space_n_groups(s->space), 0);
		check_only_owner(s, 1);
		close_device(s);
		scene_end(s);
	}
}

static void
test_v1_refused_for_attached_group(void **state)
{
	struct scene *s = owned(model_pseries(1), VFIO_SPAPR_TCE_v2_IOMMU);

	(void)state;
	ddw_space_choose_iommu(s->space, DDW_IOMMU_V1);
	check_error(&s->err, attach(s, 0, 1), DDW_MSG_NO_SPAPR_V2);
	assert_non_null(strstr(s->err.fix, "iommu=v1"));
	assert_true(model_attached(s->m, 1));
	check_only_owner(s, 1);
	close_device(s);
	scene_end(s);
}

/* What answers is not sPAPR, not a container, or a container without group. */
static void
test_other_answers_refused(void **state)
{
	struct scene *s = owned(model_pseries(1), VFIO_SPAPR_TCE_v2_IOMMU);
	unsigned int empty = scene_add(s, model_pseries(2));
	int container = s->container[0];

	(void)state;
	model_fail(s->m, VFIO_CHECK_EXTENSION, 1, 1, 0, false);
	check_error(&s->err, attach(s, 0, 1), DDW_MSG_NO_SPAPR_V2);
	model_fail(s->m, VFIO_CHECK_EXTENSION, 1, 1, -EINVAL, false);
	check_error(&s->err, attach(s, 0, 1), DDW_MSG_NO_SPAPR_V2);
	model_fail(s->m, VFIO_IOMMU_SPAPR_TCE_GET_INFO, 1, 1, -ENOTTY, false);
	check_error(&s->err, attach(s, 0, 1), DDW_MSG_GROUP_INFO);
	model_fail_none(s->m);
	check_error(&s->err, attach(s, empty, 2), DDW_MSG_GROUP_INFO);
	s->container[0] = -1;
	check_error(&s->err, attach(s, 0, 1), DDW_MSG_NO_SPAPR_V2);
	s->container[0] = container;
	assert_true(model_attached(s->m, 1));
	check_only_owner(s, 1);
	close_device(s);
	scene_end(s);
}

static void
test_attached_group_joins_open_windows(void **state)
{
	struct scene *s = scene_ready();
	unsigned int i = scene_add(s, model_pseries(3));
	uint64_t a;

	(void)state;
	scene_map_ok(s, V, MODEL_1G / 4, MODEL_2M, &a);
	own_group(s, i, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(join(s, i, 3), 2);
	scene_reach(s, V, a, MODEL_1G / 4);
	check_only_owner(s, 3);
	close_device(s);
	scene_end(s);
}

/* A failure changes nothing for the other groups; the owner closes the group. */
static void
test_failed_join_leaves_group_to_owner(void **state)
{
	struct scene *s = scene_ready();
	unsigned int i = scene_add(s, model_pseries(3));
	uint64_t a;

	(void)state;
	scene_map_ok(s, V, MODEL_1G / 4, MODEL_2M, &a);
	own_group(s, i, VFIO_SPAPR_TCE_v2_IOMMU);
	model_fail(s->m, VFIO_IOMMU_MAP_DMA, 1, 1, -EIO, false);
	check_error(&s->err, join(s, i, 3), DDW_MSG_MAP_FAILED);
	model_fail_none(s->m);
	assert_false(scene_info(s, 2).usable);
	assert_true(model_attached(s->m, 3));
	scene_reach(s, V, a, MODEL_1G / 4);
	check_only_owner(s, 3);
	close_device(s);
	scene_lose(s, i);
	assert_false(model_attached(s->m, 3));
	scene_reopen(s, i, 3);
	own_group(s, i, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(join(s, i, 3), 2);
	scene_reach(s, V, a, MODEL_1G / 4);
	close_device(s);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attached_group_gets_window_and_stays),
		cmocka_unit_test(test_wrong_container_refused_and_left),
		cmocka_unit_test(test_v1_refused_for_attached_group),
		cmocka_unit_test(test_other_answers_refused),
		cmocka_unit_test(test_attached_group_joins_open_windows),
		cmocka_unit_test(test_failed_join_leaves_group_to_owner),
	};

	return cmocka_run_group_tests_name("attached", tests, NULL, NULL);
}
