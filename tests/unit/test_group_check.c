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

#define PCI "/sys/bus/pci/devices"

static void
test_hugepages_listed_by_size(void **state)
{
	struct model *m = model_create();
	struct ddw_hugepages pages[4];

	(void)state;
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), -ENOENT);
	model_add_hugepages(m, MODEL_1G, 2);
	model_add_hugepages(m, MODEL_16M, 0);
	model_add_hugepages(m, MODEL_2M, 512);
	model_add_file(m, "/sys/kernel/mm/hugepages/other/nr_hugepages", "7\n");
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), 2);
	assert_true(pages[0].page_size == MODEL_2M && pages[0].count == 512);
	assert_true(pages[1].page_size == MODEL_1G && pages[1].count == 2);
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 2), 2);
	/* no room is no silence */
	assert_true(ddw_hugepages_read(model_sys(m), pages, 1) < 0);
	model_destroy(m);
}

static void
test_no_free_hugepages_listed_as_none(void **state)
{
	struct model *m = model_create();
	struct ddw_hugepages pages[4];

	(void)state;
	model_add_hugepages(m, MODEL_2M, 0);
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), 0);
	model_add_file(m, "/sys/kernel/mm/hugepages/hugepages-1024kB/free_hugepages", "1\n");
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), -ENOENT);
	model_destroy(m);
}

/* What EAL counts too: pages that exist, and those that the kernel makes on demand. */
static void
test_overcommitted_hugepages_counted(void **state)
{
	static const struct {
		uint64_t nr, surplus, overcommit, count;
	} cases[] = {
		{ 0, 0, 4096, 4096 },	{ 100, 0, 500, 600 }, { 110, 10, 500, 600 },
		{ 600, 500, 500, 600 }, { 100, 50, 20, 100 }, /* the limit was lowered */
	};
	struct ddw_hugepages pages[4];
	struct model *m;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = model_create();
		model_add_hugepages(m, MODEL_2M, cases[i].nr);
		model_add_hugepage_counter(m, MODEL_2M, "surplus_hugepages", cases[i].surplus);
		model_add_hugepage_counter(m, MODEL_2M, "nr_overcommit_hugepages",
					   cases[i].overcommit);
		assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), 1);
		assert_int_equal(pages[0].count, cases[i].count);
		assert_int_equal(pages[0].on_demand, cases[i].count - cases[i].nr);
		model_destroy(m);
	}
}

/* A limit that is no limit: there are no more pages than memory. */
static void
test_overcommit_limited_by_memory(void **state)
{
	struct model *m = model_create();
	struct ddw_hugepages pages[4];

	(void)state;
	model_add_file(m, "/proc/meminfo", "MemTotal:        4194304 kB\nMemFree: 1 kB\n");
	model_add_hugepages(m, MODEL_2M, 0);
	model_add_hugepage_counter(m, MODEL_2M, "nr_overcommit_hugepages", UINT64_MAX);
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), 1);
	assert_int_equal(pages[0].count, 2048);
	model_destroy(m);
	/* a memory that nobody knows */
	m = model_create();
	model_add_hugepages(m, MODEL_2M, 1);
	model_add_hugepage_counter(m, MODEL_2M, "nr_overcommit_hugepages", UINT64_MAX);
	assert_int_equal(ddw_hugepages_read(model_sys(m), pages, 4), -ERANGE);
	assert_true(ddw_hugepages_enough(model_sys(m), MODEL_2M, MODEL_1G));
	model_destroy(m);
}

