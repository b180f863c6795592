/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The self-tests on the simulated kernel: they pass where all is well, and only there. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include "selftest_rig.h"
#include "unit.h"

#define NIC   "0001:00:01.0"
#define OTHER "0002:00:01.0"
#define EDU   "0003:00:01.0"

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
	(void)state;
	selftest_rig_free(r);
	return 0;
}

static void
add(struct model_group_cfg (*kind)(int), int number, const char *pci)
{
	struct model_group_cfg cfg = kind(number);

	selftest_rig_add(r, &cfg, pci, strcmp(pci, EDU) == 0);
}

static void
run(const struct selftest_suite *suite)
{
	if (selftest_rig_run(r, suite) != 0)
		fail_msg("%s", r->problem.text);
}

static void
expect(const char *suite, const char *name, int ret, const char *message)
{
	const struct selftest_result *found = selftest_rig_find(r, suite, name);

	if (found->ret != ret || strstr(found->message, message) == NULL)
		fail_msg("%s %s %s: %s", suite, name, selftest_ret_name(found->ret),
			 found->message);
}

/* No failure, nothing left, and the kernel was not harmed. */
static void
expect_good(void)
{
	unsigned int i;

	for (i = 0; i < r->results.n; i++)
		if (r->results.list[i].ret == AUTOTEST_FAILED)
			fail_msg("%s %s: %s", r->results.list[i].suite->name,
				 r->results.list[i].one->name, r->results.list[i].message);
	assert_int_equal(r->results.failed, 0);
	assert_null(model_check_all(r->m));
	assert_null(model_leaks(r->m));
}

static void
test_lpar_passes(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	add(model_pseries, 2, OTHER);
	add(model_pseries, 3, EDU);
	run(NULL);
	expect_good();
	assert_int_equal(r->results.skipped, 0);
	assert_true(r->results.passed >= 35);
	assert_false(model_poisoned(r->m, 1));
	assert_string_equal(r->left_out, "");
	expect("page_sizes", "2M", AUTOTEST_OK, "");
	expect("page_sizes", "1G", SELFTEST_UNSUPPORTED, "no such IOMMU page");
	expect("dma_edu", "data", AUTOTEST_OK, "in the default window");
	expect("dma_edu", "unmapped", AUTOTEST_OK, "the device read all 0x00");
	expect("dma_edu", "outside", SELFTEST_UNSUPPORTED, "1G has all");
}

static void
test_bare_metal_passes(void **state)
{
	(void)state;
	add(model_powernv, 1, NIC);
	add(model_powernv, 3, EDU);
	r->swapped = true;
	run(NULL);
	expect_good();
	assert_int_equal(r->results.skipped, 0);
	expect("page_sizes", "4K", AUTOTEST_OK, "");
	expect("dma_edu", "after_unmap", AUTOTEST_OK, "");
}

/* Slots with one window, or with none: the rest of the tests runs. */
static void
test_slot_with_single_window_passes(void **state)
{
	(void)state;
	add(model_single_window, 1, NIC);
	run(NULL);
	expect_good();
	expect("restart", "alternating", AUTOTEST_OK, "");
	expect("dma_edu", "no_window", SELFTEST_UNSUPPORTED, "no edu device");
	expect("dma_edu", "data", SELFTEST_UNSUPPORTED, "the previous test");
}

static void
test_dma_passes_without_second_window(void **state)
{
	(void)state;
	add(model_single_window, 3, EDU);
	run(&selftest_dma_edu);
	expect_good();
	expect("dma_edu", "data", AUTOTEST_OK, "in the default window");
	*model_group_cfg(r->m, 3) = model_old_kernel(3);
	run(&selftest_dma_edu);
	expect_good();
	expect("dma_edu", "data", AUTOTEST_OK, "");
}

static void
test_v1_passes_in_default_window(void **state)
{
	(void)state;
	add(model_old_kernel, 1, NIC);
	run(NULL);
	expect_good();
	expect("map_order", "up", SELFTEST_UNSUPPORTED, "");
	expect("map_order", "default_up", AUTOTEST_OK, "");
}

/* A default window smaller than what the device reaches. */
static void
test_dma_outside_small_default_window(void **state)
{
	struct model_group_cfg cfg = model_pseries(3);

	(void)state;
	cfg.dma32_size = 64 << 20;
	selftest_rig_add(r, &cfg, EDU, true);
	run(&selftest_dma_edu);
	expect_good();
	expect("dma_edu", "outside", AUTOTEST_OK, "");
}

