/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The ledger by itself, compared with a list of pages. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "random.h"
#include "unit.h"

#define V      UINT64_C(0x100000000000)
#define W      UINT64_C(0x800000000000000)
#define SHIFT  21
#define PAGE   (UINT64_C(1) << SHIFT)
#define PAGES  64
#define ROUNDS 20000

/* Where each page of the memory is mapped, 0 when it is not. */
struct pages {
	uint64_t iova[PAGES];
	bool region[PAGES];
	uint64_t seed;
};

/* Both trees: in order, apart, complete. */
static void
check_order(struct ledger *l)
{
	struct extent *e, *e_last = NULL;
	struct region *r, *r_last = NULL;
	uint64_t n = 0, bytes = 0, pages = 0, in_regions = 0;

	for (e = ddw_ledger_extent_at(l, 0); e != NULL;
	     e_last = e, e = ddw_ledger_extent_next(e), n++) {
		assert_true(e_last == NULL || e_last->vaddr + e_last->len <= e->vaddr);
		assert_int_not_equal(e->len, 0);
		bytes += e->len;
		pages += e->len >> e->page_shift;
	}
	assert_int_equal(n, l->n_extents);
	assert_int_equal(bytes, l->bytes);
	assert_int_equal(pages, l->pages);
	assert_true(n <= l->extent_slab.room);
	for (r = ddw_ledger_region_at(l, 0), n = 0; r != NULL;
	     r_last = r, r = ddw_ledger_region_next(r), n++) {
		assert_true(r_last == NULL || r_last->vaddr + r_last->size <= r->vaddr);
		in_regions += r->mapped;
	}
	assert_int_equal(n, l->n_regions);
	assert_int_equal(in_regions, bytes);
}

static void
check_pages(struct ledger *l, const struct pages *p)
{
	uint64_t i, va;

	for (i = 0; i < PAGES; i++) {
		const struct extent *e;
		const struct region *r;

		va = V + i * PAGE + rnd(&(uint64_t){ i + 1 }) % PAGE;
		e = ddw_ledger_extent_at(l, va);
		r = ddw_ledger_region_at(l, va);
		assert_int_equal(e != NULL && e->vaddr <= va, p->iova[i] != 0);
		if (p->iova[i] != 0)
			assert_int_equal(e->iova + (va - e->vaddr), p->iova[i] + va % PAGE);
		assert_int_equal(r != NULL && r->vaddr <= va, p->region[i]);
		assert_int_equal(ddw_ledger_overlaps(l, V + i * PAGE, PAGE), p->region[i]);
	}
}

static void
add(struct ledger *l, struct pages *p, uint64_t at, uint64_t n)
{
	uint64_t i, piece = 1 + rnd(&p->seed) % n, iova = W + (rnd(&p->seed) % 4096) * PAGE;
	struct extent e = {
		.vaddr = V + at * PAGE,
		.len = n * PAGE,
		.iova = iova,
		.groups = 1,
		.page_shift = SHIFT,
	};

	assert_int_equal(ddw_ledger_reserve(l, n, (n - 1) / piece + 1), 0);
	for (i = 0; i < n; i += piece) {
		uint64_t part = n - i < piece ? n - i : piece;
		struct region *r = ddw_ledger_add_region(l, V + (at + i) * PAGE, part * PAGE);

		assert_int_equal(r->mapped, 0);
	}
	assert_int_equal(ddw_ledger_add_extent(l, &e)->iova, iova);
	for (i = 0; i < n; i++) {
		p->region[at + i] = true;
		p->iova[at + i] = iova + i * PAGE;
	}
}

static void
drop(struct ledger *l, struct pages *p, uint64_t at, uint64_t n)
{
	uint64_t from = V + at * PAGE, end = from + n * PAGE, i;
	struct extent *e, *e_next;
	struct region *r, *r_next;

	for (e = ddw_ledger_extent_at(l, from); e != NULL && e->vaddr < end; e = e_next) {
		uint64_t lo = e->vaddr > from ? e->vaddr : from;
		uint64_t hi = e->vaddr + e->len < end ? e->vaddr + e->len : end;

		e_next = ddw_ledger_extent_next(e);
		ddw_ledger_cut_extent(l, e, lo, hi - lo);
	}
	for (r = ddw_ledger_region_at(l, from); r != NULL && r->vaddr < end; r = r_next) {
		r_next = ddw_ledger_region_next(r);
		if (r->mapped != 0)
			continue;
		for (i = (r->vaddr - V) / PAGE; i < (r->vaddr + r->size - V) / PAGE; i++)
			p->region[i] = false;
		ddw_ledger_drop_region(l, r);
	}
	memset(&p->iova[at], 0, n * sizeof(p->iova[0]));
}

