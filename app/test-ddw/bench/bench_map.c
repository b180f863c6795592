/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <string.h>

#include "bench/bench_map.h"
#include "bench/bench_memory.h"
#include "bench/bench_space.h"

/* Limit of IOMMU pages per measurement: each is a hypervisor call. */
#define MOST_PAGES UINT64_C(65536)
#define AMOUNTS	   3

/* The operation that is measured, and its amount of memory. */
struct work {
	struct bench *b;
	struct ddw_space *space;
	uint64_t len;
	uint64_t piece; /* of each call */
	struct ddw_error err;
};

struct times {
	double on[FIGURES_MAX];
	double off[FIGURES_MAX];
};

static int
register_memory(struct work *w)
{
	uint64_t vaddr = w->b->memory.vaddr;

	/* The library registers in pieces by itself. */
	return ddw_space_pin(w->space, vaddr, w->len, w->piece == w->len ? 0 : w->piece, &w->err);
}

static int
unregister_memory(struct work *w)
{
	return ddw_space_unpin(w->space, w->b->memory.vaddr, w->len, &w->err);
}

static int
map_memory(struct work *w)
{
	struct ddw_mapping m = { .flags = DDW_MAP_PINNED };
	uint64_t done;
	int ret = 0;

	for (done = 0; ret == 0 && done < w->len; done += w->piece) {
		m.vaddr = w->b->memory.vaddr + done;
		m.len = w->piece;
		ret = ddw_space_map_memory(w->space, &m, &w->err);
	}
	return ret;
}

static int
unmap_memory(struct work *w)
{
	uint64_t done;
	int ret = 0;

	for (done = 0; ret == 0 && done < w->len; done += w->piece)
		ret = ddw_space_unmap(w->space, w->b->memory.vaddr + done, w->piece, NULL, &w->err);
	return ret;
}

/*
 * Measure an operation and its reverse in turn. Returns false when one fails, which is noted,
 * or when the time is up.
 */
static bool
measure_in_turn(struct work *w, const char *what, int (*on)(struct work *),
		int (*off)(struct work *), struct times *t)
{
	struct bench *b = w->b;
	char size[DDW_SIZE_TEXT];
	unsigned int i;
	uint64_t t0;

	for (i = 0; i < b->options.repeat; i++) {
		if (!bench_next(b, "%s, %s of memory", what, ddw_format_size(w->len, size)))
			return false;
		t0 = bench_clock(b);
		if (on(w) != 0)
			break;
		t->on[i] = bench_us(b, t0);
		t0 = bench_clock(b);
		if (off(w) != 0)
			break;
		t->off[i] = bench_us(b, t0);
	}
	if (i == b->options.repeat)
		return true;
	bench_fail_ddw(b, what, &w->err);
	return false;
}

/* Choose the i-th amount of memory: all of it, a sixteenth, one hugepage. Amounts may repeat. */
static uint64_t
memory_amount(uint64_t most, uint64_t least, unsigned int i)
{
	uint64_t len = i == 0 ? most : i == 1 ? most / 16 : least;

	return len < least ? least : len;
}

static void
add_rows(struct bench *b, struct bench_row row, const char *on, const char *off,
	 const struct times *t)
{
	row.unit = "us";
	row.name = on;
	bench_add(b, row, t->on);
	row.name = off;
	bench_add(b, row, t->off);
}

/* Measure in one piece, then in pieces of one hugepage. */
static bool
measure_whole_and_pieces(struct work *w, struct bench_row row, const char *what, bool registering)
{
	uint64_t page = w->b->memory.page;
	struct times t;

	row.memory = w->len;
	for (w->piece = w->len;; w->piece = page) {
		row.calls = (unsigned int)(w->len / w->piece);
		if (!measure_in_turn(w, what, registering ? register_memory : map_memory,
				     registering ? unregister_memory : unmap_memory, &t))
			return false;
		if (registering)
			add_rows(w->b, row, "register", "unregister", &t);
		else
			add_rows(w->b, row, "map", "unmap", &t);
		if (w->piece == page)
			return true;
	}
}

static bool
register_amounts(struct bench *b, struct bench_space *s)
{
	struct work w = { .b = b, .space = bench_space_get(s) };
	struct bench_row row = { .unit = "us" };
	uint64_t before = 0;
	unsigned int i;

	for (i = 0; i < AMOUNTS; i++, before = w.len) {
		w.len = memory_amount(b->memory.len, b->memory.page, i);
		if (w.len != before && !measure_whole_and_pieces(&w, row, "registered", true))
			return false;
	}
	return true;
}

