/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GROWTH_SCENE_H
#define GROWTH_SCENE_H

/* EAL adds pages and gives them back; the plugin follows, over a simulated kernel. */

#include <rte_memory.h>

#include "base/context.h"
#include "scene.h"

#define PAGE  MODEL_2M
#define PAGES 64
#define ROOM  5 /* pages that the window of growth_start_small() has room for */

extern struct scene *scene;
extern struct rte_memseg_list list;   /* of EAL */
extern struct rte_memseg seg[PAGES];  /* its pages */
extern uint64_t heap;		      /* bytes that EAL counts */
extern struct ddw_error reported;     /* the last one */
extern unsigned int n_errors;	      /* pages that could not be mapped */
extern unsigned int n_vetoes, n_full; /* allocations that were refused */

/* Start with a window for so much memory; EAL asks for addresses, or does not. */
void growth_start_with(bool eal_asks, struct model_group_cfg cfg, uint64_t hugepage,
		       uint64_t exist);
/* The same with a window that has room for few pages. */
void growth_start_small(bool eal_asks);
void growth_finish(void);

/*
 * One growth by n pages from page i on, as EAL does it. Physical addresses are consecutive.
 * False when EAL's allocation fails, which leaves nothing.
 */
bool growth_grow(unsigned int i, unsigned int n);
void growth_shrink(unsigned int i, unsigned int n);

/* The device reaches page i, and it is that page. */
bool growth_is_reached(unsigned int i);
/* It reaches n of them. */
void growth_expect_reached(unsigned int i, unsigned int n);

#endif /* GROWTH_SCENE_H */
