/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>

#include "selftest/selftest_account.h"
#include "selftest/selftest_windows.h"

/* Test windows and IOMMU pages of different sizes. */

/* Arguments that are not a factor. */
#define DEFAULT_WINDOW 0u
#define AS_PLANNED     UINT32_MAX

/* Return the smallest window for so much memory: up to three pages stay empty, see ddw_map.h. */
static uint64_t
smallest_size(const struct selftest *t, uint64_t bytes)
{
	return ddw_add(bytes, 3 * t->page, &bytes) ? ddw_next_pow2(bytes) : 0;
}

/* Return the window size that the plugin would request; firmware may not have larger ones. */
static uint64_t
planned_size(const struct selftest *t)
{
	struct ddw_hugepages sizes[DDW_MAX_HUGEPAGE_SIZES];
	int n = ddw_hugepages_read(t->host->sys, sizes, DDW_MAX_HUGEPAGE_SIZES), i;
	uint64_t sum = 0, bytes;

	for (i = 0; i < n; i++)
		if (!ddw_mul(sizes[i].page_size, sizes[i].count, &bytes) ||
		    !ddw_add(sum, bytes, &sum))
			return 0;
	sum = smallest_size(t, sum);
	return sum != 0 && sum < DDW_WINDOW_LEAST ? DDW_WINDOW_LEAST : sum;
}

/* Map all of the memory of a test and unmap it again. */
static int
map_all(struct selftest *t)
{
	int ret = selftest_map(t, 0, t->n_units, true);

	if (ret == 0)
		ret = selftest_check(t);
	if (ret == 0)
		ret = selftest_unmap(t, 0, t->n_units);
	return ret == 0 ? selftest_check(t) : ret;
}

/* Map a unit at the end of what is used of the window: poison and the page below stay empty. */
static int
map_last(struct selftest *t)
{
	uint64_t poison = ddw_space_poison(t->space), page = t->start + t->size - poison;
	struct ddw_mapping m = { .vaddr = t->vaddr,
				 .len = t->unit,
				 .flags = DDW_MAP_FIXED,
				 .iova = poison - page - t->unit };
	struct ddw_error err = { 0 };

	if (ddw_space_map_memory(t->space, &m, &err) != 0)
		return selftest_fail_error(t, "ddw_space_map_memory", &err);
	t->units[0] = (struct selftest_unit){ m.iova, true };
	return selftest_check(t);
}

static int
test_window_size(struct selftest *t, unsigned int factor)
{
	char text[DDW_SIZE_TEXT], limit[DDW_SIZE_TEXT];
	int ret = selftest_memory(t, 1, false);
	uint64_t most, size;

	if (ret != 0)
		return ret;
	most = planned_size(t);
	if (!ddw_mul(ddw_next_pow2(t->len), factor, &size))
		size = UINT64_MAX;
	if (factor == AS_PLANNED)
		size = most;
	if (size > most)
		return selftest_unsupported(t, "%s is more than %s, for all hugepages that exist",
					    ddw_format_size(size, text),
					    ddw_format_size(most, limit));
	/* such a window has room for most of it */
	t->on_demand = factor == 1;
	ret = selftest_open(t, DDW_MODE_DDW, 0, size);
	if (ret == 0 && t->size != size)
		ret = selftest_fail(t, "a window of %s was requested, and has %" PRIu64 " bytes",
				    ddw_format_size(size, text), t->size);
	selftest_units(t, t->page);
	if (factor == 1 && t->n_units > t->room / t->unit)
		t->n_units = (unsigned int)(t->room / t->unit);
	if (ret == 0)
		ret = map_all(t);
	return ret == 0 ? map_last(t) : ret;
}

/* Check the IOMMU page size of all groups. */
static int
check_page(struct selftest *t, unsigned int shift)
{
	struct ddw_group_info g;
	unsigned int i;

	for (i = 0; ddw_space_group(t->space, i, &g) == 0; i++)
		if (g.page_shift != shift)
			return selftest_fail(t, "%s has IOMMU pages of 2^%u", g.name, g.page_shift);
	return 0;
}

static int
test_default_window(struct selftest *t, unsigned int arg)
{
	struct ddw_group_info g;
	unsigned int i;
	int ret = selftest_ready(t, DDW_MODE_DMA32);

	(void)arg;
	selftest_units(t, UINT64_C(65536));
	if (ret == 0)
		ret = check_page(t, 12);
	for (i = 0; ret == 0 && ddw_space_group(t->space, i, &g) == 0; i++)
		if (g.start != g.caps.dma32_start || g.size != g.caps.dma32_size)
			ret = selftest_fail(t, "%s: the default window is not where GET_INFO said",
					    g.name);
	return ret == 0 ? map_all(t) : ret;
}

const struct selftest_suite selftest_window_sizes = {
	"window_sizes",
	"windows as large as the memory of the test, larger ones, and the default windows",
	(const struct selftest_case[]){
		{ "as_memory", test_window_size, 1 },
		{ "twice", test_window_size, 2 },
		{ "4_times", test_window_size, 4 },
		{ "16_times", test_window_size, 16 },
		{ "as_planned", test_window_size, AS_PLANNED },
		{ "default", test_default_window, DEFAULT_WINDOW },
		{ NULL, NULL, 0 },
	},
	false,
};

static int
test_page_size(struct selftest *t, unsigned int shift)
{
	uint64_t page = UINT64_C(1) << shift, size;
	char text[DDW_SIZE_TEXT];
	int ret;

	if ((t->pgsizes & page) == 0)
		return selftest_unsupported(t, "the platform offers no such IOMMU page");
	/* the default window has 4K pages for sure */
	if (shift == 12 && t->fickle_4k)
		return test_default_window(t, 0);
	ret = selftest_memory(t, page, shift > 21);
	if (ret != 0) {
		t->message[0] = '\0';
		return selftest_unsupported(t, "there are no free hugepages of %s or more",
					    ddw_format_size(page, text));
	}
	size = ddw_next_pow2(t->len + 1);
	t->on_demand = true;
	ret = selftest_open(t, DDW_MODE_DDW, page, size < 4 * page ? 4 * page : size);
	if (ret == 0)
		ret = check_page(t, shift);
	/* pages of the kernel may have 64K */
	selftest_units(t, page > 65536 ? page : UINT64_C(65536));
	return ret == 0 ? map_all(t) : ret;
}

const struct selftest_suite selftest_page_sizes = {
	"page_sizes",
	"each IOMMU page that the platform offers, up to the largest hugepage",
	(const struct selftest_case[]){
		{ "4K", test_page_size, 12 },
		{ "64K", test_page_size, 16 },
		{ "2M", test_page_size, 21 },
		{ "16M", test_page_size, 24 },
		{ "32M", test_page_size, 25 },
		{ "64M", test_page_size, 26 },
		{ "128M", test_page_size, 27 },
		{ "256M", test_page_size, 28 },
		{ "1G", test_page_size, 30 },
		{ NULL, NULL, 0 },
	},
	false,
};
