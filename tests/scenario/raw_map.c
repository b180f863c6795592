/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/*
 * Memory is mapped and unmapped. Never past the end of a window, and never 0 bytes:
 * the real kernel does not look at that, and spoils memory of its own.
 */

#define V RIG_VADDR

static void
map_before_register(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), -EPERM);
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_2M), -EPERM);
	/* that is looked at before all else */
	EXPECT(raw_map(r, RIG_A, V, start + 1, 1), -EPERM);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), 0);
	/* once allowed, always allowed */
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), -EINVAL);
}

static void
map_misaligned(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	/* a misaligned bus address is answered with 1 */
	EXPECT(raw_map(r, RIG_A, V, start + MODEL_4K, MODEL_2M), 1);
	EXPECT(raw_unmap(r, RIG_A, start + MODEL_4K, MODEL_2M), 1);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_4K), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V + MODEL_4K, start, MODEL_2M), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V + MODEL_4K, start + MODEL_4K, MODEL_2M), -EINVAL);
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_4K), -EINVAL);
	EXPECT(raw_unmap(r, RIG_A, start + MODEL_4K, MODEL_4K), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), 0);
}

static void
map_in_no_window(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, V, start + PAST_ANY_TABLE, MODEL_2M), -ENXIO);
	EXPECT(raw_map(r, RIG_A, V, start - MODEL_2M, MODEL_2M), -ENXIO);
	EXPECT(raw_unmap(r, RIG_A, start + PAST_ANY_TABLE, MODEL_2M), -ENXIO);
	EXPECT(raw_map(r, RIG_A, V + 1, start + PAST_ANY_TABLE + 1, 1), -ENXIO);
	EXPECT(raw_map(r, RIG_A, V, start + SMALL_WINDOW, MODEL_2M),
	       r->machine->powernv ? 0 : -ENXIO);
}

static void
map_flags(struct rig *r)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map),
						.vaddr = V,
						.size = MODEL_2M };

	map.iova = raw_ready(r, RIG_A);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), -EINVAL);
	map.flags = BOTH | 4;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), -EINVAL);
	map.flags = BOTH;
	map.argsz = sizeof(map) - 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), -EINVAL);
	map.argsz = sizeof(map);
	map.flags = VFIO_DMA_MAP_FLAG_READ;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), 0);
	map.flags = VFIO_DMA_MAP_FLAG_WRITE;
	map.vaddr += MODEL_2M;
	map.iova += MODEL_2M;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), 0);
	/* no direction, misaligned: the direction is looked at first */
	map.flags = 0;
	map.iova += 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_MAP_DMA, &map), -EINVAL);
}

static void
unmap_flags(struct rig *r)
{
	struct vfio_iommu_type1_dma_unmap unmap;

	memset(&unmap, 0, sizeof(unmap));
	unmap.argsz = sizeof(unmap);
	unmap.iova = raw_ready(r, RIG_A);
	unmap.size = MODEL_2M;
	unmap.flags = VFIO_DMA_UNMAP_FLAG_ALL;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_UNMAP_DMA, &unmap), -EINVAL);
	unmap.flags = 0;
	unmap.argsz = sizeof(unmap) - 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_UNMAP_DMA, &unmap), -EINVAL);
	unmap.argsz = sizeof(unmap);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_UNMAP_DMA, &unmap), 0);
	EXPECT_TRUE(unmap.size == MODEL_2M);
}

static void
map_over_a_mapping(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, V, start, 2 * MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + 2 * MODEL_2M, start + MODEL_2M, 2 * MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, 8 * MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
	rig_locked(r);
}

static void
unmap_holes_and_parts(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_unmap(r, RIG_A, start, SMALL_WINDOW), 0);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, start + 8 * MODEL_2M, 3 * MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start + 9 * MODEL_2M, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, SMALL_WINDOW), 0);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
}

static void
map_across_regions(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), 0);
	EXPECT(raw_register(r, RIG_A, V + MODEL_2M, 2 * MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V, start, 3 * MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, 3 * MODEL_2M), 0);
	/* the last page is in no region: what was mapped before it is taken back */
	EXPECT(raw_map(r, RIG_A, V, start, 4 * MODEL_2M), -EINVAL);
	EXPECT(raw_unregister(r, RIG_A, V, MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V + MODEL_2M, 2 * MODEL_2M), 0);
	rig_locked(r);
}

