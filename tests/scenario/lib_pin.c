/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "lib.h"
#include "scenarios.h"

/* Memory stays registered by libddw while it is mapped and unmapped. */

#define V RIG_VADDR

static void
ready(struct rig *r, bool two)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DDW, two), two ? 2 : 1);
	rig_memory(r, V, 8 * MODEL_2M, true);
}

/* The bus address, or 0 after a failure. */
static uint64_t
map_pinned(struct rig *r, uint64_t vaddr, uint64_t len, unsigned int flags)
{
	struct ddw_mapping m = {
		.vaddr = vaddr,
		.len = len,
		.page_size = MODEL_2M,
		.flags = DDW_MAP_PINNED | flags,
	};

	return lib_map_memory(r, &m) == 0 ? m.iova : 0;
}

/* Unpin, and give the memory back when that worked. */
static int
unpin_free(struct rig *r, uint64_t vaddr, uint64_t len)
{
	int ret = lib_unpin(r, vaddr, len);

	if (ret == 0)
		rig_give_back(r, vaddr, len);
	rig_check(r);
	return ret;
}

static void
lib_pinned_in_parts(struct rig *r)
{
	unsigned int i;

	ready(r, true);
	EXPECT(lib_pin(r, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	rig_locked(r);
	for (i = 0; i < 8; i += 2)
		EXPECT_TRUE(map_pinned(r, V + i * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_unmap(r, V, 4 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT_TRUE(map_pinned(r, V + 3 * MODEL_2M, 3 * MODEL_2M, 0) == 0); /* in use in part */
	EXPECT_MESSAGE(&r->err, DDW_MSG_MEMORY_OVERLAP);
	EXPECT(lib_unpin(r, V, 8 * MODEL_2M), -EBUSY);
	EXPECT(unpin_free(r, V, 4 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_unmap(r, V + 4 * MODEL_2M, 4 * MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + 4 * MODEL_2M, 4 * MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

/* Back and forth, as a pool that is larger than the window. */
static void
lib_pinned_again_and_again(struct rig *r)
{
	unsigned int i;

	ready(r, true);
	EXPECT(lib_pin(r, V, 8 * MODEL_2M, 0), 0);
	for (i = 0; i < 16; i++) {
		EXPECT_TRUE(map_pinned(r, V + (i % 8) * MODEL_2M, MODEL_2M, 0) != 0);
		if (i >= 2)
			EXPECT(lib_unmap(r, V + ((i - 2) % 8) * MODEL_2M, MODEL_2M), 0);
	}
	EXPECT(lib_unmap(r, V, 8 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(unpin_free(r, V, 8 * MODEL_2M), 0);
	rig_locked(r);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 8 * MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_pin_mistakes_refused(struct rig *r)
{
	ready(r, true);
	EXPECT(lib_pin(r, V, 0, 0), -EINVAL);
	EXPECT(lib_pin(r, V, MODEL_2M + MODEL_4K / 2, 0), -EINVAL);
	EXPECT(lib_pin(r, V, MODEL_2M, 1), -EINVAL);
	EXPECT(lib_pin(r, V + rig_page(r) / 2, MODEL_2M, 0), -EINVAL);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_RANGE);
	EXPECT_TRUE(map_pinned(r, V, MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_RANGE);
	/* in pieces smaller than the pages of the window, but not than those of the other one */
	EXPECT(lib_pin(r, V, MODEL_2M, MODEL_2M / 2), 0);
	EXPECT_TRUE(map_pinned(r, V, MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_BAD_RANGE);
	EXPECT_TRUE(map_pinned(r, V, MODEL_2M, DDW_MAP_DEFAULT_WINDOW) != 0);
	EXPECT(lib_pin(r, V, 2 * MODEL_2M, 0), -EEXIST);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, 0) == 0);
	EXPECT_MESSAGE(&r->err, DDW_MSG_MEMORY_OVERLAP);
	EXPECT(lib_pin(r, V + 7 * MODEL_2M, 2 * MODEL_2M, 0), -EIO); /* half of it is there */
	EXPECT_MESSAGE(&r->err, DDW_MSG_REGISTER_FAILED);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

/* A window for each: hugepages in the default one beside the others. */
static void
lib_pinned_in_two_windows(struct rig *r)
{
	ready(r, true);
	EXPECT(lib_pin(r, V, 8 * MODEL_2M, 0), 0);
	EXPECT_TRUE(map_pinned(r, V, 2 * MODEL_2M, 0) == MODEL_HIGH);
	EXPECT_TRUE(map_pinned(r, V + 2 * MODEL_2M, 2 * MODEL_2M, DDW_MAP_DEFAULT_WINDOW) ==
		    MODEL_2M);
	(void)lib_window(r, DDW_RANGE_SMALL);
	EXPECT(lib_unmap(r, V + MODEL_2M, 2 * MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + MODEL_2M, MODEL_2M, DDW_MAP_DEFAULT_WINDOW) == MODEL_2M);
	EXPECT(lib_unmap(r, V, 8 * MODEL_2M), 0);
	EXPECT(lib_unpin(r, V, 8 * MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_pinned_in_dma32_mode(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DMA32, true), 2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(lib_pin(r, V, 4 * MODEL_2M, 0), 0);
	EXPECT_TRUE(map_pinned(r, V, MODEL_2M, DDW_MAP_DEFAULT_WINDOW) != 0);
	EXPECT_TRUE(map_pinned(r, V + MODEL_2M, rig_page(r), 0) != 0);
	EXPECT(lib_unmap(r, V, MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + 2 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_pinned_with_v1(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V1, DDW_MODE_DMA32, false), 1);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(lib_pin(r, V, 4 * MODEL_2M, MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_unmap(r, V, 4 * MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + MODEL_2M, 2 * MODEL_2M, 0) != 0);
	EXPECT(lib_unpin(r, V, 4 * MODEL_2M), -EBUSY);
	EXPECT(lib_unmap(r, V, 4 * MODEL_2M), 0);
	EXPECT(unpin_free(r, V, 4 * MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
}

/* One group leaves, then both; what was pinned is so again when they come back. */
static void
lib_pinned_while_groups_leave(struct rig *r)
{
	ready(r, true);
	EXPECT(lib_pin(r, V, 8 * MODEL_2M, 4 * MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V + MODEL_2M, MODEL_2M, 0) != 0);
	lib_lose(r, RIG_B);
	EXPECT_TRUE(map_pinned(r, V + 5 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_join(r, RIG_B), 1);
	rig_locked(r);
	EXPECT_TRUE(map_pinned(r, V + 2 * MODEL_2M, MODEL_2M, 0) != 0);
	lib_lose(r, RIG_A);
	lib_lose(r, RIG_B);
	EXPECT(lib_unmap(r, V, 4 * MODEL_2M), 0);
	EXPECT(unpin_free(r, V, 4 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_join(r, RIG_A), 0);
	rig_locked(r);
	EXPECT_TRUE(map_pinned(r, V + 4 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_mapped(r), 2 * MODEL_2M);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_pin_and_memlock(struct rig *r)
{
	/* the default window and a table, and four pages */
	rig_limit(r, (UINT64_C(9) << 20) + 4 * MODEL_2M);
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	EXPECT(lib_attach(r, RIG_A), 0);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	rig_memory(r, V, 16 * MODEL_2M, true);
	EXPECT(lib_pin(r, V, 16 * MODEL_2M, MODEL_2M), -ENOMEM);
	EXPECT_MESSAGE(&r->err, DDW_MSG_REGISTER_FAILED);
	rig_locked(r);
	EXPECT(lib_pin(r, V, 4 * MODEL_2M, MODEL_2M), 0);
	EXPECT_TRUE(map_pinned(r, V, 4 * MODEL_2M, 0) != 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

const struct scenario lib_pin_scenarios[] = {
	{ "lib_pinned_in_parts", lib_pinned_in_parts, 0 },
	{ "lib_pinned_again_and_again", lib_pinned_again_and_again, 0 },
	{ "lib_pin_mistakes_refused", lib_pin_mistakes_refused, 0 },
	{ "lib_pinned_in_two_windows", lib_pinned_in_two_windows, 0 },
	{ "lib_pinned_in_dma32_mode", lib_pinned_in_dma32_mode, 0 },
	{ "lib_pinned_with_v1", lib_pinned_with_v1, 0 },
	{ "lib_pinned_while_groups_leave", lib_pinned_while_groups_leave, 0 },
	{ "lib_pin_and_memlock", lib_pin_and_memlock, 0 },
	{ NULL, NULL, 0 },
};
