/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "lib.h"
#include "scenarios.h"

/* libddw opens windows, of one kind or another. */

#define V RIG_VADDR

static uint32_t
default_size(struct rig *r)
{
	return r->machine->groups[RIG_A].cfg.dma32_size;
}

static void
lib_map_and_unmap_in_a_dynamic_window(struct rig *r)
{
	struct ddw_window_info w;

	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DDW, false), 1);
	w = lib_window(r, DDW_RANGE_MAIN);
	EXPECT_TRUE(w.start == MODEL_HIGH && w.page_shift == 21);
	w = lib_window(r, DDW_RANGE_SMALL);
	EXPECT_TRUE(w.size == default_size(r) && w.page_shift == 12);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 4 * MODEL_2M, 0) == MODEL_HIGH);
	rig_locked(r);
	EXPECT(lib_unmap(r, V, 4 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

static void
lib_two_groups_map_the_same(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_AUTO, DDW_MODE_AUTO, true), 2);
	EXPECT(ddw_space_mode(r->space), DDW_MODE_DDW);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 8 * MODEL_2M, MODEL_2M) != 0);
	rig_locked(r);
	EXPECT(lib_free(r, V, 2 * MODEL_2M), 0);
	EXPECT(lib_mapped(r), 6 * MODEL_2M);
	EXPECT(lib_release(r), 0);
	EXPECT(lib_mapped(r), 0);
	rig_locked(r);
}

static void
lib_maps_in_dma32_mode(struct rig *r)
{
	struct ddw_window_info w;
	uint64_t iova;

	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DMA32, true), 2);
	EXPECT(ddw_space_mode(r->space), DDW_MODE_DMA32);
	w = lib_window(r, DDW_RANGE_MAIN);
	EXPECT_TRUE(w.start == 0 && w.size == default_size(r) && w.page_shift == 12);
	EXPECT(ddw_space_window(r->space, DDW_RANGE_SMALL, &w), -ENOENT);
	rig_memory(r, V, 4 * MODEL_2M, true);
	iova = lib_map(r, V, 4 * MODEL_2M, MODEL_2M);
	EXPECT_TRUE(iova != 0 && iova < default_size(r));
	EXPECT(lib_free(r, V + MODEL_2M, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

static void
lib_maps_with_v1(struct rig *r)
{
	uint64_t iova;

	EXPECT(lib_ready(r, DDW_IOMMU_V1, DDW_MODE_AUTO, true), 2);
	EXPECT(ddw_space_mode(r->space), DDW_MODE_DMA32);
	EXPECT_TRUE(r->plan.fallback[0] != '\0');
	rig_locked(r);
	rig_memory(r, V, 4 * MODEL_2M, true);
	iova = lib_map(r, V, 4 * MODEL_2M, 0);
	EXPECT_TRUE(iova != 0);
	EXPECT(lib_unmap(r, V + MODEL_2M, MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_v1_has_no_dynamic_window(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V1, DDW_MODE_DDW), 0);
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT_TRUE(lib_open(r, 32 * MODEL_2M, 0) < 0);
	EXPECT_MESSAGE(&r->errors[0], DDW_MSG_NO_DDW);
}

static void
lib_low_window(struct rig *r)
{
	struct ddw_window_info w;
	uint64_t iova;

	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.low = true;
	r->in.wishes.window_size = UINT64_C(8) << 30;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	w = lib_window(r, DDW_RANGE_MAIN);
	EXPECT_TRUE(w.start == 0 && w.size == UINT64_C(8) << 30);
	/* what is between the default window and 4 GiB is nobody's */
	EXPECT_TRUE(w.free_bytes <= w.size - (MODEL_1G * 4 - default_size(r)));
	rig_memory(r, V, 4 * MODEL_2M, true);
	iova = lib_map(r, V, 4 * MODEL_2M, MODEL_2M);
	rig_note(r, "low", 0, iova);
	EXPECT(lib_free(r, V, MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
}

/* There a window at 0 is what one gets without the default window. */
static void
lib_low_window_pseries(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.low = true;
	EXPECT(lib_attach(r, RIG_A), 0);
	(void)lib_open(r, 32 * MODEL_2M, 0);
	(void)lib_window(r, DDW_RANGE_MAIN);
	EXPECT(lib_release(r), 0);
}

static void
lib_page_size(struct rig *r)
{
	struct ddw_window_info w;

	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.page_size = MODEL_64K;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	w = lib_window(r, DDW_RANGE_MAIN);
	EXPECT(w.page_shift, 16);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, MODEL_64K) != 0);
	EXPECT(lib_unmap(r, V + MODEL_64K, MODEL_64K), 0);
	EXPECT(lib_unmap(r, V + MODEL_4K, MODEL_64K), -EINVAL);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_RANGE);
	EXPECT(lib_release(r), 0);
}

static void
lib_page_not_offered(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.page_size = UINT64_C(1) << 13;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), -EINVAL);
	EXPECT_MESSAGE(&r->err, DDW_MSG_PAGE_NOT_OFFERED);
}

