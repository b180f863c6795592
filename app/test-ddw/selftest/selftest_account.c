/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <string.h>

#include "selftest/selftest_account.h"

/* Compare the ledger of libddw with what should be mapped. */

void
selftest_units(struct selftest *t, uint64_t unit)
{
	/* a test that could not be set up has neither memory nor units */
	uint64_t n = t->len == 0 ? 0 : t->len / unit;

	t->unit = unit;
	t->n_units = n < SELFTEST_UNITS ? (unsigned int)n : SELFTEST_UNITS;
	memset(t->units, 0, sizeof(t->units));
}

static uint64_t
unit_address(const struct selftest *t, unsigned int i)
{
	return t->vaddr + i * t->unit;
}

int
selftest_map(struct selftest *t, unsigned int first, unsigned int n, bool pieces)
{
	struct ddw_error err = { 0 };
	unsigned int i;
	uint64_t iova;

	if (ddw_space_map(t->space, unit_address(t, first), n * t->unit, pieces ? t->unit : 0,
			  &iova, &err) != 0)
		return selftest_fail_error(t, "ddw_space_map", &err);
	if (iova < t->start || iova - t->start > t->size - n * t->unit)
		return selftest_fail(t, "0x%" PRIx64 " is not in the window", iova);
	for (i = 0; i < n; i++)
		t->units[first + i] = (struct selftest_unit){ iova + i * t->unit, true };
	return 0;
}

int
selftest_unmap(struct selftest *t, unsigned int first, unsigned int n)
{
	uint64_t expected = 0, unmapped = 0;
	struct ddw_error err = { 0 };
	unsigned int i;

	for (i = first; i < first + n; i++) {
		expected += t->units[i].mapped ? t->unit : 0;
		t->units[i].mapped = false;
	}
	if (ddw_space_unmap(t->space, unit_address(t, first), n * t->unit, &unmapped, &err) != 0)
		return selftest_fail_error(t, "ddw_space_unmap", &err);
	if (unmapped != expected)
		return selftest_fail(t, "%" PRIu64 " bytes were unmapped, %" PRIu64 " were mapped",
				     unmapped, expected);
	return 0;
}

/* Check the lookups of one unit. */
static int
check_unit(struct selftest *t, unsigned int i)
{
	const struct selftest_unit *u = &t->units[i];
	uint64_t at = unit_address(t, i), last = at + t->unit - 1, iova = 0, end = 0;
	bool first_found = ddw_space_lookup(t->space, at, &iova) == 0;
	bool last_found = ddw_space_lookup(t->space, last, &end) == 0;

	if (first_found != u->mapped || last_found != u->mapped)
		return selftest_fail(t, "unit %u should %sbe mapped, and is %s", i,
				     u->mapped ? "" : "not ",
				     first_found || last_found ? "found" : "not found");
	if (u->mapped && (iova != u->iova || end != u->iova + t->unit - 1))
		return selftest_fail(t,
				     "unit %u was mapped at 0x%" PRIx64
				     ", and is found from 0x%" PRIx64 " to 0x%" PRIx64,
				     i, u->iova, iova, end);
	return 0;
}

/* Check that every extent of the ledger is accounted for, and mapped in all groups. */
static int
check_extents(struct selftest *t, uint64_t *listed)
{
	struct ddw_extent extents[SELFTEST_UNITS + 1];
	unsigned int n = ddw_space_maps(t->space, 0, extents, SELFTEST_UNITS + 1), i;
	uint64_t groups = (UINT64_C(1) << (ddw_space_n_groups(t->space) - 1) << 1) - 1;

	*listed = 0;
	for (i = 0; i < n; i++) {
		uint64_t unit = (extents[i].vaddr - t->vaddr) / t->unit;

		if (extents[i].vaddr < t->vaddr || unit >= t->n_units || !t->units[unit].mapped ||
		    t->units[unit].iova != extents[i].iova)
			return selftest_fail(t,
					     "the ledger lists memory at 0x%" PRIx64 " that was "
					     "not mapped there",
					     extents[i].vaddr);
		if (extents[i].groups != groups)
			return selftest_fail(t, "0x%" PRIx64 " is not mapped in all groups",
					     extents[i].vaddr);
		*listed += extents[i].len;
	}
	return 0;
}

/* Check that no two units overlap in bus addresses. */
static int
check_apart(struct selftest *t)
{
	unsigned int i, j;

	for (i = 0; i < t->n_units; i++)
		for (j = 0; t->units[i].mapped && j < i; j++)
			if (t->units[j].mapped && t->units[i].iova - t->units[j].iova < t->unit)
				return selftest_fail(t, "units %u and %u share bus addresses", j,
						     i);
	return 0;
}

int
selftest_check(struct selftest *t)
{
	struct ddw_window_info w = { 0 };
	struct ddw_space_stats stats;
	uint64_t sum = 0, listed;
	unsigned int i;
	int ret;

	for (i = 0; i < t->n_units; i++) {
		ret = check_unit(t, i);
		if (ret != 0)
			return ret;
		sum += t->units[i].mapped ? t->unit : 0;
	}
	ret = check_extents(t, &listed);
	if (ret == 0)
		ret = check_apart(t);
	if (ret != 0)
		return ret;
	ddw_space_get_stats(t->space, &stats);
	(void)ddw_space_window(t->space, DDW_RANGE_MAIN, &w); /* else its room is 0 */
	if (stats.mapped_bytes != sum || listed != sum || w.free_bytes != t->room - sum)
		return selftest_fail(t,
				     "%" PRIu64
				     " bytes should be mapped; the ledger counts %" PRIu64
				     " and lists %" PRIu64 ", the window has lost %" PRIu64,
				     sum, stats.mapped_bytes, listed, t->room - w.free_bytes);
	return 0;
}