/* Hugepages: none, too few, in use. */
static void
test_skipped_without_hugepages(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	r->smallest = UINT64_MAX;
	run(NULL);
	expect_good();
	assert_int_equal(r->results.passed, 0);
	expect("map_order", "up", AUTOTEST_SKIPPED, "");
	expect("restart", "killed", AUTOTEST_SKIPPED, "dpdk-hugepages.py");
}

static void
test_limits_adapt_to_memlock(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	model_set_memlock(r->m, false, UINT64_C(20) << 20);
	run(&selftest_limits);
	expect_good();
	expect("limits", "outside", AUTOTEST_SKIPPED, "ulimit -l");
	expect("limits", "memlock", AUTOTEST_OK, "");
	model_set_memlock(r->m, false, UINT64_C(64) << 20);
	run(&selftest_limits);
	expect("limits", "outside", AUTOTEST_OK, "");
	expect("limits", "memlock", SELFTEST_UNSUPPORTED, "above the memory");
}

/* A kernel that does not do what it says: some of it only the device notices. */
static void
test_unmade_map_and_unmap_found_by_dma(void **state)
{
	(void)state;
	add(model_pseries, 3, EDU);
	r->lie = VFIO_IOMMU_MAP_DMA;
	run(&selftest_dma_edu);
	expect("dma_edu", "data", AUTOTEST_FAILED, "the memory at byte");
	r->lie = VFIO_IOMMU_UNMAP_DMA;
	run(&selftest_dma_edu);
	expect("dma_edu", "unmapped", AUTOTEST_OK, "");
	expect("dma_edu", "after_unmap", AUTOTEST_FAILED, "after a transfer to");
}

static void
test_unmade_unregister_found(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	r->lie = VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY;
	run(&selftest_partial_unmap);
	expect("partial_unmap", "cut", AUTOTEST_FAILED, "");
}

static void
test_moved_window_found(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	r->wanders = true;
	run(&selftest_restart);
	expect("restart", "in_order", AUTOTEST_FAILED, "the window is at");
}

/* Each ioctl fails: some test fails too, says why, and the next run is good again. */
static void
test_failed_ioctl_fails_one_test(void **state)
{
	static const struct {
		unsigned long request;
		const struct selftest_suite *suite;
		const char *message;
	} faults[] = {
		{ VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &selftest_map_order, "DDW-register-failed" },
		{ VFIO_IOMMU_MAP_DMA, &selftest_map_order, "DDW-map-failed" },
		{ VFIO_IOMMU_UNMAP_DMA, &selftest_partial_unmap, "DDW-unmap-failed" },
		{ VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &selftest_restart, "DDW-unmap-failed" },
		{ VFIO_IOMMU_SPAPR_TCE_CREATE, &selftest_window_sizes, "DDW-create-refused" },
	};
	unsigned int i;

	(void)state;
	add(model_pseries, 1, NIC);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		model_fail(r->m, faults[i].request, 1, 1, -EPERM, false);
		run(faults[i].suite);
		assert_int_equal(model_failed(r->m), 1);
		assert_int_equal(r->results.failed, 1);
		if (strstr(r->results.list[0].message, faults[i].message) == NULL)
			fail_msg("%s", r->results.list[0].message);
		model_fail_none(r->m);
		run(faults[i].suite);
		assert_int_equal(r->results.failed, 0);
	}
}

static void
test_bad_devices_found(void **state)
{
	(void)state;
	add(model_pseries, 3, EDU);
	r->everywhere = true;
	run(&selftest_dma_edu);
	expect("dma_edu", "no_window", AUTOTEST_FAILED, "after a transfer to 0x100000 the memory");
	expect("dma_edu", "data", SELFTEST_UNSUPPORTED, "the previous test");
	r->everywhere = false;
	r->lazy = true;
	run(&selftest_dma_edu);
	expect("dma_edu", "data", AUTOTEST_FAILED, "the memory at byte");
	r->dead = true;
	run(&selftest_dma_edu);
	expect("dma_edu", "no_window", AUTOTEST_FAILED, "timed out");
	r->id = 0;
	run(&selftest_dma_edu);
	expect("dma_edu", "no_window", AUTOTEST_FAILED, EDU " cannot be opened");
	assert_null(model_leaks(r->m));
}

static void
expect_problem(bool usage, const char *text)
{
	if (selftest_rig_run(r, &selftest_restart) == 0)
		fail_msg("nobody said: %s", text);
	if (r->problem.usage != usage || strstr(r->problem.text, text) == NULL)
		fail_msg("%s", r->problem.text);
	assert_null(model_leaks(r->m));
	memset(&r->choice, 0, sizeof(r->choice));
}

