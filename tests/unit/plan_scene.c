/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "plan_scene.h"

struct ddw_plan_input in;
struct ddw_plan plan;
struct ddw_error err;

struct ddw_caps
plan_caps(struct model_group_cfg cfg)
{
	return (struct ddw_caps){ cfg.dma32_start, cfg.dma32_size, cfg.pgsizes,
				  cfg.max_windows, cfg.levels,	   false };
}

int
plan_setup(void **state)
{
	(void)state;
	memset(&in, 0, sizeof(in));
	memset(&plan, 0x55, sizeof(plan));
	memset(&err, 0, sizeof(err));
	in.memlock.unlimited = true;
	in.wishes.mode = DDW_MODE_DDW;
	return 0;
}

void
plan_group(struct model_group_cfg cfg)
{
	struct ddw_plan_group *g = &in.groups[in.n_groups++];

	g->number = cfg.number;
	snprintf(g->name, sizeof(g->name), "group %d", cfg.number);
	g->caps = plan_caps(cfg);
}

void
plan_memory(uint64_t page_size, uint64_t exist, uint64_t start)
{
	in.memory[in.n_memory++] = (struct ddw_plan_memory){ page_size, exist, start };
}

int
plan_make(void)
{
	memset(&err, 0, sizeof(err));
	return ddw_plan_make(&in, &plan, &err);
}

void
plan_refused(int ret, enum ddw_msg msg)
{
	check_error(&err, plan_make(), msg);
	assert_int_equal(err.err, ret);
}
