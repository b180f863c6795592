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

static void
test_attached_group_described(void **state)
{
	struct scene *s = scene_new();
	struct ddw_group_info info;
	struct ddw_window_info w;

	(void)state;
	assert_int_equal(ddw_space_n_groups(s->space), 0);
	assert_int_equal(scene_attach(s, model_pseries(7)), 0);
	assert_int_equal(scene_attach(s, model_powernv(9)), 1);
	assert_int_equal(ddw_space_n_groups(s->space), 2);
	info = scene_info(s, 0);
	assert_int_equal(info.number, 7);
	assert_string_equal(info.name, "group 7");
	assert_false(info.usable);
	assert_int_equal(info.caps.max_windows, 2);
	assert_true(info.caps.dma32_size == 0x40000000);
	assert_true(info.caps.pgsizes == (MODEL_4K | MODEL_64K | MODEL_2M | MODEL_16M));
	assert_int_equal(scene_info(s, 1).caps.levels, 5);
	assert_int_equal(ddw_space_group(s->space, 2, &info), -ENOENT);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), -ENOENT);
	ddw_space_caps(s->space, &s->in);
	assert_int_equal(s->in.n_groups, 2);
	assert_int_equal(s->in.groups[1].number, 9);
	assert_string_equal(s->in.groups[1].name, "group 9");
	assert_int_equal(s->in.groups[1].caps.levels, 5);
	scene_end(s);
}

/* After a failure the group is out of the container again. */
static void
attach_fails(struct model_group_cfg cfg, unsigned long request, int ret, int err, enum ddw_msg msg)
{
	struct scene *s = scene_new();
	int got;

	if (request != 0)
		model_fail(s->m, request, 1, 1, ret, false);
	got = scene_attach(s, cfg);
	check_error(&s->err, got, msg);
	assert_int_equal(got, err);
	assert_non_null(strstr(s->err.what, "group 1"));
	assert_false(model_attached(s->m, 1));
	assert_int_equal(ddw_space_n_groups(s->space), 0);
	scene_end(s);
}

static void
test_failed_attach_leaves_group_outside(void **state)
{
	struct model_group_cfg old = model_old_kernel(1);

	(void)state;
	attach_fails(old, 0, 0, -EPERM, DDW_MSG_NO_SPAPR_V2);
	old.set_iommu_error = EINVAL;
	attach_fails(old, 0, 0, -EINVAL, DDW_MSG_NO_SPAPR_V2);
	old.set_iommu_error = ENODEV;
	attach_fails(old, 0, 0, -ENODEV, DDW_MSG_NO_SPAPR_V2);
	attach_fails(model_pseries(1), VFIO_GROUP_SET_CONTAINER, -EPERM, -EPERM,
		     DDW_MSG_GROUP_ATTACH);
	attach_fails(model_pseries(1), VFIO_GROUP_SET_CONTAINER, 5, -EIO, DDW_MSG_GROUP_ATTACH);
	attach_fails(model_pseries(1), VFIO_SET_IOMMU, 1, -EIO, DDW_MSG_NO_SPAPR_V2);
	attach_fails(model_pseries(1), VFIO_IOMMU_SPAPR_TCE_GET_INFO, -ENXIO, -ENXIO,
		     DDW_MSG_GROUP_INFO);
	attach_fails(model_pseries(1), VFIO_IOMMU_SPAPR_TCE_GET_INFO, 1, -EIO, DDW_MSG_GROUP_INFO);
}

/* The group stays in the container, and the error says so. */
static void
test_error_names_group_stuck_in_container(void **state)
{
	struct scene *s = scene_new();
	char normal[sizeof(s->err.fix)];
	int ret;

	(void)state;
	check_any_error(&s->err, scene_attach(s, model_old_kernel(1)));
	strcpy(normal, s->err.fix);
	model_fail(s->m, VFIO_GROUP_UNSET_CONTAINER, 1, 1, -EBUSY, false);
	ret = scene_attach(s, model_old_kernel(2));
	check_error(&s->err, ret, DDW_MSG_NO_SPAPR_V2);
	assert_true(model_attached(s->m, 2));
	assert_string_not_equal(s->err.fix, normal);
	scene_end(s);
}

static void
test_attach_beyond_limits_refused(void **state)
{
	struct ddw_space *space;
	struct scene *s = scene_new();
	const struct ddw_sys *sys = model_sys(s->m);
	struct model_group_cfg cfg;
	int c[DDW_MAX_GROUPS + 1], g[DDW_MAX_GROUPS + 1], i, ret;
	char path[32];

	(void)state;
	space = s->space;
	for (i = 0; i <= DDW_MAX_GROUPS; i++) {
		cfg = model_pseries(i);
		model_add_group(s->m, &cfg);
		snprintf(path, sizeof(path), "/dev/vfio/%d", i);
		c[i] = sys->open(sys->ctx, "/dev/vfio/vfio", 0);
		g[i] = sys->open(sys->ctx, path, 0);
		ret = ddw_space_attach(space, i,
				       "a name that is longer than the 63 characters that there "
				       "is room for",
				       c[i], g[i], &s->err);
		if (i < DDW_MAX_GROUPS)
			assert_int_equal(ret, i);
		else
			check_error(&s->err, ret, DDW_MSG_GROUP_LIMIT);
	}
	assert_false(model_attached(s->m, DDW_MAX_GROUPS));
	assert_int_equal(strlen(scene_info(s, 0).name), 63);
	for (i = 0; i <= DDW_MAX_GROUPS; i++) {
		sys->close(sys->ctx, g[i]);
		sys->close(sys->ctx, c[i]);
	}
	scene_end(s);
}

static void
test_attach_refused_once_windows_open(void **state)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);
	int ret;

	(void)state;
	ret = scene_attach(s, model_pseries(3));
	check_error(&s->err, ret, DDW_MSG_GROUP_LIMIT);
	assert_false(model_attached(s->m, 3));
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attached_group_described),
		cmocka_unit_test(test_failed_attach_leaves_group_outside),
		cmocka_unit_test(test_error_names_group_stuck_in_container),
		cmocka_unit_test(test_attach_beyond_limits_refused),
		cmocka_unit_test(test_attach_refused_once_windows_open),
	};

	return cmocka_run_group_tests_name("attach", tests, NULL, NULL);
}
