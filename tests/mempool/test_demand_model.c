/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The bookkeeping of chunks against a plain model, with random operations. */

#include <errno.h>
#include <string.h>

#include <rte_common.h>

#include "chunks.h"

#define HOT (PER / 2)

enum place { GONE, IN, HELD, WARM }; /* WARM: came back, but its chunk does not know */

/* Chunks in an order, the first one at 0. */
struct order {
	uint32_t chunk[CHUNKS];
	uint32_t n;
};

enum kind { ABSENT, UNMAPPED, BUSY, MAPPED, QUARANTINED };

static struct {
	enum place place[OBJECTS];
	enum kind kind[CHUNKS];
	struct order partial, idle, unmapped;
	uint32_t hot[HOT]; /* objects, the oldest first */
	uint32_t n_hot;
	uint64_t gets;
	uint64_t iova[CHUNKS];
} model;

static uint64_t rng;

static void
order_remove(struct order *o, uint32_t chunk)
{
	uint32_t i = 0;

	while (i < o->n && o->chunk[i] != chunk)
		i++;
	if (i == o->n)
		return;
	o->n--;
	memmove(&o->chunk[i], &o->chunk[i + 1], (o->n - i) * sizeof(o->chunk[0]));
}

static void
order_first(struct order *o, uint32_t chunk)
{
	memmove(&o->chunk[1], &o->chunk[0], o->n * sizeof(o->chunk[0]));
	o->chunk[0] = chunk;
	o->n++;
}

static void
order_last(struct order *o, uint32_t chunk)
{
	o->chunk[o->n++] = chunk;
}

static uint32_t
objects_in(uint32_t chunk, enum place place)
{
	uint32_t i, n = 0;

	for (i = 0; i < PER; i++)
		n += model.place[chunk * PER + i] == place;
	return n;
}

/* As far as the chunk knows. */
static uint32_t
objects_out(uint32_t chunk)
{
	return objects_in(chunk, HELD) + objects_in(chunk, WARM);
}

static bool
has(const struct order *o, uint32_t chunk)
{
	uint32_t i;

	for (i = 0; i < o->n; i++)
		if (o->chunk[i] == chunk)
			return true;
	return false;
}

/* The lists of a mapped chunk follow from what it has. */
static void
model_sort(uint32_t chunk)
{
	uint32_t in = objects_in(chunk, IN), out = objects_out(chunk);

	if (in == 0 || out == 0)
		order_remove(&model.partial, chunk);
	else if (!has(&model.partial, chunk))
		order_first(&model.partial, chunk);
	if (out != 0)
		order_remove(&model.idle, chunk);
	else if (!has(&model.idle, chunk))
		order_first(&model.idle, chunk);
}

static void
model_put(uint32_t number)
{
	uint32_t chunk = number / PER;

	if (model.place[number] == GONE && model.kind[chunk] != MAPPED)
		model.iova[chunk] = RTE_BAD_IOVA;
	model.place[number] = IN;
	if (model.kind[chunk] == ABSENT || model.kind[chunk] == QUARANTINED) {
		model.kind[chunk] = UNMAPPED;
		order_last(&model.unmapped, chunk);
	} else if (model.kind[chunk] == MAPPED) {
		model_sort(chunk);
	}
}

/* The oldest of the hot objects go to their chunks. */
static void
model_cool(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		model_put(model.hot[i]);
	model.n_hot -= n;
	memmove(model.hot, model.hot + n, model.n_hot * sizeof(model.hot[0]));
}

static void
model_put_all(const uint32_t *numbers, uint32_t n, bool hot)
{
	uint32_t i;

	if (!hot)
		model_cool(model.n_hot);
	else if (model.n_hot + n > HOT)
		model_cool(RTE_MIN(model.n_hot, model.n_hot + n - HOT / 2));
	for (i = 0; i < n; i++) {
		if (hot) {
			model.place[numbers[i]] = WARM;
			model.hot[model.n_hot++] = numbers[i];
		} else {
			model_put(numbers[i]);
		}
	}
}

