/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Bus addresses for pages that EAL is just taking, over a simulated kernel. */

#include <pthread.h>
#include <stdlib.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/iova_reserve.h"
#include "memory/reclaim.h"
#include "scene.h"

#define V	SCENE_VADDR
#define SOCKET	1
#define N_PAGES 1022 /* of the window */

struct context spapr_ctx;
int vfio_spapr_logtype;

static struct scene *scene;
static unsigned int n_full;
static struct rte_memseg_list list;

/* Of base/report.c. */
void
spapr_report_full(uint64_t more, uint64_t room)
{
	assert_int_equal(room, 0);
	assert_true(more > 0);
	n_full++;
}

void
spapr_report_veto(const struct ddw_error *err)
{
	fail_msg("%s", err->what);
}

/* Of memory/reclaim.c: pages that are mapped for nobody, and may be taken. */
static uint64_t idle_vaddr, idle_pages;
static unsigned int n_asked;

bool
spapr_reclaim(uint64_t bytes)
{
	bool some = idle_pages != 0;

	n_asked++;
	for (; bytes != 0 && idle_pages != 0; bytes -= MODEL_2M, idle_pages--)
		assert_int_equal(scene_unmap(scene, idle_vaddr + (idle_pages - 1) * MODEL_2M,
					     MODEL_2M, NULL),
				 0);
	return some;
}

static int
start(void **state)
{
	(void)state;
	scene = scene_ready();
	spapr_ctx.space = scene->space;
	list = (struct rte_memseg_list){ .page_sz = MODEL_2M, .socket_id = SOCKET };
	n_full = n_asked = 0;
	idle_pages = 0;
	spapr_iova_reserve_enable(true);
	return 0;
}

static uint64_t
free_pages(void)
{
	return scene_stats(scene).free_bytes / MODEL_2M;
}

static int
finish(void **state)
{
	(void)state;
	spapr_iova_reserve_enable(false);
	scene_end(scene);
	return 0;
}

static const void *
page_at(uint64_t i)
{
	return (const void *)(uintptr_t)(V + i * MODEL_2M);
}

/* The address that is promised for page i; 0 for none. */
static uint64_t
ask(uint64_t i)
{
	uint64_t iova = 0;

	assert_true(spapr_iova_reserve_mine());
	return spapr_iova_reserve_page(&list, page_at(i), &iova) ? iova : 0;
}

/* The pages that EAL has taken from page i on, with the addresses that it was told. */
static void
fill(struct rte_memseg *ms, uint64_t i, uint64_t n)
{
	uint64_t k;

	for (k = 0; k < n; k++)
		ms[k] = (struct rte_memseg){
			.addr = (void *)(uintptr_t)page_at(i + k),
			.len = MODEL_2M,
			.hugepage_sz = MODEL_2M,
			.iova = ask(i + k),
		};
}

/* Every second page of the window is in use. */
static void
scatter_window(uint64_t *iova)
{
	unsigned int i;

	for (i = 0; i < N_PAGES; i++)
		assert_int_equal(ddw_space_reserve(scene->space, MODEL_2M, 1, &iova[i]), 0);
	for (i = 0; i < N_PAGES; i += 2)
		ddw_space_unreserve(scene->space, iova[i], MODEL_2M);
	assert_int_equal(free_pages(), N_PAGES / 2);
}

static void
gather_window(const uint64_t *iova)
{
	unsigned int i;

	for (i = 1; i < N_PAGES; i += 2)
		ddw_space_unreserve(scene->space, iova[i], MODEL_2M);
}

