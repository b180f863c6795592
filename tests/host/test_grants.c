/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Who uses which memory: when is it unused, and whose use ends with whom. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory/grants.h"
#include "unit.h"

#define V     UINT64_C(0x100000)
#define IOVA  UINT64_C(0x8000000)
#define PAGE  UINT64_C(0x1000)
#define SPANS 64

static struct grants h;
/* Owners are told apart by their address only. */
static const char devices[4], pools[2];

static int
begin(void **state)
{
	(void)state;
	spapr_grants_init(&h);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	spapr_grants_fini(&h);
	assert_null(spapr_grants_unused(&h));
	assert_null(spapr_grants_span_at(&h, 0));
	return 0;
}

static struct span *
span(uint64_t page, uint64_t pages)
{
	struct span *s = spapr_grants_add_span(&h, V + page * PAGE, pages * PAGE);

	assert_non_null(s);
	return s;
}

static void
grant(const void *owner, uint64_t page, uint64_t pages)
{
	assert_int_equal(spapr_grants_grant(&h, owner, V + page * PAGE, pages * PAGE, IOVA), 0);
}

static struct grant *
find(const void *owner, uint64_t page, uint64_t pages)
{
	return spapr_grants_find(&h, owner, V + page * PAGE, pages * PAGE, IOVA);
}

static void
put(const void *owner, uint64_t page, uint64_t pages)
{
	struct grant *g = find(owner, page, pages);

	assert_non_null(g);
	spapr_grants_put(&h, g);
}

/* The unused spans are exactly this one, or none. */
static void
unused(const struct span *s)
{
	assert_ptr_equal(spapr_grants_unused(&h), s);
	assert_true(s == NULL || TAILQ_NEXT(s, unused) == NULL);
}

static void
test_memory_unused_when_last_owner_leaves(void **state)
{
	struct span *s = span(0, 4);

	(void)state;
	unused(s);
	grant(&devices[0], 0, 4);
	unused(NULL);
	grant(&devices[1], 0, 4);
	grant(&devices[1], 0, 4);
	put(&devices[0], 0, 4);
	assert_null(find(&devices[0], 0, 4));
	put(&devices[1], 0, 4);
	unused(NULL);
	put(&devices[1], 0, 4);
	unused(s);
	spapr_grants_drop_span(&h, s);
	unused(NULL);
}

static void
test_only_exact_range_found(void **state)
{
	(void)state;
	(void)span(0, 4);
	grant(&devices[0], 0, 4);
	assert_null(find(&devices[1], 0, 4));
	assert_null(find(&devices[0], 0, 3));
	assert_null(find(&devices[0], 1, 3));
	assert_null(spapr_grants_find(&h, &devices[0], V, 4 * PAGE, IOVA + PAGE));
}

static void
test_span_used_while_any_part_granted(void **state)
{
	struct span *a = span(0, 4), *b = span(4, 4), *c = span(9, 1);

	(void)state;
	grant(&devices[0], 3, 2); /* the end of a, the start of b */
	unused(c);
	grant(&devices[1], 8, 1); /* between b and c */
	unused(c);
	grant(&devices[2], 0, 10); /* all */
	unused(NULL);
	put(&devices[0], 3, 2);
	unused(NULL);
	put(&devices[2], 0, 10);
	assert_true(a->refs == 0 && b->refs == 0 && c->refs == 0);
	assert_non_null(find(&devices[1], 8, 1));
}

static void
test_span_found_by_address(void **state)
{
	struct span *a = span(1, 2), *b = span(5, 1);

	(void)state;
	assert_ptr_equal(spapr_grants_span_at(&h, 0), a);
	assert_ptr_equal(spapr_grants_span_at(&h, V + PAGE), a);
	assert_ptr_equal(spapr_grants_span_at(&h, V + 3 * PAGE - 1), a);
	assert_ptr_equal(spapr_grants_span_at(&h, V + 3 * PAGE), b);
	assert_ptr_equal(spapr_grants_span_at(&h, V + 6 * PAGE - 1), b);
	assert_null(spapr_grants_span_at(&h, V + 6 * PAGE));
	assert_ptr_equal(spapr_grants_next_span(a), b);
	assert_null(spapr_grants_next_span(b));
}

static void
test_kept_span_never_unused(void **state)
{
	struct span *s = span(0, 1);

	(void)state;
	spapr_grants_keep(&h, s);
	grant(&devices[0], 0, 1);
	put(&devices[0], 0, 1);
	unused(NULL);
	spapr_grants_drop_span(&h, s);
	assert_null(spapr_grants_span_at(&h, 0));
}