/* To look at what is idle changes the state: so not after each step. */
static void
check(struct demand *d)
{
	struct demand_counts want = { .gets = model.gets }, c = counts(d);
	uint32_t i, in, out;

	model_cool(model.n_hot);
	for (i = 0; i < CHUNKS; i++) {
		in = objects_in(i, IN);
		out = objects_in(i, HELD);
		want.objects += in + out;
		want.available += in;
		want.ready += model.kind[i] == MAPPED ? in : 0;
		want.chunks += model.kind[i] != ABSENT && model.kind[i] != QUARANTINED;
		want.mapped += model.kind[i] == MAPPED;
		want.idle += model.kind[i] == MAPPED && out == 0;
		want.quarantined += model.kind[i] == QUARANTINED;
		assert_true(mpddw_demand_iova(d, i) == model.iova[i]);
	}
	assert_int_equal(c.objects, want.objects);
	assert_int_equal(c.available, want.available);
	assert_int_equal(c.ready, want.ready);
	assert_int_equal(c.chunks, want.chunks);
	assert_int_equal(c.mapped, want.mapped);
	assert_int_equal(c.idle, want.idle);
	assert_int_equal(c.quarantined, want.quarantined);
	assert_int_equal(c.gets, want.gets);
	assert_int_equal(mpddw_demand_oldest(d) == UINT64_MAX, model.idle.n == 0);
}

static void
step_get(struct demand *d)
{
	uint32_t n = 1 + pick(&rng, pick(&rng, 2) == 0 ? HOT : 3 * PER),
		 ready = mpddw_demand_ready(d);
	uint32_t i, chunk, number, hot = RTE_MIN(n, model.n_hot);
	void *objs[3 * PER];

	assert_int_equal(mpddw_demand_get(d, objs, n), n <= ready ? 0 : -ENOBUFS);
	if (n > ready)
		return;
	model.gets += n;
	model.n_hot -= hot;
	for (i = 0; i < n; i++) {
		number = number_of(objs[i]);
		assert_ptr_equal(objs[i], numbered(number));
		if (i < hot) {
			assert_int_equal(number, model.hot[model.n_hot + i]);
			model.place[number] = HELD;
			continue;
		}
		chunk = model.partial.n != 0 ? model.partial.chunk[0] : model.idle.chunk[0];
		assert_int_equal(number / PER, chunk);
		assert_int_equal(model.place[number], IN);
		model.place[number] = HELD;
		model_sort(chunk);
	}
}

/* Some of the objects that are out, in any order, with wrong ones between them. */
static void
step_put(struct demand *d)
{
	uint32_t most = 1 + pick(&rng, pick(&rng, 2) == 0 ? HOT : 3 * PER), number, i, k = 0, n = 0;
	uint32_t numbers[3 * PER];
	void *objs[6 * PER];

	for (i = 0; i < 8 * most && k < most; i++) {
		number = pick(&rng, OBJECTS);
		if (pick(&rng, 4) == 0)
			number = i % OBJECTS; /* runs of one chunk */
		if (model.place[number] != HELD)
			continue;
		if (pick(&rng, 16) == 0)
			objs[n++] = (void *)(BASE - 1 - pick(&rng, 1000));
		objs[n++] = numbered(number);
		numbers[k++] = number;
		model.place[number] = WARM; /* not a second time */
	}
	model_put_all(numbers, k, n == k && n <= HOT);
	mpddw_demand_put(d, objs, n);
}

/* New objects, to any chunk. */
static void
step_add(struct demand *d)
{
	uint32_t chunk = pick(&rng, CHUNKS), i, n = 0;
	void *objs[PER];

	model_cool(model.n_hot);
	for (i = chunk * PER; i < (chunk + 1) * PER; i++) {
		if (model.place[i] != GONE || pick(&rng, 3) == 0)
			continue;
		objs[n++] = numbered(i);
		model_put(i);
	}
	mpddw_demand_add(d, objs, n);
}

