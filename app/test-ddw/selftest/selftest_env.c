/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "selftest/selftest_env.h"

/* Set up and tear down memory, groups and windows for each test. */

static int note_message(struct selftest *t, int ret, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

static int
note_message(struct selftest *t, int ret, const char *fmt, va_list args)
{
	if (t->message[0] == '\0')
		vsnprintf(t->message, sizeof(t->message), fmt, args);
	return ret;
}

int
selftest_fail(struct selftest *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note_message(t, AUTOTEST_FAILED, fmt, args);
	va_end(args);
	return AUTOTEST_FAILED;
}

int
selftest_skip(struct selftest *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note_message(t, AUTOTEST_SKIPPED, fmt, args);
	va_end(args);
	return AUTOTEST_SKIPPED;
}

int
selftest_unsupported(struct selftest *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note_message(t, SELFTEST_UNSUPPORTED, fmt, args);
	va_end(args);
	return SELFTEST_UNSUPPORTED;
}

int
selftest_fail_error(struct selftest *t, const char *call, const struct ddw_error *err)
{
	char text[DDW_ERROR_TEXT];

	return selftest_fail(t, "%s: %s", call, ddw_error_format(err, text));
}

static bool
take_hugepages(struct selftest *t, const struct ddw_hugepages *size, uint64_t least, uint64_t most)
{
	uint64_t n = size->count < most ? size->count : most;

	for (; n >= least; n /= 2) {
		if (t->host->memory_get(t->host->ctx, size->page_size, n * size->page_size,
					&t->vaddr) != 0)
			continue;
		t->page = size->page_size;
		t->len = n * size->page_size;
		return true;
	}
	return false;
}

int
selftest_memory(struct selftest *t, uint64_t page_size, bool single)
{
	struct ddw_hugepages sizes[DDW_MAX_HUGEPAGE_SIZES];
	int n = ddw_hugepages_read(t->host->sys, sizes, DDW_MAX_HUGEPAGE_SIZES), i;
	uint64_t least = single ? 1 : SELFTEST_MIN_PAGES;
	char text[DDW_SIZE_TEXT];

	for (i = 0; i < n; i++) {
		uint64_t most = sizes[i].page_size > SELFTEST_LARGE_PAGE ? least : SELFTEST_PAGES;

		if (sizes[i].page_size >= page_size &&
		    take_hugepages(t, &sizes[i], least, single ? 1 : most))
			return 0;
	}
	return selftest_skip(t,
			     "%" PRIu64 " free hugepages %s are needed; reserve some "
			     "(dpdk-hugepages.py --setup 64M), or end the program that uses them",
			     least,
			     page_size > 1 ? ddw_format_size(page_size, text) : "of one size");
}

static void
close_file(struct selftest *t, int *fd)
{
	if (*fd >= 0 && t->host->sys->close(t->host->sys->ctx, *fd) != 0)
		selftest_fail(t, "a VFIO file cannot be closed");
	*fd = -1;
}

int
selftest_attach_group(struct selftest *t, struct selftest_group *g, struct ddw_error *err)
{
	int ret = test_ddw_group_attach(t->host->sys, t->space, g->number, g->name, &g->files, err);

	return ret < 0 ? ret : 0;
}

static bool
takes_part(const struct selftest *t, const struct selftest_group *g)
{
	return t->edu_run ? g->number == t->edu_group : !g->edu_only;
}

int
selftest_attach(struct selftest *t)
{
	struct ddw_error err = { 0 };
	unsigned int i;

	t->space = ddw_space_create(t->host->sys, &err);
	if (t->space == NULL)
		return selftest_fail_error(t, "ddw_space_create", &err);
	for (i = 0; i < t->n_groups; i++)
		if (takes_part(t, &t->groups[i]) &&
		    selftest_attach_group(t, &t->groups[i], &err) != 0)
			return selftest_fail_error(t, "ddw_space_attach", &err);
	return 0;
}

/* On pSeries that is found out by a query, before a window is asked for. */
static bool
is_size_unknown_to_firmware(const struct selftest *t)
{
	return t->err.msg == DDW_MSG_CREATE_REFUSED && t->err.err == -EINVAL;
}

/* Tell limits of the platform and of the settings from failures. */
static int
explain_no_windows(struct selftest *t)
{
	if (t->err.msg == DDW_MSG_MEMLOCK)
		return selftest_skip(t, "%s; %s", t->err.what, t->err.fix);
	if (t->err.msg == DDW_MSG_NO_DDW || t->err.msg == DDW_MSG_PAGE_NOT_OFFERED ||
	    t->err.msg == DDW_MSG_NO_WINDOW)
		return selftest_unsupported(t, "%s", t->err.what);
	if (is_size_unknown_to_firmware(t))
		return selftest_unsupported(t, "firmware has no window that large");
	return selftest_fail_error(t, "ddw_space_open", &t->err);
}

/*
 * Check that there was one CREATE per dynamic window. On pSeries a window that is larger than
 * any free block of firmware is refused without harm, and libddw retries with a smaller one.
 */
static int
check_creates(struct selftest *t)
{
	unsigned int n =
		ddw_space_mode(t->space) == DDW_MODE_DDW ? ddw_space_n_groups(t->space) : 0;
	struct ddw_space_stats stats;

	ddw_space_get_stats(t->space, &stats);
	if (stats.ops[DDW_OP_CREATE].calls != n + stats.ops[DDW_OP_CREATE].errors)
		return selftest_fail(t,
				     "%" PRIu64 " windows were requested, and %" PRIu64 " "
				     "refused, for %u groups",
				     stats.ops[DDW_OP_CREATE].calls,
				     stats.ops[DDW_OP_CREATE].errors, n);
	if (stats.ops[DDW_OP_CREATE].errors != 0)
		return selftest_unsupported(t, "firmware has no window that large");
	return 0;
}

static int
check_groups(struct selftest *t)
{
	struct ddw_window_info w;
	struct ddw_group_info g;
	unsigned int i;

	if (ddw_space_window(t->space, DDW_RANGE_MAIN, &w) != 0)
		return selftest_fail(t, "the windows are open, but there is no range");
	for (i = 0; ddw_space_group(t->space, i, &g) == 0; i++) {
		if (!g.usable && t->errors[i].msg == DDW_MSG_RANGE_MISMATCH)
			return selftest_skip(t, "%s; test the groups one by one (--device)",
					     t->errors[i].what);
		if (!g.usable)
			return selftest_fail_error(t, g.name, &t->errors[i]);
		if (w.start < g.start || w.size > g.size || w.start - g.start > g.size - w.size)
			return selftest_fail(t, "%s: the common range is not in its window",
					     g.name);
	}
	t->start = w.start;
	t->size = w.size;
	t->room = w.free_bytes;
	return check_creates(t);
}

/*
 * Where one CREATE was refused for good, others might be, and each costs a slot its windows.
 * The kernel keeps counting the table of a refused window as locked memory.
 */
static void
note_refusal(struct selftest *t, bool open)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(t->space, &stats);
	t->lost_charge = stats.ops[DDW_OP_CREATE].errors != 0;
	t->refused = t->lost_charge && !open && !is_size_unknown_to_firmware(t);
}

