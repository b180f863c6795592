/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* ddw_lookup(): what it remembers, when it forgets, and threads. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "random.h"
#include "scene.h"

#define V	SCENE_VADDR
#define THREADS 4
#define TURNS	8000

static void
check(struct ddw_lookup *lk, uint64_t vaddr, uint64_t want)
{
	uint64_t iova = 0;

	assert_int_equal(ddw_lookup(lk, vaddr, &iova), 0);
	assert_int_equal(iova, want);
	assert_int_equal(ddw_space_lookup(lk->space, vaddr, &iova), 0);
	assert_int_equal(iova, want);
}

static void
check_none(struct ddw_lookup *lk, uint64_t vaddr)
{
	uint64_t iova = 1;

	assert_int_equal(ddw_lookup(lk, vaddr, &iova), -ENOENT);
	assert_int_equal(iova, 1);
}

/* Does the next lookup of vaddr search? */
static bool
remembers(const struct ddw_lookup *lk, uint64_t vaddr)
{
	return vaddr - lk->vaddr < lk->len && *lk->generation == lk->seen;
}

static void
test_lookup_finds_first_and_last_byte(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_lookup lk;
	uint64_t a, b;

	(void)state;
	ddw_lookup_init(&lk, s->space);
	check_none(&lk, 0);
	check_none(&lk, V);
	scene_map_ok(s, V, 4 * MODEL_2M, 0, &a);
	scene_map_ok(s, V + 8 * MODEL_2M, 2 * MODEL_2M, MODEL_2M, &b);
	check(&lk, V, a);
	assert_true(remembers(&lk, V + 4 * MODEL_2M - 1));
	check(&lk, V + 4 * MODEL_2M - 1, a + 4 * MODEL_2M - 1);
	assert_false(remembers(&lk, V + 4 * MODEL_2M));
	check_none(&lk, V + 4 * MODEL_2M);
	check_none(&lk, V - 1);
	check_none(&lk, UINT64_MAX);
	/* What was found last is kept when something is not found. */
	assert_true(remembers(&lk, V));
	check(&lk, V + 8 * MODEL_2M + 5, b + 5);
	assert_false(remembers(&lk, V));
	check(&lk, V + 10 * MODEL_2M - 1, b + 2 * MODEL_2M - 1);
	scene_end(s);
}

/* More memory does not make it forget; less does. */
static void
test_lookup_forgets_only_after_unmap(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_lookup lk;
	uint64_t a, b;

	(void)state;
	ddw_lookup_init(&lk, s->space);
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	check(&lk, V, a);
	scene_map_ok(s, V + 8 * MODEL_2M, MODEL_2M, 0, &b);
	assert_true(remembers(&lk, V));
	assert_int_equal(scene_unmap(s, V + 8 * MODEL_2M, MODEL_2M, NULL), 0);
	assert_false(remembers(&lk, V));
	check(&lk, V, a);
	assert_true(remembers(&lk, V));
	/* Nothing was mapped there: nothing ends. */
	assert_int_equal(scene_unmap(s, V + 8 * MODEL_2M, MODEL_2M, NULL), 0);
	assert_true(remembers(&lk, V));
	scene_end(s);
}

/* The same memory at another bus address: the old one must not come back. */
static void
test_moved_memory_found_at_new_address(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_lookup lk;
	uint64_t a, b, c;

	(void)state;
	ddw_lookup_init(&lk, s->space);
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &a);
	check(&lk, V + MODEL_2M, a + MODEL_2M);
	assert_int_equal(scene_unmap(s, V + MODEL_2M, MODEL_2M, NULL), 0);
	check_none(&lk, V + MODEL_2M);
	check(&lk, V, a);
	check(&lk, V + 2 * MODEL_2M, a + 2 * MODEL_2M);
	/* Other memory takes the hole. */
	scene_map_ok(s, V + 8 * MODEL_2M, MODEL_2M, 0, &b);
	assert_int_equal(b, a + MODEL_2M);
	scene_map_ok(s, V + MODEL_2M, MODEL_2M, 0, &c);
	assert_int_not_equal(c, b);
	check(&lk, V + MODEL_2M, c);
	check(&lk, V + 8 * MODEL_2M, b);
	scene_end(s);
}

