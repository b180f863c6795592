/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLAN_SCENE_H
#define PLAN_SCENE_H

/* What the tests of plans share. */

#include "scene.h"

/* The input of a plan, the plan, and its error: set up anew for each test. */
extern struct ddw_plan_input in;
extern struct ddw_plan plan;
extern struct ddw_error err;

struct ddw_caps plan_caps(struct model_group_cfg cfg);
/* Before each test. */
int plan_setup(void **state);
void plan_group(struct model_group_cfg cfg);
/* Hugepages of one size: bytes that exist, and bytes mapped at start. */
void plan_memory(uint64_t page_size, uint64_t exist, uint64_t start);
int plan_make(void);
/* plan_make() fails with this errno and message. */
void plan_refused(int ret, enum ddw_msg msg);

#endif /* PLAN_SCENE_H */
