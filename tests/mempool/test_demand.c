/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The bookkeeping of chunks: what goes out, in which order, states, counts, mistakes. */

#include <errno.h>

#include <rte_common.h>

#include "chunks.h"

static uint64_t size;

/* The first "mapped" chunks are mapped, 0 first. */
static struct demand *
begin_sized(uint64_t chunk_size, uint32_t mapped)
{
	struct demand *d = chunks_create(chunk_size);
	uint32_t i;

	size = chunk_size;
	for (i = 0; i < mapped; i++) {
		assert_int_equal(mpddw_demand_begin_map(d), i);
		mpddw_demand_end_mapped(d, i);
	}
	return d;
}

static struct demand *
begin(uint32_t mapped)
{
	return begin_sized(CHUNK, mapped);
}

/* n objects, all of one chunk */
static void
get_from(struct demand *d, void **objs, uint32_t n, uint32_t chunk)
{
	uint32_t i;

	assert_int_equal(mpddw_demand_get(d, objs, n), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(chunk_of(size, objs[i]), chunk);
}

static void
test_get_is_all_or_nothing(void **state)
{
	struct demand *d = begin(0);
	void *objs[4 * PER] = { NULL };

	(void)state;
	assert_int_equal(counts(d).available, OBJECTS);
	assert_int_equal(mpddw_demand_get(d, objs, 1), -ENOBUFS);
	assert_int_equal(mpddw_demand_get(d, objs, 0), 0);
	mpddw_demand_end_mapped(d, mpddw_demand_begin_map(d));
	mpddw_demand_end_mapped(d, mpddw_demand_begin_map(d));
	assert_int_equal(mpddw_demand_get(d, objs, 2 * PER + 1), -ENOBUFS);
	assert_null(objs[0]);
	assert_int_equal(counts(d).ready, 2 * PER);
	assert_int_equal(counts(d).gets, 0);
	assert_int_equal(mpddw_demand_get(d, objs, 2 * PER), 0);
	assert_int_equal(counts(d).ready, 0);
	assert_int_equal(counts(d).available, (CHUNKS - 2) * PER);
	assert_int_equal(counts(d).objects, OBJECTS);
	assert_int_equal(counts(d).idle, 0);
	assert_int_equal(mpddw_demand_get(d, objs, 1), -ENOBUFS);
	assert_int_equal(counts(d).gets, 2 * PER);
	mpddw_demand_put(d, objs, 2 * PER);
	assert_int_equal(counts(d).ready, 2 * PER);
	assert_int_equal(counts(d).idle, 2);
	mpddw_demand_count_no_room(d);
	assert_int_equal(counts(d).no_room, 1);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
	mpddw_demand_free(d);
}

/* Use gathers in few chunks. */
static void
test_use_gathers_in_few_chunks(void **state)
{
	struct demand *d = begin(4);
	void *a[PER], *b[PER], *c[PER], *one;

	(void)state;
	/* the chunk that became idle last, as long as it lasts */
	get_from(d, a, PER, 3);
	get_from(d, b, PER, 2);
	get_from(d, c, 1, 1);
	/* an object comes back to a chunk that went without: that is nearly empty */
	mpddw_demand_put(d, a, 1);
	get_from(d, &one, 1, 3);
	a[0] = one;
	/* of two such the one that came last */
	mpddw_demand_put(d, a, 2);
	mpddw_demand_put(d, b, 1);
	get_from(d, &one, 1, 2);
	b[0] = one;
	/* what comes back to others does not change that: they drain */
	mpddw_demand_put(d, b, 1);
	mpddw_demand_put(d, a + 2, PER - 3);
	get_from(d, b, 1, 2);
	get_from(d, a, 2, 3);
	mpddw_demand_put(d, a, 2);
	mpddw_demand_put(d, a + PER - 1, 1);
	/* chunk 3 is idle now, 1 has objects out */
	assert_int_equal(counts(d).idle, 2);
	get_from(d, c + 1, PER - 1, 1);
	/* of idle chunks the one that became so last */
	get_from(d, &one, 1, 3);
	mpddw_demand_free(d);
}

static void
test_longest_idle_chunk_goes_first(void **state)
{
	struct demand *d = begin(4);
	void *objs[4][PER];
	uint64_t since;
	uint32_t i;

	(void)state;
	assert_int_equal(mpddw_demand_get(d, objs[0], 4 * PER), 0);
	assert_true(mpddw_demand_oldest(d) == UINT64_MAX);
	assert_int_equal(mpddw_demand_begin_unmap(d), DEMAND_NO_CHUNK);
	/* they came in the order 3 2 1 0; they become idle in the order 1 3 0 2 */
	mpddw_demand_put(d, objs[2], PER);
	since = mpddw_demand_oldest(d);
	mpddw_demand_put(d, objs[0], PER);
	mpddw_demand_put(d, objs[3], PER);
	mpddw_demand_put(d, objs[1], PER);
	assert_true(mpddw_demand_oldest(d) == since);
	for (i = 0; i < 4; i++) {
		static const uint32_t order[] = { 1, 3, 0, 2 };

		assert_true(mpddw_demand_oldest(d) >= since);
		since = mpddw_demand_oldest(d);
		assert_int_equal(mpddw_demand_begin_unmap(d), order[i]);
		mpddw_demand_end_unmapped(d, order[i]);
	}
	assert_int_equal(counts(d).mapped, 0);
	assert_int_equal(counts(d).ready, 0);
	assert_int_equal(counts(d).available, OBJECTS);
	/* mapped again: the one that was mapped last */
	assert_int_equal(mpddw_demand_begin_map(d), 2);
	mpddw_demand_free(d);
}

static void
test_busy_used_and_absent_chunks_not_begun(void **state)
{
	struct demand *d = begin(2);
	void *objs[PER], *const *of;
	bool mapped;

	(void)state;
	/* BUSY: neither ready nor to be had a second time */
	assert_true(mpddw_demand_begin(d, 0, &mapped) && mapped);
	assert_false(mpddw_demand_begin(d, 0, &mapped));
	assert_int_equal(counts(d).ready, PER);
	assert_int_equal(counts(d).mapped, 1);
	assert_int_equal(counts(d).chunks, CHUNKS);
	assert_int_equal(mpddw_demand_objects(d, 0, &of), PER);
	assert_int_equal(chunk_of(size, of[0]), 0);
	mpddw_demand_end_unmapped(d, 0);
	/* one that has an object out stays */
	get_from(d, objs, 1, 1);
	assert_false(mpddw_demand_begin(d, 1, &mapped));
	assert_int_equal(mpddw_demand_begin_unmap(d), DEMAND_NO_CHUNK);
	/* unmapped, trimmed, grown */
	assert_true(mpddw_demand_begin(d, 5, &mapped) && !mapped);
	mpddw_demand_end_absent(d, 5);
	assert_false(mpddw_demand_begin(d, 5, &mapped));
	assert_int_equal(counts(d).objects, (CHUNKS - 1) * PER);
	assert_int_equal(counts(d).chunks, CHUNKS - 1);
	add_objects(d, CHUNK, 5, PER);
	assert_int_equal(counts(d).available, OBJECTS - 1);
	/* lost, and back */
	assert_true(mpddw_demand_begin(d, 6, &mapped) && !mapped);
	mpddw_demand_end_quarantined(d, 6);
	assert_int_equal(counts(d).quarantined, 1);
	assert_int_equal(counts(d).objects, (CHUNKS - 1) * PER);
	assert_int_equal(counts(d).available, (CHUNKS - 1) * PER - 1);
	add_objects(d, CHUNK, 6, 3);
	assert_int_equal(counts(d).quarantined, 0);
	assert_int_equal(counts(d).chunks, CHUNKS);
	assert_int_equal(counts(d).objects, (CHUNKS - 1) * PER + 3);
	mpddw_demand_free(d);
}

/* Chunks to map: full ones first, refused ones last. */
static void
test_full_chunks_mapped_first(void **state)
{
	struct demand *d = begin(0);
	bool mapped;
	uint32_t i;

	(void)state;
	assert_true(mpddw_demand_begin(d, 3, &mapped));
	mpddw_demand_end_absent(d, 3);
	add_objects(d, CHUNK, 3, 2);
	assert_int_equal(mpddw_demand_begin_map(d), 0);
	mpddw_demand_end_refused(d, 0);
	for (i = 1; i < CHUNKS; i++)
		if (i != 3)
			assert_int_equal(mpddw_demand_begin_map(d), i);
	assert_int_equal(mpddw_demand_begin_map(d), 3);
	mpddw_demand_end_mapped(d, 3);
	assert_int_equal(counts(d).ready, 2);
	assert_int_equal(mpddw_demand_begin_unmap(d), 3);
	mpddw_demand_end_unmapped(d, 3);
	assert_int_equal(mpddw_demand_begin_map(d), 0);
	mpddw_demand_end_unmapped(d, 0);
	assert_int_equal(mpddw_demand_begin_map(d), 0);
	assert_int_equal(mpddw_demand_begin_map(d), 3);
	assert_int_equal(mpddw_demand_begin_map(d), DEMAND_NO_CHUNK);
	mpddw_demand_free(d);
}

/* New objects: of which chunk the bus addresses are not known any more. */
static void
test_added_objects_lose_bus_addresses(void **state)
{
	struct demand *d = begin(0);
	void *objs[PER], *more[2] = { object(CHUNK, 0, 2), object(CHUNK, 0, 3) };
	bool mapped;

	(void)state;
	assert_true(mpddw_demand_begin(d, 0, &mapped));
	mpddw_demand_end_absent(d, 0);
	add_objects(d, CHUNK, 0, 2);
	assert_true(mpddw_demand_iova(d, 0) == RTE_BAD_IOVA);
	assert_true(mpddw_demand_begin(d, 0, &mapped));
	mpddw_demand_set_iova(d, 0, CHUNK);
	mpddw_demand_end_mapped(d, 0);
	/* with others out they are not taken for those */
	get_from(d, objs, 2, 0);
	mpddw_demand_add(d, more, 2);
	assert_int_equal(counts(d).ready, 2);
	assert_int_equal(counts(d).idle, 0);
	assert_false(mpddw_demand_begin(d, 0, &mapped));
	assert_true(mpddw_demand_iova(d, 0) == CHUNK);
	mpddw_demand_put(d, objs, 2);
	assert_int_equal(counts(d).ready, 4);
	assert_true(mpddw_demand_begin(d, 0, &mapped) && mapped);
	mpddw_demand_end_unmapped(d, 0);
	assert_true(mpddw_demand_iova(d, 0) == CHUNK);
	objs[0] = object(CHUNK, 0, 4);
	mpddw_demand_put(d, objs, 1);
	assert_true(mpddw_demand_iova(d, 0) == RTE_BAD_IOVA);
	assert_int_equal(counts(d).objects, (CHUNKS - 1) * PER + 5);
	mpddw_demand_free(d);
}

static void
test_wrong_pointers_not_counted(void **state)
{
	struct demand *d = begin(1);
	void *wrong[] = { NULL, (void *)(BASE - 1), object(CHUNK, CHUNKS, 0), (void *)UINTPTR_MAX,
			  &d };
	void *objs[PER + 1], *mixed[3];
	bool mapped;

	(void)state;
	mpddw_demand_put(d, wrong, RTE_DIM(wrong));
	assert_int_equal(rig_logged("MEMPOOL_DDW: pool: "), 1);
	assert_int_equal(rig_logged("is not an object of this pool"), 1);
	assert_int_equal(counts(d).available, OBJECTS);
	/* what is right beside it is taken */
	get_from(d, objs, 2, 0);
	mixed[0] = objs[0];
	mixed[1] = wrong[2];
	mixed[2] = objs[1];
	mpddw_demand_put(d, mixed, 3);
	assert_int_equal(counts(d).available, OBJECTS);
	assert_int_equal(counts(d).idle, 1);
	/* twice, to chunks in all states */
	mpddw_demand_put(d, mixed, 1);
	add_objects(d, CHUNK, 0, PER);
	add_objects(d, CHUNK, 1, PER);
	assert_true(mpddw_demand_begin(d, 2, &mapped));
	add_objects(d, CHUNK, 2, PER);
	assert_int_equal(counts(d).available, OBJECTS);
	assert_int_equal(counts(d).objects, OBJECTS);
	get_from(d, objs, 3, 0);
	objs[3] = objs[2];
	mpddw_demand_put(d, objs, 4);
	assert_int_equal(counts(d).available, OBJECTS);
	/* told once */
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 1);
	mpddw_demand_free(d);
}

