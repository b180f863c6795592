/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "lib.h"
#include "scenarios.h"

/* Memory comes and goes by libddw. */

#define V     RIG_VADDR
#define SMALL (V + 64 * MODEL_2M)

static void
ready(struct rig *r, bool two)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DDW, two), two ? 2 : 1);
}

static void
lib_pieces_come_and_go(struct rig *r)
{
	unsigned int i;

	ready(r, true);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 8 * MODEL_2M, MODEL_2M) != 0);
	rig_locked(r);
	for (i = 0; i < 8; i += 2)
		EXPECT(lib_free(r, V + i * MODEL_2M, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_mapped(r), 4 * MODEL_2M);
	rig_memory(r, V + 2 * MODEL_2M, MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V + 2 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

/* What was registered as one piece stays pinned until its last part is unmapped. */
static void
lib_part_of_a_region_is_not_mapped_again(struct rig *r)
{
	ready(r, true);
	rig_memory(r, V, 6 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 6 * MODEL_2M, 0) != 0);
	EXPECT(lib_unmap(r, V + 2 * MODEL_2M, 2 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_mapped(r), 4 * MODEL_2M);
	/* the pages behind it are the old ones: it cannot be mapped again */
	EXPECT_TRUE(lib_map(r, V + 2 * MODEL_2M, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_MEMORY_OVERLAP);
	EXPECT(lib_unmap(r, V, 2 * MODEL_2M), 0);
	EXPECT(lib_unmap(r, V + 4 * MODEL_2M, 2 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT_TRUE(lib_map(r, V, 6 * MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_unmap_across_mappings(struct rig *r)
{
	ready(r, false);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, MODEL_2M) != 0);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, 2 * MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_unmap(r, V + MODEL_2M, 4 * MODEL_2M), 0);
	EXPECT(lib_mapped(r), 2 * MODEL_2M);
	EXPECT(lib_unmap(r, V, 8 * MODEL_2M), 0);
	EXPECT(lib_unmap(r, V, 8 * MODEL_2M), 0);
	EXPECT(lib_mapped(r), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_overlap_refused(struct rig *r)
{
	ready(r, true);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) != 0);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_MEMORY_OVERLAP);
	EXPECT_TRUE(lib_map(r, V + MODEL_2M, 2 * MODEL_2M, 0) == 0);
	EXPECT_TRUE(lib_map(r, V + 2 * MODEL_2M, 2 * MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_bad_ranges_refused(struct rig *r)
{
	ready(r, false);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 0, 0) == 0);
	EXPECT_TRUE(lib_map(r, V + MODEL_4K, MODEL_2M, 0) == 0);
	EXPECT_TRUE(lib_map(r, V, MODEL_4K, 0) == 0);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, MODEL_4K) == 0);
	EXPECT_TRUE(lib_map(r, -MODEL_2M, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_RANGE);
	EXPECT(lib_unmap(r, V, 0), -EINVAL);
	EXPECT(lib_unmap(r, V + 1, MODEL_2M), -EINVAL);
	EXPECT(lib_release(r), 0);
}

static void
lib_window_full(struct rig *r)
{
	r->in.wishes.window_size = 32 * MODEL_2M;
	ready(r, true);
	rig_memory(r, V, 33 * MODEL_2M, true);
	/* the top two pages stay empty */
	EXPECT_TRUE(lib_map(r, V, 28 * MODEL_2M, MODEL_2M) != 0);
	EXPECT_TRUE(lib_map(r, V + 28 * MODEL_2M, 3 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_WINDOW_FULL);
	EXPECT_TRUE(lib_map(r, V + 28 * MODEL_2M, 2 * MODEL_2M, 0) != 0);
	EXPECT_TRUE(lib_map(r, V + 30 * MODEL_2M, MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_WINDOW_FULL);
	EXPECT(lib_unmap(r, V + 7 * MODEL_2M, MODEL_2M), 0);
	EXPECT_TRUE(lib_map(r, V + 30 * MODEL_2M, MODEL_2M, 0) == MODEL_HIGH + 7 * MODEL_2M);
	EXPECT(lib_release(r), 0);
}

static void
lib_memory_that_is_not_there(struct rig *r)
{
	ready(r, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_REGISTER_FAILED);
	/* half of it is: the kernel answers with a number of pages */
	rig_memory(r, V, MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_REGISTER_FAILED);
	rig_locked(r);
	EXPECT(lib_mapped(r), 0);
	EXPECT_TRUE(lib_map(r, V, MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

/* Memory of small pages that claims to be hugepages: the kernel says no, in both groups. */
static void
lib_pages_too_small(struct rig *r)
{
	ready(r, true);
	rig_memory(r, V, 2 * MODEL_2M, false);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_MAP_FAILED);
	rig_locked(r);
	EXPECT(lib_mapped(r), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_small_pages(struct rig *r)
{
	uint64_t page = rig_page(r);
	struct ddw_mapping m = { .vaddr = SMALL, .len = 16 * page, .page_size = page };

	ready(r, true);
	rig_memory(r, SMALL, 16 * page, false);
	EXPECT(lib_map_memory(r, &m), 0);
	/* it is in the default window */
	EXPECT_TRUE(m.iova != 0 && m.iova < UINT32_MAX);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == MODEL_HIGH);
	(void)lib_window(r, DDW_RANGE_SMALL);
	rig_locked(r);
	EXPECT(lib_unmap(r, SMALL, 4 * page), 0);
	EXPECT(lib_free(r, SMALL, 16 * page), 0);
	(void)lib_window(r, DDW_RANGE_SMALL);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_no_place_for_small_pages(struct rig *r)
{
	uint64_t page = rig_page(r);
	struct ddw_mapping m = { .vaddr = SMALL, .len = page, .page_size = page };

	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.low = true;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	rig_memory(r, SMALL, page, false);
	EXPECT(lib_map_memory(r, &m), -ENOTSUP);
	EXPECT_MESSAGE(&r->err, DDW_MSG_SMALL_PAGES);
	EXPECT(lib_release(r), 0);
}

static void
lib_fixed_addresses(struct rig *r)
{
	struct ddw_mapping m = { .vaddr = V, .len = 2 * MODEL_2M, .flags = DDW_MAP_FIXED };

	r->in.wishes.window_size = 32 * MODEL_2M;
	ready(r, true);
	rig_memory(r, V, 8 * MODEL_2M, true);
	m.iova = MODEL_HIGH + 5 * MODEL_2M;
	EXPECT(lib_map_memory(r, &m), 0);
	/* in use, in no window, past its end, where poison is, misaligned */
	m.vaddr = V + 4 * MODEL_2M;
	EXPECT(lib_map_memory(r, &m), -ERANGE);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_IOVA);
	m.iova = MODEL_HIGH - MODEL_2M;
	EXPECT(lib_map_memory(r, &m), -ERANGE);
	m.iova = MODEL_HIGH + 31 * MODEL_2M;
	EXPECT(lib_map_memory(r, &m), -ERANGE);
	m.iova = MODEL_HIGH + 29 * MODEL_2M;
	EXPECT(lib_map_memory(r, &m), -ERANGE);
	m.iova = MODEL_HIGH + 8 * MODEL_2M + MODEL_4K;
	EXPECT(lib_map_memory(r, &m), -ERANGE);
	m.iova = MODEL_HIGH + 28 * MODEL_2M;
	EXPECT(lib_map_memory(r, &m), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_reserved_addresses(struct rig *r)
{
	struct ddw_mapping m = { .vaddr = V, .len = 2 * MODEL_2M, .flags = DDW_MAP_RESERVED };
	uint64_t iova = 0;

	ready(r, false);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT(ddw_space_reserve(r->space, 4 * MODEL_2M, 4 * MODEL_2M, &iova), 0);
	rig_note(r, "reserved", 0, iova);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, MODEL_2M, 0) != 0);
	m.iova = iova + 2 * MODEL_2M;
	if (iova != 0)
		EXPECT(lib_map_memory(r, &m), 0);
	if (iova != 0)
		ddw_space_unreserve(r->space, iova, 2 * MODEL_2M);
	EXPECT(lib_unmap(r, V, 8 * MODEL_2M), 0);
	EXPECT_TRUE(lib_map(r, V, 8 * MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_poison_is_the_top_page(struct rig *r)
{
	struct ddw_window_info w = { 0 };
	uint64_t a, b;

	ready(r, true);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) != 0);
	a = ddw_space_poison(r->space);
	b = ddw_space_poison(r->space);
	EXPECT(ddw_space_window(r->space, DDW_RANGE_MAIN, &w), 0);
	rig_note(r, "poison", 0, a);
	rig_note(r, "poison", 0, b);
	EXPECT_TRUE(a == b && a == w.start + w.size - MODEL_2M);
	EXPECT(lib_release(r), 0);
}

static void
lib_memlock_at_run_time(struct rig *r)
{
	/* the default window and a table, and four pages */
	rig_limit(r, (UINT64_C(9) << 20) + 4 * MODEL_2M);
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	rig_memory(r, V, 16 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 4 * MODEL_2M, MODEL_2M) != 0);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, 12 * MODEL_2M, MODEL_2M) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_REGISTER_FAILED);
	rig_locked(r);
	EXPECT(lib_mapped(r), 4 * MODEL_2M);
	EXPECT(lib_free(r, V, 4 * MODEL_2M), 0);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, 4 * MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_large_mapping_in_small_pages(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DMA32, false), 1);
	rig_memory(r, V, 32 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 32 * MODEL_2M, 0) != 0);
	EXPECT(lib_unmap(r, V + MODEL_4K, MODEL_4K), 0);
	EXPECT(lib_unmap(r, V, 16 * MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

const struct scenario lib_memory_scenarios[] = {
	{ "lib_pieces_come_and_go", lib_pieces_come_and_go, 0 },
	{ "lib_part_of_a_region_is_not_mapped_again", lib_part_of_a_region_is_not_mapped_again, 0 },
	{ "lib_unmap_across_mappings", lib_unmap_across_mappings, 0 },
	{ "lib_overlap_refused", lib_overlap_refused, 0 },
	{ "lib_bad_ranges_refused", lib_bad_ranges_refused, 0 },
	{ "lib_window_full", lib_window_full, 0 },
	{ "lib_memory_that_is_not_there", lib_memory_that_is_not_there, 0 },
	{ "lib_pages_too_small", lib_pages_too_small, 0 },
	{ "lib_small_pages", lib_small_pages, 0 },
	{ "lib_no_place_for_small_pages", lib_no_place_for_small_pages, SCENARIO_POWERNV },
	{ "lib_fixed_addresses", lib_fixed_addresses, 0 },
	{ "lib_reserved_addresses", lib_reserved_addresses, 0 },
	{ "lib_poison_is_the_top_page", lib_poison_is_the_top_page, 0 },
	{ "lib_memlock_at_run_time", lib_memlock_at_run_time, 0 },
	{ "lib_large_mapping_in_small_pages", lib_large_mapping_in_small_pages, 0 },
	{ NULL, NULL, 0 },
};
