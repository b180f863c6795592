/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/* Another process has the files, too; and windows that a PE has lost permanently. */

#define V RIG_VADDR

static void
a_child_may_not(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	rig_fork(r);
	rig_as_child(r, true);
	EXPECT(raw_info(r, RIG_A), -EPERM);
	EXPECT(raw_map(r, RIG_A, V, start, MODEL_2M), -EPERM);
	EXPECT(raw_unmap(r, RIG_A, start, MODEL_2M), -EPERM);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), -EPERM);
	EXPECT(raw_unregister(r, RIG_A, V, 4 * MODEL_2M), -EPERM);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -EPERM);
	EXPECT(raw_remove(r, RIG_A, start), -EPERM);
	/* these are for everybody */
	EXPECT(raw_ioctl(r, RIG_A, VFIO_GET_API_VERSION, NULL), VFIO_API_VERSION);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_CHECK_EXTENSION, (void *)V2), 1);
	EXPECT(raw_set_iommu(r, RIG_A, V2), -EINVAL);
	rig_as_child(r, false);
	EXPECT(raw_map(r, RIG_A, V, start, 4 * MODEL_2M), 0);
	EXPECT(raw_unmap(r, RIG_A, start, 4 * MODEL_2M), 0);
	rig_reap(r, false);
	EXPECT(raw_map(r, RIG_A, V, start, 4 * MODEL_2M), 0);
}

static void
the_first_process_owns_it(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	rig_fork(r);
	/* GET_INFO binds nobody */
	EXPECT(raw_info(r, RIG_A), 0);
	rig_as_child(r, true);
	EXPECT(raw_info(r, RIG_A), 0);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	rig_as_child(r, false);
	EXPECT(raw_info(r, RIG_A), -EPERM);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -EPERM);
	rig_reap(r, false);
	EXPECT(raw_info(r, RIG_A), -EPERM);
}

static void
a_child_keeps_the_group(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, V, start, 4 * MODEL_2M), 0);
	rig_fork(r);
	rig_close(r, &r->group[RIG_A]);
	rig_close(r, &r->container[RIG_A]);
	rig_locked(r);
	EXPECT(rig_open_group(r, RIG_A), -EBUSY);
	rig_reap(r, false);
	rig_locked(r);
	EXPECT_TRUE(rig_open_group(r, RIG_A) >= 0);
}

static void
a_killed_process(struct rig *r)
{
	uint64_t start = 0;
	int ret;

	rig_memory(r, V, MODEL_2M, false);
	rig_fork(r);
	rig_as_child(r, true);
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_open_device(r, RIG_A), 0);
	EXPECT(raw_create(r, RIG_A, 16, SMALL_WINDOW, 1, &start), 0);
	EXPECT(raw_register(r, RIG_A, V, MODEL_2M), 0);
	ret = raw_map(r, RIG_A, V, 0x100000, MODEL_2M);
	EXPECT(ret, 0);
	rig_reap(r, true);
	r->container[RIG_A] = r->group[RIG_A] = r->device[RIG_A] = -1;
	/* it is as if it had never been */
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	rig_locked(r);
}

static void
a_group_of_another_process(struct rig *r)
{
	rig_fork(r);
	rig_as_child(r, true);
	EXPECT(raw_join(r, RIG_A), 0);
	rig_as_child(r, false);
	r->container[RIG_A] = r->group[RIG_A] = -1;
	EXPECT(rig_open_group(r, RIG_A), -EBUSY);
	EXPECT(raw_join(r, RIG_B), 0);
	rig_reap(r, true);
	EXPECT_TRUE(rig_open_group(r, RIG_A) >= 0);
}

static void
v1_child_may_not(struct rig *r)
{
	raw_attach(r, RIG_A, V1);
	rig_fork(r);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_ENABLE, NULL), 0);
	rig_as_child(r, true);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_ENABLE, NULL), -EPERM);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_DISABLE, NULL), -EPERM);
	EXPECT(raw_map(r, RIG_A, V, MODEL_2M, MODEL_4K), -EPERM);
	EXPECT(raw_info(r, RIG_A), -EPERM);
	rig_reap(r, false);
}

