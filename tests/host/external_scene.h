/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EXTERNAL_SCENE_H
#define EXTERNAL_SCENE_H

/*
 * The part of the plugin that maps an application's own memory, over the simulated kernel, in
 * place of EAL: one registered list, pools made by hand, and what the kernel says of pages.
 */

#include <rte_memory.h>
#include <rte_mempool.h>

#include "base/context.h"
#include "scene.h"

/* Memory of the application. Hugepages of 2M, and pages of 4K behind them. */
#define HUGE_AT	 UINT64_C(0x200000000000)
#define N_HUGE	 8
#define SMALL_AT UINT64_C(0x300000000000)
#define N_SMALL	 64
#define PAGE	 MODEL_4K

/* What /proc answers. */
enum proc {
	PROC_QUERY, /* Linux 6.11: asks for single mappings */
	PROC_SMAPS, /* before */
	PROC_NONE,  /* nothing can be opened */
};

struct external_scene {
	struct scene *scene;
	enum proc proc;
	unsigned int queries;		/* of single mappings */
	unsigned int smaps;		/* how often all of smaps was read */
	unsigned int reports;		/* messages */
	struct ddw_error last;		/* the last one */
	struct rte_memseg_list list;	/* registered with EAL; base_va NULL: nothing is */
	struct rte_memseg segs[N_HUGE]; /* of the list */
};

extern struct external_scene ext;

/* Functions of cmocka: begin with two groups on pSeries, end without leaks. */
int external_begin(void **state);
int external_end(void **state);

/* Register the hugepages with EAL, as n pages of a size. */
void external_register(unsigned int n, uint64_t page_size);

/* A pool without memory; one more chunk, full of objects; the event "ready". */
struct rte_mempool *external_pool(const char *name, unsigned int flags, uint32_t elt_size);
void external_chunk(struct rte_mempool *mp, uint64_t vaddr, uint64_t len, uint64_t iova);
void external_ready(struct rte_mempool *mp);
void external_free(struct rte_mempool *mp);

/* Count the objects that all groups reach by their addresses; the others must be poisoned. */
unsigned int external_reached(struct rte_mempool *mp);
/* A device of any group reaches nothing there. */
void external_poisoned(uint64_t iova);

#endif /* EXTERNAL_SCENE_H */