static void
test_random_calls_agree_with_list_of_pages(void **state)
{
	struct pages p = { .seed = RANDOM_STRIDE };
	struct ledger l = { 0 };
	unsigned int round;

	(void)state;
	ddw_ledger_init(&l);
	for (round = 0; round < ROUNDS; round++) {
		uint64_t at = rnd(&p.seed) % PAGES, n = 1 + rnd(&p.seed) % (PAGES - at);

		if (rnd(&p.seed) % 2 == 0)
			drop(&l, &p, at, n);
		else if (!ddw_ledger_overlaps(&l, V + at * PAGE, n * PAGE))
			add(&l, &p, at, n);
		check_order(&l);
		check_pages(&l, &p);
	}
	drop(&l, &p, 0, PAGES);
	assert_int_equal(l.n_regions + l.n_extents + l.bytes + l.pages, 0);
	ddw_ledger_fini(&l);
}

/* Extents of several page sizes: pages are counted by each one's own. */
static void
test_pages_counted_by_size_of_extent(void **state)
{
	struct extent large = { .vaddr = V, .len = PAGE, .iova = W, .page_shift = SHIFT };
	struct extent small = { .vaddr = V + PAGE, .len = 65536, .iova = 4096, .page_shift = 12 };
	struct ledger l = { 0 };

	(void)state;
	ddw_ledger_init(&l);
	assert_int_equal(ddw_ledger_reserve(&l, 1 + 16, 2), 0);
	(void)ddw_ledger_add_region(&l, large.vaddr, large.len);
	(void)ddw_ledger_add_region(&l, small.vaddr, small.len);
	(void)ddw_ledger_add_extent(&l, &large);
	(void)ddw_ledger_add_extent(&l, &small);
	assert_int_equal(l.pages, 1 + 16);
	assert_int_equal(l.bytes, PAGE + 65536);
	ddw_ledger_cut_extent(&l, ddw_ledger_extent_at(&l, small.vaddr), small.vaddr + 4096, 8192);
	assert_int_equal(l.pages, 1 + 14);
	assert_int_equal(l.bytes, PAGE + 65536 - 8192);
	assert_int_equal(ddw_ledger_extent_at(&l, small.vaddr + 4096)->vaddr, small.vaddr + 12288);
	assert_int_equal(ddw_ledger_extent_at(&l, small.vaddr + 4096)->page_shift, 12);
	check_order(&l);
	ddw_ledger_fini(&l);
}

/* Memory mapped as one falls apart into as many extents as there can be, without new memory. */
static void
test_mapping_splits_without_new_memory(void **state)
{
	struct extent e = { .vaddr = V, .len = 1024 * PAGE, .iova = W, .page_shift = SHIFT };
	uint64_t room, i;
	struct ledger l = { 0 };

	(void)state;
	ddw_ledger_init(&l);
	assert_int_equal(ddw_ledger_reserve(&l, 1024, 1), 0);
	(void)ddw_ledger_add_region(&l, e.vaddr, e.len);
	(void)ddw_ledger_add_extent(&l, &e);
	room = l.extent_slab.room;
	assert_true(room < 2048);
	for (i = 1; i < 1023; i += 2)
		ddw_ledger_cut_extent(&l, ddw_ledger_extent_at(&l, V + i * PAGE), V + i * PAGE,
				      PAGE);
	assert_int_equal(l.n_extents, 512);
	assert_int_equal(l.extent_slab.room, room);
	check_order(&l);
	ddw_ledger_fini(&l);
}

/* Sizes that no memory can have; the ledger stays as it was. */
static void
test_impossible_sizes_leave_ledger_unchanged(void **state)
{
	struct extent e = { .vaddr = V, .len = PAGE, .iova = W, .page_shift = SHIFT };
	struct ledger l = { 0 };

	(void)state;
	ddw_ledger_init(&l);
	assert_int_equal(ddw_ledger_reserve(&l, UINT64_MAX, 1), -ENOMEM);
	assert_int_equal(ddw_ledger_reserve(&l, UINT64_MAX / sizeof(struct extent), 1), -ENOMEM);
	assert_int_equal(ddw_ledger_reserve(&l, 1, 1), 0);
	(void)ddw_ledger_add_region(&l, e.vaddr, e.len);
	(void)ddw_ledger_add_extent(&l, &e);
	assert_int_equal(ddw_ledger_reserve(&l, UINT64_MAX, 1), -ENOMEM);
	assert_int_equal(ddw_ledger_reserve(&l, 1, UINT64_MAX), -ENOMEM);
	check_order(&l);
	assert_int_equal(l.n_extents, 1);
	ddw_ledger_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls_agree_with_list_of_pages),
		cmocka_unit_test(test_pages_counted_by_size_of_extent),
		cmocka_unit_test(test_mapping_splits_without_new_memory),
		cmocka_unit_test(test_impossible_sizes_leave_ledger_unchanged),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
