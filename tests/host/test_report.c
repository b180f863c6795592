/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* What the plugin logs, and how loudly. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "base/context.h"
#include "base/record.h"
#include "base/report.h"
#include "unit.h"

struct context spapr_ctx;
int vfio_spapr_logtype;

static char text[4096];
static FILE *stream;

/* Of base/record.c. */
static unsigned int n_recorded, n_refused;

void
spapr_record_message(const struct ddw_error *err)
{
	assert_true(err->msg != DDW_MSG_NONE);
	n_recorded++;
}

void
spapr_record_refused(int number, const char *name, const struct ddw_error *err)
{
	assert_true(number >= 0 && name[0] != '\0' && err->err != 0);
	n_refused++;
}

static int
start(void **state)
{
	(void)state;
	memset(&spapr_ctx, 0, sizeof(spapr_ctx));
	memset(text, 0, sizeof(text));
	n_recorded = n_refused = 0;
	stream = fmemopen(text, sizeof(text) - 1, "w");
	assert_non_null(stream);
	(void)setvbuf(stream, NULL, _IONBF, 0);
	vfio_spapr_logtype = rte_log_register_type_and_pick_level("bus.vfio_spapr", RTE_LOG_NOTICE);
	return rte_openlog_stream(stream);
}

static int
finish(void **state)
{
	(void)state;
	(void)rte_openlog_stream(NULL);
	return fclose(stream);
}

static unsigned int
n_lines(void)
{
	unsigned int n = 0;
	const char *at;

	for (at = text; (at = strchr(at, '\n')) != NULL; at++)
		n++;
	return n;
}

/* Group 2 of a container with group 1 only, and whether -a names its device. */
static void
refuse(bool named)
{
	struct device device = { .group = 2, .named = named };
	struct ddw_error err = { 0 };

	spapr_ctx.devices = &device;
	spapr_ctx.n_devices = 1;
	(void)ddw_fail(&err, DDW_MSG_GROUP_NOT_GIVEN, ENOENT, "group 2 was not given");
	ddw_error_fix(&err, "give it");
	spapr_report_refused(2, "group 2", &err);
	assert_int_equal(n_refused, 1);
	assert_int_equal(n_recorded, 1);
	assert_int_equal(spapr_refusal_counts(2, &err), named);
	spapr_ctx.devices = NULL;
	spapr_ctx.n_devices = 0;
}

static void
test_group_not_given_is_one_quiet_line(void **state)
{
	(void)state;
	refuse(false);
	assert_string_equal(text, "VFIO_SPAPR: group 2 was not given; give it "
				  "(DDW-group-not-given)\n");
}

static void
test_group_not_given_but_allowed_is_error(void **state)
{
	(void)state;
	refuse(true);
	assert_int_equal(n_lines(), 3);
	assert_non_null(strstr(text, "VFIO_SPAPR: DDW-group-not-given: group 2 was not given\n"));
}

/* A device that is attached at run time was asked for by name; so was every other failure. */
static void
test_other_refusals_are_errors(void **state)
{
	struct ddw_error err = { 0 };

	(void)state;
	(void)ddw_fail(&err, DDW_MSG_GROUP_NOT_GIVEN, ENOENT, "group 3 was not given");
	assert_true(spapr_refusal_counts(3, &err));
	(void)ddw_fail(&err, DDW_MSG_GROUP_BUSY, EBUSY, "group 3 is busy");
	assert_true(spapr_refusal_counts(3, &err));
	spapr_report_refused(3, "group 3", &err);
	assert_int_equal(n_lines(), 3);
}

/* All that fails in a child of fork() fails for one reason, and what it frees is its parent's. */
static void
test_fork_is_told_once(void **state)
{
	struct ddw_error err = { 0 };

	(void)state;
	(void)ddw_fail(&err, DDW_MSG_FORKED, EPERM, "process 2 of 1");
	spapr_report_unmap(&err);
	assert_int_equal(n_lines(), 0);
	spapr_report_error(&err);
	spapr_report_error(&err);
	assert_int_equal(n_lines(), 3);
	assert_non_null(strstr(text, "fork()"));
	assert_int_equal(n_recorded, 1);
	(void)ddw_fail(&err, DDW_MSG_UNMAP_FAILED, EPERM, "not unmapped");
	spapr_report_unmap(&err);
	assert_int_equal(n_lines(), 6);
}

