/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The table of groups: a container of EAL's each, and more groups in a life than containers. */

#include <errno.h>
#include <string.h>

#include "base/context.h"
#include "base/dpdk_abi.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"
#include "unit.h"

struct context spapr_ctx;
int vfio_spapr_logtype;

/* Of base/vfio_eal.c. */
static int destroyed, let_go, hold_result;
static bool busy;
static bool known = true;

int
spapr_vfio_container_create(void)
{
	return -1;
}

int
spapr_vfio_enter(int container_fd, int group, const char *device, int *fd)
{
	assert_true(container_fd >= 0 && group >= 0 && device != NULL && fd != NULL);
	return -1;
}

bool
spapr_vfio_known(void)
{
	return known;
}

int
spapr_vfio_hold(int container_fd, int group, const char *device, int *fd)
{
	assert_int_equal(container_fd, 1000 + group);
	assert_string_equal(device, "a device");
	*fd = 77;
	return hold_result;
}

bool
spapr_vfio_busy(int container_fd, int number, const char *name, bool *opened)
{
	assert_true(container_fd == 1000 + number && name != NULL);
	*opened = !busy;
	return busy;
}

void
spapr_vfio_let_go(int container_fd, int group, const char *device, int fd, bool idle)
{
	assert_int_equal(container_fd, 1000 + group);
	assert_string_equal(device, "a device");
	assert_int_equal(fd, 77);
	assert_true(idle);
	let_go++;
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

/* The group of a device gives its container; what is not held is not let go. */
static void
test_device_held_once(void **state)
{
	struct device d = { .name = "a device", .group = 9, .held = true };

	(void)state;
	spapr_ctx.n_groups = 0;
	assert_false(spapr_group_hold(&d)); /* in no group */
	spapr_group_let_go(&d, true);
	assert_non_null(spapr_group_enter(&d, &(struct ddw_error){ 0 }));
	spapr_ctx.groups[0].container_fd = 1009;
	hold_result = -EIO;
	assert_false(spapr_group_hold(&d));
	spapr_group_let_go(&d, true);
	assert_int_equal(let_go, 0);
	hold_result = 0;
	assert_true(spapr_group_hold(&d));
	assert_int_equal(d.fd, 77);
	spapr_group_let_go(&d, true);
	spapr_group_let_go(&d, true);
	assert_int_equal(let_go, 1);
	/* What the question has opened is let go, too. */
	assert_false(spapr_group_device_busy(&d));
	spapr_group_let_go(&d, true);
	assert_int_equal(let_go, 2);
	busy = true;
	assert_true(spapr_group_device_busy(&d));
	assert_false(d.held);
}

/* EAL opens a group through the device that is there now. */
static void
test_group_opened_through_last_device(void **state)
{
	struct device first = { .name = "0001:00:01.0", .group = 5 };
	struct device next = { .name = "0001:00:02.0", .group = 5 };
	struct ddw_error err = { 0 };
	struct group *g;

	(void)state;
	spapr_ctx.n_groups = 0;
	g = spapr_group_enter(&first, &err);
	assert_string_equal(g->device, first.name);
	assert_ptr_equal(spapr_group_enter(&next, &err), g);
	assert_string_equal(g->device, next.name);
	assert_non_null(strstr(g->name, first.name));
}

static void
test_group_refused_without_functions(void **state)
{
	struct ddw_error err = { 0 };
	struct group g = { .number = 5, .container_fd = -1 };
	int fd;

	(void)state;
	known = false;
	assert_int_equal(spapr_group_open(&g, &fd, &err), -ENOTSUP);
	assert_int_equal(err.msg, DDW_MSG_LAYOUT_UNKNOWN);
	known = true;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_held_once),
		cmocka_unit_test(test_group_opened_through_last_device),
		cmocka_unit_test(test_group_refused_without_functions),
		cmocka_unit_test(test_place_of_closed_group_used_again),
	};

	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
