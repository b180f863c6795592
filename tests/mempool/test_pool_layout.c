/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* How objects lie in memory. */

#include <errno.h>
#include <string.h>

#include "rig.h"

static const struct layout_input usual = {
	.obj_size = 2432,
	.n = 100000,
	.max_n = 100000,
	.page_size = 2 * MIB,
	.window = UINT64_MAX,
	.window_page = 64 * KIB,
	.contiguous = UINT64_MAX,
};

static struct pool_layout
good(const struct layout_input *in)
{
	struct ddw_error err = { 0 };
	struct pool_layout l;

	if (mpddw_layout_make(&l, in, &err) != 0)
		fail_msg("%s", err.what);
	assert_int_equal(err.err, 0);
	return l;
}

static void
bad(const struct layout_input *in, enum ddw_msg msg, int ret)
{
	struct ddw_error err = { 0 };
	struct pool_layout l;

	assert_int_equal(mpddw_layout_make(&l, in, &err), ret);
	assert_int_equal(err.err, ret);
	assert_int_equal(err.msg, msg);
}

/* What all layouts have in common. */
static void
check(const struct layout_input *in, const struct pool_layout *l)
{
	assert_true(l->chunk_size >= in->obj_size);
	assert_true(l->chunk_size % in->window_page == 0);
	assert_true(l->chunk_size % in->page_size == 0 || in->page_size % l->chunk_size == 0);
	assert_true(l->chunk_size <= RTE_MAX(in->contiguous, in->page_size));
	assert_int_equal(l->per_chunk, l->chunk_size / in->obj_size);
	assert_true((uint64_t)l->chunks * l->per_chunk >= in->max_n);
	assert_true((uint64_t)(l->chunks - 1) * l->per_chunk < in->max_n);
	assert_int_equal(l->step, RTE_MAX(l->chunk_size, in->page_size));
	assert_true(l->unit >= l->step && l->unit % l->step == 0);
	assert_true(l->bytes % l->step == 0 && l->bytes >= l->chunks * l->chunk_size);
	assert_true(l->bytes - l->chunks * l->chunk_size < l->step);
	assert_true((l->bytes - 1) / l->unit < 1024);
}

static void
test_packet_pool_has_chunks_of_2m(void **state)
{
	struct pool_layout l = good(&usual);

	(void)state;
	check(&usual, &l);
	assert_int_equal(l.chunk_size, 2 * MIB);
	assert_int_equal(l.per_chunk, 862);
	/* Two registrations for a pool that is mapped at once */
	assert_int_equal((l.bytes - 1) / l.unit, 1);
}

/* A pool of 1 GiB needs few ioctls, whatever it is. */
static void
test_large_pool_needs_few_registrations(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.n = in.max_n = 430000;
	l = good(&in);
	check(&in, &l);
	assert_in_range(l.bytes, 900 * MIB, 1100 * MIB);
	assert_in_range((l.bytes - 1) / l.unit + 1, 1, 2);
	in.demand = true;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.unit, 64 * MIB);
}

/* The first objects are in two units, and later ones in units of that size. */
static void
test_growing_pool_starts_with_two_units(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.n = 10000;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.unit, 12 * MIB);
}

/* A pool smaller than a page takes no more of the window than it needs. */
static void
test_small_pool_takes_little_of_window(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.n = in.max_n = 10;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.chunk_size, 64 * KIB);
	assert_int_equal(l.chunks, 1);
	assert_int_equal(l.bytes, 2 * MIB);
	in.n = in.max_n = 1;
	in.obj_size = 8;
	l = good(&in);
	check(&in, &l);
}

/* A small window still has room for many chunks. */
static void
test_small_window_has_room_for_many_chunks(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.demand = true;
	in.window = 8 * MIB;
	in.window_page = 4 * KIB;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.chunk_size, 512 * KIB);
	in.window = 16 * KIB;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.chunk_size, 8 * KIB); /* 3 objects; in 4K there would be one */
}

/* Objects larger than a page: whole pages, and little of them left over. */
static void
test_large_objects_waste_little(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.obj_size = 16 * MIB + 128;
	in.n = in.max_n = 100;
	l = good(&in);
	check(&in, &l);
	assert_true(l.chunk_size % in.obj_size <= l.chunk_size / 8);
	in.page_size = in.window_page = 16 * MIB;
	l = good(&in);
	check(&in, &l);
	assert_true(l.chunk_size % in.obj_size <= l.chunk_size / 8);
	/* No more than the bus has in one piece */
	in.contiguous = 32 * MIB;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.per_chunk, 1);
}

