/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The bookkeeping of chunks against a plain model, with random operations. */

#include <errno.h>
#include <string.h>

#include "chunks.h"

enum place { GONE, IN, OUT };

/* Chunks in an order, the first one at 0. */
struct order {
	uint32_t chunk[CHUNKS];
	uint32_t n;
};

enum kind { ABSENT, UNMAPPED, BUSY, MAPPED, LOST };

static struct {
	enum place place[OBJECTS];
	enum kind kind[CHUNKS];
	struct order partial, idle, unmapped;
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
	uint32_t in = objects_in(chunk, IN), out = objects_in(chunk, OUT);

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
	if (model.kind[chunk] == ABSENT || model.kind[chunk] == LOST) {
		model.kind[chunk] = UNMAPPED;
		order_last(&model.unmapped, chunk);
	} else if (model.kind[chunk] == MAPPED) {
		model_sort(chunk);
	}
}

static void
check(struct demand *d)
{
	struct demand_counts want = { .gets = model.gets }, c = counts(d);
	uint32_t i, in, out;

	for (i = 0; i < CHUNKS; i++) {
		in = objects_in(i, IN);
		out = objects_in(i, OUT);
		want.objects += in + out;
		want.available += in;
		want.ready += model.kind[i] == MAPPED ? in : 0;
		want.chunks += model.kind[i] != ABSENT && model.kind[i] != LOST;
		want.mapped += model.kind[i] == MAPPED;
		want.idle += model.kind[i] == MAPPED && out == 0;
		want.lost += model.kind[i] == LOST;
		assert_true(demand_iova(d, i) == model.iova[i]);
	}
	assert_int_equal(c.objects, want.objects);
	assert_int_equal(c.available, want.available);
	assert_int_equal(c.ready, want.ready);
	assert_int_equal(c.chunks, want.chunks);
	assert_int_equal(c.mapped, want.mapped);
	assert_int_equal(c.idle, want.idle);
	assert_int_equal(c.lost, want.lost);
	assert_int_equal(c.gets, want.gets);
	assert_int_equal(demand_oldest(d) == UINT64_MAX, model.idle.n == 0);
}

static void
step_get(struct demand *d)
{
	uint32_t n = 1 + pick(&rng, 3 * PER), i, chunk, number, ready = counts(d).ready;
	void *objs[3 * PER];

	assert_int_equal(demand_get(d, objs, n), n <= ready ? 0 : -ENOBUFS);
	if (n > ready)
		return;
	model.gets += n;
	for (i = 0; i < n; i++) {
		number = number_of(objs[i]);
		chunk = model.partial.n != 0 ? model.partial.chunk[0] : model.idle.chunk[0];
		assert_ptr_equal(objs[i], numbered(number));
		assert_int_equal(number / PER, chunk);
		assert_int_equal(model.place[number], IN);
		model.place[number] = OUT;
		model_sort(chunk);
	}
}

/* Some of the objects that are out, in any order, with wrong ones between them. */
static void
step_put(struct demand *d)
{
	uint32_t number, i, n = 0, most = pick(&rng, 3 * PER);
	void *objs[6 * PER];

	for (i = 0; i < 8 * most && n < most; i++) {
		number = pick(&rng, OBJECTS);
		if (pick(&rng, 4) == 0)
			number = i % OBJECTS; /* runs of one chunk */
		if (model.place[number] != OUT)
			continue;
		if (pick(&rng, 16) == 0)
			objs[n++] = (void *)(BASE - 1 - pick(&rng, 1000));
		objs[n++] = numbered(number);
		model_put(number);
	}
	demand_put(d, objs, n);
}

/* New objects, to any chunk. */
static void
step_add(struct demand *d)
{
	uint32_t chunk = pick(&rng, CHUNKS), i, n = 0;
	void *objs[PER];

	for (i = chunk * PER; i < (chunk + 1) * PER; i++) {
		if (model.place[i] != GONE || pick(&rng, 3) == 0)
			continue;
		objs[n++] = numbered(i);
		model_put(i);
	}
	demand_add(d, objs, n);
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
		demand_set_iova(d, chunk, rng);
		model.iova[chunk] = rng;
		demand_end_mapped(d, chunk);
		model.kind[chunk] = MAPPED;
		order_first(&model.idle, chunk);
	} else if (how < 8) {
		model.kind[chunk] = UNMAPPED;
		if (how == 7) {
			demand_end_refused(d, chunk);
			order_last(&model.unmapped, chunk);
			return;
		}
		demand_end_unmapped(d, chunk);
		if (objects_in(chunk, IN) == PER)
			order_first(&model.unmapped, chunk);
		else
			order_last(&model.unmapped, chunk);
	} else if (how == 8) {
		demand_end_lost(d, chunk);
		model_drop(chunk, LOST);
	} else {
		demand_end_absent(d, chunk);
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
		chunk = demand_begin_map(d);
		break;
	case 1:
		if (model.idle.n != 0)
			want = model.idle.chunk[model.idle.n - 1];
		chunk = demand_begin_unmap(d);
		break;
	default:
		want = chunk = pick(&rng, CHUNKS);
		may = model.kind[chunk] == UNMAPPED || has(&model.idle, chunk);
		assert_int_equal(demand_begin(d, chunk, &mapped), may);
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
	check(d);
	end(d, chunk);
}

static void
test_model(void **state)
{
	struct demand *d = chunks_create(CHUNK);
	uint64_t steps = rig_steps(100000);
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
		check(d);
	}
	demand_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