static void
model_drop(uint32_t chunk, enum kind kind)
{
	uint32_t i;

	model.kind[chunk] = kind;
	for (i = chunk * PER; i < (chunk + 1) * PER; i++)
		model.place[i] = GONE;
}

/* What a caller does with a BUSY chunk. */
static void
end(struct demand *d, uint32_t chunk)
{
	unsigned int how = pick(&rng, 10);

	if (how < 5) {
		mpddw_demand_set_iova(d, chunk, rng);
		model.iova[chunk] = rng;
		mpddw_demand_end_mapped(d, chunk);
		model.kind[chunk] = MAPPED;
		order_first(&model.idle, chunk);
	} else if (how < 8) {
		model.kind[chunk] = UNMAPPED;
		if (how == 7) {
			mpddw_demand_end_refused(d, chunk);
			order_last(&model.unmapped, chunk);
			return;
		}
		mpddw_demand_end_unmapped(d, chunk);
		if (objects_in(chunk, IN) == PER)
			order_first(&model.unmapped, chunk);
		else
			order_last(&model.unmapped, chunk);
	} else if (how == 8) {
		mpddw_demand_end_quarantined(d, chunk);
		model_drop(chunk, QUARANTINED);
	} else {
		mpddw_demand_end_absent(d, chunk);
		model_drop(chunk, ABSENT);
	}
}

static void
step_chunk(struct demand *d)
{
	uint32_t chunk, want = DEMAND_NO_CHUNK;
	bool mapped, may;

	switch (pick(&rng, 3)) {
	case 0:
		if (model.unmapped.n != 0)
			want = model.unmapped.chunk[0];
		chunk = mpddw_demand_begin_map(d);
		break;
	case 1:
		model_cool(model.n_hot);
		if (model.idle.n != 0)
			want = model.idle.chunk[model.idle.n - 1];
		chunk = mpddw_demand_begin_unmap(d);
		break;
	default:
		want = chunk = pick(&rng, CHUNKS);
		model_cool(model.n_hot);
		may = model.kind[chunk] == UNMAPPED || has(&model.idle, chunk);
		assert_int_equal(mpddw_demand_begin(d, chunk, &mapped), may);
		if (!may)
			return;
		assert_int_equal(mapped, model.kind[chunk] == MAPPED);
	}
	assert_int_equal(chunk, want);
	if (chunk == DEMAND_NO_CHUNK)
		return;
	order_remove(&model.unmapped, chunk);
	order_remove(&model.idle, chunk);
	model.kind[chunk] = BUSY;
	if (pick(&rng, 2) == 0)
		check(d);
	end(d, chunk);
}

static uint32_t
objects_anywhere(enum place place)
{
	uint32_t i, n = 0;

	for (i = 0; i < CHUNKS; i++)
		n += objects_in(i, place);
	return n;
}

static void
test_random_calls_agree_with_model(void **state)
{
	struct demand *d = chunks_create(CHUNK);
	uint64_t steps = env_steps(100000);
	uint32_t i;

	(void)state;
	rng = rig_seed();
	for (i = 0; i < CHUNKS; i++)
		model.iova[i] = RTE_BAD_IOVA;
	for (i = 0; i < OBJECTS; i++)
		model_put(i);
	while (steps-- > 0) {
		switch (pick(&rng, 8)) {
		case 0:
		case 1:
		case 2:
			step_get(d);
			break;
		case 3:
		case 4:
		case 5:
			step_put(d);
			break;
		case 6:
			step_chunk(d);
			break;
		default:
			step_add(d);
		}
		assert_int_equal(mpddw_demand_count(d),
				 objects_anywhere(IN) + objects_anywhere(WARM));
		if (pick(&rng, 8) == 0)
			check(d);
	}
	mpddw_demand_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls_agree_with_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
