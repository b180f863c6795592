/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "lib.h"
#include "scenarios.h"

/* Groups leave and come back while libddw has memory mapped. */

#define V RIG_VADDR

static void
ready(struct rig *r, bool two)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DDW, two), two ? 2 : 1);
	rig_memory(r, V, 8 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 4 * MODEL_2M, MODEL_2M) != 0);
}

static bool
alive(struct rig *r, enum rig_role role)
{
	return r->index[role] >= 0 && ddw_space_group_alive(r->space, (unsigned int)r->index[role]);
}

static void
lib_group_leaves(struct rig *r)
{
	ready(r, true);
	lib_lose(r, RIG_B);
	EXPECT(alive(r, RIG_A), 1);
	EXPECT(alive(r, RIG_B), 0);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_free(r, V, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

/* Nobody says that it has left: the next call finds out. */
static void
lib_group_leaves_unnoticed(struct rig *r)
{
	ready(r, true);
	lib_lose(r, RIG_A);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, MODEL_2M, 0) != 0);
	EXPECT(lib_group(r, RIG_A).usable, 0);
	lib_lose(r, RIG_B);
	EXPECT(lib_free(r, V, 2 * MODEL_2M), 0);
	EXPECT(lib_group(r, RIG_B).usable, 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_group_comes_back(struct rig *r)
{
	ready(r, true);
	lib_lose(r, RIG_B);
	EXPECT(alive(r, RIG_B), 0);
	EXPECT(lib_join(r, RIG_B), 1);
	EXPECT(lib_group(r, RIG_B).usable, 1);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, 2 * MODEL_2M, 0) != 0);
	EXPECT(lib_free(r, V, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

/* The last one: only the addresses are left, and memory goes on coming and going. */
static void
lib_last_group_comes_back(struct rig *r)
{
	ready(r, false);
	lib_lose(r, RIG_A);
	EXPECT(alive(r, RIG_A), 0);
	rig_locked(r);
	EXPECT_TRUE(lib_map(r, V + 4 * MODEL_2M, 2 * MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_free(r, V + MODEL_2M, MODEL_2M), 0);
	rig_locked(r);
	EXPECT(lib_join(r, RIG_A), 0);
	rig_locked(r);
	EXPECT(lib_mapped(r), 5 * MODEL_2M);
	EXPECT(lib_release(r), 0);
}

static void
lib_comes_and_goes(struct rig *r)
{
	unsigned int i;

	ready(r, true);
	for (i = 0; i < 6; i++) {
		enum rig_role role = i % 2 == 0 ? RIG_B : RIG_A;

		lib_lose(r, role);
		EXPECT(alive(r, role), 0);
		EXPECT(lib_join(r, role), i % 2 == 0);
	}
	rig_locked(r);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_new_group_joins(struct rig *r)
{
	ready(r, false);
	EXPECT(lib_join(r, RIG_B), 1);
	EXPECT(lib_group(r, RIG_B).usable, 1);
	rig_locked(r);
	EXPECT(lib_free(r, V + MODEL_2M, 2 * MODEL_2M), 0);
	lib_lose(r, RIG_A);
	EXPECT(alive(r, RIG_A), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_joins_twice(struct rig *r)
{
	struct ddw_error err = { 0 };
	int container = -1, group = -1;

	ready(r, true);
	EXPECT(ddw_space_join(r->space, r->machine->groups[RIG_B].cfg.number, "again", container,
			      group, &err),
	       -EEXIST);
	EXPECT_MESSAGE(&err, DDW_MSG_GROUP_BUSY);
	EXPECT(lib_release(r), 0);
}

static void
lib_joins_in_dma32_mode(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DMA32, true), 2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, MODEL_2M) != 0);
	lib_lose(r, RIG_A);
	EXPECT(alive(r, RIG_A), 0);
	EXPECT_TRUE(lib_map(r, V + 2 * MODEL_2M, MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_join(r, RIG_A), 0);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

static void
lib_joins_with_v1(struct rig *r)
{
	EXPECT(lib_ready(r, DDW_IOMMU_V1, DDW_MODE_AUTO, true), 2);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 2 * MODEL_2M, MODEL_2M) != 0);
	lib_lose(r, RIG_B);
	EXPECT(alive(r, RIG_B), 0);
	rig_locked(r);
	EXPECT(lib_join(r, RIG_B), 1);
	rig_locked(r);
	EXPECT(lib_free(r, V, MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
	rig_locked(r);
}

static void
lib_small_pages_come_back(struct rig *r)
{
	uint64_t page = rig_page(r);
	struct ddw_mapping m = { .vaddr = V + 64 * MODEL_2M, .len = 4 * page, .page_size = page };

	ready(r, true);
	rig_memory(r, m.vaddr, m.len, false);
	EXPECT(lib_map_memory(r, &m), 0);
	lib_lose(r, RIG_B);
	EXPECT(alive(r, RIG_B), 0);
	EXPECT(lib_join(r, RIG_B), 1);
	rig_locked(r);
	EXPECT(lib_free(r, m.vaddr, m.len), 0);
	EXPECT(lib_release(r), 0);
}

static void
lib_starts_empty(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_V2, DDW_MODE_DDW), 0);
	r->in.n_memory = 1;
	r->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, 32 * MODEL_2M, 0 };
	EXPECT(ddw_space_open_empty(r->space, &r->in, &r->plan, &r->err), 0);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 4 * MODEL_2M, MODEL_2M) != 0);
	EXPECT(lib_join(r, RIG_A), 0);
	EXPECT(lib_join(r, RIG_B), 1);
	rig_locked(r);
	EXPECT(lib_free(r, V + 2 * MODEL_2M, MODEL_2M), 0);
	EXPECT(lib_release(r), 0);
}

/* The process ends without a word: what it had mapped is gone, and the groups are free. */
static void
lib_closes_without_release(struct rig *r)
{
	ready(r, true);
	rig_close_group(r, RIG_A);
	rig_close(r, &r->container[RIG_B]);
	rig_close_group(r, RIG_B);
	rig_close(r, &r->container[RIG_A]);
	rig_locked(r);
	ddw_space_destroy(r->space);
	r->space = NULL;
	EXPECT(lib_ready(r, DDW_IOMMU_V2, DDW_MODE_DDW, true), 2);
	rig_locked(r);
	EXPECT(lib_release(r), 0);
}

static void
lib_group_is_taken(struct rig *r)
{
	struct ddw_error err = { 0 };
	int number = r->machine->groups[RIG_A].cfg.number;

	EXPECT(ddw_group_check(&r->sys, number, "the group", &err), 0);
	rig_open_group(r, RIG_A);
	EXPECT(ddw_group_check(&r->sys, number, "the group", &err), -EBUSY);
	EXPECT_MESSAGE(&err, DDW_MSG_GROUP_BUSY);
}

const struct scenario lib_group_scenarios[] = {
	{ "lib_group_leaves", lib_group_leaves, 0 },
	{ "lib_group_leaves_unnoticed", lib_group_leaves_unnoticed, 0 },
	{ "lib_group_comes_back", lib_group_comes_back, 0 },
	{ "lib_last_group_comes_back", lib_last_group_comes_back, 0 },
	{ "lib_comes_and_goes", lib_comes_and_goes, 0 },
	{ "lib_new_group_joins", lib_new_group_joins, 0 },
	{ "lib_joins_twice", lib_joins_twice, 0 },
	{ "lib_joins_in_dma32_mode", lib_joins_in_dma32_mode, 0 },
	{ "lib_joins_with_v1", lib_joins_with_v1, 0 },
	{ "lib_small_pages_come_back", lib_small_pages_come_back, 0 },
	{ "lib_starts_empty", lib_starts_empty, 0 },
	{ "lib_closes_without_release", lib_closes_without_release, 0 },
	{ "lib_group_is_taken", lib_group_is_taken, 0 },
	{ NULL, NULL, 0 },
};

/* On a PE that has lost its dynamic windows, see second_window_poisons. */
static void
lib_poisoned_group(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_AUTO, DDW_MODE_AUTO), 0);
	if (r->model != NULL)
		model_group_cfg(r->model, r->machine->groups[RIG_SPARE].cfg.number)->poisoned =
			true;
	EXPECT(lib_attach(r, RIG_SPARE), 0);
	EXPECT_TRUE(lib_open(r, 32 * MODEL_2M, 0) < 0);
	EXPECT_MESSAGE(&r->errors[0], DDW_MSG_PE_POISONED);
	rig_locked(r);
}

