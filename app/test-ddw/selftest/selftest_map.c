/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "selftest/selftest_account.h"
#include "selftest/selftest_map.h"

/* Map and unmap memory in different orders, as a whole and in parts. */

enum order { UP, DOWN, EVEN_ODD, RANDOM, ORDERS };

/* Flag in the argument of a test: use the default windows instead of dynamic ones. */
#define IN_DEFAULT 16u

/* Unit in the default windows, which have pages of 4K. */
#define SMALL_UNIT UINT64_C(65536)

static int
open_windows(struct selftest *t, unsigned int arg)
{
	int ret = selftest_ready(t, arg & IN_DEFAULT ? DDW_MODE_DMA32 : DDW_MODE_DDW);

	selftest_units(t, arg & IN_DEFAULT ? SMALL_UNIT : t->page);
	return ret;
}

static uint64_t
next_random(uint64_t *state)
{
	/* xorshift64 */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
put_in_order(enum order order, unsigned int *list, unsigned int n, uint64_t *state)
{
	unsigned int i, j, swap;

	for (i = 0; i < n; i++) {
		list[i] = order == DOWN ? n - 1 - i : i;
		if (order == EVEN_ODD)
			list[i] = i < (n + 1) / 2 ? 2 * i : 2 * (i - (n + 1) / 2) + 1;
	}
	for (i = n; order == RANDOM && i > 1; i--) {
		j = (unsigned int)(next_random(state) % i);
		swap = list[i - 1];
		list[i - 1] = list[j];
		list[j] = swap;
	}
}

/* Map units one by one, unmap them one by one, and check the whole ledger after each step. */
static int
test_map_order(struct selftest *t, unsigned int arg)
{
	unsigned int list[SELFTEST_UNITS] = { 0 }, i, round;
	enum order order = (enum order)(arg & ~IN_DEFAULT);
	uint64_t state = t->seed | 1;
	int ret = open_windows(t, arg);

	for (round = 0; ret == 0 && round < 2; round++) {
		put_in_order(order, list, t->n_units, &state);
		for (i = 0; ret == 0 && i < t->n_units; i++) {
			ret = round == 0 ? selftest_map(t, list[i], 1, true)
					 : selftest_unmap(t, list[i], 1);
			if (ret == 0)
				ret = selftest_check(t);
		}
	}
	if (ret == AUTOTEST_FAILED && order == RANDOM) {
		size_t used = strlen(t->message);

		snprintf(t->message + used, sizeof(t->message) - used, " (--seed %" PRIu64 ")",
			 t->seed);
	}
	return ret;
}

const struct selftest_suite selftest_map_order = {
	"map_order",
	"memory mapped one by one in several orders, and unmapped again",
	(const struct selftest_case[]){
		{ "up", test_map_order, UP },
		{ "down", test_map_order, DOWN },
		{ "even_odd", test_map_order, EVEN_ODD },
		{ "random", test_map_order, RANDOM },
		{ "default_up", test_map_order, UP | IN_DEFAULT },
		{ "default_down", test_map_order, DOWN | IN_DEFAULT },
		{ "default_even_odd", test_map_order, EVEN_ODD | IN_DEFAULT },
		{ "default_random", test_map_order, RANDOM | IN_DEFAULT },
		{ NULL, NULL, 0 },
	},
	false,
};

/* A step of a test: n units, starting with the first. */
struct step {
	enum { STEP_END, STEP_MAP, STEP_MAP_WHOLE, STEP_UNMAP } what;
	unsigned int first, n;
};

/* What is more than there is, is taken to be the last unit. */
static int
run_step(struct selftest *t, const struct step *s)
{
	switch (s->what) {
	case STEP_MAP:
		return selftest_map(t, s->first, s->n, true);
	case STEP_MAP_WHOLE:
		return selftest_map(t, s->first, s->n, false);
	case STEP_UNMAP:
		return selftest_unmap(t, s->first, s->n);
	case STEP_END:
		break;
	}
	return 0;
}

static int
run_steps(struct selftest *t, const struct step *s)
{
	int ret = 0;

	for (; ret == 0 && s->what != STEP_END; s++) {
		ret = run_step(t, s);
		if (ret == 0)
			ret = selftest_check(t);
	}
	return ret;
}

/* Unmap unit by unit: at the ends, in the middle, and twice. */
static int
test_pieces(struct selftest *t, unsigned int arg)
{
	int ret = open_windows(t, arg);
	unsigned int n = t->n_units;
	const struct step list[] = {
		{ STEP_MAP, 0, n },	{ STEP_UNMAP, 0, 1 }, { STEP_UNMAP, n - 1, 1 },
		{ STEP_UNMAP, 1, 1 },	{ STEP_MAP, 0, 2 },   { STEP_UNMAP, 1, n - 1 },
		{ STEP_MAP, 1, n - 1 }, { STEP_UNMAP, 0, n }, { STEP_UNMAP, 0, n },
		{ STEP_END, 0, 0 },
	};

	return ret == 0 ? run_steps(t, list) : ret;
}

/*
 * Several mappings with holes between them, unmapped at once. The window may be as large as
 * the memory, and then it has no room for three units in a row after that.
 */
static int
test_across(struct selftest *t, unsigned int arg)
{
	int ret = open_windows(t, arg);
	const struct step list[] = {
		{ STEP_MAP, 0, 1 },	  { STEP_MAP, 2, 2 },	{ STEP_UNMAP, 0, 3 },
		{ STEP_MAP_WHOLE, 0, 2 }, { STEP_UNMAP, 0, 4 }, { STEP_END, 0, 0 },
	};

	return ret == 0 ? run_steps(t, list) : ret;
}

static int
expect_regions(struct selftest *t, uint64_t expected)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(t->space, &stats);
	if (stats.regions == expected)
		return 0;
	return selftest_fail(t, "%" PRIu64 " regions are registered, not %" PRIu64, stats.regions,
			     expected);
}

/* Check that memory registered as a whole stays pinned until its last part is unmapped. */
static int
test_cut(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	uint64_t iova;
	int ret = open_windows(t, arg);

	if (ret == 0)
		ret = selftest_map(t, 0, t->n_units, false);
	if (ret == 0)
		ret = selftest_unmap(t, 1, 2);
	if (ret == 0)
		ret = selftest_check(t);
	if (ret == 0)
		ret = expect_regions(t, 1);
	if (ret != 0)
		return ret;
	if (ddw_space_map(t->space, t->vaddr + t->unit, t->unit, 0, &iova, &err) == 0 ||
	    err.msg != DDW_MSG_MEMORY_OVERLAP)
		return selftest_fail(t, "memory that is still pinned was mapped again");
	ret = selftest_unmap(t, 0, t->n_units);
	if (ret == 0)
		ret = selftest_check(t);
	if (ret == 0)
		ret = expect_regions(t, 0);
	return ret == 0 ? selftest_map(t, 1, 2, false) : ret;
}

const struct selftest_suite selftest_partial_unmap = {
	"partial_unmap",
	"parts of mapped memory are unmapped, and mapped again",
	(const struct selftest_case[]){
		{ "pieces", test_pieces, 0 },
		{ "across", test_across, 0 },
		{ "cut", test_cut, 0 },
		{ "default_pieces", test_pieces, IN_DEFAULT },
		{ "default_across", test_across, IN_DEFAULT },
		{ "default_cut", test_cut, IN_DEFAULT },
		{ NULL, NULL, 0 },
	},
	false,
};
