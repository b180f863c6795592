/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Who holds a group, and what ddw_group_check() says when the machine itself fails. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"
#include "sys/procfd.h"

/* The simulated kernel, with some answers changed. */
static struct {
	const struct ddw_sys *sys;
	int open;  /* what the call returns; 0: the model's answer */
	int close; /* the same; the file is closed all the same */
	int list_dir;
	bool not_viable;
} change;

static int
changed_open(void *ctx, const char *path, int flags)
{
	return change.open != 0 ? change.open : change.sys->open(ctx, path, flags);
}

static int
changed_close(void *ctx, int fd)
{
	int ret = change.sys->close(ctx, fd);

	return change.close != 0 ? change.close : ret;
}

static int
changed_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	int ret = change.sys->ioctl(ctx, fd, request, arg);

	if (change.not_viable && request == VFIO_GROUP_GET_STATUS)
		((struct vfio_group_status *)arg)->flags = 0;
	return ret;
}

static int
changed_list_dir(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	return change.list_dir != 0 ? change.list_dir : change.sys->list_dir(ctx, path, entry, arg);
}

static struct ddw_sys
changed_sys(struct model *m)
{
	struct ddw_sys sys = *model_sys(m);

	memset(&change, 0, sizeof(change));
	change.sys = model_sys(m);
	sys.open = changed_open;
	sys.close = changed_close;
	sys.ioctl = changed_ioctl;
	sys.list_dir = changed_list_dir;
	return sys;
}

/* A machine with group 3 and one device of it. */
static struct model *
machine(const char *driver)
{
	struct model_group_cfg cfg = model_pseries(3);
	struct model *m = model_create();

	model_add_group(m, &cfg);
	model_add_device(m, 3, "0001:00:00.0", driver);
	return m;
}

static int
check(const struct ddw_sys *sys, struct ddw_error *err)
{
	ddw_error_clear(err);
	return ddw_group_check(sys, 3, "group 3", err);
}

static void
test_process_holding_group_found(void **state)
{
	struct model *m = machine("vfio-pci");
	char text[96] = "nobody";
	struct ddw_error err;

	(void)state;
	assert_int_equal(ddw_file_owner(model_sys(m), "/dev/vfio/3", text, sizeof(text)), 0);
	assert_string_equal(text, "nobody");
	/* Not a process; files that are others; one that was closed meanwhile. */
	model_add_link(m, "/proc/self/fd/3", "/dev/vfio/3");
	model_add_link(m, "/proc/:/fd/3", "/dev/vfio/3");
	model_add_link(m, "/proc/17/fd/0", "/dev/null");
	model_add_file(m, "/proc/17/fd/3", "");
	model_add_link(m, "/proc/17/fd/4", "/dev/vfio/33");
	model_add_file(m, "/proc/18/comm", "no-files\n");
	assert_int_equal(ddw_file_owner(model_sys(m), "/dev/vfio/3", text, sizeof(text)), 0);
	model_add_link(m, "/proc/4711/fd/9", "/dev/vfio/3");
	assert_int_equal(ddw_file_owner(model_sys(m), "/dev/vfio/3", text, sizeof(text)), 1);
	assert_string_equal(text, "process 4711 (unknown)");
	model_add_file(m, "/proc/4711/comm", "dpdk-testpmd\n");
	assert_int_equal(ddw_file_owner(model_sys(m), "/dev/vfio/3", text, sizeof(text)), 1);
	assert_string_equal(text, "process 4711 (dpdk-testpmd)");

	model_group_cfg(m, 3)->busy = true;
	check_error(&err, check(model_sys(m), &err), DDW_MSG_GROUP_BUSY);
	assert_non_null(strstr(err.what, "process 4711 (dpdk-testpmd)"));
	model_destroy(m);
}

static void
test_failed_open_of_group_has_remedy(void **state)
{
	struct model *m = machine("vfio-pci");
	struct ddw_sys sys = changed_sys(m);
	struct ddw_error err;

	(void)state;
	change.open = -EPERM;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_NOT_GIVEN);
	assert_int_equal(err.err, -EPERM);
	assert_non_null(strstr(err.fix, "chown"));
	/* Nothing that this library knows a special remedy for. */
	change.open = -EMFILE;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_OPEN);
	assert_int_equal(err.err, -EMFILE);
	assert_null(strstr(err.fix, "chown"));
	model_destroy(m);
}