static void
test_pages_get_one_run_of_addresses(void **state)
{
	struct rte_memseg ms[9];
	uint64_t i, first, offset;

	(void)state;
	spapr_iova_reserve_begin(SOCKET, 9 * MODEL_2M);
	assert_int_equal(free_pages(), N_PAGES); /* until EAL asks */
	first = ask(3);
	assert_int_equal(free_pages(), N_PAGES - 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(ask(3 + i), first + i * MODEL_2M);
	assert_true(spapr_iova_reserve_page(&list, (const char *)page_at(4) + 77, &offset));
	assert_int_equal(offset, first + MODEL_2M + 77);
	fill(ms, 3, 9);
	assert_int_equal(spapr_iova_reserve_state(ms, 9), IOVA_RESERVE_KEPT);
	spapr_iova_reserve_end(9);
	assert_false(spapr_iova_reserve_mine());
	assert_int_equal(spapr_iova_reserve_state(ms, 9), IOVA_RESERVE_NONE);
	assert_int_equal(free_pages(), N_PAGES - 9);
	ddw_space_unreserve(scene->space, first, 9 * MODEL_2M);
}

/* EAL changes its mind: no event comes, but the next request. */
static void
test_unused_promise_given_back(void **state)
{
	unsigned int round;

	(void)state;
	for (round = 0; round < 1000; round++) {
		spapr_iova_reserve_begin(SOCKET, 300 * MODEL_2M);
		assert_true(ask(round) != 0);
		assert_int_equal(free_pages(), N_PAGES - 300);
	}
	spapr_iova_reserve_drop();
	assert_int_equal(free_pages(), N_PAGES);
	assert_false(spapr_iova_reserve_mine());
}

/* EAL takes less than it has announced. */
static void
test_unused_pages_of_promise_given_back(void **state)
{
	struct rte_memseg ms[2];

	(void)state;
	spapr_iova_reserve_begin(SOCKET, 9 * MODEL_2M);
	fill(ms, 0, 2);
	assert_int_equal(spapr_iova_reserve_state(ms, 2), IOVA_RESERVE_KEPT);
	spapr_iova_reserve_end(2);
	assert_int_equal(free_pages(), N_PAGES - 2);
	ddw_space_unreserve(scene->space, ms[0].iova, 2 * MODEL_2M);
}

/* No hole is long enough: EAL has to see that the pages will lie apart. */
static void
test_scattered_window_gives_single_pages(void **state)
{
	uint64_t iova[N_PAGES];
	struct rte_memseg ms[5];
	unsigned int i;

	(void)state;
	scatter_window(iova);
	spapr_iova_reserve_begin(SOCKET, 5 * MODEL_2M);
	fill(ms, 0, 5);
	for (i = 1; i < 5; i++)
		assert_true(ms[i].iova != ms[i - 1].iova + MODEL_2M && ms[i].iova != 0);
	assert_int_equal(spapr_iova_reserve_state(ms, 5), IOVA_RESERVE_KEPT);
	assert_int_equal(free_pages(), N_PAGES / 2 - 5);
	spapr_iova_reserve_drop();
	assert_int_equal(free_pages(), N_PAGES / 2);
	assert_int_equal(n_full, 0);
	gather_window(iova);
}

/* Not even single ones are left: EAL gets an address that makes it give up. */
static void
test_full_window_gives_bad_address(void **state)
{
	uint64_t iova[N_PAGES];
	unsigned int i;

	(void)state;
	scatter_window(iova);
	spapr_iova_reserve_begin(SOCKET, (N_PAGES / 2 + 1) * MODEL_2M);
	for (i = 0; i < N_PAGES / 2; i++)
		assert_true(ask(i) != RTE_BAD_IOVA);
	assert_int_equal(free_pages(), 0);
	assert_int_equal(n_full, 0);
	assert_int_equal(ask(i), RTE_BAD_IOVA);
	assert_int_equal(n_full, 1);
	spapr_iova_reserve_drop();
	assert_int_equal(free_pages(), N_PAGES / 2);
	gather_window(iova);
}

/* A pool has idle memory mapped: it has to make room. */
static void
test_idle_memory_makes_room(void **state)
{
	uint64_t iova, i;

	(void)state;
	idle_vaddr = V + 8 * MODEL_1G;
	idle_pages = N_PAGES;
	model_add_memory(scene->m, idle_vaddr, 2 * MODEL_1G, 21);
	scene_map_ok(scene, idle_vaddr, N_PAGES * MODEL_2M, MODEL_2M, &iova);
	assert_int_equal(free_pages(), 0);
	spapr_iova_reserve_begin(SOCKET, 3 * MODEL_2M);
	assert_true(ask(0) != RTE_BAD_IOVA);
	assert_true(ask(2) == ask(0) + 2 * MODEL_2M);
	assert_int_equal(n_asked, 1);
	assert_int_equal(idle_pages, N_PAGES - 3);
	assert_int_equal(n_full, 0);
	/* not enough of it, and nothing more to be had */
	idle_pages = 2;
	spapr_iova_reserve_begin(SOCKET, 6 * MODEL_2M);
	for (i = 0; i < 5; i++)
		assert_true(ask(i) != RTE_BAD_IOVA && ask(i) != 0);
	assert_int_equal(n_full, 0);
	assert_int_equal(ask(5), RTE_BAD_IOVA);
	assert_int_equal(n_full, 1);
	spapr_iova_reserve_drop();
}

/* What the promise does not cover. */
static void
test_pages_outside_promise_get_no_address(void **state)
{
	struct rte_memseg ms[4];
	uint64_t iova;

	(void)state;
	spapr_iova_reserve_begin(SOCKET, 4 * MODEL_2M);
	list.socket_id = SOCKET + 1;
	assert_int_equal(ask(0), 0);
	list.socket_id = SOCKET;
	fill(ms, 8, 4);
	assert_int_equal(ask(7), 0);
	assert_int_equal(ask(13), 0);
	list.page_sz = MODEL_64K;
	assert_false(spapr_iova_reserve_page(&list, page_at(8), &iova));
	list.page_sz = MODEL_2M;
	assert_int_equal(spapr_iova_reserve_state(ms, 5), IOVA_RESERVE_NONE);
	assert_int_equal(spapr_iova_reserve_state(&ms[1], 3), IOVA_RESERVE_NONE);
	ms[2].iova += MODEL_2M; /* not what was promised */
	assert_int_equal(spapr_iova_reserve_state(ms, 4), IOVA_RESERVE_NONE);
	assert_int_equal(spapr_iova_reserve_state(ms, 2), IOVA_RESERVE_KEPT);
	spapr_iova_reserve_drop();
}

/* EAL takes more pages than it announced, or the amount is not one of such pages, or unknown. */
static void
test_reservation_grows_with_what_is_asked(void **state)
{
	static const uint64_t announced[] = { 0, 2 * MODEL_2M, 2 * MODEL_2M + MODEL_64K };
	struct rte_memseg ms[5];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < RTE_DIM(announced); i++) {
		spapr_iova_reserve_begin(SOCKET, announced[i]);
		fill(ms, 0, 5);
		for (k = 1; k < 5; k++)
			assert_int_equal(ms[k].iova, ms[k - 1].iova + MODEL_2M);
		assert_int_equal(spapr_iova_reserve_state(ms, 5), IOVA_RESERVE_KEPT);
		assert_int_equal(free_pages(), N_PAGES - 5);
		spapr_iova_reserve_drop();
		assert_int_equal(free_pages(), N_PAGES);
	}
}