/* Open a window for len bytes with IOMMU pages of that size; 0 takes the default window. */
static struct bench_space *
open_window(struct bench *b, uint64_t page, uint64_t len)
{
	struct bench_wish wish = {
		.mode = page == 0 ? DDW_MODE_DMA32 : DDW_MODE_DDW,
		.page = page,
		.memory = len,
	};

	return bench_space_open(b, &wish);
}

static bool
has_default_window(const struct ddw_caps *caps)
{
	/* Without dynamic windows Linux has no default window either, but with sPAPR v1. */
	return caps->v1 || (caps->max_windows != 0 && caps->max_windows != UINT32_MAX);
}

/* Is a window for so much memory no larger than all hugepages, or than any window is? */
static bool
fits_window(const struct bench *b, uint64_t page, uint64_t bytes)
{
	uint64_t window = ddw_next_pow2(bytes + 2 * page), largest; /* two pages stay empty */

	return window <= DDW_WINDOW_LEAST || window <= bench_memory_exists(b, &largest);
}

/*
 * Limit memory to half of the default window, to what does not take minutes, and to what has
 * a window that firmware should have.
 */
static uint64_t
most_memory(const struct bench *b, uint64_t page)
{
	uint64_t most = MOST_PAGES * (page == 0 ? 4096 : page);

	if (page == 0 && most > b->groups.caps.dma32_size / 2)
		most = b->groups.caps.dma32_size / 2;
	if (most > b->memory.len)
		most = b->memory.len;
	if (page != 0 && !fits_window(b, page, most))
		most /= 2;
	return most;
}

static bool
map_amounts(struct bench *b, struct bench_space *s, uint64_t page, uint64_t most)
{
	struct bench_row row = { .page = page == 0 ? 4096 : page };
	struct work w = { .b = b, .space = bench_space_get(s) };
	char size[DDW_SIZE_TEXT], what[64];
	uint64_t before = 0;
	unsigned int i;
	bool ok = true;

	snprintf(what, sizeof(what), "pages of %s", ddw_format_size(row.page, size));
	w.len = most;
	w.piece = w.len;
	if (register_memory(&w) != 0) {
		bench_fail_ddw(b, what, &w.err);
		return false;
	}
	for (i = 0; ok && i < AMOUNTS; i++, before = w.len) {
		w.len = memory_amount(most, b->memory.page, i);
		ok = w.len == before || measure_whole_and_pieces(&w, row, what, false);
	}
	return ok;
}

static bool
map_page(struct bench *b, uint64_t page)
{
	uint64_t most = most_memory(b, page);
	struct bench_space *s;
	bool ok;

	if (most < b->memory.page) {
		bench_skip(b, page == 0 ? "default window" : "", "a hugepage is too large for it");
		return true;
	}
	s = open_window(b, page, most);
	if (s == NULL)
		return false;
	ok = map_amounts(b, s, page, most);
	bench_space_close(b, s);
	return ok;
}

static bool
get_groups_and_memory(struct bench *b)
{
	if (!bench_groups_get(b) || !bench_memory_get(b))
		return false;
	if (has_default_window(&b->groups.caps))
		return true;
	bench_skip(b, "",
		   "%s has no window: firmware offers no dynamic one, and Linux then creates no "
		   "default one",
		   b->groups.list[0].name);
	return false;
}

void
bench_register(struct bench *b)
{
	struct bench_space *s;

	if (!get_groups_and_memory(b))
		return;
	if (b->groups.caps.v1) {
		bench_skip(b, "", "sPAPR v1 does not register memory");
		return;
	}
	/* nothing comes into it, and a hugepage may be larger than all of it */
	s = open_window(b, 0, UINT64_C(65536));
	if (s == NULL)
		return;
	(void)register_amounts(b, s);
	bench_space_close(b, s);
}

void
bench_map(struct bench *b)
{
	uint64_t pages;

	if (!get_groups_and_memory(b))
		return;
	/* The default window first: its pages are the smallest, and nothing is created for it. */
	if (!map_page(b, 0))
		return;
	for (pages = bench_pages(b, b->memory.page); pages != 0; pages &= pages - 1)
		if (!map_page(b, pages & -pages))
			return;
}
