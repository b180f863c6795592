/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The index by itself, compared with a table of all keys. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/btree.h"

#define KEYS 40000
/* Keys are apart, so that there is something to look for in between. */
#define STEP 16

struct table {
	struct btree x;
	uint64_t at[KEYS]; /* key of the entry, KEY_NONE when there is none */
	uint64_t n;
};

#define KEY_NONE UINT64_MAX

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct table *
table_new(void)
{
	struct table *t = malloc(sizeof(*t));
	unsigned int i;

	assert_non_null(t);
	ddw_btree_init(&t->x);
	for (i = 0; i < KEYS; i++)
		t->at[i] = KEY_NONE;
	t->n = 0;
	return t;
}

/* The tree never needs more nodes than ddw_btree_reserve() counts with. */
static void
check_nodes(const struct table *t)
{
	assert_true(t->x.nodes <= t->x.slab.room);
	assert_true(t->x.nodes <= t->n / (BTREE_HALF - 1) + t->x.height + 1);
	assert_int_equal(t->x.root == NULL, t->n == 0);
}

static void
add(struct table *t, unsigned int i)
{
	t->at[i] = (uint64_t)i * STEP + rnd() % STEP;
	assert_int_equal(ddw_btree_reserve(&t->x, ++t->n), 0);
	ddw_btree_insert(&t->x, t->at[i], &t->at[i]);
	check_nodes(t);
}

static void
drop(struct table *t, unsigned int i)
{
	ddw_btree_remove(&t->x, t->at[i]);
	t->at[i] = KEY_NONE;
	t->n--;
	check_nodes(t);
}

static void
rekey(struct table *t, unsigned int i)
{
	uint64_t key = (uint64_t)i * STEP + rnd() % STEP;

	ddw_btree_rekey(&t->x, t->at[i], key);
	t->at[i] = key;
}

/* What ddw_btree_floor() says of each key and of those between. */
static void
check_all(const struct table *t)
{
	const uint64_t *last = NULL;
	unsigned int i;

	for (i = 0; i < KEYS; i++) {
		assert_ptr_equal(ddw_btree_floor(&t->x, (uint64_t)i * STEP),
				 t->at[i] == (uint64_t)i * STEP ? &t->at[i] : last);
		if (t->at[i] == KEY_NONE)
			continue;
		assert_ptr_equal(ddw_btree_floor(&t->x, t->at[i]), &t->at[i]);
		if (t->at[i] != 0)
			assert_ptr_equal(ddw_btree_floor(&t->x, t->at[i] - 1), last);
		last = &t->at[i];
	}
	assert_ptr_equal(ddw_btree_floor(&t->x, UINT64_MAX), last);
}

static void
table_end(struct table *t)
{
	assert_int_equal(t->n, 0);
	assert_int_equal(t->x.nodes, 0);
	assert_int_equal(t->x.height, 0);
	assert_null(ddw_btree_floor(&t->x, UINT64_MAX));
	ddw_btree_fini(&t->x);
	free(t);
}

/* Fill and empty in both directions: leaves fill up, and levels come and go. */
static void
test_in_order(void **state)
{
	struct table *t = table_new();
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < KEYS; i++)
			add(t, round & 1 ? KEYS - 1 - i : i);
		check_all(t);
		/* A tree that grew at its end is full. */
		if (!(round & 1))
			assert_true(t->x.nodes <= KEYS / BTREE_FULL * 105 / 100);
		for (i = 0; i < KEYS / 2; i++)
			drop(t, round & 2 ? KEYS - 1 - i : i);
		check_all(t);
		for (; i < KEYS; i++)
			drop(t, round & 2 ? KEYS - 1 - i : i);
	}
	table_end(t);
}

/* Random keys; the share of insertions makes the tree grow and shrink. */
static void
test_random(void **state)
{
	struct table *t = table_new();
	unsigned int round, i, j;

	(void)state;
	for (round = 0; round < 24; round++) {
		unsigned int grow = (round / 4) % 2 == 0 ? 3 : 1;

		for (j = 0; j < KEYS; j++) {
			i = (unsigned int)(rnd() % KEYS);
			if (t->at[i] == KEY_NONE && rnd() % 4 < grow)
				add(t, i);
			else if (t->at[i] != KEY_NONE && rnd() % 4 >= grow)
				drop(t, i);
			else if (t->at[i] != KEY_NONE)
				rekey(t, i);
		}
		check_all(t);
	}
	for (i = 0; i < KEYS; i++)
		if (t->at[i] != KEY_NONE)
			drop(t, i);
	table_end(t);
}

/* Grow at the end to "n" entries, then remove the last one, every second one, the rest. */
static void
grow_and_empty(struct table *t, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		add(t, i);
	drop(t, n - 1);
	check_all(t);
	for (i = 0; i + 1 < n; i += 2)
		drop(t, i);
	check_all(t);
	for (i = 1; i + 1 < n; i += 2)
		drop(t, i);
	assert_int_equal(t->n, 0);
}

/* The last nodes of the levels may have few entries, down to one. */
static void
test_last_nodes(void **state)
{
	struct table *t = table_new();
	unsigned int n;

	(void)state;
	for (n = 1; n < 3 * BTREE_FULL * BTREE_FULL; n += 1 + n / 20)
		grow_and_empty(t, n);
	/* One entry in the last leaf, which is an only child. */
	grow_and_empty(t, BTREE_FULL * BTREE_FULL + 1);
	grow_and_empty(t, BTREE_FULL * BTREE_FULL * BTREE_FULL + 1);
	table_end(t);
}

/* One entry behind each full leaf that is not the last one must not get a leaf of its own. */
static void
test_in_the_middle(void **state)
{
	struct table *t = table_new();
	unsigned int i, used = KEYS / 2 / (BTREE_FULL * 2) * (BTREE_FULL * 2);

	(void)state;
	for (i = 0; i < used; i += 2)
		add(t, i);
	for (i = 2 * BTREE_FULL - 1; i < used; i += 2 * BTREE_FULL)
		add(t, i);
	for (i = 0; i < used; i += 2)
		if (i / 2 % BTREE_FULL > BTREE_HALF)
			drop(t, i);
	check_all(t);
	for (i = 0; i < used; i++)
		if (t->at[i] != KEY_NONE)
			drop(t, i);
	table_end(t);
}

static void
test_too_much(void **state)
{
	struct btree x;

	(void)state;
	ddw_btree_init(&x);
	assert_int_equal(ddw_btree_reserve(&x, UINT64_MAX), -ENOMEM);
	assert_int_equal(ddw_btree_reserve(&x, 1), 0);
	ddw_btree_insert(&x, 7, &x);
	assert_null(ddw_btree_floor(&x, 6));
	assert_ptr_equal(ddw_btree_floor(&x, 7), &x);
	ddw_btree_fini(&x);
	assert_null(ddw_btree_floor(&x, 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),   cmocka_unit_test(test_random),
		cmocka_unit_test(test_last_nodes), cmocka_unit_test(test_in_the_middle),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