static void
small_pages_in_a_large_window(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	rig_memory(r, V + 16 * MODEL_2M, MODEL_2M, false);
	EXPECT(raw_register(r, RIG_A, V + 16 * MODEL_2M, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + 16 * MODEL_2M, start, MODEL_2M), -EINVAL);
	/* the default window takes them */
	EXPECT(raw_map(r, RIG_A, V + 16 * MODEL_2M, 0x10000, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V, 0x10000 + MODEL_2M, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, 0x10000, 2 * MODEL_2M), 0);
}

static void
hugepage_then_small_pages(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_memory(r, V, MODEL_2M, true);
	rig_memory(r, V + MODEL_2M, MODEL_2M, false);
	EXPECT(raw_register(r, RIG_A, V, 2 * MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), 0);
	/* the region is not what it seems, the page tells */
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, start + MODEL_2M, MODEL_2M), -EPERM);
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_2M), 0);
}

static void
region_cut_across_hugepages(struct rig *r)
{
	uint64_t start = 0, page = rig_page(r);

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_memory(r, V, 4 * MODEL_2M, true);
	/* hugepages, but the region does not begin on one */
	EXPECT(raw_register(r, RIG_A, V + page, 3 * MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, start, MODEL_2M), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, 0x100000, MODEL_2M), 0);
}

static void
large_window_for_hugepages(struct rig *r)
{
	unsigned int shift = r->machine->powernv ? 30 : 24;
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, shift, UINT64_C(4) << shift, 1, &start), 0);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, 8 * MODEL_2M), 0);
	/* 2M pages are too small for it */
	EXPECT(raw_map(r, RIG_A, V, start, UINT64_C(1) << shift), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), -EINVAL);
}

static void
default_window_on_first_map(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(raw_map(r, RIG_A, V, MODEL_64K, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(raw_unmap(r, RIG_A, MODEL_64K, MODEL_4K), 0);
	EXPECT(raw_unmap(r, RIG_A, MODEL_64K + 1, MODEL_4K), 1);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	rig_locked(r);
	EXPECT(raw_map(r, RIG_A, V, MODEL_64K, MODEL_4K), -ENXIO);
}

static void
default_window_on_first_unmap(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, rig_page(r), false);
	EXPECT(raw_register(r, RIG_A, V, rig_page(r)), 0);
	EXPECT(raw_unmap(r, RIG_A, 0, MODEL_4K), 0);
	rig_locked(r);
}

static void
both_ends_of_a_window(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A), last = SMALL_WINDOW - MODEL_2M;

	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, start + last, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start + last, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
}

static void
one_page_many_addresses(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A), i;

	for (i = 0; i < 8; i++)
		EXPECT(raw_map(r, RIG_A, V, start + i * MODEL_2M, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, 8 * MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
	rig_locked(r);
}

const struct scenario map_scenarios[] = {
	{ "map_before_register", map_before_register, 0 },
	{ "map_misaligned", map_misaligned, 0 },
	{ "map_in_no_window", map_in_no_window, SCENARIO_MISUSE },
	{ "map_flags", map_flags, 0 },
	{ "unmap_flags", unmap_flags, 0 },
	{ "map_over_a_mapping", map_over_a_mapping, SCENARIO_MISUSE },
	{ "unmap_holes_and_parts", unmap_holes_and_parts, 0 },
	{ "map_across_regions", map_across_regions, 0 },
	{ "small_pages_in_a_large_window", small_pages_in_a_large_window, 0 },
	{ "hugepage_then_small_pages", hugepage_then_small_pages, 0 },
	{ "region_cut_across_hugepages", region_cut_across_hugepages, 0 },
	{ "large_window_for_hugepages", large_window_for_hugepages, 0 },
	{ "default_window_on_first_map", default_window_on_first_map, SCENARIO_MISUSE },
	{ "default_window_on_first_unmap", default_window_on_first_unmap, 0 },
	{ "both_ends_of_a_window", both_ends_of_a_window, 0 },
	{ "one_page_many_addresses", one_page_many_addresses, 0 },
	{ NULL, NULL, 0 },
};
