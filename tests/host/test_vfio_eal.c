/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What the plugin asks of EAL's VFIO, with a stand-in for the functions of EAL.
 * test_vfio_eal groups|devices|unknown [LIBRARY]
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/vfio_eal.h"
#include "unit.h"
#include "vfio_fake.h"

#define NUMBER 7
#define FIRST  "0001:00:01.0"
#define SECOND "0001:00:02.0"

struct context spapr_ctx;
static struct vfio_fake *fake;

/* Of base/devices.c. */
const char *
spapr_devices_sysfs(void)
{
	return "/sys/fake";
}

/* The files of this process: the group is one as long as EAL has a device of it open. */
static int
list_files(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	(void)ctx;
	assert_string_equal(path, "/proc/self/fd");
	return entry("0", arg) != 0 || entry("60", arg) != 0;
}

static int
read_link(void *ctx, const char *path, char *buf, size_t size)
{
	(void)ctx;
	if (strcmp(path, "/proc/self/fd/60") != 0 || fake->opened == 0)
		return snprintf(buf, size, "/dev/vfio/77");
	return snprintf(buf, size, "/dev/vfio/%d", NUMBER);
}

static int
setup(void **state)
{
	static const struct ddw_sys sys = { .list_dir = list_files, .read_link = read_link };

	(void)state;
	spapr_ctx.sys = &sys;
	if (fake != NULL)
		memset(fake, 0, sizeof(*fake));
	return 0;
}

static void
test_container_created_and_destroyed(void **state)
{
	(void)state;
	fake->fail = true;
	assert_true(spapr_vfio_container_create() < 0);
	assert_int_equal(spapr_vfio_container_create(), FAKE_CONTAINER);
	spapr_vfio_container_destroy(FAKE_CONTAINER);
	assert_true(fake->destroyed);
	assert_int_equal(spapr_vfio_container_fd(), FAKE_CONTAINER + 1);
}

static void
test_group_bound(void **state)
{
	int fd = -2;

	(void)state;
	assert_true(spapr_vfio_known());
	assert_false(spapr_vfio_assigns());
	fake->fail = true;
	assert_int_equal(spapr_vfio_enter(FAKE_CONTAINER, NUMBER, FIRST, &fd), -EIO);
	assert_int_equal(spapr_vfio_enter(FAKE_CONTAINER, NUMBER, FIRST, &fd), 0);
	assert_int_equal(fd, FAKE_GROUP);
	assert_int_equal(spapr_vfio_group_fd(NUMBER), FAKE_GROUP);
	assert_int_equal(fake->opened, 0); /* that would reset it */
	spapr_vfio_leave(FAKE_CONTAINER, NUMBER, FIRST);
	assert_int_equal(fake->bound, 0);
	assert_true(spapr_vfio_group_fd(NUMBER) < 0);
}

/* EAL counts how often a device is open, so it is released whether a driver has it or not. */
static void
test_held_device_released(void **state)
{
	int a, b;

	(void)state;
	fake->fail = true;
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, FIRST, &a), -EIO);
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, FIRST, &a), 0);
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, SECOND, &b), 0);
	assert_int_not_equal(a, b);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, FIRST, a, true);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, SECOND, b, false);
	assert_int_equal(fake->opened, 0);
}

/* The two descriptors of the question are closed again. */
static void
test_codes_told_by_containers(void **state)
{
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(spapr_vfio_codes(), VFIO_CODES_SECOND);
	fake->new_containers = true;
	assert_int_equal(spapr_vfio_codes(), VFIO_CODES_FIRST);
	assert_int_equal(fcntl(fd + 1, F_GETFD), -1);
	assert_int_equal(fcntl(fd + 2, F_GETFD), -1);
	close(fd);
}

static void
enter(void)
{
	int fd = -2;

	assert_int_equal(spapr_vfio_enter(FAKE_CONTAINER, NUMBER, FIRST, &fd), 0);
	assert_int_equal(fd, DDW_GROUP_ATTACHED);
}

static int
hold(const char *name)
{
	int fd;

	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, name, &fd), 0);
	return fd;
}

/* A driver closes the descriptor that it shares with the plugin, as when its probe fails. */
static void
close_by_driver(int fd)
{
	fake->devices[fd - FAKE_FD] = NULL;
	fake->opened--;
}

static void
test_group_entered_by_device(void **state)
{
	int fd;

	(void)state;
	assert_true(spapr_vfio_known());
	assert_true(spapr_vfio_assigns());
	assert_int_equal(spapr_vfio_codes(), VFIO_CODES_26_11);
	fake->fail = true;
	assert_int_equal(spapr_vfio_enter(FAKE_CONTAINER, NUMBER, FIRST, &fd), -EIO);
	assert_int_equal(spapr_vfio_group_fd(NUMBER), -ENOENT);
	enter();
	assert_int_equal(spapr_vfio_group_fd(NUMBER), FAKE_GROUP);
	assert_int_equal(spapr_vfio_group_fd(NUMBER + 1), -ENOENT);
	spapr_vfio_leave(FAKE_CONTAINER, NUMBER, FIRST);
	assert_int_equal(fake->opened, 0);
	spapr_vfio_leave(FAKE_CONTAINER, NUMBER, FIRST); /* closed: nothing to do */
	assert_int_equal(fake->assigned, 1);
	assert_false(fake->own_container);
}