static void
test_leaving_owner_drops_all_grants(void **state)
{
	struct span *a = span(0, 1), *b = span(1, 1);

	(void)state;
	grant(&devices[0], 0, 1);
	grant(&devices[0], 1, 1);
	grant(&devices[0], 1, 1);
	grant(&devices[1], 1, 1);
	spapr_grants_drop_owner(&h, &devices[0]);
	unused(a);
	assert_true(b->refs == 1);
	assert_null(find(&devices[0], 1, 1));
	assert_non_null(find(&devices[1], 1, 1));
}

/* Where a pool's memory was mapped for it, devices lose it; another pool keeps its own. */
static void
test_leaving_pool_takes_grants_in_its_memory(void **state)
{
	struct span *s = span(0, 8);

	(void)state;
	s->unlisted = true;
	grant(&pools[0], 0, 4);
	grant(&pools[1], 4, 4);
	grant(&devices[0], 1, 1);
	grant(&devices[0], 5, 1);
	spapr_grants_drop_pool(&h, &pools[0]);
	assert_null(find(&devices[0], 1, 1));
	assert_non_null(find(&devices[0], 5, 1));
	assert_non_null(find(&pools[1], 4, 4));
	unused(NULL);
	spapr_grants_drop_pool(&h, &pools[1]);
	unused(s);
	assert_null(find(&devices[0], 5, 1));
}

/* Memory that the application gave to a device itself stays the device's. */
static void
test_leaving_pool_keeps_grants_of_device(void **state)
{
	struct span *s = span(0, 4);

	(void)state;
	grant(&devices[0], 0, 4);
	grant(&pools[0], 0, 2);
	spapr_grants_drop_pool(&h, &pools[0]);
	assert_null(find(&pools[0], 0, 2));
	assert_non_null(find(&devices[0], 0, 4));
	assert_true(s->refs == 1);
}

/* What was given of memory that is mapped now only was not mapped. */
static void
test_grant_before_span_forgotten(void **state)
{
	(void)state;
	grant(&devices[0], 0, 2);
	unused(span(1, 1));
	assert_null(find(&devices[0], 0, 2));
}

static void
test_dropped_range_ends_grants_that_touch_it(void **state)
{
	struct span *a = span(0, 2), *b = span(2, 2);

	(void)state;
	grant(&devices[0], 0, 2);
	grant(&devices[1], 2, 2);
	grant(&devices[2], 1, 2);
	spapr_grants_drop_range(&h, V + PAGE, 1);
	assert_non_null(find(&devices[1], 2, 2));
	unused(a);
	assert_true(b->refs == 1);
}

/* The references of every span are what counting says. */
static void
check_refs(struct span *const *spans)
{
	uint64_t refs[SPANS] = { 0 }, page, pages;
	unsigned int i, owner;

	for (owner = 0; owner < 4; owner++)
		for (page = 0; page < SPANS * 2; page++)
			for (pages = 1; pages < 10; pages++)
				for (i = 0; find(&devices[owner], page, pages) && i < SPANS; i++)
					refs[i] +=
						V + page * PAGE < spans[i]->vaddr + spans[i]->len &&
						spans[i]->vaddr < V + (page + pages) * PAGE;
	for (i = 0; i < SPANS; i++)
		assert_int_equal(spans[i]->refs, refs[i]);
}

static void
test_random_grants_match_references(void **state)
{
	struct span *spans[SPANS];
	unsigned int i, n = 0;
	const struct span *s;

	(void)state;
	srand(1);
	for (i = 0; i < SPANS; i++)
		spans[i] = span(i * 2, 1 + (uint64_t)rand() % 2);
	for (i = 0; i < 20000; i++) {
		const char *owner = &devices[rand() % 4];
		uint64_t page = (uint64_t)rand() % (SPANS * 2), pages = 1 + (uint64_t)rand() % 9;

		if (rand() % 2)
			grant(owner, page, pages);
		else if (find(owner, page, pages) != NULL)
			put(owner, page, pages);
		else if (rand() % 100 == 0)
			spapr_grants_drop_range(&h, V + page * PAGE, pages * PAGE);
		if (i % 500 == 0)
			check_refs(spans);
	}
	for (i = 0; i < 4; i++)
		spapr_grants_drop_owner(&h, &devices[i]);
	TAILQ_FOREACH(s, &h.unused, unused)
		n++;
	assert_int_equal(n, SPANS);
}

