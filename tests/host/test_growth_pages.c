/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Growth that the window cannot hold: reported, unless the kernel has no such hugepages. */

#include <errno.h>

#include <rte_memory.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/reclaim.h"
#include "memory/validator.h"
#include "scene.h"

#define WINDOW (4 * MODEL_1G - 2 * MODEL_2M)
#define SOCKET 0

struct context spapr_ctx;
int vfio_spapr_logtype;

static struct scene *scene;
static struct rte_memseg_list lists[2]; /* of EAL */
static unsigned int n_full, n_veto;

/* Of base/report.c. */
void
spapr_report_full(uint64_t more, uint64_t room)
{
	assert_true(more > room);
	n_full++;
}

void
spapr_report_error(const struct ddw_error *err)
{
	fail_msg("%s", err->what);
}

void
spapr_report_veto(const struct ddw_error *err)
{
	check_any_error(err, err->err);
	n_veto++;
}

/* Of EAL, which does not run here. */
int
rte_memseg_list_walk_thread_unsafe(rte_memseg_list_walk_t func, void *arg)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < RTE_DIM(lists) && ret == 0; i++)
		ret = func(&lists[i], arg);
	return ret;
}

static int
start(void **state)
{
	(void)state;
	scene = scene_auto();
	assert_int_equal(scene_attach(scene, model_pseries(1)), 0);
	assert_int_equal(scene_open_all(scene, WINDOW, 0), 1);
	spapr_ctx.space = scene->space;
	spapr_ctx.sys = &scene->sys;
	lists[0] = (struct rte_memseg_list){ .page_sz = MODEL_2M };
	lists[1] = (struct rte_memseg_list){ .page_sz = MODEL_1G };
	n_full = n_veto = 0;
	model_add_hugepage_counter(scene->m, MODEL_1G, "free_hugepages", 0);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	scene_end(scene);
	return 0;
}

/* A program that asks for much first, and for half of it when it got nothing. */
static void
test_growth_beyond_free_pages_refused_silently(void **state)
{
	(void)state;
	model_add_hugepage_counter(scene->m, MODEL_2M, "free_hugepages", 2046);
	assert_int_equal(spapr_validator_check(SOCKET, 0, 8 * MODEL_1G), -1);
	assert_int_equal(spapr_validator_check(SOCKET, 0, WINDOW + MODEL_2M), -1);
	assert_int_equal(n_full + n_veto, 0);
	assert_int_equal(spapr_validator_check(SOCKET, 0, WINDOW), 0);
}

static void
test_growth_into_free_pages_refused_with_message(void **state)
{
	(void)state;
	model_add_hugepage_counter(scene->m, MODEL_2M, "free_hugepages", 2047);
	assert_int_equal(spapr_validator_check(SOCKET, 0, WINDOW + MODEL_2M), -1);
	assert_int_equal(n_full, 1);
}

/* No page is free, as always with pages that are made on demand. */
static void
test_growth_into_pages_made_on_demand_not_silent(void **state)
{
	(void)state;
	model_add_hugepage_counter(scene->m, MODEL_2M, "free_hugepages", 0);
	model_add_hugepage_counter(scene->m, MODEL_2M, "nr_overcommit_hugepages", 4096);
	model_add_hugepage_counter(scene->m, MODEL_2M, "surplus_hugepages", 1024);
	assert_int_equal(spapr_validator_check(SOCKET, 0, WINDOW), 0);
	assert_int_equal(spapr_validator_check(SOCKET, 0, WINDOW + MODEL_1G), -1);
	assert_int_equal(n_full, 1);
}

static unsigned int n_reclaims;

static void
count_reclaim(uint64_t bytes)
{
	assert_true(bytes != 0);
	n_reclaims++;
}

/* A window of 16M pages only: EAL tries 2M pages first. So many larger ones are free. */
static void
try_small_page(const char *free_pages, uint64_t n)
{
	scene_end(scene);
	scene = scene_auto();
	assert_int_equal(scene_attach(scene, model_single_window(1)), 0);
	assert_int_equal(scene_open_pages(scene, MODEL_16M, MODEL_1G, 0), 1);
	spapr_ctx.space = scene->space;
	spapr_ctx.sys = &scene->sys;
	model_add_hugepage_counter(scene->m, MODEL_2M, free_pages, 64);
	model_add_hugepage_counter(scene->m, MODEL_16M, free_pages, n);
	lists[1].page_sz = MODEL_16M;
	n_reclaims = 0;
	spapr_reclaim_set(count_reclaim);
	assert_int_equal(spapr_validator_check(SOCKET, 0, MODEL_2M), -1);
	spapr_reclaim_set(NULL);
	/* pools give way in the main range, where pages smaller than its own are not */
	assert_int_equal(n_reclaims + n_full, 0);
}

/* EAL tries 16M pages next, and gets them. */
static void
test_page_that_is_too_small_refused_silently(void **state)
{
	(void)state;
	try_small_page("free_hugepages", 64);
	assert_int_equal(n_veto, 0);
}

static void
test_page_that_is_too_small_named_when_no_other_is_free(void **state)
{
	(void)state;
	try_small_page("free_hugepages", 0);
	assert_int_equal(n_veto, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_growth_beyond_free_pages_refused_silently),
		T(test_growth_into_free_pages_refused_with_message),
		T(test_growth_into_pages_made_on_demand_not_silent),
		T(test_page_that_is_too_small_refused_silently),
		T(test_page_that_is_too_small_named_when_no_other_is_free),
	};

	return cmocka_run_group_tests_name("growth_pages", tests, NULL, NULL);
}
