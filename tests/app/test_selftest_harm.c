/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The self-tests where they could do harm, or could miss it. */

#include <errno.h>
#include <string.h>

#include <linux/vfio.h>

#include "selftest_rig.h"
#include "unit.h"

#define NIC   "0001:00:01.0"
#define OTHER "0002:00:01.0"

static struct selftest_rig *r;

static int
begin(void **state)
{
	(void)state;
	r = selftest_rig_new();
	return 0;
}

static int
end(void **state)
{
	const char *left = model_leaks(r->m);

	(void)state;
	if (left != NULL)
		print_error("%s\n", left);
	selftest_rig_free(r);
	return left == NULL ? 0 : -1;
}

static void
add(int number, const char *pci, bool edu)
{
	struct model_group_cfg cfg = model_pseries(number);

	selftest_rig_add(r, &cfg, pci, edu);
}

/* The kernel's log says that there will be no window: nobody is asked for one. */
static void
test_poisoned_group_not_asked_for_window(void **state)
{
	(void)state;
	add(1, NIC, false);
	add(2, OTHER, false);
	model_add_file(r->m, "/dev/kmsg",
		       "6,400,6892074,-;e1000e " NIC ": ibm,create-pe-dma-window(2027) 800 "
		       "8000000 20000001 18 1f returned -1 (liobn = 0x0 starting addr = 0 0)\n");
	assert_int_equal(selftest_rig_run(r, &selftest_map_order), 0);
	assert_non_null(strstr(r->left_out, "DDW-pe-poisoned: IOMMU group 1 (" NIC ")"));
	assert_int_equal(r->results.failed + r->results.skipped, 0);
	assert_int_equal(model_creates(r->m, 1), 0);
	assert_true(model_creates(r->m, 2) > 0);
	r->choice.groups[r->choice.n_groups++] = NIC;
	assert_int_not_equal(selftest_rig_run(r, &selftest_map_order), 0);
	assert_non_null(strstr(r->problem.text, "DDW-pe-poisoned"));
	assert_int_equal(model_creates(r->m, 1), 0);
}

/* A group with several devices is left out once. */
static void
test_group_of_two_devices_left_out_once(void **state)
{
	const char *first;

	(void)state;
	add(1, NIC, false);
	add(3, OTHER, true);
	model_add_device(r->m, 3, "0002:00:01.1", "vfio-pci");
	model_group_cfg(r->m, 3)->busy = true;
	assert_int_equal(selftest_rig_run(r, &selftest_map_order), 0);
	first = strstr(r->left_out, "DDW-group-busy");
	assert_non_null(first);
	assert_null(strstr(first + 1, "DDW-group-busy"));
	r->choice.edu = OTHER;
	assert_int_not_equal(selftest_rig_run(r, &selftest_map_order), 0);
	assert_non_null(strstr(r->problem.text, "DDW-group-busy"));
}

/* After a CREATE that was refused there is no second one. */
static void
test_no_create_after_refused_create(void **state)
{
	unsigned int i;

	(void)state;
	add(1, NIC, false);
	model_fail(r->m, VFIO_IOMMU_SPAPR_TCE_CREATE, 3, 1, -EPERM, false);
	assert_int_equal(selftest_rig_run(r, NULL), 0);
	assert_int_equal(r->results.passed, 2);
	assert_int_equal(r->results.failed, 1);
	assert_int_equal(r->results.skipped, r->results.n - 3);
	assert_non_null(strstr(r->results.list[2].message, "DDW-create-refused"));
	for (i = 3; i < r->results.n; i++)
		assert_non_null(strstr(r->results.list[i].message, "refused a window before"));
	assert_int_equal(model_creates(r->m, 1), 2);
	model_fail_none(r->m);
	assert_int_equal(selftest_rig_run(r, &selftest_restart), 0);
	assert_int_equal(r->results.failed + r->results.skipped, 0);
}