/* After the end nothing is found, by a lookup that remembered something too. */
static void
test_lookup_finds_nothing_after_release(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_lookup lk;
	uint64_t a;

	(void)state;
	ddw_lookup_init(&lk, s->space);
	scene_map_ok(s, V, 4 * MODEL_2M, 0, &a);
	check(&lk, V, a);
	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	check_none(&lk, V);
	scene_end(s);
}

/* One page that goes from hand to hand. The thread whose turn it is owns it. */
struct baton {
	struct scene *s;
	unsigned int turn; /* of the thread whose number this is modulo THREADS */
	uint64_t iova;	   /* where the page is, passed on with the turn */
	unsigned int wrong;
};

struct runner {
	struct baton *baton;
	unsigned int number;
	uint64_t seed;
};

/* Look at the page, then move it, or not, and look again. */
static unsigned int
hold_baton(struct runner *r, struct ddw_lookup *lk)
{
	struct ddw_space *space = r->baton->s->space;
	unsigned int wrong;
	uint64_t iova;

	wrong = ddw_lookup(lk, V, &iova) != 0 || iova != r->baton->iova;
	if (rnd(&r->seed) % 2 == 0) {
		wrong += ddw_space_unmap(space, V, MODEL_2M, NULL, NULL) != 0;
		wrong += ddw_space_map(space, V, MODEL_2M, 0, &r->baton->iova, NULL) != 0;
	}
	return wrong + (ddw_lookup(lk, V + 1, &iova) != 0 || iova != r->baton->iova + 1);
}

/* Between the turns: memory of this thread alone. */
static unsigned int
own_page(struct runner *r, struct ddw_lookup *lk, uint64_t *mapped)
{
	struct ddw_space *space = r->baton->s->space;
	uint64_t va = V + (1 + r->number) * MODEL_2M, iova;

	if (*mapped == 0)
		return ddw_space_map(space, va, MODEL_2M, 0, mapped, NULL) != 0;
	if (ddw_lookup(lk, va + 7, &iova) != 0 || iova != *mapped + 7)
		return 1;
	if (rnd(&r->seed) % 4 != 0)
		return 0;
	*mapped = 0;
	return ddw_space_unmap(space, va, MODEL_2M, NULL, NULL) != 0;
}

static void *
run(void *arg)
{
	struct runner *r = arg;
	struct ddw_lookup shared, own;
	unsigned int turn, wrong = 0;
	uint64_t mapped = 0;

	ddw_lookup_init(&shared, r->baton->s->space);
	ddw_lookup_init(&own, r->baton->s->space);
	while ((turn = __atomic_load_n(&r->baton->turn, __ATOMIC_ACQUIRE)) < TURNS) {
		wrong += own_page(r, &own, &mapped);
		if (turn % THREADS == r->number) {
			wrong += hold_baton(r, &shared);
			__atomic_store_n(&r->baton->turn, turn + 1, __ATOMIC_RELEASE);
		} else {
			sched_yield();
		}
	}
	__atomic_fetch_add(&r->baton->wrong, wrong, __ATOMIC_RELAXED);
	return NULL;
}

