/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "raw.h"

int
raw_join(struct rig *r, enum rig_role role)
{
	int ret = rig_open_container(r, role);

	if (ret >= 0)
		ret = rig_open_group(r, role);
	if (ret >= 0)
		ret = raw_group_ioctl(r, role, VFIO_GROUP_SET_CONTAINER, &r->container[role]);
	return ret;
}

int
raw_set_iommu(struct rig *r, enum rig_role role, unsigned long type)
{
	return raw_ioctl(r, role, VFIO_SET_IOMMU, (void *)(uintptr_t)type);
}

void
raw_attach(struct rig *r, enum rig_role role, unsigned long type)
{
	EXPECT(raw_join(r, role), 0);
	EXPECT(raw_set_iommu(r, role, type), 0);
}

int
raw_ioctl(struct rig *r, enum rig_role role, unsigned long request, void *arg)
{
	return r->sys.ioctl(r, r->container[role], request, arg);
}

int
raw_group_ioctl(struct rig *r, enum rig_role role, unsigned long request, void *arg)
{
	return r->sys.ioctl(r, r->group[role], request, arg);
}

int
raw_open_device(struct rig *r, enum rig_role role)
{
	char name[DDW_PCI_NAME];
	int ret;

	memcpy(name, r->machine->groups[role].pci, sizeof(name));
	ret = raw_group_ioctl(r, role, VFIO_GROUP_GET_DEVICE_FD, name);
	if (ret < 0)
		return ret;
	r->device[role] = ret;
	return 0;
}

int
raw_info(struct rig *r, enum rig_role role)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	return raw_ioctl(r, role, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
}

int
raw_register(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg),
							.vaddr = vaddr,
							.size = size };

	return raw_ioctl(r, role, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg);
}

int
raw_unregister(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg),
							.vaddr = vaddr,
							.size = size };

	return raw_ioctl(r, role, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg);
}

int
raw_map(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = BOTH, .vaddr = vaddr, .iova = iova, .size = size
	};

	return raw_ioctl(r, role, VFIO_IOMMU_MAP_DMA, &map);
}

int
raw_unmap(struct rig *r, enum rig_role role, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap;

	memset(&unmap, 0, sizeof(unmap));
	unmap.argsz = sizeof(unmap);
	unmap.iova = iova;
	unmap.size = size;
	return raw_ioctl(r, role, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

int
raw_create(struct rig *r, enum rig_role role, unsigned int page_shift, uint64_t size,
	   unsigned int levels, uint64_t *start)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create),
		.page_shift = page_shift,
		.window_size = size,
		.levels = levels,
	};
	int ret = raw_ioctl(r, role, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);

	if (ret == 0 && start != NULL)
		*start = create.start_addr;
	return ret;
}

int
raw_remove(struct rig *r, enum rig_role role, uint64_t start)
{
	struct vfio_iommu_spapr_tce_remove rem = { .argsz = sizeof(rem), .start_addr = start };

	return raw_ioctl(r, role, VFIO_IOMMU_SPAPR_TCE_REMOVE, &rem);
}

uint64_t
raw_ready(struct rig *r, enum rig_role role)
{
	uint64_t start = 0;

	raw_attach(r, role, V2);
	EXPECT(raw_create(r, role, 21, SMALL_WINDOW, 1, &start), 0);
	rig_memory(r, RIG_VADDR, 4 * MODEL_2M, true);
	EXPECT(raw_register(r, role, RIG_VADDR, 4 * MODEL_2M), 0);
	return start;
}
