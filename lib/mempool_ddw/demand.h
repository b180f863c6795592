/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DEMAND_H
#define DEMAND_H

/*
 * The objects of a pool that is mapped on demand, kept by chunk: only those in mapped
 * chunks are handed out. Pure bookkeeping in shared memory, no call into the kernel;
 * what maps and unmaps is demand_map.c.
 *
 * States of a chunk:
 *
 *   ABSENT --(objects are put)--> UNMAPPED <----> BUSY <----> MAPPED   BUSY --> QUARANTINED
 *
 * BUSY is the caller's who got it from demand_begin_*(): its objects are neither handed
 * out nor counted as available in mapped chunks. A chunk with an object out is MAPPED
 * and stays so.
 *
 * Which object goes out: one of the few that came back last; else of a chunk that has
 * objects out already, and of these the one that went without for the shortest time, so that
 * it is nearly empty; else of the idle chunk that became idle last. An object that comes
 * back does not change the order of the chunks. So use gathers in few chunks, the others
 * become idle sooner or later, and the one that is idle longest is the first to go.
 *
 * Thread safety: any thread, also of a secondary process (get and put); one spinlock.
 * Nothing here sleeps. Cost per object: O(1).
 */

#include <stdbool.h>
#include <stdint.h>

struct demand;

#define DEMAND_NO_CHUNK UINT32_MAX

struct demand_counts {
	uint32_t objects;   /* in the pool or out, without those of quarantined chunks */
	uint32_t available; /* in the pool */
	uint32_t ready;	    /* of these, in mapped chunks */
	uint32_t chunks;    /* that have objects */
	uint32_t mapped;    /* chunks, BUSY ones not counted */
	uint32_t idle;	    /* mapped chunks with no object out */
	uint32_t quarantined;
	uint64_t gets;	  /* objects handed out */
	uint64_t no_room; /* requests that could not be served */
};

/*
 * For objects in [base, base + n_chunks * chunk_size), at most per_chunk in each.
 * NULL without memory. "node" is for the bookkeeping itself.
 */
struct demand *mpddw_demand_create(const char *name, const void *base, uint64_t chunk_size,
				   uint32_t n_chunks, uint32_t per_chunk, int node);
void mpddw_demand_free(struct demand *d);

/* Take n objects, or none: 0 or -ENOBUFS. Only from mapped chunks. */
int mpddw_demand_get(struct demand *d, void **objs, unsigned int n);
/*
 * Objects come back; any order, any chunks. Those of a chunk that has no object out are
 * taken for new ones. What cannot be one of the pool's is dropped, and that is logged once.
 */
void mpddw_demand_put(struct demand *d, void *const *objs, unsigned int n);
/*
 * Objects are new, also where the chunk has others out; the caller holds the lock of the
 * pools. In a mapped chunk they have their bus addresses already: see mpddw_demand_iova().
 */
void mpddw_demand_add(struct demand *d, void *const *objs, unsigned int n);
/* Objects in the pool, mapped or not; those of quarantined chunks are not counted. */
uint32_t mpddw_demand_count(const struct demand *d);
/* Of these, in mapped chunks. */
uint32_t mpddw_demand_ready(const struct demand *d);
void mpddw_demand_get_counts(struct demand *d, struct demand_counts *c);
/* A request failed because nothing could be mapped. */
void mpddw_demand_count_no_room(struct demand *d);

/* An unmapped chunk with objects, full ones first, now BUSY; DEMAND_NO_CHUNK when there is none. */
uint32_t mpddw_demand_begin_map(struct demand *d);
/* Since when the chunk that is idle longest has been idle (TSC); UINT64_MAX: none is. */
uint64_t mpddw_demand_oldest(struct demand *d);
/* That chunk, now BUSY; DEMAND_NO_CHUNK when none is idle. */
uint32_t mpddw_demand_begin_unmap(struct demand *d);
/* This chunk, if it is idle or unmapped: now BUSY, *mapped tells which. For trimming. */
bool mpddw_demand_begin(struct demand *d, uint32_t chunk, bool *mapped);

/* How it ended. In quarantine its objects are gone for good, but can come back by put. */
void mpddw_demand_end_mapped(struct demand *d, uint32_t chunk);
void mpddw_demand_end_unmapped(struct demand *d, uint32_t chunk);
/* It could not be mapped: unmapped, and to be tried after the others. */
void mpddw_demand_end_refused(struct demand *d, uint32_t chunk);
void mpddw_demand_end_quarantined(struct demand *d, uint32_t chunk);
/* Trimmed: it has no objects any more, ABSENT. */
void mpddw_demand_end_absent(struct demand *d, uint32_t chunk);

/* The objects of a BUSY chunk; returns how many. */
uint32_t mpddw_demand_objects(const struct demand *d, uint32_t chunk, void *const **objs);
/*
 * The bus address that all objects of the chunk have been given: where it is mapped, or
 * was the last time. RTE_BAD_IOVA when it never was, or when new objects came since.
 * Set by the owner of a BUSY chunk.
 */
uint64_t mpddw_demand_iova(const struct demand *d, uint32_t chunk);
void mpddw_demand_set_iova(struct demand *d, uint32_t chunk, uint64_t iova);

#endif /* DEMAND_H */