static void
test_lookup_in_threads_never_stale(void **state)
{
	struct scene *s = scene_ready();
	struct baton baton = { .s = s };
	struct runner runners[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	(void)state;
	scene_map_ok(s, V, MODEL_2M, 0, &baton.iova);
	for (i = 0; i < THREADS; i++) {
		runners[i] = (struct runner){ .baton = &baton, .number = i, .seed = i + 1 };
		assert_int_equal(pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(baton.wrong, 0);
	scene_end(s);
}

static void
check_run(struct scene *s, uint64_t vaddr, int ret, uint64_t want_iova, uint64_t want_len)
{
	uint64_t iova = 1, len = 0;

	assert_int_equal(ddw_space_lookup_run(s->space, vaddr, UINT64_MAX, &iova, &len), ret);
	assert_int_equal(iova, want_iova);
	assert_int_equal(len, want_len);
}

/* Pieces that follow each other in both kinds of addresses are one run. */
static void
test_adjoining_pieces_are_one_run(void **state)
{
	struct ddw_mapping m = { .vaddr = V + 4 * MODEL_2M,
				 .len = MODEL_2M,
				 .flags = DDW_MAP_FIXED };
	struct scene *s = scene_ready();
	uint64_t a, b;

	(void)state;
	check_run(s, V, -ENOENT, 1, UINT64_MAX - V);
	scene_map_ok(s, V, 2 * MODEL_2M, 0, &a);
	scene_map_ok(s, V + 2 * MODEL_2M, MODEL_2M, 0, &b);
	assert_int_equal(b, a + 2 * MODEL_2M);
	check_run(s, V - 1, -ENOENT, 1, 1);
	check_run(s, V, 0, a, 3 * MODEL_2M);
	check_run(s, V + MODEL_2M + 5, 0, a + MODEL_2M + 5, 2 * MODEL_2M - 5);
	check_run(s, V + 3 * MODEL_2M, -ENOENT, 1, UINT64_MAX - V - 3 * MODEL_2M);
	/* a hole in memory */
	m.iova = a + 3 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	check_run(s, V, 0, a, 3 * MODEL_2M);
	check_run(s, V + 3 * MODEL_2M, -ENOENT, 1, MODEL_2M);
	/* a hole in bus addresses */
	m.vaddr = V + 5 * MODEL_2M;
	m.iova = a + 5 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	check_run(s, V + 4 * MODEL_2M, 0, a + 3 * MODEL_2M, MODEL_2M);
	scene_end(s);
}

/* The pieces behind what was asked for are not looked at. */
static void
test_run_not_followed_farther_than_asked(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, len, i;

	(void)state;
	for (i = 0; i < 8; i++)
		scene_map_ok(s, V + i * MODEL_2M, MODEL_2M, 0, &iova);
	for (i = 1; i < 8; i++) {
		assert_int_equal(ddw_space_lookup_run(s->space, V, i * MODEL_2M, &iova, &len), 0);
		assert_true(len == i * MODEL_2M);
	}
	assert_int_equal(ddw_space_lookup_run(s->space, V + 7, 1, &iova, &len), 0);
	assert_true(len == MODEL_2M - 7);
	scene_end(s);
}

/* What a failed MAP left in one group does not count as mapped. */
static void
test_memory_of_failed_map_not_found(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_lookup lookup;
	uint64_t iova;

	(void)state;
	ddw_lookup_init(&lookup, s->space);
	/* two REGISTER and a MAP work, then a MAP and the UNMAP of the first do not */
	model_fail(s->m, 0, 4, 2, -EIO, false);
	assert_int_equal(scene_map(s, V, MODEL_2M, 0, &iova), -EIO);
	assert_int_equal(model_failed(s->m), 2);
	model_fail_none(s->m);
	iova = 1;
	assert_int_equal(ddw_space_lookup(s->space, V, &iova), -ENOENT);
	assert_int_equal(ddw_lookup(&lookup, V, &iova), -ENOENT);
	check_run(s, V, -ENOENT, 1, MODEL_2M);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup_finds_first_and_last_byte),
		cmocka_unit_test(test_lookup_forgets_only_after_unmap),
		cmocka_unit_test(test_moved_memory_found_at_new_address),
		cmocka_unit_test(test_lookup_finds_nothing_after_release),
		cmocka_unit_test(test_lookup_in_threads_never_stale),
		cmocka_unit_test(test_adjoining_pieces_are_one_run),
		cmocka_unit_test(test_run_not_followed_farther_than_asked),
		cmocka_unit_test(test_memory_of_failed_map_not_found),
	};

	return cmocka_run_group_tests_name("translate", tests, NULL, NULL);
}