static void
test_enough_hugepages_are_free_or_made(void **state)
{
	struct model *m = model_create();
	const struct ddw_sys *sys = model_sys(m);

	(void)state;
	assert_true(ddw_hugepages_enough(sys, MODEL_2M, MODEL_1G)); /* nobody knows */
	assert_true(ddw_hugepages_enough(sys, 0, MODEL_1G));
	model_add_hugepages(m, MODEL_2M, 100);
	model_add_hugepage_counter(m, MODEL_2M, "free_hugepages", 10);
	assert_true(ddw_hugepages_enough(sys, MODEL_2M, 10 * MODEL_2M));
	assert_false(ddw_hugepages_enough(sys, MODEL_2M, 10 * MODEL_2M + 1));
	model_add_hugepage_counter(m, MODEL_2M, "resv_hugepages", 4);
	assert_true(ddw_hugepages_enough(sys, MODEL_2M, 6 * MODEL_2M));
	assert_false(ddw_hugepages_enough(sys, MODEL_2M, 7 * MODEL_2M));
	model_add_hugepage_counter(m, MODEL_2M, "nr_overcommit_hugepages", 8);
	model_add_hugepage_counter(m, MODEL_2M, "surplus_hugepages", 5);
	assert_true(ddw_hugepages_enough(sys, MODEL_2M, 9 * MODEL_2M));
	assert_false(ddw_hugepages_enough(sys, MODEL_2M, 10 * MODEL_2M));
	model_add_hugepage_counter(m, MODEL_1G, "free_hugepages", 0);
	model_add_hugepage_counter(m, MODEL_1G, "resv_hugepages", 1);
	assert_false(ddw_hugepages_enough(sys, MODEL_1G, 1));
	model_destroy(m);
}

static void
test_driver_of_pci_device_read(void **state)
{
	struct model *m = model_create();
	char driver[DDW_DRIVER_NAME], small[8];

	(void)state;
	model_add_device(m, 3, "0001:00:00.0", "vfio-pci");
	model_add_device(m, 3, "0001:00:00.1", "");
	assert_int_equal(ddw_pci_driver(model_sys(m), PCI, "0001:00:00.0", driver, sizeof(driver)),
			 0);
	assert_string_equal(driver, "vfio-pci");
	assert_int_equal(ddw_pci_driver(model_sys(m), PCI, "0001:00:00.1", driver, sizeof(driver)),
			 0);
	assert_string_equal(driver, "");
	assert_true(ddw_pci_driver(model_sys(m), PCI, "0001:00:00.0", small, sizeof(small)) < 0);
	assert_true(ddw_pci_driver(model_sys(m), PCI, "0001:00:00.0", small, 0) < 0);
	model_destroy(m);
}

static void
test_group_of_pci_device_read(void **state)
{
	struct model *m = model_create();

	(void)state;
	model_add_device(m, 3, "0001:00:00.0", "vfio-pci");
	model_add_device(m, -1, "0002:00:00.0", "e1000e");
	model_add_link(m, PCI "/0003:00:00.0/iommu_group", "../../kernel/iommu_groups/x");
	model_add_link(m, PCI "/0003:00:00.1/iommu_group", "../../kernel/iommu_groups/-4");
	model_add_link(m, PCI "/0003:00:00.2/iommu_group", "../../kernel/iommu_groups/4x");
	model_add_link(m, PCI "/0003:00:00.3/iommu_group", "../../kernel/iommu_groups/4294967299");
	model_add_link(m, PCI "/0003:00:00.4/iommu_group", "0");
	assert_int_equal(ddw_pci_group(model_sys(m), PCI, "0001:00:00.0"), 3);
	assert_int_equal(ddw_pci_group(model_sys(m), PCI, "0002:00:00.0"), -ENOENT);
	assert_int_equal(ddw_pci_group(model_sys(m), PCI, "0009:00:00.0"), -ENOENT);
	assert_true(ddw_pci_group(model_sys(m), PCI, "0003:00:00.0") < 0);
	assert_true(ddw_pci_group(model_sys(m), PCI, "0003:00:00.1") < 0);
	assert_true(ddw_pci_group(model_sys(m), PCI, "0003:00:00.2") < 0);
	assert_true(ddw_pci_group(model_sys(m), PCI, "0003:00:00.3") < 0);
	assert_int_equal(ddw_pci_group(model_sys(m), PCI, "0003:00:00.4"), 0);
	model_destroy(m);
}

/* Check a group; afterwards it must be as it was. */
static int
check_group(struct model *m, struct ddw_error *err)
{
	int ret;

	ddw_error_clear(err);
	ret = ddw_group_check(model_sys(m), 3, "group 3", err);
	assert_null(model_leaks(m));
	assert_int_equal(model_count(m, VFIO_GROUP_SET_CONTAINER), 0);
	if (ret != 0)
		assert_non_null(strstr(err->what, "group 3"));
	return ret;
}