int
selftest_open(struct selftest *t, enum ddw_mode mode, uint64_t page_size, uint64_t window_size)
{
	int ret = t->space == NULL ? selftest_attach(t) : 0;
	unsigned int i;

	if (ret != 0)
		return ret;
	memset(&t->in, 0, sizeof(t->in));
	memset(t->errors, 0, sizeof(t->errors));
	ddw_error_clear(&t->err);
	t->in.n_memory = 1;
	/* a default window may be smaller than a hugepage */
	t->in.memory[0] =
		(struct ddw_plan_memory){ t->page, t->len,
					  t->on_demand || mode == DDW_MODE_DMA32 ? 0 : t->len };
	t->in.wishes = (struct ddw_plan_wishes){ .mode = mode,
						 .page_size = page_size,
						 .window_size = window_size };
	ret = ddw_space_open(t->space, &t->in, &t->plan, t->errors, &t->err);
	/* when each group was refused for itself, there is no other error */
	for (i = 0; ret < 0 && t->err.err == 0 && i < DDW_MAX_GROUPS; i++)
		t->err = t->errors[i];
	note_refusal(t, ret >= 0);
	return ret < 0 ? explain_no_windows(t) : check_groups(t);
}

int
selftest_ready(struct selftest *t, enum ddw_mode mode)
{
	int ret = selftest_memory(t, 1, false);

	return ret == 0 ? selftest_open(t, mode, 0, 0) : ret;
}

static int
release_space(struct selftest *t)
{
	struct ddw_space_stats stats;
	struct ddw_error err = { 0 };

	if (ddw_space_release(t->space, &err) != 0)
		return selftest_fail_error(t, "ddw_space_release", &err);
	ddw_space_get_stats(t->space, &stats);
	if (stats.mapped_bytes != 0 || stats.regions != 0)
		return selftest_fail(
			t, "after the release %" PRIu64 " bytes are mapped, in %" PRIu64 " regions",
			stats.mapped_bytes, stats.regions);
	return 0;
}

int
selftest_close(struct selftest *t, bool killed)
{
	unsigned int i;
	int ret = 0;

	selftest_edu_close(&t->device);
	if (t->space != NULL && !killed)
		ret = release_space(t);
	for (i = 0; i < t->n_groups; i++)
		close_file(t, &t->groups[i].files.group);
	for (i = 0; i < t->n_groups; i++)
		close_file(t, &t->groups[i].files.container);
	ddw_space_destroy(t->space);
	t->space = NULL;
	t->edu_run = false;
	return ret;
}

int
selftest_end(struct selftest *t)
{
	struct ddw_memlock now = { .used = 0 };
	int ret = selftest_close(t, false);

	if (t->len != 0)
		t->host->memory_put(t->host->ctx, t->vaddr, t->len);
	t->vaddr = t->len = 0;
	t->on_demand = false;
	if (ret != 0 || t->lost_charge) {
		t->lost_charge = false;
		return ret;
	}
	if (t->host->sys->memlock(t->host->sys->ctx, &now) != 0)
		return selftest_fail(t, "the use of locked memory cannot be read");
	if (now.used != t->locked)
		return selftest_fail(t,
				     "%" PRIu64 " bytes of memory are locked, %" PRIu64
				     " were before the test",
				     now.used, t->locked);
	return 0;
}
