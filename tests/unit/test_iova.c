/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "scene.h"
#include "util/iova.h"

#define BASE MODEL_HIGH

static void
test_bad_window_refused(void **state)
{
	static const struct {
		uint64_t start, size;
		unsigned int shift;
	} bad[] = {
		{ 0, 0, 16 },			      /* empty */
		{ 0, 4096, 16 },		      /* size misaligned */
		{ 4096, MODEL_64K, 16 },	      /* start misaligned */
		{ 0, MODEL_64K + 1, 16 },	      /* size misaligned */
		{ UINT64_MAX - 0xffff, 0x20000, 16 }, /* wraps */
		{ 0, 4096, 11 },		      /* page too small */
		{ 0, UINT64_C(1) << 41, 41 },	      /* page too large */
		{ 0, UINT64_C(1) << 63, 64 },
	};
	struct ddw_iova a;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ret = ddw_iova_init(&a, bad[i].start, bad[i].size, bad[i].shift);
		if (ret != -EINVAL)
			fail_msg("case %u: %d", i, ret);
		ddw_iova_fini(&a);
	}
	memset(&a, 0, sizeof(a));
	ddw_iova_fini(&a);
}

static void
test_window_too_large_for_bitmap_refused(void **state)
{
	struct ddw_iova a;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, 0, UINT64_C(1) << 63, 12), -ENOMEM);
	ddw_iova_fini(&a);
	/* ends at 2^64, which is no wrap */
	assert_int_equal(ddw_iova_init(&a, MODEL_64K, UINT64_MAX - 0xffff, 16), -ENOMEM);
	ddw_iova_fini(&a);
}

static void
test_lowest_address_given_first(void **state)
{
	struct ddw_iova a;
	uint64_t iova;
	unsigned int i;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, BASE, 200 * MODEL_2M, 21), 0);
	assert_true(ddw_iova_free_bytes(&a) == 200 * MODEL_2M);
	for (i = 0; i < 200; i++) {
		assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_2M, 1, &iova), 0);
		assert_true(iova == BASE + i * MODEL_2M);
	}
	assert_int_equal(ddw_iova_free_bytes(&a), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_2M, 1, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_free(&a, BASE + 10 * MODEL_2M, 2 * MODEL_2M), 0);
	assert_int_equal(ddw_iova_free(&a, BASE + 70 * MODEL_2M, 3 * MODEL_2M), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_2M, 1, &iova), 0);
	assert_true(iova == BASE + 70 * MODEL_2M);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_2M, 1, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 2 * MODEL_2M, 1, &iova), 0);
	assert_true(iova == BASE + 10 * MODEL_2M);
	ddw_iova_fini(&a);
}

static void
test_bad_size_refused(void **state)
{
	struct ddw_iova a;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, BASE, 4 * MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 0, 1, &iova), -EINVAL);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 1, 1, &iova), -EINVAL);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_64K + 4096, 1, &iova), -EINVAL);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 5 * MODEL_64K, 1, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_aligned(&a, UINT64_MAX - 0xffff, 1, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 4 * MODEL_64K, 1, &iova), 0);
	assert_true(iova == BASE);
	ddw_iova_fini(&a);
}

static void
test_fixed_address_given_only_when_free(void **state)
{
	struct ddw_iova a;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, BASE, 8 * MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE, 0), -EINVAL);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 1, MODEL_64K), -EINVAL);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE, MODEL_64K + 1), -EINVAL);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE - MODEL_64K, MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_alloc_at(&a, 0, MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 8 * MODEL_64K, MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 7 * MODEL_64K, 2 * MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE, UINT64_MAX - 0xffff), -ERANGE);
	assert_int_equal(ddw_iova_alloc_at(&a, UINT64_MAX - 0xffff, MODEL_64K), -ERANGE);
	assert_true(ddw_iova_free_bytes(&a) == 8 * MODEL_64K);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 2 * MODEL_64K, 2 * MODEL_64K), 0);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 2 * MODEL_64K, MODEL_64K), -EEXIST);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + 3 * MODEL_64K, 2 * MODEL_64K), -EEXIST);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE + MODEL_64K, 2 * MODEL_64K), -EEXIST);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_64K, 1, &iova), 0);
	assert_true(iova == BASE + 4 * MODEL_64K);
	assert_int_equal(ddw_iova_alloc_at(&a, BASE, MODEL_64K), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_64K, 1, &iova), 0);
	assert_true(iova == BASE + MODEL_64K);
	ddw_iova_fini(&a);
}

