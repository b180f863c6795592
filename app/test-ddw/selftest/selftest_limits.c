/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "selftest/selftest_account.h"
#include "selftest/selftest_limits.h"

/* Check that invalid requests are refused and change nothing. */

static int
open_any_windows(struct selftest *t)
{
	int ret = selftest_ready(t, DDW_MODE_DDW);
	uint64_t unit = t->page;

	if (t->message[0] != '\0' && ret == SELFTEST_UNSUPPORTED) {
		/* the default windows do as well */
		t->message[0] = '\0';
		ret = selftest_open(t, DDW_MODE_DMA32, 0, 0);
		unit = UINT64_C(65536);
	}
	selftest_units(t, unit);
	return ret;
}

/* Check that a call failed as expected, and that nothing changed. */
static int
expect_refusal(struct selftest *t, const char *what, int ret, const struct ddw_error *err,
	       int errnum, enum ddw_msg msg)
{
	if (ret == errnum && err->msg == msg)
		return selftest_check(t);
	if (ret == 0)
		return selftest_fail(t, "%s was not refused", what);
	return selftest_fail(t, "%s: %d (%s) instead of %d (%s)", what, ret, ddw_msg_name(err->msg),
			     errnum, ddw_msg_name(msg));
}

static int
expect_fixed(struct selftest *t, const char *what, uint64_t iova, uint64_t len)
{
	struct ddw_mapping m = {
		.vaddr = t->vaddr, .len = len, .flags = DDW_MAP_FIXED, .iova = iova
	};
	struct ddw_error err = { 0 };
	int ret = ddw_space_map_memory(t->space, &m, &err);

	return expect_refusal(t, what, ret, &err, -ERANGE, DDW_MSG_BAD_IOVA);
}

static int
test_outside(struct selftest *t, unsigned int arg)
{
	int ret = open_any_windows(t);
	uint64_t end = t->start + t->size;

	(void)arg;
	if (ret == 0)
		ret = expect_fixed(t, "a mapping behind the window", end, t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a mapping over the end", end - t->unit, 2 * t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a mapping below the window", t->start - t->unit, t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a mapping over the start", t->start - t->unit, 2 * t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a mapping far away", end + t->size, t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a mapping where poison is", ddw_space_poison(t->space),
				   t->unit);
	return ret;
}

static int
expect_bad_range(struct selftest *t, const char *what, uint64_t vaddr, uint64_t len)
{
	struct ddw_error err = { 0 };
	uint64_t iova;
	int ret = ddw_space_map(t->space, vaddr, len, 0, &iova, &err);

	ret = expect_refusal(t, what, ret, &err, -EINVAL, DDW_MSG_BAD_RANGE);
	if (ret != 0)
		return ret;
	ddw_error_clear(&err);
	ret = ddw_space_unmap(t->space, vaddr, len, NULL, &err);
	return expect_refusal(t, what, ret, &err, -EINVAL, DDW_MSG_BAD_RANGE);
}

static int
test_unaligned(struct selftest *t, unsigned int arg)
{
	int ret = open_any_windows(t);

	(void)arg;
	if (ret == 0)
		ret = expect_bad_range(t, "an address that is not aligned", t->vaddr + 1, t->unit);
	if (ret == 0)
		ret = expect_bad_range(t, "a length that is not aligned", t->vaddr, t->unit + 1);
	if (ret == 0)
		ret = expect_bad_range(t, "no length", t->vaddr, 0);
	if (ret == 0)
		ret = expect_bad_range(t, "a range that wraps around", -t->unit, 2 * t->unit);
	if (ret == 0)
		ret = expect_fixed(t, "a bus address that is not aligned", t->start + 1, t->unit);
	return ret;
}

