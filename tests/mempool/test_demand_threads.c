/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The bookkeeping of a pool that is mapped on demand, with threads that take and give
 * objects while others map and unmap chunks. What is mapped is a flag here: an object
 * that was handed out must belong to a chunk whose flag is set, until it is back.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "demand.h"
#include "rig.h"

#define CHUNKS	64
#define EACH	16
#define SIZE	64 /* of an object */
#define CHUNK	((EACH + 1) * SIZE)
#define MOST	10 /* chunks mapped at the same time */
#define HOLD	100
#define STEPS	400000
#define THREADS 6
#define MAPPERS 2

struct object {
	uint32_t owner;
	uint32_t sum; /* written by the owner of the moment, with no lock of its own */
};

static struct {
	struct demand *d;
	char memory[CHUNKS * CHUNK] __attribute__((aligned(64)));
	uint32_t mapped[CHUNKS];
	uint32_t n_mapped;
	uint32_t working; /* threads that take and give */
	uint64_t taken, refused, maps, unmaps;
	uint64_t steps, seed;
} all;

static struct object *
object_at(uint32_t chunk, uint32_t i)
{
	return (struct object *)(void *)&all.memory[chunk * CHUNK + i * SIZE];
}

static bool
is_mapped(const void *obj)
{
	uint32_t chunk = (uint32_t)(((const char *)obj - all.memory) / CHUNK);

	return __atomic_load_n(&all.mapped[chunk], __ATOMIC_RELAXED) == 1;
}

static unsigned int
take(uint64_t *random, void **held, unsigned int n)
{
	struct object *o;
	unsigned int i;

	if (mpddw_demand_get(all.d, held, n) != 0) {
		(void)__atomic_fetch_add(&all.refused, 1, __ATOMIC_RELAXED);
		return 0;
	}
	for (i = 0; i < n; i++) {
		o = held[i];
		(void)RIG_CHECK(is_mapped(o));
		(void)RIG_CHECK(o->owner == 0);
		o->owner = 1;
		o->sum += (uint32_t)*random;
	}
	(void)__atomic_fetch_add(&all.taken, n, __ATOMIC_RELAXED);
	return n;
}

static void
give(uint64_t *random, void **held, unsigned int n, unsigned int most)
{
	struct object *o;
	unsigned int i, at;
	void *last;

	for (i = 0; i < most; i++) {
		at = pick(random, n - i);
		o = held[at];
		last = held[n - 1 - i];
		held[at] = last;
		held[n - 1 - i] = o;
		(void)RIG_CHECK(is_mapped(o));
		(void)RIG_CHECK(o->owner == 1);
		o->owner = 0;
	}
	mpddw_demand_put(all.d, held + n - most, most);
}

static void
use(uint64_t random)
{
	void *held[HOLD];
	unsigned int n = 0, k;
	uint64_t i;

	for (i = 0; i < all.steps && rig_wrongs() == 0; i++) {
		k = 1 + pick(&random, 1u << pick(&random, 6));
		if (pick(&random, 2) == 0 && n + k <= HOLD) {
			n += take(&random, held + n, k);
		} else if (n > 0) {
			k = k < n ? k : n;
			give(&random, held, n, k);
			n -= k;
		}
	}
	give(&random, held, n, n);
}

/* Every object of a chunk that changes hands is looked at: nobody else may have one. */
static void
look_at(uint32_t chunk)
{
	void *const *objs;
	uint32_t i, n = mpddw_demand_objects(all.d, chunk, &objs);

	for (i = 0; i < n; i++)
		(void)RIG_CHECK(((struct object *)objs[i])->owner == 0);
}