static void
test_group_checked_for_each_cause(void **state)
{
	struct model_group_cfg cfg = model_pseries(3), *now;
	struct model *m = model_create();
	struct ddw_error err;

	(void)state;
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_OPEN);
	assert_int_equal(err.err, -ENOENT);
	model_add_group(m, &cfg);
	model_add_device(m, 3, "0001:00:00.0", "vfio-pci");
	model_add_device(m, 3, "0001:00:00.1", "");
	assert_int_equal(check_group(m, &err), 0);
	assert_int_equal(err.err, 0);
	now = model_group_cfg(m, 3);
	now->busy = true;
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_BUSY);
	assert_int_equal(err.err, -EBUSY);
	now->busy = false;
	now->denied = true;
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_NOT_GIVEN);
	assert_int_equal(err.err, -EACCES);
	now->denied = false;
	now->missing = true;
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_NOT_GIVEN);
	assert_int_equal(err.err, -ENOENT);
	now->missing = false;
	assert_int_equal(check_group(m, &err), 0);
	assert_int_equal(ddw_group_check(model_sys(m), 3, "group 3", NULL), 0);
	model_destroy(m);
}

static void
test_blocking_drivers_of_group_named(void **state)
{
	struct model_group_cfg cfg = model_pseries(3);
	struct model *m = model_create();
	struct ddw_error err;

	(void)state;
	model_add_group(m, &cfg);
	model_add_device(m, 3, "0001:00:00.0", "vfio-pci");
	model_add_device(m, 3, "0001:00:00.1", "e1000e");
	model_add_device(m, 3, "0001:00:00.2", "pcieport");
	model_add_device(m, 3, "0001:00:00.3", "virtio-pci");
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_NOT_VIABLE);
	assert_int_equal(err.err, -EPERM);
	/* the culprits are named, the others are not */
	assert_non_null(strstr(err.what, "0001:00:00.1"));
	assert_non_null(strstr(err.what, "e1000e"));
	assert_non_null(strstr(err.what, "0001:00:00.3"));
	assert_null(strstr(err.what, "0001:00:00.0"));
	assert_null(strstr(err.what, "0001:00:00.2"));
	assert_non_null(strstr(err.fix, "0001:00:00.1"));
	assert_int_equal(ddw_group_check(model_sys(m), 3, "group 3", NULL), -EPERM);
	model_destroy(m);
}

/* More culprits than a message has room for. */
static void
test_many_culprits_cut_to_message(void **state)
{
	struct model_group_cfg cfg = model_pseries(3);
	struct model *m = model_create();
	struct ddw_error err;
	unsigned int i;
	char pci[32];

	(void)state;
	model_add_group(m, &cfg);
	for (i = 0; i < 200; i++) {
		snprintf(pci, sizeof(pci), "0001:%02x:00.0", i);
		model_add_device(m, 3, pci, "a-driver-of-some-length");
	}
	check_error(&err, check_group(m, &err), DDW_MSG_GROUP_NOT_VIABLE);
	model_destroy(m);
}

static void
test_failed_group_status_reported(void **state)
{
	static const int rets[] = { -EINVAL, -ENOTTY, -EIO, 1 };
	struct model_group_cfg cfg = model_pseries(3);
	struct model *m = model_create();
	struct ddw_error err;
	unsigned int i;

	(void)state;
	model_add_group(m, &cfg);
	for (i = 0; i < 4; i++) {
		model_fail(m, VFIO_GROUP_GET_STATUS, 1, 1, rets[i], false);
		check_any_error(&err, check_group(m, &err));
		assert_int_equal(model_failed(m), 1);
	}
	model_destroy(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hugepages_listed_by_size),
		cmocka_unit_test(test_no_free_hugepages_listed_as_none),
		cmocka_unit_test(test_overcommitted_hugepages_counted),
		cmocka_unit_test(test_overcommit_limited_by_memory),
		cmocka_unit_test(test_enough_hugepages_are_free_or_made),
		cmocka_unit_test(test_driver_of_pci_device_read),
		cmocka_unit_test(test_group_of_pci_device_read),
		cmocka_unit_test(test_group_checked_for_each_cause),
		cmocka_unit_test(test_blocking_drivers_of_group_named),
		cmocka_unit_test(test_many_culprits_cut_to_message),
		cmocka_unit_test(test_failed_group_status_reported),
	};

	return cmocka_run_group_tests_name("group_check", tests, NULL, NULL);
}