static void
lib_window_too_small(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.window_size = 16 * MODEL_2M;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 32 * MODEL_2M), -EINVAL);
	EXPECT_MESSAGE(&r->err, DDW_MSG_WINDOW_TOO_SMALL);
	/* two pages stay empty */
	r->in.wishes.window_size = 32 * MODEL_2M;
	EXPECT(lib_open(r, 32 * MODEL_2M, 32 * MODEL_2M), -EINVAL);
	EXPECT_MESSAGE(&r->err, DDW_MSG_WINDOW_TOO_SMALL);
	/* that was planned, not tried */
	r->in.wishes.window_size = 64 * MODEL_2M;
	EXPECT(lib_open(r, 32 * MODEL_2M, 32 * MODEL_2M), 1);
	EXPECT(lib_release(r), 0);
}

static void
lib_large_window(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.window_size = UINT64_C(1) << 37;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	rig_locked(r);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

/* Levels are planned where one block cannot hold the table. */
static void
lib_table_of_levels(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.wishes.window_size = UINT64_C(1) << 40;
	r->in.wishes.page_size = MODEL_64K;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	EXPECT_TRUE(r->plan.windows[0].levels > 1);
	rig_locked(r);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

/* No room for a table of its own: the default windows, or nothing where those need it, too. */
static void
lib_memlock_forbids_the_table(struct rig *r)
{
	rig_limit(r, UINT64_C(24) << 20);
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_AUTO), 0);
	r->in.wishes.window_size = UINT64_C(1) << 45;
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 2 * MODEL_2M, 2 * MODEL_2M), 1);
	EXPECT(ddw_space_mode(r->space), DDW_MODE_DMA32);
	EXPECT_TRUE(r->plan.fallback[0] != '\0');
	rig_locked(r);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) != 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

static void
lib_memlock_forbids_all(struct rig *r)
{
	rig_limit(r, MODEL_64K);
	EXPECT(lib_start(r, DDW_IOMMU_AUTO, DDW_MODE_AUTO), 0);
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 16 * MODEL_2M), -ENOMEM);
	EXPECT_MESSAGE(&r->err, DDW_MSG_MEMLOCK);
	rig_locked(r);
}

const struct scenario lib_window_scenarios[] = {
	{ "lib_map_and_unmap_in_a_dynamic_window", lib_map_and_unmap_in_a_dynamic_window, 0 },
	{ "lib_two_groups_map_the_same", lib_two_groups_map_the_same, 0 },
	{ "lib_maps_in_dma32_mode", lib_maps_in_dma32_mode, 0 },
	{ "lib_maps_with_v1", lib_maps_with_v1, 0 },
	{ "lib_v1_has_no_dynamic_window", lib_v1_has_no_dynamic_window, 0 },
	{ "lib_low_window", lib_low_window, SCENARIO_POWERNV },
	{ "lib_low_window_pseries", lib_low_window_pseries, SCENARIO_PSERIES },
	{ "lib_page_size", lib_page_size, 0 },
	{ "lib_page_not_offered", lib_page_not_offered, 0 },
	{ "lib_window_too_small", lib_window_too_small, 0 },
	{ "lib_large_window", lib_large_window, 0 },
	{ "lib_table_of_levels", lib_table_of_levels, SCENARIO_POWERNV },
	{ "lib_memlock_forbids_the_table", lib_memlock_forbids_the_table, 0 },
	{ "lib_memlock_forbids_all", lib_memlock_forbids_all, 0 },
	{ NULL, NULL, 0 },
};
