/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The table of groups: a container of EAL's each, and more groups in a life than containers. */

#include "base/context.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"
#include "unit.h"

struct context spapr_ctx;
int vfio_spapr_logtype;

/* Of base/vfio_eal.c. */
static int destroyed;

int
spapr_vfio_container_create(void)
{
	return -1;
}

int
spapr_vfio_enter(int container_fd, int group, int *fd)
{
	assert_true(container_fd >= 0 && group >= 0 && fd != NULL);
	return -1;
}

void
spapr_vfio_container_destroy(int container_fd)
{
	destroyed = container_fd;
}

/* Of base/report.c. */
int
spapr_fail_no_group(const struct device *d, struct ddw_error *err)
{
	return ddw_fail(err, DDW_MSG_GROUP_OPEN, d->group, "%s has no IOMMU group", d->name);
}

static struct group *
enter(int number)
{
	struct device d = { .name = "a device", .group = number };
	struct ddw_error err = { 0 };
	struct group *g = spapr_group_enter(&d, &err);

	assert_int_equal(g == NULL, err.msg == DDW_MSG_GROUP_LIMIT);
	return g;
}

static void
test_place_of_closed_group_used_again(void **state)
{
	struct group *g = NULL;
	int i;

	(void)state;
	for (i = 0; i < DDW_MAX_GROUPS - 1; i++) {
		g = enter(i);
		assert_non_null(g);
		assert_ptr_equal(enter(i), g);
		assert_int_equal(g->index, -1);
	}
	/* All of them are still to get their windows, or have them. */
	assert_null(enter(100));
	for (i = 0; i < DDW_MAX_GROUPS - 1; i++) {
		spapr_ctx.groups[i].container_fd = 1000 + i;
		spapr_ctx.groups[i].index = i;
		spapr_ctx.groups[i].open = true;
	}
	assert_null(enter(100));
	assert_int_equal(destroyed, 0);
	/* The last device of group 7 has gone. */
	spapr_ctx.groups[7].open = false;
	assert_ptr_equal(enter(7), &spapr_ctx.groups[7]);
	assert_int_equal(destroyed, 0);
	g = enter(100);
	assert_ptr_equal(g, &spapr_ctx.groups[7]);
	assert_int_equal(destroyed, 1007);
	assert_int_equal(g->number, 100);
	assert_int_equal(g->container_fd, -1);
	assert_int_equal(g->index, -1);
	assert_null(enter(7));
	assert_int_equal(spapr_ctx.n_groups, DDW_MAX_GROUPS - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place_of_closed_group_used_again),
	};

	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