/* All addresses below a limit, which may be anywhere. */
static void
test_addresses_stay_below_limit(void **state)
{
	struct ddw_iova a;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, BASE, 8 * MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, 1, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, BASE, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, BASE + MODEL_64K - 1, &iova),
			 -ENOSPC);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, BASE + MODEL_64K, &iova), 0);
	assert_true(iova == BASE);
	assert_int_equal(
		ddw_iova_alloc_below(&a, 4 * MODEL_64K, 1, BASE + 5 * MODEL_64K - 1, &iova),
		-ENOSPC);
	assert_int_equal(ddw_iova_alloc_below(&a, 4 * MODEL_64K, 1, BASE + 5 * MODEL_64K, &iova),
			 0);
	assert_true(iova == BASE + MODEL_64K);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, BASE + 5 * MODEL_64K, &iova),
			 -ENOSPC);
	assert_int_equal(ddw_iova_alloc_below(&a, MODEL_64K, 1, UINT64_MAX, &iova), 0);
	assert_int_equal(ddw_iova_alloc_below(&a, 2 * MODEL_64K, 1, 0, &iova), 0);
	assert_true(iova == BASE + 6 * MODEL_64K);
	ddw_iova_fini(&a);
}

static void
test_only_allocated_addresses_freed(void **state)
{
	struct ddw_iova a;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, BASE, 8 * MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_64K, 1, &iova), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 2 * MODEL_64K, 1, &iova), 0);
	assert_int_equal(ddw_iova_free(&a, BASE, 0), -EINVAL);
	assert_int_equal(ddw_iova_free(&a, BASE + 4096, MODEL_64K), -EINVAL);
	assert_int_equal(ddw_iova_free(&a, BASE, 4096), -EINVAL);
	assert_int_equal(ddw_iova_free(&a, 0, MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_free(&a, BASE + 8 * MODEL_64K, MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_free(&a, BASE + 4 * MODEL_64K, 5 * MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_free(&a, BASE + 4 * MODEL_64K, 2 * MODEL_64K), -ENOENT);
	assert_true(ddw_iova_free_bytes(&a) == 3 * MODEL_64K);
	/* across two extents, leaving a part of each */
	assert_int_equal(ddw_iova_free(&a, BASE + MODEL_64K, 3 * MODEL_64K), 0);
	assert_int_equal(ddw_iova_free(&a, BASE + MODEL_64K, MODEL_64K), -ENOENT);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_64K, 1, &iova), 0);
	assert_true(iova == BASE + MODEL_64K);
	ddw_iova_fini(&a);
}

/* Windows at both ends of the address space. */
static void
test_windows_at_both_ends_of_address_space(void **state)
{
	struct ddw_iova a;
	uint64_t iova, top = UINT64_MAX - 4 * MODEL_64K + 1;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, 0, MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_64K, 1, &iova), 0);
	assert_int_equal(iova, 0);
	ddw_iova_fini(&a);
	assert_int_equal(ddw_iova_init(&a, top, 4 * MODEL_64K, 16), 0);
	assert_int_equal(ddw_iova_alloc_at(&a, top + 3 * MODEL_64K, MODEL_64K), 0);
	assert_int_equal(ddw_iova_alloc_at(&a, top + 3 * MODEL_64K, 2 * MODEL_64K), -ERANGE);
	assert_int_equal(ddw_iova_free(&a, top + 3 * MODEL_64K, MODEL_64K), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 4 * MODEL_64K, 1, &iova), 0);
	assert_true(iova == top);
	ddw_iova_fini(&a);
}

#define PAGES 300

/* The same thing, slowly. */
static int
naive(uint8_t *map, unsigned int first, unsigned int n, uint8_t want, uint8_t set)
{
	unsigned int i;

	if (n == 0)
		return -EINVAL;
	if (first >= PAGES || n > PAGES - first)
		return -ERANGE;
	for (i = first; i < first + n; i++)
		if (map[i] != want)
			return want ? -ENOENT : -EEXIST;
	memset(map + first, set, n);
	return 0;
}

static int
naive_alloc(uint8_t *map, unsigned int n, unsigned int *first)
{
	for (*first = 0; n != 0 && *first + n <= PAGES; (*first)++)
		if (naive(map, *first, n, 0, 1) == 0)
			return 0;
	return n == 0 ? -EINVAL : -ENOSPC;
}

static bool
random_step(struct ddw_iova *a, uint8_t *map, uint64_t *seed)
{
	unsigned int first = (unsigned int)(rnd(seed) % (PAGES + 4)), found, i;
	unsigned int n = (unsigned int)(rnd(seed) % (rnd(seed) % 8 == 0 ? 150 : 9));
	uint64_t iova = 0, len = n * MODEL_64K, at = BASE + first * MODEL_64K, free = 0;
	int want, ret;

	switch (rnd(seed) % 5) {
	case 0:
	case 1:
		want = naive_alloc(map, n, &found);
		ret = ddw_iova_alloc_aligned(a, len, 1, &iova);
		if (want == 0 && iova != BASE + found * MODEL_64K)
			return false;
		break;
	case 2:
		want = naive(map, first, n, 0, 1);
		ret = ddw_iova_alloc_at(a, at, len);
		break;
	default:
		want = naive(map, first, n, 1, 0);
		ret = ddw_iova_free(a, at, len);
	}
	for (i = 0; i < PAGES; i++)
		free += map[i] == 0;
	return ret == want && ddw_iova_free_bytes(a) == free * MODEL_64K;
}

