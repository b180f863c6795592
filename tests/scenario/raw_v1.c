/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/* sPAPR v1: the default window, no registrations. */

#define V    RIG_VADDR
#define IOVA MODEL_2M

static int
enable(struct rig *r, enum rig_role role)
{
	return raw_ioctl(r, role, VFIO_IOMMU_ENABLE, NULL);
}

static int
disable(struct rig *r, enum rig_role role)
{
	return raw_ioctl(r, role, VFIO_IOMMU_DISABLE, NULL);
}

static void
v1_map_and_unmap(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT(enable(r, RIG_A), 0);
	rig_locked(r);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(raw_unmap(r, RIG_A, IOVA, MODEL_2M), 0);
	EXPECT(disable(r, RIG_A), 0);
	rig_locked(r);
}

static void
v1_map_before_enable(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), -EPERM);
	EXPECT(raw_unmap(r, RIG_A, IOVA, MODEL_2M), -EPERM);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, IOVA, MODEL_2M), 0);
}

static void
v1_enable_twice(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	EXPECT(disable(r, RIG_A), 0);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(enable(r, RIG_A), -EBUSY);
	rig_locked(r);
	EXPECT(disable(r, RIG_A), 0);
	EXPECT(disable(r, RIG_A), 0);
	rig_locked(r);
	EXPECT(enable(r, RIG_A), 0);
}

static void
v1_after_disable(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), 0);
	EXPECT(disable(r, RIG_A), 0);
	rig_locked(r);
	/* what is mapped stays, out of reach of these */
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), -EPERM);
	EXPECT(raw_unmap(r, RIG_A, IOVA, MODEL_2M), -EPERM);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_unmap(r, RIG_A, IOVA, MODEL_2M), 0);
}

static void
v1_knows_no_v2(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), -ENOTTY);
	EXPECT(raw_unregister(r, RIG_A, V, MODEL_2M), -ENOTTY);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -ENOTTY);
	EXPECT(raw_remove(r, RIG_A, 0), -ENOTTY);
	EXPECT(raw_info(r, RIG_A), 0);
}

static void
v2_knows_no_v1(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(enable(r, RIG_A), -ENOTTY);
	EXPECT(disable(r, RIG_A), -ENOTTY);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_GET_INFO + 3, NULL), -ENOTTY);
}

static void
v1_one_group_per_container(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_open_group(r, RIG_B);
	EXPECT(raw_group_ioctl(r, RIG_B, VFIO_GROUP_SET_CONTAINER, &r->container[RIG_A]), -EBUSY);
	EXPECT(raw_info(r, RIG_A), 0);
}

static void
v1_small_pages(struct rig *r)
{
	uint64_t page = rig_page(r);

	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, 4 * page, false);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_map(r, RIG_A, V, IOVA, 4 * page), 0);
	EXPECT(raw_unmap(r, RIG_A, IOVA, page), 0);
	EXPECT(raw_unmap(r, RIG_A, IOVA, 4 * page), 0);
	/* behind the memory is nothing that could be pinned */
	EXPECT(raw_map(r, RIG_A, V, IOVA, 5 * page), -EFAULT);
	EXPECT(raw_map(r, RIG_A, V + MODEL_2M, IOVA, page), -EFAULT);
	EXPECT(raw_map(r, RIG_A, V, IOVA + 1, page), 1);
	EXPECT(raw_map(r, RIG_A, V, IOVA, 512), -EINVAL);
}

static void
v1_memlock_forbids_enable(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_limit(r, r->machine->groups[RIG_A].cfg.dma32_size - 1);
	EXPECT(enable(r, RIG_A), -ENOMEM);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), -EPERM);
	rig_locked(r);
}

/* The whole window is counted at ENABLE, and its table when it is made: that may fail late. */
static void
v1_memlock_for_the_table(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, MODEL_2M, true);
	rig_limit(r, r->machine->groups[RIG_A].cfg.dma32_size);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), -ENOMEM);
	rig_locked(r);
}

static void
v1_close_without_unmap(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_map(r, RIG_A, V, IOVA, MODEL_2M), 0);
	rig_close_group(r, RIG_A);
	rig_locked(r);
}

static void
v1_then_v2(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V1);
	EXPECT(enable(r, RIG_A), 0);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	rig_locked(r);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &r->container[RIG_A]), 0);
	EXPECT(raw_set_iommu(r, RIG_A, V2), 0);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_locked(r);
}

const struct scenario v1_scenarios[] = {
	{ "v1_map_and_unmap", v1_map_and_unmap, 0 },
	{ "v1_map_before_enable", v1_map_before_enable, 0 },
	{ "v1_enable_twice", v1_enable_twice, 0 },
	{ "v1_after_disable", v1_after_disable, SCENARIO_MISUSE },
	{ "v1_knows_no_v2", v1_knows_no_v2, 0 },
	{ "v2_knows_no_v1", v2_knows_no_v1, 0 },
	{ "v1_one_group_per_container", v1_one_group_per_container, 0 },
	{ "v1_small_pages", v1_small_pages, 0 },
	{ "v1_memlock_forbids_enable", v1_memlock_forbids_enable, 0 },
	{ "v1_memlock_for_the_table", v1_memlock_for_the_table, 0 },
	{ "v1_close_without_unmap", v1_close_without_unmap, 0 },
	{ "v1_then_v2", v1_then_v2, 0 },
	{ NULL, NULL, 0 },
};