static void
test_unusable_groups_reported(void **state)
{
	(void)state;
	expect_problem(false, "no IOMMU group can be used; bind a device");
	add(model_pseries, 1, NIC);
	model_group_cfg(r->m, 1)->busy = true;
	expect_problem(false, "DDW-group-busy");
	r->choice.groups[r->choice.n_groups++] = NIC;
	expect_problem(false, "DDW-group-busy");
	r->choice.groups[r->choice.n_groups++] = "0009:00:01.0";
	expect_problem(true, "no PCI device 0009:00:01.0");
	model_group_cfg(r->m, 1)->busy = false;
	r->choice.edu = NIC;
	expect_problem(true, "is not QEMU's edu device");
	model_group_cfg(r->m, 1)->denied = true;
	expect_problem(false, "DDW-group-not-given");
}

/* A slot with neither dynamic windows nor, since Linux 6.11, a default one. */
static void
test_group_without_window_not_used(void **state)
{
	(void)state;
	add(model_no_ddw, 1, NIC);
	expect_problem(false, "no IOMMU group can be used");
	expect_problem(false, "DDW-no-window");
	add(model_old_kernel, 2, OTHER);
	run(&selftest_map_order);
	expect_good();
	assert_int_equal(r->t->n_groups, 1);
	assert_non_null(strstr(r->left_out, NIC));
}

/* What is not used is named; what the user named is not left out. */
static void
test_unnamed_unusable_group_left_out(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	add(model_no_ddw, 2, OTHER);
	add(model_pseries, 3, EDU);
	model_group_cfg(r->m, 3)->denied = true;
	run(&selftest_map_order);
	expect_good();
	assert_non_null(strstr(r->left_out, "DDW-no-ddw: IOMMU group 2 (" OTHER ")"));
	assert_non_null(strstr(r->left_out, "DDW-group-not-given"));
	assert_int_equal(r->t->n_groups, 1);
	r->choice.groups[r->choice.n_groups++] = NIC;
	run(&selftest_map_order);
	r->choice.groups[r->choice.n_groups++] = OTHER;
	expect_problem(false, "DDW-no-ddw");
}

/* The group of the edu device takes part in tests with DMA only, unless it was named. */
static void
test_only_named_groups_used(void **state)
{
	(void)state;
	add(model_pseries, 1, NIC);
	add(model_pseries, 2, OTHER);
	add(model_pseries, 3, EDU);
	r->choice.groups[r->choice.n_groups++] = OTHER;
	run(&selftest_map_order);
	expect_good();
	assert_int_equal(model_creates(r->m, 1), 0);
	assert_int_equal(model_creates(r->m, 3), 0);
	assert_true(model_creates(r->m, 2) > 0);
	run(&selftest_dma_edu);
	expect_good();
	expect("dma_edu", "data", AUTOTEST_OK, "");
	assert_int_equal(model_creates(r->m, 3), 1);
	model_group_cfg(r->m, 3)->busy = true;
	run(&selftest_map_order);
	expect_good();
	r->choice.edu = EDU;
	expect_problem(false, "DDW-group-busy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lpar_passes, begin, end),
		cmocka_unit_test_setup_teardown(test_bare_metal_passes, begin, end),
		cmocka_unit_test_setup_teardown(test_slot_with_single_window_passes, begin, end),
		cmocka_unit_test_setup_teardown(test_dma_passes_without_second_window, begin, end),
		cmocka_unit_test_setup_teardown(test_v1_passes_in_default_window, begin, end),
		cmocka_unit_test_setup_teardown(test_dma_outside_small_default_window, begin, end),
		cmocka_unit_test_setup_teardown(test_skipped_without_hugepages, begin, end),
		cmocka_unit_test_setup_teardown(test_limits_adapt_to_memlock, begin, end),
		cmocka_unit_test_setup_teardown(test_unmade_map_and_unmap_found_by_dma, begin, end),
		cmocka_unit_test_setup_teardown(test_unmade_unregister_found, begin, end),
		cmocka_unit_test_setup_teardown(test_moved_window_found, begin, end),
		cmocka_unit_test_setup_teardown(test_failed_ioctl_fails_one_test, begin, end),
		cmocka_unit_test_setup_teardown(test_bad_devices_found, begin, end),
		cmocka_unit_test_setup_teardown(test_unusable_groups_reported, begin, end),
		cmocka_unit_test_setup_teardown(test_group_without_window_not_used, begin, end),
		cmocka_unit_test_setup_teardown(test_unnamed_unusable_group_left_out, begin, end),
		cmocka_unit_test_setup_teardown(test_only_named_groups_used, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