static void
lib_poisoned_group_beside_a_good_one(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_AUTO, DDW_MODE_AUTO), 0);
	if (r->model != NULL)
		model_group_cfg(r->model, r->machine->groups[RIG_SPARE].cfg.number)->poisoned =
			true;
	EXPECT(lib_attach(r, RIG_SPARE), 0);
	EXPECT(lib_attach(r, RIG_A), 1);
	EXPECT(lib_open(r, 32 * MODEL_2M, 0), 1);
	EXPECT_MESSAGE(&r->errors[0], DDW_MSG_PE_POISONED);
	rig_memory(r, V, 4 * MODEL_2M, true);
	EXPECT_TRUE(lib_map(r, V, 4 * MODEL_2M, 0) != 0);
	EXPECT(lib_release(r), 0);
}

/* After no_dynamic_windows its PE is spoilt, too: what is attached here was told so by GET_INFO. */
static void
lib_group_without_windows(struct rig *r)
{
	EXPECT(lib_start(r, DDW_IOMMU_AUTO, DDW_MODE_AUTO), 0);
	if (r->model != NULL)
		model_group_cfg(r->model, r->machine->groups[RIG_NO_DDW].cfg.number)->poisoned =
			true;
	EXPECT(lib_attach(r, RIG_NO_DDW), 0);
	EXPECT(lib_attach(r, RIG_A), 1);
	(void)lib_open(r, 32 * MODEL_2M, 0);
	EXPECT(lib_group(r, RIG_A).usable, 1);
	EXPECT(lib_group(r, RIG_NO_DDW).usable, 0);
	EXPECT(lib_release(r), 0);
}

const struct scenario lib_poison_scenarios[] = {
	{ "lib_poisoned_group", lib_poisoned_group, SCENARIO_PSERIES },
	{ "lib_poisoned_group_beside_a_good_one", lib_poisoned_group_beside_a_good_one,
	  SCENARIO_PSERIES },
	{ "lib_group_without_windows", lib_group_without_windows,
	  SCENARIO_PSERIES | SCENARIO_NO_DDW },
	{ NULL, NULL, 0 },
};
