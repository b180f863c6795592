/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FAKE_DMA_H
#define FAKE_DMA_H

/*
 * Bus addresses from a window of a few chunks, without libddw: each call is noted and can
 * be made to fail. And pools that are mapped on demand, made by hand, in memory of their
 * own. Calls come under the lock of the pools only, so nothing here is locked; other threads
 * only look at what is mapped.
 */

#include "rig.h"

#define FAKE_CHUNK (64 * KIB)
#define FAKE_PER   8
#define FAKE_BASE  (UINT64_C(1) << 31)
#define FAKE_MOST  32 /* chunks in the window */
#define FAKE_CALLS 4096

struct fake_call {
	bool map;
	struct ddw_mapping m; /* of unmap only vaddr, len, and the iova that it had */
	int ret;
};

struct fake_window {
	enum vfio_spapr_dma_kind kind;
	uint32_t slots;		   /* chunks of the window */
	uint64_t vaddr[FAKE_MOST]; /* memory in each slot; 0: free */
	struct fake_call calls[FAKE_CALLS];
	unsigned int n_calls;
	unsigned int maps;   /* that succeeded */
	unsigned int unmaps; /* that succeeded */
	/* this many of the next calls fail, when "after" others have gone */
	int map_error, unmap_error;
	enum ddw_msg map_msg; /* DDW_MSG_NONE: no error text */
	unsigned int map_after, map_count, unmap_count;
	bool steal; /* another caller takes the next hole */
};
extern struct fake_window fake_window;

/* An empty window of so many chunks. */
void fake_begin(uint32_t slots);
/* The chunk of some memory is mapped; its bus address. */
bool fake_mapped(const void *vaddr, uint64_t *iova);

/* A pool of chunks of "size" bytes with FAKE_PER objects each; its objects are uninitialised. */
struct pool *fake_pool(const char *name, uint32_t chunks, uint64_t size);
void fake_pool_free(struct pool *p);
/* What chunk an object is of. */
uint32_t fake_chunk(const struct pool *p, const void *obj);
/* As a handler does: get, and provide when there is not enough. */
int fake_get(struct pool *p, void **objs, unsigned int n);
/* Everybody who is asked gives the bus address at which the object is. */
void fake_check_object(void *obj);
struct demand_counts fake_counts(struct pool *p);

#endif /* FAKE_DMA_H */