/* Firmware with small blocks: larger windows are not there, and nothing is lost by asking. */
static void
test_large_windows_unsupported_by_firmware(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	const struct selftest_result *found;

	(void)state;
	cfg.largest_block = MODEL_1G;
	selftest_rig_add(r, &cfg, NIC, false);
	model_add_hugepages(r->m, MODEL_1G, 4);
	assert_int_equal(selftest_rig_run(r, NULL), 0);
	assert_int_equal(r->results.failed + r->results.skipped, 0);
	assert_int_equal(selftest_rig_find(r, "window_sizes", "twice")->ret, AUTOTEST_OK);
	found = selftest_rig_find(r, "window_sizes", "as_planned");
	assert_int_equal(found->ret, SELFTEST_UNSUPPORTED);
	assert_string_equal(found->message, "firmware has no window that large");
	assert_false(model_poisoned(r->m, 1));
}

/* Slots whose default windows have no address in common: they are not used together. */
static void
test_default_windows_apart_skipped(void **state)
{
	struct model_group_cfg cfg = model_pseries(2);
	const struct selftest_result *found;

	(void)state;
	add(1, NIC, false);
	cfg.dma32_start = 1U << 30;
	selftest_rig_add(r, &cfg, OTHER, false);
	assert_int_equal(selftest_rig_run(r, NULL), 0);
	assert_int_equal(r->results.failed, 0);
	assert_int_equal(selftest_rig_find(r, "map_order", "up")->ret, AUTOTEST_OK);
	found = selftest_rig_find(r, "map_order", "default_up");
	assert_int_equal(found->ret, AUTOTEST_SKIPPED);
	assert_non_null(strstr(found->message, "one by one (--device)"));
	r->choice.groups[r->choice.n_groups++] = OTHER;
	assert_int_equal(selftest_rig_run(r, NULL), 0);
	assert_int_equal(r->results.failed + r->results.skipped, 0);
}

/* What a device writes below the area comes to memory that has other bytes. */
static void
test_write_below_area_found(void **state)
{
	const struct selftest_result *found;

	(void)state;
	add(3, NIC, true);
	r->around = true;
	assert_int_equal(selftest_rig_run(r, &selftest_dma_edu), 0);
	found = selftest_rig_find(r, "dma_edu", "unmapped");
	assert_int_equal(found->ret, AUTOTEST_FAILED);
	if (strstr(found->message, "after a transfer to 0xf000 the memory") == NULL)
		fail_msg("%s", found->message);
}

/* Of large hugepages few are taken: others wait for them, and each has to be cleared. */
static void
test_few_large_hugepages_taken(void **state)
{
	(void)state;
	add(1, NIC, false);
	model_add_hugepages(r->m, MODEL_1G, 64);
	r->smallest = MODEL_1G;
	assert_int_equal(selftest_rig_run(r, NULL), 0);
	assert_true(r->results.passed >= 30);
	assert_int_equal(r->results.failed + r->results.skipped, 0);
	assert_int_equal(r->most, SELFTEST_MIN_PAGES * MODEL_1G);
}

/* VFIO is not only for POWER: groups of other machines are not touched. */
static void
test_other_machine_not_touched(void **state)
{
	(void)state;
	add(1, NIC, false);
	selftest_rig_other_machine();
	assert_int_equal(selftest_rig_run(r, NULL), -ENODEV);
	assert_false(r->problem.usage);
	assert_string_equal(r->problem.text, "this machine is none");
	assert_int_equal(model_creates(r->m, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_poisoned_group_not_asked_for_window, begin,
						end),
		cmocka_unit_test_setup_teardown(test_group_of_two_devices_left_out_once, begin,
						end),
		cmocka_unit_test_setup_teardown(test_no_create_after_refused_create, begin, end),
		cmocka_unit_test_setup_teardown(test_large_windows_unsupported_by_firmware, begin,
						end),
		cmocka_unit_test_setup_teardown(test_default_windows_apart_skipped, begin, end),
		cmocka_unit_test_setup_teardown(test_write_below_area_found, begin, end),
		cmocka_unit_test_setup_teardown(test_few_large_hugepages_taken, begin, end),
		cmocka_unit_test_setup_teardown(test_other_machine_not_touched, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