/* Map until the window is full; then make room and map again. */
static int
fill_window(struct selftest *t)
{
	struct ddw_error err = { 0 };
	uint64_t iova;
	int ret = selftest_map(t, 0, 2, true);

	if (ret != 0)
		return ret;
	ret = ddw_space_map(t->space, t->vaddr + 2 * t->unit, t->unit, 0, &iova, &err);
	ret = expect_refusal(t, "a mapping in a full window", ret, &err, -ENOSPC,
			     DDW_MSG_WINDOW_FULL);
	if (ret == 0)
		ret = selftest_unmap(t, 1, 1);
	if (ret == 0)
		ret = selftest_map(t, 2, 1, true);
	return ret == 0 ? selftest_check(t) : ret;
}

static int
test_full(struct selftest *t, unsigned int arg)
{
	uint64_t rest, iova = 0;
	int ret = selftest_ready(t, DDW_MODE_DDW);

	(void)arg;
	if (ret != 0)
		return ret;
	selftest_units(t, t->page);
	/* what there is no memory for is reserved, but for two units */
	rest = t->room - 2 * t->unit;
	if (ddw_space_reserve(t->space, rest, t->unit, &iova) != 0)
		return selftest_fail(t, "%" PRIu64 " bytes of bus addresses cannot be reserved",
				     rest);
	t->room -= rest;
	ret = fill_window(t);
	ddw_space_unreserve(t->space, iova, rest);
	return ret;
}

static int
test_twice(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	uint64_t iova;
	int ret = open_any_windows(t);

	(void)arg;
	if (ret == 0)
		ret = selftest_map(t, 1, 2, true);
	if (ret != 0)
		return ret;
	ret = ddw_space_map(t->space, t->vaddr + t->unit, t->unit, 0, &iova, &err);
	ret = expect_refusal(t, "the same memory", ret, &err, -EEXIST, DDW_MSG_MEMORY_OVERLAP);
	if (ret != 0)
		return ret;
	ddw_error_clear(&err);
	ret = ddw_space_map(t->space, t->vaddr, 2 * t->unit, 0, &iova, &err);
	return expect_refusal(t, "memory that overlaps", ret, &err, -EEXIST,
			      DDW_MSG_MEMORY_OVERLAP);
}

/* Check that libddw requests one window per group, as pSeries has no more. */
static int
test_second_window(struct selftest *t, unsigned int arg)
{
	struct ddw_space_stats before, after;
	struct ddw_error err = { 0 };
	int ret = open_any_windows(t), again;

	(void)arg;
	if (ret != 0)
		return ret;
	ddw_space_get_stats(t->space, &before);
	again = ddw_space_open(t->space, &t->in, &t->plan, t->errors, &err);
	ddw_space_get_stats(t->space, &after);
	if (again != -EALREADY)
		return selftest_fail(t, "open windows were opened again: %d", again);
	if (after.ops[DDW_OP_CREATE].calls != before.ops[DDW_OP_CREATE].calls)
		return selftest_fail(t, "a second window was requested from the kernel");
	return selftest_check(t);
}

/* Map memory that was freed before. */
static int
test_absent(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	uint64_t iova, vaddr;
	int ret = open_any_windows(t);

	(void)arg;
	if (ret != 0)
		return ret;
	/* there a failed MAP may leave pages pinned, and libddw remembers that */
	if (t->in.groups[0].caps.v1)
		return selftest_unsupported(t, "sPAPR v1 does not register memory");
	vaddr = t->vaddr;
	t->host->memory_put(t->host->ctx, vaddr, t->len);
	t->len = 0;
	ret = ddw_space_map(t->space, vaddr, t->unit, 0, &iova, &err);
	return expect_refusal(t, "memory that does not exist", ret, &err, -EFAULT,
			      DDW_MSG_REGISTER_FAILED);
}