/* What came back last goes out first, until a caller asks what is idle. */
static void
test_last_returned_objects_go_out_first(void **state)
{
	struct demand *d = begin(2);
	void *a[PER], *b[PER], *objs[4];
	bool mapped;

	(void)state;
	get_from(d, a, PER, 1);
	get_from(d, b, 4, 0);
	objs[0] = a[0];
	objs[1] = b[0];
	mpddw_demand_put(d, objs, 2);
	objs[2] = a[1];
	mpddw_demand_put(d, &objs[2], 1);
	assert_int_equal(mpddw_demand_ready(d), PER - 4 + 3);
	assert_int_equal(mpddw_demand_count(d), OBJECTS - PER - 4 + 3);
	assert_int_equal(mpddw_demand_get(d, &objs[3], 1), 0);
	assert_ptr_equal(objs[3], a[1]);
	assert_int_equal(mpddw_demand_get(d, &objs[2], 2), 0);
	assert_ptr_equal(objs[2], a[0]);
	assert_ptr_equal(objs[3], b[0]);
	/* it is idle though its objects came one by one */
	mpddw_demand_put(d, a, 5);
	mpddw_demand_put(d, &a[5], 5);
	assert_int_equal(counts(d).idle, 1);
	assert_int_equal(mpddw_demand_begin_unmap(d), 1);
	mpddw_demand_end_unmapped(d, 1);
	/* twice: it must not go out when its chunk is unmapped */
	mpddw_demand_put(d, a, 1);
	assert_int_equal(mpddw_demand_ready(d), PER - 4);
	assert_int_equal(rig_logged("is not an object of this pool"), 1);
	/* twice while others are out: no count goes wrong for good */
	objs[0] = objs[1] = objs[2] = objs[3] = b[0];
	mpddw_demand_put(d, objs, 4);
	mpddw_demand_put(d, objs, 1);
	assert_int_equal(counts(d).available, OBJECTS);
	assert_int_equal(counts(d).ready, PER);
	/* the same where the chunk has room for more objects */
	assert_true(mpddw_demand_begin(d, 2, &mapped));
	mpddw_demand_end_absent(d, 2);
	add_objects(d, CHUNK, 2, 2);
	assert_true(mpddw_demand_begin(d, 2, &mapped));
	mpddw_demand_end_mapped(d, 2);
	get_from(d, objs, 1, 2);
	objs[1] = objs[0];
	mpddw_demand_put(d, objs, 2);
	assert_int_equal(counts(d).ready, PER + 2);
	assert_int_equal(counts(d).objects, OBJECTS - PER + 2);
	mpddw_demand_free(d);
}

