/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/* Memory is registered and let go. */

#define V RIG_VADDR

static void
register_twice(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), -EBUSY);
	rig_locked(r);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), -ENOENT);
	rig_locked(r);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), 0);
}

static void
register_a_part_again(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, 2 * MODEL_2M), 0);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), -EINVAL);
	EXPECT(raw_register(r, RIG_A, V + MODEL_2M, 2 * MODEL_2M), -EINVAL);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), -EINVAL);
	rig_locked(r);
	EXPECT(raw_register(r, RIG_A, V + 2 * MODEL_2M, 2 * MODEL_2M), 0);
	rig_locked(r);
}

static void
unregister_what_was_registered(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT(raw_unregister(r, RIG_A, V, MODEL_2M), -EPERM);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), 0);
	EXPECT(raw_unregister(r, RIG_A, V, MODEL_2M), -ENOENT);
	EXPECT(raw_unregister(r, RIG_A, V + MODEL_2M, 3 * MODEL_2M), -ENOENT);
	EXPECT(raw_unregister(r, RIG_A, V, 8 * MODEL_2M), -ENOENT);
	EXPECT(raw_unregister(r, RIG_A, V + 512, MODEL_2M), -EINVAL);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), 0);
}

static void
register_misaligned(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V + 512, rig_page(r)), -EINVAL);
	EXPECT(raw_register(r, RIG_A, V, 512), -EINVAL);
	EXPECT(raw_register(r, RIG_A, -MODEL_64K, 2 * MODEL_64K), -EINVAL);
	EXPECT(raw_map(r, RIG_A, V, 0, MODEL_4K), -EPERM);
	rig_locked(r);
}

static void
register_what_is_not_there(struct rig *r)
{
	uint64_t page = rig_page(r);

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_register(r, RIG_A, V, page), -EFAULT);
	rig_memory(r, V, 3 * page, false);
	/* three pages, then a hole: the number of pages comes back, not an errno */
	EXPECT(raw_register(r, RIG_A, V, 4 * page), 3);
	rig_locked(r);
	EXPECT(raw_register(r, RIG_A, V, 3 * page), 0);
	rig_locked(r);
}

static void
partly_hugepages(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, 3 * MODEL_2M), (int)(2 * MODEL_2M / rig_page(r)));
	rig_locked(r);
}

static void
register_arguments(struct rig *r)
{
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg), .flags = 1, .vaddr = V, .size = MODEL_2M
	};

	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg), -EINVAL);
	reg.flags = 0;
	reg.argsz = sizeof(reg) - 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg), -EINVAL);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg), -EINVAL);
	reg.argsz = sizeof(reg);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg), 0);
	reg.flags = 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg), -EINVAL);
	reg.flags = 0;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg), 0);
}

static void
two_containers_one_memory(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	raw_attach(r, RIG_B, V2);
	rig_memory(r, V, 2 * MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, V, 2 * MODEL_2M), 0);
	rig_locked(r);
	/* counted once, pinned once */
	EXPECT(raw_register(r, RIG_B, V, 2 * MODEL_2M), 0);
	rig_locked(r);
	/* the list of regions is that of the process */
	EXPECT(raw_register(r, RIG_B, V, MODEL_2M), -EINVAL);
	EXPECT(raw_unregister(r, RIG_A, V, 2 * MODEL_2M), 0);
	rig_locked(r);
	EXPECT(raw_unregister(r, RIG_A, V, 2 * MODEL_2M), -ENOENT);
	EXPECT(raw_unregister(r, RIG_B, V, 2 * MODEL_2M), 0);
	rig_locked(r);
}

static void
memory_of_another_container(struct rig *r)
{
	uint64_t a = raw_ready(r, RIG_A), b = 0;

	raw_attach(r, RIG_B, V2);
	EXPECT(raw_create(r, RIG_B, 21, SMALL_WINDOW, 1, &b), 0);
	EXPECT(raw_map(r, RIG_B, V, b, MODEL_2M), -EPERM);
	rig_memory(r, V + 16 * MODEL_2M, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_B, V + 16 * MODEL_2M, MODEL_2M), 0);
	/* having registered anything, it may map what others registered */
	EXPECT(raw_map(r, RIG_B, V, b, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, V + 16 * MODEL_2M, a, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_B, b, MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, a, MODEL_2M), 0);
}

static void
memlock_forbids_memory(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	rig_limit(r, 2 * MODEL_2M);
	rig_locked(r);
	EXPECT(raw_register(r, RIG_A, V, 4 * MODEL_2M), -ENOMEM);
	EXPECT(raw_register(r, RIG_A, V, 2 * MODEL_2M), 0);
	EXPECT(raw_register(r, RIG_A, V + 2 * MODEL_2M, MODEL_2M), -ENOMEM);
	EXPECT(raw_unregister(r, RIG_A, V, 2 * MODEL_2M), 0);
	EXPECT(raw_register(r, RIG_A, V + 2 * MODEL_2M, MODEL_2M), 0);
	rig_locked(r);
}

static void
memlock_forbids_a_window(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_limit(r, MODEL_64K);
	/* not even the default window's table */
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -ENOMEM);
	rig_locked(r);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	EXPECT(raw_create(r, RIG_A, 12, SMALL_WINDOW, 1, NULL), -ENOMEM);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL),
	       r->machine->powernv && r->machine->page_shift == 16 ? -ENOMEM : 0);
	rig_locked(r);
}

static void
everything_comes_back_at_close(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, V, start, 4 * MODEL_2M), 0);
	rig_locked(r);
	rig_close_group(r, RIG_A);
	rig_locked(r);
	rig_close(r, &r->container[RIG_A]);
	rig_locked(r);
}

const struct scenario memory_scenarios[] = {
	{ "register_twice", register_twice, 0 },
	{ "register_a_part_again", register_a_part_again, 0 },
	{ "unregister_what_was_registered", unregister_what_was_registered, 0 },
	{ "register_misaligned", register_misaligned, 0 },
	{ "register_what_is_not_there", register_what_is_not_there, 0 },
	{ "partly_hugepages", partly_hugepages, 0 },
	{ "register_arguments", register_arguments, 0 },
	{ "two_containers_one_memory", two_containers_one_memory, 0 },
	{ "memory_of_another_container", memory_of_another_container, 0 },
	{ "memlock_forbids_memory", memlock_forbids_memory, 0 },
	{ "memlock_forbids_a_window", memlock_forbids_a_window, 0 },
	{ "everything_comes_back_at_close", everything_comes_back_at_close, 0 },
	{ NULL, NULL, 0 },
};