/* EAL has pages, and has not come here for their addresses. */
static void
test_pages_that_never_asked_detected(void **state)
{
	struct rte_memseg ms = { .addr = (void *)(uintptr_t)V, .hugepage_sz = MODEL_2M };

	(void)state;
	spapr_iova_reserve_begin(SOCKET, MODEL_2M);
	assert_int_equal(spapr_iova_reserve_state(&ms, 1), IOVA_RESERVE_NOT_ASKED);
	spapr_iova_reserve_enable(false);
	assert_int_equal(spapr_iova_reserve_state(&ms, 1), IOVA_RESERVE_NONE);
	spapr_iova_reserve_begin(SOCKET, MODEL_2M);
	assert_false(spapr_iova_reserve_mine());
	assert_int_equal(spapr_iova_reserve_state(&ms, 1), IOVA_RESERVE_NONE);
}

static void *
in_another_thread(void *arg)
{
	struct rte_memseg ms = { .addr = (void *)(uintptr_t)V, .hugepage_sz = MODEL_2M };
	bool *mine = arg;

	mine[0] =
		spapr_iova_reserve_mine() || spapr_iova_reserve_state(&ms, 1) != IOVA_RESERVE_NONE;
	spapr_iova_reserve_begin(SOCKET, MODEL_2M);
	mine[1] = spapr_iova_reserve_mine();
	return NULL;
}

static void
test_promise_ends_when_other_thread_allocates(void **state)
{
	bool mine[2] = { true, false };
	pthread_t thread;

	(void)state;
	spapr_iova_reserve_begin(SOCKET, 2 * MODEL_2M);
	assert_true(ask(0) != 0);
	assert_int_equal(pthread_create(&thread, NULL, in_another_thread, mine), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(mine[0]);
	assert_true(mine[1]);
	/* that one has the next turn, and what was ours is given back */
	assert_false(spapr_iova_reserve_mine());
	assert_int_equal(free_pages(), N_PAGES);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_pages_get_one_run_of_addresses),
		TEST(test_unused_promise_given_back),
		TEST(test_unused_pages_of_promise_given_back),
		TEST(test_scattered_window_gives_single_pages),
		TEST(test_full_window_gives_bad_address),
		TEST(test_pages_outside_promise_get_no_address),
		TEST(test_reservation_grows_with_what_is_asked),
		TEST(test_pages_that_never_asked_detected),
		TEST(test_promise_ends_when_other_thread_allocates),
		TEST(test_idle_memory_makes_room),
	};

	return cmocka_run_group_tests_name("iova_reserve", tests, NULL, NULL);
}