/* In a container: the device is in sysfs, its group is not in /dev. */
static void
test_group_not_given_told_from_group_without_file(void **state)
{
	struct model *m = machine("vfio-pci"), *free = machine("");
	struct ddw_sys sys = changed_sys(m);
	struct ddw_error err;

	(void)state;
	model_group_cfg(m, 3)->missing = true;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_NOT_GIVEN);
	assert_non_null(strstr(err.what, "/dev/vfio/3"));
	assert_non_null(strstr(err.fix, "-a <address>"));
	assert_non_null(strstr(err.fix, "give the container /dev/vfio/3"));
	assert_null(strstr(err.fix, "dpdk-devbind"));
	/* Without sysfs it is not known, and with /dev/vfio empty VFIO is not there at all. */
	change.list_dir = -EACCES;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_OPEN);
	change.list_dir = 0;
	change.open = -ENOENT;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_OPEN);
	change.open = 0;
	/* The file of a group without an IOMMU has another name. */
	model_add_file(m, "/sys/kernel/iommu_groups/3/name", "vfio-noiommu\n");
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_OPEN);
	assert_non_null(strstr(err.fix, "no-IOMMU"));
	/* Not bound to vfio-pci: then no container has the file. */
	model_group_cfg(free, 3)->missing = true;
	check_error(&err, check(model_sys(free), &err), DDW_MSG_GROUP_OPEN);
	assert_non_null(strstr(err.fix, "dpdk-devbind"));
	model_destroy(free);
	model_destroy(m);
}

/* A failure is told once: that of close() only when there was none before. */
static void
test_failed_close_reported_unless_group_failed_before(void **state)
{
	struct model *m = machine("vfio-pci");
	struct ddw_sys sys = changed_sys(m);
	struct ddw_error err;

	(void)state;
	change.close = -EIO;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_OPEN);
	assert_non_null(strstr(err.what, "close"));
	change.not_viable = true;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_NOT_VIABLE);
	model_destroy(m);
}

/* Not viable, but no device to blame is found. */
static void
test_unviable_group_without_culprit_reported(void **state)
{
	struct model *m = machine("vfio-pci");
	struct ddw_sys sys = changed_sys(m);
	struct ddw_error err;

	(void)state;
	model_add_device(m, 3, "0001:00:00.1", "vfio-pci-core-user");
	model_add_device(m, 3, "0001:00:00.2", "pci-stub");
	model_add_device(m, 3, "0001:00:00.3", "pcieport");
	model_add_device(m, 3, "0001:00:00.4", "");
	/* A name that no driver has: it is passed over. */
	model_add_device(
		m, 3, "0001:00:00.5",
		"a-name-that-is-longer-than-the-room-that-there-is-for-a-name-of-a-driver");
	change.not_viable = true;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_NOT_VIABLE);
	assert_null(strstr(err.what, "0001:"));
	change.list_dir = -EIO;
	check_error(&err, check(&sys, &err), DDW_MSG_GROUP_NOT_VIABLE);
	assert_null(strstr(err.what, "0001:"));
	model_destroy(m);
}

/* The remedy has less room than the text: whole addresses in both. */
static void
test_remedy_has_whole_addresses_only(void **state)
{
	struct model *m = machine("vfio-pci");
	struct ddw_error err;
	const char *last;
	unsigned int i;
	char pci[32];

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(pci, sizeof(pci), "0001:%02x:00.0", i + 1);
		model_add_device(m, 3, pci, "x");
	}
	check_error(&err, check(model_sys(m), &err), DDW_MSG_GROUP_NOT_VIABLE);
	last = strrchr(err.fix, ' ');
	assert_non_null(last);
	assert_int_equal(strlen(last + 1), strlen("0001:00:00.0"));
	assert_non_null(strstr(err.what, last + 1));
	model_destroy(m);
}

/* Sizes in any order, and one that is no size. */
static void
test_hugepage_sizes_sorted(void **state)
{
	struct model *m = model_create();
	struct ddw_hugepages pages[4];
	unsigned int i;

	(void)state;
	model_add_hugepages(m, MODEL_2M, 1);
	model_add_hugepages(m, MODEL_1G, 2);
	model_add_hugepages(m, MODEL_16M, 3);
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), 3);
	for (i = 1; i < 3; i++)
		assert_true(pages[i - 1].page_size < pages[i].page_size);
	model_add_file(m, "/sys/kernel/mm/hugepages/hugepages-18446744073709551615kB/nr_hugepages",
		       "1\n");
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), -ERANGE);
	model_destroy(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_holding_group_found),
		cmocka_unit_test(test_failed_open_of_group_has_remedy),
		cmocka_unit_test(test_group_not_given_told_from_group_without_file),
		cmocka_unit_test(test_failed_close_reported_unless_group_failed_before),
		cmocka_unit_test(test_unviable_group_without_culprit_reported),
		cmocka_unit_test(test_remedy_has_whole_addresses_only),
		cmocka_unit_test(test_hugepage_sizes_sorted),
	};

	return cmocka_run_group_tests_name("group_check_errors", tests, NULL, NULL);
}