static void
test_random_calls_agree_with_plain_map(void **state)
{
	static const uint64_t seeds[] = { 1, 42, 0xdeadbeef, 0x123456789abcdef };
	struct ddw_iova a;
	uint8_t map[PAGES];
	uint64_t seed;
	unsigned int i, step;

	(void)state;
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		seed = seeds[i];
		memset(map, 0, sizeof(map));
		assert_int_equal(ddw_iova_init(&a, BASE, PAGES * MODEL_64K, 16), 0);
		for (step = 0; step < 20000; step++) {
			if (!random_step(&a, map, &seed))
				fail_msg("seed %" PRIu64 ", step %u", seeds[i], step);
		}
		ddw_iova_fini(&a);
	}
}

/* What there is for larger pages, where small ones lie scattered. */
static void
test_room_for_large_pages_between_small_ones(void **state)
{
	struct ddw_iova a;
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, MODEL_64K, 8 * MODEL_2M, 16), 0);
	assert_true(ddw_iova_room(&a, 1, 1) == 8 * MODEL_2M);
	/* neither the first 2M block nor the last one is whole */
	assert_true(ddw_iova_room(&a, MODEL_2M, MODEL_2M) == 7 * MODEL_2M);
	assert_true(ddw_iova_room(&a, MODEL_16M, MODEL_16M) == 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_2M, MODEL_2M, &iova), 0);
	assert_true(iova == MODEL_2M);
	assert_true(ddw_iova_room(&a, MODEL_2M, MODEL_2M) == 4 * MODEL_2M);
	assert_int_equal(ddw_iova_alloc_at(&a, 5 * MODEL_2M + MODEL_64K, MODEL_64K), 0);
	assert_true(ddw_iova_room(&a, MODEL_2M, MODEL_2M) == 3 * MODEL_2M);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_2M, 3, &iova), -EINVAL);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 3 * MODEL_2M, MODEL_2M, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 2 * MODEL_2M, MODEL_2M, &iova), 0);
	assert_true(iova == 6 * MODEL_2M);
	assert_int_equal(ddw_iova_alloc_aligned(&a, MODEL_64K, UINT64_C(1) << 63, &iova), -ENOSPC);
	ddw_iova_fini(&a);
}

/* One that was never set up, or was released, hands out nothing. */
static void
test_unused_allocator_gives_nothing(void **state)
{
	struct ddw_iova a = { 0 };
	uint64_t iova;

	(void)state;
	assert_int_equal(ddw_iova_alloc_aligned(&a, 4096, 1, &iova), -EINVAL);
	assert_int_equal(ddw_iova_alloc_at(&a, 0, 4096), -EINVAL);
	assert_int_equal(ddw_iova_free(&a, 0, 4096), -EINVAL);
	assert_int_equal(ddw_iova_init(&a, 0, 4096, 12), 0);
	ddw_iova_fini(&a);
	assert_int_equal(ddw_iova_alloc_aligned(&a, 4096, 1, &iova), -EINVAL);
}

/* At the end of the address space there may be no aligned address any more. */
static void
test_no_aligned_address_past_end(void **state)
{
	uint64_t page = UINT64_C(1) << 21, start = -(8 * page), iova;
	struct ddw_iova a;

	(void)state;
	assert_int_equal(ddw_iova_init(&a, start, 8 * page, 21), 0);
	assert_int_equal(ddw_iova_alloc_aligned(&a, page, UINT64_C(1) << 63, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_alloc_aligned(&a, page, 4 * page, &iova), 0);
	assert_int_equal(iova, start);
	assert_int_equal(ddw_iova_alloc_aligned(&a, page, 4 * page, &iova), 0);
	assert_int_equal(iova, start + 4 * page);
	assert_int_equal(ddw_iova_alloc_aligned(&a, page, 4 * page, &iova), -ENOSPC);
	assert_int_equal(ddw_iova_room(&a, 2 * page, 2 * page), 2 * 2 * page);
	assert_int_equal(ddw_iova_alloc_at(&a, start + page, 3 * page), 0);
	assert_int_equal(ddw_iova_alloc_at(&a, start + 5 * page, 3 * page), 0);
	assert_int_equal(ddw_iova_room(&a, 2 * page, 2 * page), 0);
	ddw_iova_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_window_refused),
		cmocka_unit_test(test_window_too_large_for_bitmap_refused),
		cmocka_unit_test(test_lowest_address_given_first),
		cmocka_unit_test(test_bad_size_refused),
		cmocka_unit_test(test_fixed_address_given_only_when_free),
		cmocka_unit_test(test_addresses_stay_below_limit),
		cmocka_unit_test(test_only_allocated_addresses_freed),
		cmocka_unit_test(test_windows_at_both_ends_of_address_space),
		cmocka_unit_test(test_random_calls_agree_with_plain_map),
		cmocka_unit_test(test_room_for_large_pages_between_small_ones),
		cmocka_unit_test(test_unused_allocator_gives_nothing),
		cmocka_unit_test(test_no_aligned_address_past_end),
	};

	return cmocka_run_group_tests_name("iova", tests, NULL, NULL);
}