static void
test_layout_obeys_contiguous_limit(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	/* Physical addresses: nothing but a page is contiguous. */
	in.contiguous = 0;
	in.window_page = 4 * KIB;
	l = good(&in);
	check(&in, &l);
	in.obj_size = 2 * MIB;
	l = good(&in);
	check(&in, &l);
	in.obj_size++;
	bad(&in, DDW_MSG_POOL_CONTIGUOUS, -ENOTSUP);
	in.contiguous = 4 * MIB;
	l = good(&in);
	check(&in, &l);
	in.obj_size = 4 * MIB + 1;
	bad(&in, DDW_MSG_POOL_CONTIGUOUS, -ENOTSUP);
}

static void
test_chunk_size_asked_for_used(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.chunk_size = 256 * KIB;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.chunk_size, 256 * KIB);
	assert_int_equal(l.unit, 2 * MIB);
	in.chunk_size = 6 * MIB;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.unit, 6 * MIB);
	/* Longer than what is contiguous: as long as that */
	in.contiguous = 0;
	l = good(&in);
	check(&in, &l);
	assert_int_equal(l.chunk_size, 2 * MIB);
	in.contiguous = UINT64_MAX;

	in.chunk_size = 32 * KIB;
	bad(&in, DDW_MSG_POOL_CONFIG, -EINVAL);
	in.chunk_size = 3 * MIB;
	bad(&in, DDW_MSG_POOL_CONFIG, -EINVAL);
	in.chunk_size = 192 * KIB;
	bad(&in, DDW_MSG_POOL_CONFIG, -EINVAL);
	in.chunk_size = 64 * KIB;
	in.obj_size = 64 * KIB + 8;
	bad(&in, DDW_MSG_POOL_CONFIG, -EINVAL);
	in.chunk_size = UINT64_MAX;
	bad(&in, DDW_MSG_POOL_CONFIG, -EINVAL);
}

/* Memory that there is already may need smaller chunks. */
static void
test_chunks_fit_given_memory(void **state)
{
	struct layout_input in = usual;
	struct pool_layout l;

	(void)state;
	in.page_size = in.window_page = 4 * KIB;
	in.n = in.max_n = 1000;
	in.room = 3 * MIB;
	l = good(&in);
	check(&in, &l);
	assert_true(l.bytes <= in.room);
	in.room = 2 * MIB;
	bad(&in, DDW_MSG_POOL_MEMORY, -EINVAL);
}

static void
test_too_many_objects_refused(void **state)
{
	struct layout_input in = usual;

	(void)state;
	in.obj_size = UINT64_C(1) << 40;
	in.n = in.max_n = UINT32_MAX;
	bad(&in, DDW_MSG_POOL_SIZE, -EINVAL);
}

static void
test_random_layouts_keep_rules(void **state)
{
	static const uint64_t pages[] = { 4 * KIB, 64 * KIB, 2 * MIB, 16 * MIB, 1024 * MIB };
	struct layout_input in = usual;
	uint64_t seed = rig_seed(), i, steps = env_steps(20000);
	struct pool_layout l;
	unsigned int page;

	(void)state;
	for (i = 0; i < steps; i++) {
		page = pick(&seed, RTE_DIM(pages));
		in.page_size = pages[page];
		in.window_page = pages[pick(&seed, page + 1)];
		in.obj_size = 8 * (1 + (rnd(&seed) & ((UINT64_C(1) << pick(&seed, 23)) - 1)));
		in.n = 1 + (uint32_t)(rnd(&seed) & ((1u << pick(&seed, 20)) - 1));
		in.max_n = in.n + (pick(&seed, 2) ? pick(&seed, 100000) : 0);
		in.demand = pick(&seed, 2);
		in.contiguous = pick(&seed, 3) == 0 ? 64 * MIB : UINT64_MAX;
		if (in.obj_size > RTE_MAX(in.contiguous, in.page_size))
			continue;
		l = good(&in);
		check(&in, &l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_pool_has_chunks_of_2m),
		cmocka_unit_test(test_large_pool_needs_few_registrations),
		cmocka_unit_test(test_growing_pool_starts_with_two_units),
		cmocka_unit_test(test_small_pool_takes_little_of_window),
		cmocka_unit_test(test_large_objects_waste_little),
		cmocka_unit_test(test_small_window_has_room_for_many_chunks),
		cmocka_unit_test(test_layout_obeys_contiguous_limit),
		cmocka_unit_test(test_chunk_size_asked_for_used),
		cmocka_unit_test(test_chunks_fit_given_memory),
		cmocka_unit_test(test_too_many_objects_refused),
		cmocka_unit_test(test_random_layouts_keep_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