/* Chunks whose size is not a power of two, and that are larger than 4 GiB. */
static void
test_chunk_sizes_of_any_kind(void **state)
{
	static const uint64_t sizes[] = { 3 * CHUNK, CHUNK * 5 / 4, 8192 * MIB, 12288 * MIB };
	void *objs[OBJECTS];
	struct demand *d;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(sizes); i++) {
		d = begin_sized(sizes[i], CHUNKS);
		assert_int_equal(mpddw_demand_get(d, objs, OBJECTS), 0);
		assert_int_equal(counts(d).idle, 0);
		mpddw_demand_put(d, objs, PER - 1);
		assert_int_equal(counts(d).idle, 0);
		mpddw_demand_put(d, &objs[PER - 1], OBJECTS - PER + 1);
		assert_int_equal(counts(d).idle, CHUNKS);
		assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
		mpddw_demand_free(d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_is_all_or_nothing),
		cmocka_unit_test(test_use_gathers_in_few_chunks),
		cmocka_unit_test(test_longest_idle_chunk_goes_first),
		cmocka_unit_test(test_busy_used_and_absent_chunks_not_begun),
		cmocka_unit_test(test_full_chunks_mapped_first),
		cmocka_unit_test(test_added_objects_lose_bus_addresses),
		cmocka_unit_test(test_wrong_pointers_not_counted),
		cmocka_unit_test(test_last_returned_objects_go_out_first),
		cmocka_unit_test(test_chunk_sizes_of_any_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