/* Check that impossible sizes are refused without a CREATE. */
static int
expect_wish_refused(struct selftest *t, uint64_t page_size, uint64_t window_size, enum ddw_msg msg)
{
	struct ddw_space_stats stats;

	(void)selftest_open(t, DDW_MODE_DDW, page_size, window_size); /* t->err has it */
	t->message[0] = '\0';
	if (t->err.msg != msg)
		return selftest_fail(t, "%s instead of %s", ddw_msg_name(t->err.msg),
				     ddw_msg_name(msg));
	ddw_space_get_stats(t->space, &stats);
	if (stats.ops[DDW_OP_CREATE].calls != 0)
		return selftest_fail(t, "a window was requested from the kernel");
	return 0;
}

static int
test_page_too_large(struct selftest *t, unsigned int arg)
{
	int ret = selftest_memory(t, 1, false);

	(void)arg;
	return ret == 0 ? expect_wish_refused(t, 2 * t->page, 0, DDW_MSG_PAGE_TOO_LARGE) : ret;
}

static int
test_page_not_offered(struct selftest *t, unsigned int arg)
{
	int ret = selftest_memory(t, 1, false);

	(void)arg;
	if (ret != 0)
		return ret;
	if (t->pgsizes == 0)
		return selftest_unsupported(t, "the platform has no dynamic windows");
	return expect_wish_refused(t, 8192, 0, DDW_MSG_PAGE_NOT_OFFERED);
}

static int
test_window_too_small(struct selftest *t, unsigned int arg)
{
	int ret = selftest_memory(t, 1, false);

	(void)arg;
	return ret == 0 ? expect_wish_refused(t, 0, t->page, DDW_MSG_WINDOW_TOO_SMALL) : ret;
}

/* Plan with a memlock limit that is too small by one byte. */
static int
test_memlock_plan(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	struct ddw_plan *plan;
	int ret = open_any_windows(t);

	(void)arg;
	if (ret != 0)
		return ret;
	t->in.memlock = (struct ddw_memlock){ .limit = t->plan.memlock_needed - 1 };
	plan = calloc(1, sizeof(*plan));
	if (plan == NULL)
		return selftest_fail(t, "out of memory");
	ret = ddw_plan_make(&t->in, plan, &err);
	free(plan);
	return expect_refusal(t, "a plan beyond the limit", ret, &err, -ENOMEM, DDW_MSG_MEMLOCK);
}

/* Map up to the memlock limit; what is mapped must stay mapped. */
static int
test_memlock(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	unsigned int i;
	uint64_t iova;
	int ret;

	(void)arg;
	t->on_demand = true;
	ret = open_any_windows(t);
	if (ret == 0 && t->in.memlock.unlimited)
		ret = selftest_unsupported(t, "this process may lock any amount of memory");
	for (i = 0; ret == 0 && i < t->n_units; i++) {
		ret = ddw_space_map(t->space, t->vaddr + i * t->unit, t->unit, 0, &iova, &err);
		if (ret != 0)
			return expect_refusal(t, "memory beyond the limit", ret, &err, -ENOMEM,
					      DDW_MSG_REGISTER_FAILED);
		t->units[i] = (struct selftest_unit){ iova, true };
	}
	return ret == 0 ? selftest_unsupported(t, "the limit is above the memory of this test")
			: ret;
}

const struct selftest_suite selftest_limits = {
	"limits",
	"requests that must be refused: outside the window, unaligned, too much",
	(const struct selftest_case[]){
		{ "outside", test_outside, 0 },
		{ "unaligned", test_unaligned, 0 },
		{ "full", test_full, 0 },
		{ "twice", test_twice, 0 },
		{ "second_window", test_second_window, 0 },
		{ "absent", test_absent, 0 },
		{ "page_too_large", test_page_too_large, 0 },
		{ "page_not_offered", test_page_not_offered, 0 },
		{ "window_too_small", test_window_too_small, 0 },
		{ "memlock_plan", test_memlock_plan, 0 },
		{ "memlock", test_memlock, 0 },
		{ NULL, NULL, 0 },
	},
	false,
};
