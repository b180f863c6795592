/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DEMAND_CHUNK_H
#define DEMAND_CHUNK_H

/*
 * Inside the bookkeeping of demand.h: demand.c hands objects out and takes them back,
 * demand_chunk.c changes the state of chunks.
 *
 * Everything is in one piece of shared memory: struct demand, then the chunks, then
 * per_chunk pointers for each, then the bus addresses, then the hot objects. EAL maps it
 * at the same place in each process, so pointers into it hold everywhere.
 *
 * Hot objects are those that came back last. They are in the pool, but as far as their
 * chunks know they are out still: traffic that takes and gives the same objects all the
 * time does not go from chunk to chunk. Who wants to know which chunks are idle has them
 * sorted into their chunks first.
 */

#include <stdalign.h>

#include <rte_common.h>
#include <rte_memzone.h>
#include <rte_reciprocal.h>
#include <rte_spinlock.h>

#include "demand.h"

enum chunk_state {
	CHUNK_ABSENT,
	CHUNK_UNMAPPED, /* in the list "unmapped" */
	CHUNK_BUSY,	/* in no list */
	CHUNK_MAPPED,	/* in "idle" with no object out, in "partial" with some, else in no list */
	CHUNK_QUARANTINED, /* in no list */
};

struct chunk {
	uint32_t in;  /* objects that are here */
	uint32_t out; /* objects that were handed out; in + out is at most per_chunk */
	uint32_t next;
	uint32_t prev;
	uint64_t idle_since; /* TSC */
	enum chunk_state state;
};

struct chunk_list {
	uint32_t first;
	uint32_t last;
	uint32_t n;
};

struct demand {
	/* never changes */
	uintptr_t base;
	uint64_t bytes;
	uint64_t chunk_size;
	struct chunk *chunks;
	void **objs; /* per_chunk for each chunk, the lowest "in" of them are there */
	uint64_t *iova;
	void **hot; /* the oldest first */
	struct rte_reciprocal_u64 by_chunk_size;
	uint32_t n_chunks;
	uint32_t per_chunk;
	uint32_t hot_max;
	uint32_t shift; /* log2 of chunk_size, 0 when that is not a power of two */
	char name[RTE_MEMZONE_NAMESIZE];

	/* of the lock; "ready" and "available" are read without it */
	alignas(RTE_CACHE_LINE_SIZE) rte_spinlock_t lock;
	uint32_t ready;		   /* objects in mapped chunks */
	uint32_t available;	   /* objects in all chunks */
	struct chunk_list partial; /* became so last, first */
	struct chunk_list idle;	   /* became so last, first */
	struct chunk_list unmapped;
	uint32_t n_hot;
	uint64_t hot_since; /* TSC of when the last one came */
	uint64_t gets;
	uint64_t no_room;
	uint32_t objects;
	uint32_t present; /* chunks that have objects */
	uint32_t mapped;
	uint32_t quarantined;
	const void *wrong; /* what was put and is no object */
	bool told;	   /* it was logged */
};

/* Sort the hot objects into their chunks. The caller holds the lock. */
void mpddw_demand_cool(struct demand *d);

static inline void
demand_link_first(struct demand *d, struct chunk_list *l, uint32_t i)
{
	struct chunk *c = &d->chunks[i];

	c->prev = DEMAND_NO_CHUNK;
	c->next = l->first;
	if (l->first != DEMAND_NO_CHUNK)
		d->chunks[l->first].prev = i;
	else
		l->last = i;
	l->first = i;
	l->n++;
}

static inline void
demand_link_last(struct demand *d, struct chunk_list *l, uint32_t i)
{
	struct chunk *c = &d->chunks[i];

	c->next = DEMAND_NO_CHUNK;
	c->prev = l->last;
	if (l->last != DEMAND_NO_CHUNK)
		d->chunks[l->last].next = i;
	else
		l->first = i;
	l->last = i;
	l->n++;
}

static inline void
demand_unlink(struct demand *d, struct chunk_list *l, uint32_t i)
{
	const struct chunk *c = &d->chunks[i];

	if (c->prev != DEMAND_NO_CHUNK)
		d->chunks[c->prev].next = c->next;
	else
		l->first = c->next;
	if (c->next != DEMAND_NO_CHUNK)
		d->chunks[c->next].prev = c->prev;
	else
		l->last = c->prev;
	l->n--;
}

/* Objects more (or less, modulo 2^32) in mapped chunks. */
static inline void
demand_add_ready(struct demand *d, uint32_t n)
{
	__atomic_store_n(&d->ready, d->ready + n, __ATOMIC_RELAXED);
}

/* Objects more (or less, modulo 2^32) in the pool. */
static inline void
demand_add_available(struct demand *d, uint32_t n)
{
	__atomic_store_n(&d->available, d->available + n, __ATOMIC_RELAXED);
}

#endif /* DEMAND_CHUNK_H */