/* A container whose /sys or /proc is masked: what is missing is named, not what would follow. */
static void
test_unreadable_file_is_named(void **state)
{
	struct device d = { .name = "0001:00:01.0", .driver = "vfio-pci", .group = -ENODEV };
	struct ddw_error err = { 0 };

	(void)state;
	assert_int_equal(spapr_fail_unreadable(DDW_MSG_MEMLOCK, -ENOENT, "/proc/self/status", &err),
			 -ENOENT);
	assert_int_equal(err.msg, DDW_MSG_MEMLOCK);
	assert_non_null(strstr(err.what, "/proc/self/status cannot be read"));
	assert_null(strstr(err.fix, "ulimit"));
	assert_int_equal(spapr_fail_no_group(&d, &err), -ENODEV);
	assert_int_equal(err.msg, DDW_MSG_GROUP_OPEN);
	assert_string_equal(err.what, "0001:00:01.0 has no IOMMU group");
	d.group = -EACCES;
	assert_int_equal(spapr_fail_no_group(&d, &err), -EACCES);
	assert_non_null(strstr(err.what, "IOMMU group of 0001:00:01.0 cannot be read"));
}

/* Of EAL: root, whose physical addresses are readable. */
static bool phys_addrs;

int
rte_eal_using_phys_addrs(void)
{
	return phys_addrs;
}

static void
fail_iova_va(struct ddw_error *err)
{
	ddw_error_clear(err);
	assert_int_equal(spapr_fail_iova_va(err), -EINVAL);
	assert_int_equal(err->msg, DDW_MSG_IOVA_VA);
	assert_true(err->why[0] != '\0');
}

/* In an EAL with a device that demands IOVA as VA, which a driver of DPDK's own makes. */
static void
test_bus_that_asks_for_va_is_named(void **state)
{
	char name[] = "test_report", *argv[] = { name,
						 (char *)(uintptr_t) "--no-huge",
						 (char *)(uintptr_t) "--no-pci",
						 (char *)(uintptr_t) "--no-shconf",
						 (char *)(uintptr_t) "--no-telemetry",
						 (char *)(uintptr_t) "--vdev=dma_skeleton",
						 (char *)(uintptr_t) "--vdev=net_null0" };
	struct ddw_error err;

	(void)state;
	phys_addrs = true;
	/* Before there is a device: the user's own choice. */
	fail_iova_va(&err);
	assert_non_null(strstr(err.what, "IOVA as VA"));
	assert_non_null(strstr(err.fix, "omit --iova-mode=va"));

	phys_addrs = false;
	assert_true(rte_eal_init(RTE_DIM(argv), argv) >= 0);
	phys_addrs = true;
	fail_iova_va(&err);
	assert_non_null(strstr(err.what, "bus vdev (dma_skeleton, net_null0)"));
	assert_non_null(strstr(err.fix, "--iova-mode=pa"));
	assert_non_null(strstr(err.fix, "dma_skeleton"));
	/* It is not the reason where no other mode is possible. */
	phys_addrs = false;
	fail_iova_va(&err);
	assert_non_null(strstr(err.what, "physical addresses"));
	assert_null(strstr(err.fix, "dma_skeleton"));
	assert_int_equal(rte_eal_cleanup(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_group_not_given_is_one_quiet_line, start,
						finish),
		cmocka_unit_test_setup_teardown(test_group_not_given_but_allowed_is_error, start,
						finish),
		cmocka_unit_test_setup_teardown(test_other_refusals_are_errors, start, finish),
		cmocka_unit_test_setup_teardown(test_fork_is_told_once, start, finish),
		cmocka_unit_test(test_unreadable_file_is_named),
		cmocka_unit_test(test_bus_that_asks_for_va_is_named),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
