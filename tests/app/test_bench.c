/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The bench on the simulated kernel: which calls it makes, and what it leaves. Its figures
 * mean nothing there.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include <bench/bench_memory.h>
#include <bench/bench_pools.h>
#include <bench/bench_report.h>
#include <bench/bench_run.h>
#include <common/command.h>

#include "model.h"
#include "unit.h"

#define VADDR	UINT64_C(0x100000000000)
#define FREE	"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define FREE_1G "/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages"

static struct model *m;
static struct bench *b;
static int memory_errno;
static bool memory_out;

static bool
is_power(char *error, size_t size)
{
	(void)error;
	(void)size;
	return true;
}

static int
memory_get(uint64_t page, uint64_t len, uint64_t *vaddr)
{
	if (memory_errno != 0)
		return -memory_errno;
	assert_false(memory_out);
	model_add_memory(m, VADDR, len, ddw_log2(page));
	*vaddr = VADDR;
	memory_out = true;
	return 0;
}

static void
memory_put(uint64_t vaddr, uint64_t len)
{
	assert_true(memory_out);
	model_free_memory(m, vaddr, len);
	memory_out = false;
}

static int
begin(void **state)
{
	static struct bench_host host = { .is_power = is_power,
					  .memory_get = memory_get,
					  .memory_put = memory_put };

	(void)state;
	m = model_create();
	host.sys = model_sys(m);
	b = calloc(1, sizeof(*b));
	assert_non_null(b);
	bench_defaults(b);
	b->host = &host;
	b->options.repeat = 2;
	b->options.memory = 64 << 20;
	b->options.seconds = 86400;
	b->options.parts[BENCH_WINDOWS] = b->options.parts[BENCH_REGISTER] = true;
	b->options.parts[BENCH_MAP] = true;
	memory_errno = 0;
	model_add_hugepages(m, MODEL_2M, 512);
	model_add_file(m, FREE, "512\n");
	return 0;
}

/* Whatever has happened, nothing is left, and nothing was done that harms a kernel. */
static int
end(void **state)
{
	const char *broken = model_check_all(m), *left = model_leaks(m);

	(void)state;
	if (broken != NULL || left != NULL)
		print_error("%s%s\n", broken != NULL ? broken : "", left != NULL ? left : "");
	assert_false(memory_out);
	assert_int_equal(model_locked(m), 0);
	free(b);
	model_destroy(m);
	return broken == NULL && left == NULL ? 0 : -1;
}

static void
add(struct model_group_cfg cfg, const char *pci)
{
	model_add_group(m, &cfg);
	model_add_device(m, cfg.number, pci, "vfio-pci");
}

/* Rows of a part with a name and a page size; any when it is 0. */
static unsigned int
rows(const char *part, const char *name, uint64_t page)
{
	unsigned int i, n = 0;

	for (i = 0; i < b->n_rows; i++)
		if (strcmp(b->rows[i].part, part) == 0 && strcmp(b->rows[i].name, name) == 0 &&
		    (page == 0 || b->rows[i].page == page))
			n++;
	return n;
}

static void
check_rows(unsigned int windows, unsigned int registers, unsigned int maps)
{
	assert_int_equal(rows("windows", "create", 0), windows);
	assert_int_equal(rows("windows", "remove", 0), windows);
	assert_int_equal(rows("register", "register", 0), registers);
	assert_int_equal(rows("register", "unregister", 0), registers);
	assert_int_equal(rows("map", "map", 0), maps);
	assert_int_equal(rows("map", "unmap", 0), maps);
	assert_int_equal(b->n_rows, 2 * (windows + registers + maps));
}

/* So many CREATEs were issued on group 1, and none was refused. */
static void
check_creates(unsigned int n)
{
	assert_int_equal(model_creates(m, 1), n);
	assert_false(model_poisoned(m, 1));
	assert_int_equal(model_lost_charge(m), 0);
}

