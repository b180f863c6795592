/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "bench/bench_windows.h"
#include "bench/bench_memory.h"
#include "bench/bench_space.h"

/* Number of window sizes; each is a sixteenth of the one before. */
#define SIZES 3
#define STEP  16

static uint64_t
smallest_window(uint64_t page)
{
	return 4 * page > DDW_WINDOW_LEAST ? 4 * page : DDW_WINDOW_LEAST;
}

/*
 * Compute the largest window to request: no larger than memory, and with no more TCEs than the
 * default window, so that the platform can create it; but libddw creates no small ones, and
 * none without room for a page beside the two that stay empty.
 */
static uint64_t
largest_window(const struct bench *b, uint64_t page, uint64_t bytes)
{
	uint64_t entries = b->groups.caps.dma32_size >> 12, most;

	if (entries < 2 || !ddw_mul(entries, page, &most) || most > bytes)
		most = bytes;
	most = UINT64_C(1) << ddw_log2(most);
	return most < smallest_window(page) ? smallest_window(page) : most;
}

/* Measure one repetition. Returns false when it failed or the time is up. */
static bool
measure_once(struct bench *b, const struct bench_wish *wish, double *create, double *remove)
{
	char window[DDW_SIZE_TEXT], page[DDW_SIZE_TEXT];
	struct bench_space *s;

	if (!bench_next(b, "window of %s, pages of %s", ddw_format_size(wish->window, window),
			ddw_format_size(wish->page, page)))
		return false;
	s = bench_space_open(b, wish);
	if (s == NULL)
		return false;
	*create = bench_space_create_us(s);
	*remove = bench_space_remove_us(b, s);
	bench_space_close(b, s);
	return *remove >= 0;
}

static bool
measure_window(struct bench *b, uint64_t page, uint64_t window)
{
	struct bench_wish wish = { .mode = DDW_MODE_DDW, .page = page, .window = window };
	struct bench_row row = { .unit = "us", .window = window, .page = page };
	double create[FIGURES_MAX], remove[FIGURES_MAX];
	unsigned int i;

	for (i = 0; i < b->options.repeat; i++)
		if (!measure_once(b, &wish, &create[i], &remove[i]))
			return false;
	row.name = "create";
	bench_add(b, row, create);
	row.name = "remove";
	bench_add(b, row, remove);
	return true;
}

void
bench_windows(struct bench *b)
{
	uint64_t page, pages, window, bytes, hugepage = 0;
	unsigned int i;

	if (!bench_groups_get(b))
		return;
	bytes = bench_memory_exists(b, &hugepage);
	if (bytes == 0) {
		bench_skip(b, "",
			   "no hugepage exists, and bench creates no window larger than all "
			   "hugepages; reserve some (dpdk-hugepages.py -p 2M --setup 1G)");
		return;
	}
	pages = bench_pages(b, hugepage);
	if (pages == 0)
		bench_skip(b, "",
			   "%s: firmware offers no dynamic window, or none that is certain to be "
			   "created; use another slot (QEMU: ddw=on)",
			   b->groups.list[0].name);
	for (; pages != 0; pages &= pages - 1) {
		page = pages & -pages;
		window = largest_window(b, page, bytes);
		for (i = 0; i < SIZES && window >= smallest_window(page) && !b->failed;
		     i++, window /= STEP)
			if (!measure_window(b, page, window))
				return;
	}
}
