/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <string.h>

#include "selftest/selftest_account.h"
#include "selftest/selftest_restart.h"

/* Release everything and start again: addresses must be the same, and nothing may leak. */

#define ROUNDS 4

enum { IN_ORDER, KILLED, DEFAULT, ALTERNATING };

struct first {
	uint64_t start, size;
	struct selftest_unit units[SELFTEST_UNITS];
};

static int
compare_with_first(struct selftest *t, struct first *first)
{
	unsigned int i;

	if (first->size == 0) {
		first->start = t->start;
		first->size = t->size;
		memcpy(first->units, t->units, sizeof(t->units));
		return 0;
	}
	if (t->start != first->start || t->size != first->size)
		return selftest_fail(t, "the window is at 0x%" PRIx64 ", and was at 0x%" PRIx64,
				     t->start, first->start);
	for (i = 0; i < t->n_units; i++)
		if (t->units[i].iova != first->units[i].iova)
			return selftest_fail(t, "memory has other bus addresses than before");
	return 0;
}

static int
check_locked(struct selftest *t)
{
	struct ddw_memlock now = { .used = 0 };

	if (t->host->sys->memlock(t->host->sys->ctx, &now) != 0)
		return selftest_fail(t, "the use of locked memory cannot be read");
	if (now.used != t->locked)
		return selftest_fail(t, "%" PRIu64 " bytes stayed locked", now.used - t->locked);
	return 0;
}

static int
open_map_close(struct selftest *t, enum ddw_mode mode, bool killed, struct first *first)
{
	int ret = selftest_open(t, mode, 0, 0);

	selftest_units(t, mode == DDW_MODE_DMA32 ? UINT64_C(65536) : t->page);
	if (ret == 0)
		ret = selftest_map(t, 0, t->n_units, true);
	if (ret == 0)
		ret = selftest_check(t);
	if (ret == 0)
		ret = compare_with_first(t, first);
	if (ret == 0)
		ret = selftest_close(t, killed);
	return ret == 0 ? check_locked(t) : ret;
}

static int
test_restart(struct selftest *t, unsigned int how)
{
	struct first dynamic = { 0 }, defaults = { 0 };
	int ret = selftest_memory(t, 1, false), i;

	for (i = 0; ret == 0 && i < ROUNDS; i++) {
		bool dma32 = how == DEFAULT || (how == ALTERNATING && i % 2 != 0);

		ret = open_map_close(t, dma32 ? DDW_MODE_DMA32 : DDW_MODE_DDW, how == KILLED,
				     dma32 ? &defaults : &dynamic);
	}
	return ret;
}

const struct selftest_suite selftest_restart = {
	"restart",
	"everything is released and opened again, also as after a killed process",
	(const struct selftest_case[]){
		{ "in_order", test_restart, IN_ORDER },
		{ "killed", test_restart, KILLED },
		{ "default", test_restart, DEFAULT },
		{ "alternating", test_restart, ALTERNATING },
		{ NULL, NULL, 0 },
	},
	false,
};