static void
test_lpar_measured_without_4k_windows(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);

	(void)state;
	/* The kernel names 4K whatever firmware can do. */
	cfg.pgsizes = MODEL_4K | MODEL_64K | MODEL_2M | MODEL_16M;
	cfg.firmware_pgs = MODEL_64K | MODEL_2M | MODEL_16M;
	add(cfg, "0001:00:01.0");
	assert_int_equal(bench_run(b), EXIT_FINE);
	check_rows(2, 5, 15);
	assert_int_equal(rows("windows", "create", MODEL_4K), 0);
	assert_int_equal(rows("map", "map", MODEL_4K), 5);
	assert_int_equal(rows("map", "map", MODEL_16M), 0); /* larger than the hugepages */
	check_creates(2 * 2 + 2);
}

static void
test_bare_metal_measured_with_4k_windows(void **state)
{
	(void)state;
	add(model_powernv(1), "0001:01:00.0");
	assert_int_equal(bench_run(b), EXIT_FINE);
	assert_int_equal(rows("windows", "create", MODEL_4K), 1);
	assert_int_equal(rows("windows", "create", MODEL_64K), 1);
	check_creates(model_creates(m, 1));
}

static void
test_slot_with_single_window_measured(void **state)
{
	(void)state;
	add(model_single_window(1), "0001:00:01.0");
	assert_int_equal(bench_run(b), EXIT_FINE);
	assert_int_equal(rows("register", "register", 0), 5);
	check_creates(model_creates(m, 1));
	assert_true(model_creates(m, 1) > 0);
}

/* Firmware has no block that is larger than memory. */
static void
test_no_window_larger_than_firmware_block(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);

	(void)state;
	cfg.largest_block = UINT64_C(1) << 30;
	add(cfg, "0001:00:01.0");
	b->options.memory = UINT64_C(1) << 30;
	assert_int_equal(bench_run(b), EXIT_FINE);
	check_creates(model_creates(m, 1));
}

/* A hugepage larger than the default window is registered like any other. */
static void
test_hugepage_larger_than_default_window_registered(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);

	(void)state;
	cfg.dma32_size = 256 << 20;
	add(cfg, "0001:00:01.0");
	model_add_hugepages(m, MODEL_1G, 4);
	model_add_file(m, FREE_1G, "4\n");
	b->options.parts[BENCH_WINDOWS] = false;
	assert_int_equal(bench_run(b), EXIT_LIMIT);
	assert_int_equal(b->n_skips, 1);
	assert_string_equal(b->skips[0].what, "default window");
	assert_int_equal(rows("register", "register", 0), 1);
	assert_true(rows("map", "map", MODEL_2M) > 0);
	check_creates(model_creates(m, 1));
}

static void
test_slot_without_windows_fails(void **state)
{
	(void)state;
	add(model_no_ddw(1), "0001:00:01.0");
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_int_equal(b->n_skips, 3);
	check_creates(0);
}

static void
test_v1_measures_map_only(void **state)
{
	(void)state;
	add(model_old_kernel(1), "0001:00:01.0");
	assert_int_equal(bench_run(b), EXIT_LIMIT);
	check_rows(0, 0, 5);
	assert_int_equal(b->n_skips, 2);
	check_creates(0);
}

/* The kernel's log says that it would fail. */
static void
test_poisoned_group_not_asked_for_window(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	model_add_file(m, "/dev/kmsg",
		       "6,400,6892074,-;e1000e 0001:00:01.0: ibm,create-pe-dma-window(2027) 800 "
		       "8000000 20000001 18 1f returned -1 (liobn = 0x0 starting addr = 0 0)\n");
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[0].why, "DDW-pe-poisoned"));
	check_creates(0);
}

static void
test_first_free_group_used(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	add(model_pseries(2), "0002:00:01.0");
	model_group_cfg(m, 1)->busy = true;
	assert_int_equal(bench_run(b), EXIT_FINE);
	check_creates(0);
	assert_true(model_creates(m, 2) > 0);
}

static void
test_each_named_group_used_once(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	add(model_pseries(2), "0002:00:01.0");
	b->options.devices[0] = "0002:00:01.0";
	b->options.devices[1] = "0001:00:01.0";
	b->options.devices[2] = "0002:00:01.0"; /* a group is used once */
	b->options.n_devices = 3;
	assert_int_equal(bench_run(b), EXIT_FINE);
	assert_int_equal(model_creates(m, 1), model_creates(m, 2));
	assert_true(model_creates(m, 1) > 0);
}