/* Two pools meet inside of the second part: the first one can go by itself. */
static void
test_split_span_unused_in_parts(void **state)
{
	struct span *s = span(0, 4), *rest;

	(void)state;
	s->unlisted = true;
	assert_ptr_equal(spapr_grants_split_span(&h, s, V), s);
	assert_ptr_equal(spapr_grants_split_span(&h, s, V + 4 * PAGE), s);
	rest = spapr_grants_split_span(&h, s, V + 3 * PAGE);
	assert_true(rest != s && rest->unlisted);
	assert_true(s->len == 3 * PAGE && rest->vaddr == V + 3 * PAGE && rest->len == PAGE);
	assert_ptr_equal(spapr_grants_next_span(s), rest);
	assert_int_equal(spapr_grants_grant(&h, &pools[0], V, 3 * PAGE + 9, 0), 0);
	assert_int_equal(spapr_grants_grant(&h, &pools[1], V + 3 * PAGE + 9, PAGE, 0), 0);
	assert_true(s->refs == 1 && rest->refs == 2);
	spapr_grants_drop_pool(&h, &pools[0]);
	unused(s);
	assert_true(rest->refs == 1);
}

#define MIXED 300

/* What should be there, in words that are easy to check. */
static struct {
	const char *owner;
	uint64_t vaddr, len;
	bool live;
} mixed[MIXED];

static void
check_mixed(void)
{
	unsigned int i;

	for (i = 0; i < MIXED; i++)
		assert_int_equal(mixed[i].live,
				 spapr_grants_find(&h, mixed[i].owner, mixed[i].vaddr, mixed[i].len,
						   i) != NULL);
}

/* From one byte to very long, some inside of others. */
static void
grant_mixed(unsigned int i)
{
	mixed[i].owner = &devices[rand() % 4];
	mixed[i].len = 1 + ((uint64_t)rand() >> (rand() % 31));
	mixed[i].vaddr = V + ((uint64_t)rand() >> (rand() % 31));
	mixed[i].live = true;
	assert_int_equal(spapr_grants_grant(&h, mixed[i].owner, mixed[i].vaddr, mixed[i].len, i),
			 0);
}

static void
test_only_overlapping_grants_dropped(void **state)
{
	unsigned int round, i;

	(void)state;
	srand(2);
	memset(mixed, 0, sizeof(mixed));
	for (round = 0; round < 3000; round++) {
		uint64_t vaddr = V + ((uint64_t)rand() >> (rand() % 31));
		uint64_t len = 1 + ((uint64_t)rand() >> (10 + rand() % 20));
		const char *gone = round % 100 == 0 ? &devices[rand() % 4] : NULL;

		for (i = 0; i < MIXED; i++)
			if (!mixed[i].live && rand() % 8 == 0)
				grant_mixed(i);
		if (gone != NULL)
			spapr_grants_drop_owner(&h, gone);
		else
			spapr_grants_drop_range(&h, vaddr, len);
		for (i = 0; i < MIXED; i++)
			if (gone != NULL ? mixed[i].owner == gone
					 : mixed[i].vaddr < vaddr + len &&
						   vaddr < mixed[i].vaddr + mixed[i].len)
				mixed[i].live = false;
		check_mixed();
	}
	/* to the end of all addresses */
	assert_int_equal(spapr_grants_grant(&h, &devices[0], 0, UINT64_MAX, 7), 0);
	spapr_grants_drop_range(&h, UINT64_MAX - 1, 1);
	assert_null(spapr_grants_find(&h, &devices[0], 0, UINT64_MAX, 7));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_unused_when_last_owner_leaves),
		TEST(test_only_exact_range_found),
		TEST(test_span_used_while_any_part_granted),
		TEST(test_span_found_by_address),
		TEST(test_kept_span_never_unused),
		TEST(test_leaving_owner_drops_all_grants),
		TEST(test_leaving_pool_takes_grants_in_its_memory),
		TEST(test_leaving_pool_keeps_grants_of_device),
		TEST(test_grant_before_span_forgotten),
		TEST(test_dropped_range_ends_grants_that_touch_it),
		TEST(test_random_grants_match_references),
		TEST(test_split_span_unused_in_parts),
		TEST(test_only_overlapping_grants_dropped),
	};

	return cmocka_run_group_tests_name("grants", tests, NULL, NULL);
}
