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

/*
 * One scenario, and every ioctl of it made to fail in turn. Whatever fails, no
 * device may reach memory that was given back, the failure is told in words,
 * and after everything is closed nothing is left.
 */

#define V SCENE_VADDR
#define A V
#define B (V + 16 * MODEL_2M)
#define C (V + 32 * MODEL_2M)

/* Only one ioctl fails. */
static bool one_fault;

/* Give back [vaddr, vaddr + len) as an application would: after unmap said so. */
static bool
give_back(struct scene *s, uint64_t vaddr, uint64_t len, unsigned int *failures)
{
	uint64_t n, iova;
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_unmap(s->space, vaddr, len, &n, &s->err);
	scene_check(s);
	if (ret != 0) {
		check_any_error(&s->err, ret);
		++*failures;
		return false;
	}
	assert_int_equal(ddw_space_lookup(s->space, vaddr, &iova), -ENOENT);
	model_free_memory(s->m, vaddr, len);
	scene_check(s);
	return true;
}

/*
 * Map. After one failure the memory is free to go at once. When the undoing
 * failed too it is not, and unmap says so until it is.
 */
static bool
take(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece, unsigned int *failures)
{
	uint64_t iova;
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_map(s->space, vaddr, len, piece, &iova, &s->err);
	scene_check(s);
	if (ret == 0) {
		scene_reach(s, vaddr, iova, len);
		return true;
	}
	check_any_error(&s->err, ret);
	++*failures;
	if (!one_fault) {
		give_back(s, vaddr, len, failures);
		return false;
	}
	assert_int_equal(ddw_space_lookup(s->space, vaddr, &iova), -ENOENT);
	model_free_memory(s->m, vaddr, len);
	scene_check(s);
	return false;
}

static void
end(struct scene *s, unsigned int *failures)
{
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_release(s->space, &s->err);
	scene_check(s);
	if (ret != 0) {
		check_any_error(&s->err, ret);
		++*failures;
		model_fail_none(s->m);
		/* a second try gets rid of what could not be unmapped */
		(void)ddw_space_release(s->space, &s->err);
	}
	assert_int_equal(model_tces(s->m), 0);
	model_free_memory(s->m, V, MODEL_1G);
	scene_drop(s);
}

static int
attach_and_open(struct scene *s, struct model_group_cfg (*kind)(int), unsigned int *failures)
{
	unsigned int i;
	int ret;

	for (i = 0; i < 2; i++) {
		ret = scene_attach(s, kind(1 + (int)i));
		scene_check(s);
		if (ret >= 0)
			continue;
		check_any_error(&s->err, ret);
		++*failures;
	}
	if (ddw_space_n_groups(s->space) == 0)
		return -ENODEV;
	assert_int_equal(scene_plan(s, MODEL_1G, MODEL_2M), 0);
	ret = ddw_space_open_windows(s->space, &s->plan, s->errors);
	scene_check(s);
	for (i = 0; i < ddw_space_n_groups(s->space); i++) {
		if (s->errors[i].err == 0)
			continue;
		check_any_error(&s->errors[i], s->errors[i].err);
		++*failures;
	}
	return ret;
}

/* Returns true when the fault was reached. */
static bool
run(struct model_group_cfg (*kind)(int), unsigned int nth, unsigned int count, int ret,
    unsigned long request)
{
	struct scene *s = scene_new();
	unsigned int failures = 0;
	bool hit, c;

	model_add_memory(s->m, V, MODEL_1G, 21);
	one_fault = count == 1;
	/* with a request: carried out before it reports a failure */
	model_fail(s->m, request, nth, count, ret, request != 0);
	if (attach_and_open(s, kind, &failures) > 0) {
		take(s, A, 4 * MODEL_2M, MODEL_2M, &failures);
		take(s, B, MODEL_2M, 0, &failures);
		c = take(s, C, 8 * MODEL_2M, 0, &failures);
		give_back(s, A, 2 * MODEL_2M, &failures);
		if (c && give_back(s, C + 2 * MODEL_2M, MODEL_2M, &failures)) {
			/* other memory at the addresses of a big registration */
			model_add_memory(s->m, C + 2 * MODEL_2M, MODEL_2M, 21);
			take(s, C + 2 * MODEL_2M, MODEL_2M, 0, &(unsigned int){ 0 });
		}
	}
	hit = model_failed(s->m) != 0;
	end(s, &failures);
	/* no failure is swallowed */
	if (hit)
		assert_true(failures > 0);
	return hit;
}

/* What is being tried, for the report of a failure. */
static char trying[96];

static int
start(void **state)
{
	(void)state;
	trying[0] = '\0';
	return 0;
}

static int
report(void **state)
{
	(void)state;
	if (trying[0] != '\0')
		print_error("while trying: %s\n", trying);
	return 0;
}

static const int results[] = { -ENOMEM, -EINVAL, -EPERM, -EBUSY, -ENODEV, -ENXIO, -EIO, 1 };

static void
every_ioctl(struct model_group_cfg (*kind)(int), unsigned int count, unsigned long request)
{
	unsigned int i, nth;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		for (nth = 1;; nth++) {
			snprintf(trying, sizeof(trying), "%u from ioctl %u on%s: %d", count, nth,
				 request != 0 ? ", carried out" : "", results[i]);
			if (!run(kind, nth, count, results[i], request))
				break;
		}
		assert_true(nth > (request != 0 ? 2 : 30));
	}
	trying[0] = '\0';
}

static void
test_one_fails_pseries(void **state)
{
	(void)state;
	every_ioctl(model_pseries, 1, 0);
}

/* What undoes the first failure fails as well. */
static void
test_two_fail(void **state)
{
	(void)state;
	every_ioctl(model_pseries, 2, 0);
}

/* From some point on nothing works any more. */
static void
test_all_fail(void **state)
{
	(void)state;
	every_ioctl(model_pseries, 0, 0);
}

/* The copy back to user space failed (EFAULT): the window exists all the same. */
static void
test_create_fails_after_success(void **state)
{
	(void)state;
	every_ioctl(model_pseries, 1, VFIO_IOMMU_SPAPR_TCE_CREATE);
}

static void
test_one_fails_powernv(void **state)
{
	(void)state;
	every_ioctl(model_powernv, 1, 0);
}

static void
test_one_fails_single_window(void **state)
{
	(void)state;
	every_ioctl(model_single_window, 1, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, report)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_one_fails_pseries),
		T(test_one_fails_powernv),
		T(test_one_fails_single_window),
		T(test_two_fail),
		T(test_all_fail),
		T(test_create_fails_after_success),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