static void
test_unusable_named_device_fails(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	add(model_pseries(2), "0002:00:01.0");
	b->options.devices[0] = "0001:00:01.0";
	b->options.devices[1] = "0003:00:01.0";
	b->options.n_devices = 2;
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[0].why, "--device 0003:00:01.0"));
	model_group_cfg(m, 2)->busy = true;
	b->options.devices[1] = "0002:00:01.0";
	b->groups.known = false;
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[3].why, "DDW-group-busy"));
	check_creates(0);
}

/* A CREATE that is refused is the last one. */
static void
test_no_create_after_refused_create(void **state)
{
	static const int errors[] = { -ENODEV, -EINVAL, -ENOMEM, -ENOSPC, 1 };
	unsigned int i;

	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		b->failed = false;
		model_fail(m, VFIO_IOMMU_SPAPR_TCE_CREATE, 1, 0, errors[i], false);
		assert_int_equal(bench_run(b), EXIT_FAIL);
		/* EINVAL is no failure of firmware: without the default window, which comes back */
		assert_int_equal(model_failed(m), errors[i] == -EINVAL ? 3 : 1);
		assert_int_equal(b->n_rows, 0);
	}
	model_fail_none(m);
}

static void
fail_once(unsigned long request, unsigned int nth)
{
	b->failed = false;
	model_fail(m, request, nth, 1, -EIO, false);
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_int_equal(model_failed(m), 1);
	model_fail_none(m);
}

static void
test_failed_ioctl_fails_bench(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	fail_once(VFIO_IOMMU_SPAPR_TCE_REMOVE, 3);
	fail_once(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 4);
	fail_once(VFIO_IOMMU_MAP_DMA, 1);
	fail_once(VFIO_IOMMU_MAP_DMA, 40);
}

static void
test_missing_memory_fails(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	memory_errno = ENOMEM;
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[0].why, "64M of hugepages cannot be allocated"));
	b->failed = false;
	memory_errno = 0;
	b->options.memory = UINT64_C(2) << 30;
	b->options.memory_wanted = true;
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[2].why, "--memory 2G: only 1G"));
}

/* A limit that the plan knows before anything is created. */
static void
test_memlock_limit_fails_before_create(void **state)
{
	(void)state;
	add(model_pseries(1), "0001:00:01.0");
	b->options.parts[BENCH_WINDOWS] = b->options.parts[BENCH_REGISTER] = false;
	model_set_memlock(m, false, 32 << 20);
	assert_int_equal(bench_run(b), EXIT_FAIL);
	assert_non_null(strstr(b->skips[0].why, "DDW-memlock"));
	check_creates(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lpar_measured_without_4k_windows, begin, end),
		cmocka_unit_test_setup_teardown(test_bare_metal_measured_with_4k_windows, begin,
						end),
		cmocka_unit_test_setup_teardown(test_slot_with_single_window_measured, begin, end),
		cmocka_unit_test_setup_teardown(test_no_window_larger_than_firmware_block, begin,
						end),
		cmocka_unit_test_setup_teardown(test_hugepage_larger_than_default_window_registered,
						begin, end),
		cmocka_unit_test_setup_teardown(test_slot_without_windows_fails, begin, end),
		cmocka_unit_test_setup_teardown(test_v1_measures_map_only, begin, end),
		cmocka_unit_test_setup_teardown(test_poisoned_group_not_asked_for_window, begin,
						end),
		cmocka_unit_test_setup_teardown(test_first_free_group_used, begin, end),
		cmocka_unit_test_setup_teardown(test_each_named_group_used_once, begin, end),
		cmocka_unit_test_setup_teardown(test_unusable_named_device_fails, begin, end),
		cmocka_unit_test_setup_teardown(test_no_create_after_refused_create, begin, end),
		cmocka_unit_test_setup_teardown(test_failed_ioctl_fails_bench, begin, end),
		cmocka_unit_test_setup_teardown(test_missing_memory_fails, begin, end),
		cmocka_unit_test_setup_teardown(test_memlock_limit_fails_before_create, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