static void
map_one(uint64_t *random)
{
	uint32_t chunk = mpddw_demand_begin_map(all.d);

	if (chunk == DEMAND_NO_CHUNK)
		return;
	look_at(chunk);
	if (__atomic_fetch_add(&all.n_mapped, 1, __ATOMIC_RELAXED) >= MOST ||
	    pick(random, 16) == 0) {
		(void)__atomic_fetch_sub(&all.n_mapped, 1, __ATOMIC_RELAXED);
		mpddw_demand_end_unmapped(all.d, chunk);
		return;
	}
	(void)RIG_CHECK(__atomic_exchange_n(&all.mapped[chunk], 1, __ATOMIC_RELAXED) == 0);
	mpddw_demand_set_iova(all.d, chunk, chunk);
	mpddw_demand_end_mapped(all.d, chunk);
	(void)__atomic_fetch_add(&all.maps, 1, __ATOMIC_RELAXED);
}

static void
unmap_one(uint64_t *random)
{
	uint32_t chunk;
	bool mapped = true;

	if (pick(random, 4) == 0) {
		chunk = pick(random, CHUNKS);
		if (!mpddw_demand_begin(all.d, chunk, &mapped))
			return;
	} else {
		chunk = mpddw_demand_begin_unmap(all.d);
		if (chunk == DEMAND_NO_CHUNK)
			return;
	}
	look_at(chunk);
	if (mapped) {
		(void)RIG_CHECK(__atomic_exchange_n(&all.mapped[chunk], 0, __ATOMIC_RELAXED) == 1);
		(void)__atomic_fetch_sub(&all.n_mapped, 1, __ATOMIC_RELAXED);
		(void)__atomic_fetch_add(&all.unmaps, 1, __ATOMIC_RELAXED);
	}
	mpddw_demand_end_unmapped(all.d, chunk);
}

static void
thread(void *arg, unsigned int number)
{
	uint64_t random = random_thread(all.seed, number);
	struct demand_counts c;

	(void)arg;
	if (number >= MAPPERS) {
		use(random);
		(void)__atomic_fetch_sub(&all.working, 1, __ATOMIC_RELAXED);
		return;
	}
	while (__atomic_load_n(&all.working, __ATOMIC_RELAXED) != 0 && rig_wrongs() == 0) {
		if (pick(&random, 2) == 0)
			map_one(&random);
		else
			unmap_one(&random);
		mpddw_demand_get_counts(all.d, &c);
		(void)RIG_CHECK(c.objects == CHUNKS * EACH && c.available <= c.objects);
		(void)RIG_CHECK(c.ready <= c.available && c.idle <= c.mapped);
		(void)RIG_CHECK(c.chunks == CHUNKS && c.quarantined == 0);
	}
}

static void
test_objects_out_lie_in_mapped_chunks(void **state)
{
	struct demand_counts c;
	uint32_t chunk, i;
	void *obj;

	(void)state;
	rig_eal();
	all.seed = rig_seed();
	all.steps = env_steps(STEPS) / (THREADS - MAPPERS);
	all.working = THREADS - MAPPERS;
	all.d = mpddw_demand_create("threads", all.memory, CHUNK, CHUNKS, EACH, SOCKET_ID_ANY);
	assert_non_null(all.d);
	for (chunk = 0; chunk < CHUNKS; chunk++)
		for (i = 0; i < EACH; i++) {
			obj = object_at(chunk, i);
			mpddw_demand_add(all.d, &obj, 1);
		}
	rig_threads(THREADS, thread, NULL);
	assert_int_equal(rig_wrongs(), 0);
	mpddw_demand_get_counts(all.d, &c);
	assert_int_equal(c.objects, CHUNKS * EACH);
	assert_int_equal(c.available, CHUNKS * EACH);
	assert_int_equal(c.mapped, all.n_mapped);
	assert_int_equal(c.idle, all.n_mapped);
	assert_int_equal(c.ready, all.n_mapped * EACH);
	assert_int_equal(c.gets, all.taken);
	assert_int_equal(mpddw_demand_count(all.d), CHUNKS * EACH);
	mpddw_demand_free(all.d);
	printf("demand: %" PRIu64 " objects taken, %" PRIu64 " requests refused, %" PRIu64
	       " chunks mapped, %" PRIu64 " unmapped\n",
	       all.taken, all.refused, all.maps, all.unmaps);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_out_lie_in_mapped_chunks),
	};

	return cmocka_run_group_tests_name("demand threads", tests, NULL, NULL);
}