/* The group stays open as long as one device is assigned; those without driver are closed. */
static void
test_idle_devices_closed(void **state)
{
	int a, b;

	(void)state;
	enter();
	a = hold(FIRST);
	b = hold(SECOND);
	assert_int_not_equal(a, b);
	assert_int_equal(hold(FIRST), a);
	assert_int_equal(fake->opened, 2);
	close_by_driver(a);
	assert_int_equal(spapr_vfio_group_fd(NUMBER), FAKE_GROUP);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, FIRST, a, true);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, SECOND, b, false);
	assert_int_equal(fake->opened, 1);
	assert_string_equal(fake->devices[b - FAKE_FD], SECOND);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, SECOND, b, true);
	assert_int_equal(fake->opened, 0);
	assert_false(fake->own_container);
}

/* A device that a driver has is not ours to close; one that was closed is open after the question. */
static void
test_busy_device_told(void **state)
{
	bool opened;

	(void)state;
	assert_false(spapr_vfio_busy(FAKE_CONTAINER, NUMBER, FIRST, &opened)); /* no group */
	assert_int_equal(fake->assigned, 0);
	enter();
	assert_true(spapr_vfio_busy(FAKE_CONTAINER, NUMBER, FIRST, &opened));
	assert_false(opened);
	assert_false(spapr_vfio_busy(FAKE_CONTAINER, NUMBER, SECOND, &opened));
	assert_true(opened);
	assert_int_equal(fake->opened, 2);
	assert_false(fake->own_container);
}

/* The number of a descriptor that a driver has closed may be another device's by now. */
static void
test_descriptor_of_other_device_kept(void **state)
{
	int a, b;

	(void)state;
	enter();
	a = hold(FIRST);
	close_by_driver(a);
	enter(); /* the group had closed */
	close_by_driver(a);
	b = hold(SECOND);
	assert_int_equal(a, b);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, FIRST, a, true);
	assert_int_equal(fake->opened, 1);
	assert_string_equal(fake->devices[b - FAKE_FD], SECOND);
}

/* With the group closed, EAL would open it in its own container. */
static void
test_closed_group_never_opened_elsewhere(void **state)
{
	int fd;

	(void)state;
	fake->fail = true;
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, FIRST, &fd), -EIO);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, FIRST, FAKE_FD, true);
	assert_false(fake->own_container);
	/* It fails in the middle: the second device is not open, the first one stays. */
	enter();
	fake->fail = true;
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, SECOND, &fd), -EIO);
	assert_int_equal(fake->opened, 1);
	assert_false(fake->own_container);
}

static void
test_unknown_functions_not_called(void **state)
{
	int fd;

	(void)state;
	assert_false(spapr_vfio_known());
	assert_false(spapr_vfio_assigns());
	assert_int_equal(spapr_vfio_container_create(), -ENOTSUP);
	spapr_vfio_container_destroy(FAKE_CONTAINER);
	assert_true(spapr_vfio_enter(FAKE_CONTAINER, NUMBER, FIRST, &fd) < 0);
	spapr_vfio_leave(FAKE_CONTAINER, NUMBER, FIRST);
	assert_int_equal(spapr_vfio_hold(FAKE_CONTAINER, NUMBER, FIRST, &fd), -ENOTSUP);
	spapr_vfio_let_go(FAKE_CONTAINER, NUMBER, FIRST, FAKE_FD, true);
	assert_int_equal(spapr_vfio_group_fd(NUMBER), -ENOTSUP);
	assert_int_equal(spapr_vfio_container_fd(), -ENOTSUP);
	assert_int_equal(spapr_vfio_codes(), VFIO_CODES_SECOND);
	if (fake != NULL) {
		assert_false(fake->destroyed);
		assert_int_equal(fake->bound + fake->opened, 0);
	}
}

static int
run(const char *generation)
{
	const struct CMUnitTest groups[] = {
		cmocka_unit_test_setup(test_container_created_and_destroyed, setup),
		cmocka_unit_test_setup(test_group_bound, setup),
		cmocka_unit_test_setup(test_held_device_released, setup),
		cmocka_unit_test_setup(test_codes_told_by_containers, setup),
	};
	const struct CMUnitTest devices[] = {
		cmocka_unit_test_setup(test_container_created_and_destroyed, setup),
		cmocka_unit_test_setup(test_group_entered_by_device, setup),
		cmocka_unit_test_setup(test_idle_devices_closed, setup),
		cmocka_unit_test_setup(test_busy_device_told, setup),
		cmocka_unit_test_setup(test_descriptor_of_other_device_kept, setup),
		cmocka_unit_test_setup(test_closed_group_never_opened_elsewhere, setup),
	};
	const struct CMUnitTest unknown[] = {
		cmocka_unit_test_setup(test_unknown_functions_not_called, setup),
	};

	if (strcmp(generation, "groups") == 0)
		return cmocka_run_group_tests(groups, NULL, NULL);
	if (strcmp(generation, "devices") == 0)
		return cmocka_run_group_tests(devices, NULL, NULL);
	return cmocka_run_group_tests(unknown, NULL, NULL);
}

int
main(int argc, char **argv)
{
	void *library;

	if (argc > 2) {
		library = dlopen(argv[2], RTLD_NOW | RTLD_GLOBAL);
		fake = library != NULL ? dlsym(library, "vfio_fake") : NULL;
		if (fake == NULL) {
			printf("%s\n", dlerror());
			return 1;
		}
	}
	return argc > 1 ? run(argv[1]) : 1;
}
