/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/* Groups and containers. */

static void
versions_and_extensions(struct rig *r)
{
	rig_open_container(r, RIG_A);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_GET_API_VERSION, NULL), VFIO_API_VERSION);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_CHECK_EXTENSION, (void *)V1), 1);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_CHECK_EXTENSION, (void *)V2), 1);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1_IOMMU), 0);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1v2_IOMMU), 0);
}

static void
nothing_before_set_iommu(struct rig *r)
{
	EXPECT(raw_join(r, RIG_A), 0);
	EXPECT(raw_info(r, RIG_A), -EINVAL);
	EXPECT(raw_register(r, RIG_A, RIG_VADDR, MODEL_2M), -EINVAL);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, 0, MODEL_4K), -EINVAL);
	EXPECT(raw_unmap(r, RIG_A, 0, MODEL_4K), -EINVAL);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -EINVAL);
	EXPECT(raw_remove(r, RIG_A, 0), -EINVAL);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_ENABLE, NULL), -EINVAL);
	EXPECT(raw_open_device(r, RIG_A), -EINVAL);
}

static void
set_iommu_needs_a_group(struct rig *r)
{
	rig_open_container(r, RIG_A);
	EXPECT(raw_set_iommu(r, RIG_A, V2), -EINVAL);
	EXPECT(raw_set_iommu(r, RIG_A, V1), -EINVAL);
	EXPECT(raw_info(r, RIG_A), -EINVAL);
}

static void
set_iommu_once(struct rig *r)
{
	EXPECT(raw_join(r, RIG_A), 0);
	EXPECT(raw_set_iommu(r, RIG_A, VFIO_TYPE1_IOMMU), -ENODEV);
	EXPECT(raw_set_iommu(r, RIG_A, VFIO_TYPE1v2_IOMMU), -ENODEV);
	EXPECT(raw_set_iommu(r, RIG_A, V2), 0);
	EXPECT(raw_set_iommu(r, RIG_A, V2), -EINVAL);
	EXPECT(raw_set_iommu(r, RIG_A, V1), -EINVAL);
}

static void
one_opener_per_group(struct rig *r)
{
	int first;

	EXPECT_TRUE(rig_open_group(r, RIG_A) >= 0);
	first = r->group[RIG_A];
	EXPECT(rig_open_group(r, RIG_A), -EBUSY);
	r->group[RIG_A] = first;
	rig_close(r, &r->group[RIG_A]);
	EXPECT_TRUE(rig_open_group(r, RIG_A) >= 0);
}

static void
set_container_errors(struct rig *r)
{
	int bad = -1, group;

	EXPECT(raw_join(r, RIG_A), 0);
	group = r->group[RIG_A];
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &r->container[RIG_A]), -EINVAL);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &bad), -EBADF);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &group), -EINVAL);
	EXPECT_TRUE(rig_open_group(r, RIG_B) >= 0);
	EXPECT(raw_group_ioctl(r, RIG_B, VFIO_GROUP_SET_CONTAINER, &group), -EBADFD);
	EXPECT(raw_group_ioctl(r, RIG_B, VFIO_GROUP_UNSET_CONTAINER, NULL), -EINVAL);
}

static void
status_of_a_group(struct rig *r)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	rig_open_container(r, RIG_A);
	rig_open_group(r, RIG_A);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_GET_STATUS, &status), 0);
	EXPECT(status.flags, VFIO_GROUP_FLAGS_VIABLE);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &r->container[RIG_A]), 0);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_GET_STATUS, &status), 0);
	EXPECT(status.flags, VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET);
	status.argsz = 4;
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_GET_STATUS, &status), -EINVAL);
}

static void
unset_container_with_a_device_open(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_open_device(r, RIG_A), 0);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_UNSET_CONTAINER, NULL), -EBUSY);
	EXPECT(raw_info(r, RIG_A), 0);
	rig_close(r, &r->device[RIG_A]);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	EXPECT(raw_info(r, RIG_A), -EINVAL);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_UNSET_CONTAINER, NULL), -EINVAL);
}

static void
a_device_keeps_its_group(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_open_device(r, RIG_A), 0);
	rig_close(r, &r->group[RIG_A]);
	EXPECT(raw_info(r, RIG_A), 0);
	EXPECT(rig_open_group(r, RIG_A), -EBUSY);
	rig_close(r, &r->device[RIG_A]);
	EXPECT(raw_info(r, RIG_A), -EINVAL);
	EXPECT_TRUE(rig_open_group(r, RIG_A) >= 0);
}

static void
a_group_goes_and_comes(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, 4 * MODEL_2M), 0);
	rig_close(r, &r->group[RIG_A]);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, MODEL_2M), -EINVAL);
	rig_locked(r);
	/* the container can be used again, but all in it is gone */
	rig_open_group(r, RIG_A);
	EXPECT(raw_group_ioctl(r, RIG_A, VFIO_GROUP_SET_CONTAINER, &r->container[RIG_A]), 0);
	EXPECT(raw_set_iommu(r, RIG_A, V2), 0);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, MODEL_2M), -EPERM);
	EXPECT(raw_unregister(r, RIG_A, RIG_VADDR, 4 * MODEL_2M), -EPERM);
	EXPECT(raw_register(r, RIG_A, RIG_VADDR, 4 * MODEL_2M), 0);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, 4 * MODEL_2M), 0);
}

static void
get_info_sizes(struct rig *r)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	EXPECT(info.flags, VFIO_IOMMU_SPAPR_INFO_DDW);
	memset(&info, 0, sizeof(info));
	info.argsz = 16;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	EXPECT(info.ddw.pgsizes, 0);
	info.argsz = 15;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), -EINVAL);
	info.argsz = 0;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), -EINVAL);
}

static void
the_container_may_close_first(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, MODEL_2M), 0);
	rig_close(r, &r->container[RIG_A]);
	rig_locked(r);
	rig_close(r, &r->group[RIG_A]);
	rig_locked(r);
}

const struct scenario group_scenarios[] = {
	{ "versions_and_extensions", versions_and_extensions, 0 },
	{ "nothing_before_set_iommu", nothing_before_set_iommu, 0 },
	{ "set_iommu_needs_a_group", set_iommu_needs_a_group, 0 },
	{ "set_iommu_once", set_iommu_once, 0 },
	{ "one_opener_per_group", one_opener_per_group, 0 },
	{ "set_container_errors", set_container_errors, 0 },
	{ "status_of_a_group", status_of_a_group, 0 },
	{ "unset_container_with_a_device_open", unset_container_with_a_device_open, 0 },
	{ "a_device_keeps_its_group", a_device_keeps_its_group, 0 },
	{ "a_group_goes_and_comes", a_group_goes_and_comes, SCENARIO_MISUSE },
	{ "get_info_sizes", get_info_sizes, 0 },
	{ "the_container_may_close_first", the_container_may_close_first, 0 },
	{ NULL, NULL, 0 },
};