const struct scenario process_scenarios[] = {
	{ "a_child_may_not", a_child_may_not, 0 },
	{ "the_first_process_owns_it", the_first_process_owns_it, 0 },
	{ "a_child_keeps_the_group", a_child_keeps_the_group, 0 },
	{ "a_killed_process", a_killed_process, 0 },
	{ "a_group_of_another_process", a_group_of_another_process, 0 },
	{ "v1_child_may_not", v1_child_may_not, 0 },
	{ NULL, NULL, 0 },
};

/* A second dynamic window: the PE is spoilt until the machine starts again. */
static void
second_window_poisons(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_SPARE, V2);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_SPARE, V, MODEL_2M), 0);
	EXPECT(raw_remove(r, RIG_SPARE, 0), 0);
	EXPECT(raw_create(r, RIG_SPARE, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT(raw_create(r, RIG_SPARE, 16, SMALL_WINDOW, 1, NULL), -ENODEV);
	/* what exists goes on working */
	EXPECT(raw_map(r, RIG_SPARE, V, start, MODEL_2M), 0);
	EXPECT(raw_remove(r, RIG_SPARE, start), 0);
	rig_locked(r);
	EXPECT(raw_create(r, RIG_SPARE, 21, SMALL_WINDOW, 1, NULL), -ENODEV);
	rig_close_group(r, RIG_SPARE);
	rig_close(r, &r->container[RIG_SPARE]);
	raw_attach(r, RIG_SPARE, V2);
	EXPECT(raw_info(r, RIG_SPARE), 0);
	EXPECT(raw_register(r, RIG_SPARE, V, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_SPARE, V, MODEL_2M, MODEL_2M), -ENODEV);
	EXPECT(raw_create(r, RIG_SPARE, 21, SMALL_WINDOW, 1, NULL), -ENODEV);
	rig_locked(r);
}

/* The default window cannot be made again beside a dynamic one. */
static void
default_window_beside_a_dynamic_one(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_OTHER_SPARE, V2);
	EXPECT(raw_create(r, RIG_OTHER_SPARE, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT(raw_remove(r, RIG_OTHER_SPARE, 0), 0);
	EXPECT(raw_create(r, RIG_OTHER_SPARE, 12, SMALL_WINDOW, 1, NULL), -EPERM);
	rig_locked(r);
	/* that has spoilt nothing */
	EXPECT(raw_remove(r, RIG_OTHER_SPARE, start), 0);
	EXPECT(raw_create(r, RIG_OTHER_SPARE, 12, SMALL_WINDOW, 1, &start), 0);
	EXPECT_TRUE(start == 0);
	EXPECT(raw_create(r, RIG_OTHER_SPARE, 21, SMALL_WINDOW, 1, &start), 0);
	rig_locked(r);
}

static void
no_dynamic_windows(struct rig *r)
{
	raw_attach(r, RIG_NO_DDW, V2);
	EXPECT(raw_info(r, RIG_NO_DDW), 0);
	rig_memory(r, V, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_NO_DDW, V, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_NO_DDW, V, MODEL_2M, MODEL_2M), -EINVAL);
	EXPECT(raw_create(r, RIG_NO_DDW, 21, SMALL_WINDOW, 1, NULL), -ENODEV);
	rig_locked(r);
}

const struct scenario poison_scenarios[] = {
	{ "default_window_beside_a_dynamic_one", default_window_beside_a_dynamic_one,
	  SCENARIO_PSERIES },
	{ "second_window_poisons", second_window_poisons, SCENARIO_PSERIES },
	{ "no_dynamic_windows", no_dynamic_windows, SCENARIO_PSERIES | SCENARIO_NO_DDW },
	{ NULL, NULL, 0 },
};
