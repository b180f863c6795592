/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_cycles.h>

#include "demand_chunk.h"

/* Chunks are mapped and unmapped: from BUSY to BUSY the work is the caller's. */

/* It leaves its list and becomes the caller's. */
static void
begin(struct demand *d, uint32_t i)
{
	struct chunk *c = &d->chunks[i];

	if (c->state == CHUNK_MAPPED) {
		demand_unlink(d, &d->idle, i);
		demand_add_ready(d, -c->in);
		d->mapped--;
	} else {
		demand_unlink(d, &d->unmapped, i);
	}
	c->state = CHUNK_BUSY;
}

uint32_t
mpddw_demand_begin_map(struct demand *d)
{
	uint32_t i;

	rte_spinlock_lock(&d->lock);
	i = d->unmapped.first;
	if (i != DEMAND_NO_CHUNK)
		begin(d, i);
	rte_spinlock_unlock(&d->lock);
	return i;
}

uint64_t
mpddw_demand_oldest(struct demand *d)
{
	uint64_t since;

	rte_spinlock_lock(&d->lock);
	mpddw_demand_cool(d);
	since = d->idle.last == DEMAND_NO_CHUNK ? UINT64_MAX : d->chunks[d->idle.last].idle_since;
	rte_spinlock_unlock(&d->lock);
	return since;
}

uint32_t
mpddw_demand_begin_unmap(struct demand *d)
{
	uint32_t i;

	rte_spinlock_lock(&d->lock);
	mpddw_demand_cool(d);
	i = d->idle.last;
	if (i != DEMAND_NO_CHUNK)
		begin(d, i);
	rte_spinlock_unlock(&d->lock);
	return i;
}

bool
mpddw_demand_begin(struct demand *d, uint32_t chunk, bool *mapped)
{
	const struct chunk *c = &d->chunks[chunk];
	bool free;

	rte_spinlock_lock(&d->lock);
	mpddw_demand_cool(d);
	*mapped = c->state == CHUNK_MAPPED;
	free = c->state == CHUNK_UNMAPPED || (*mapped && c->out == 0);
	if (free)
		begin(d, chunk);
	rte_spinlock_unlock(&d->lock);
	return free;
}

void
mpddw_demand_end_mapped(struct demand *d, uint32_t chunk)
{
	struct chunk *c = &d->chunks[chunk];

	rte_spinlock_lock(&d->lock);
	c->state = CHUNK_MAPPED;
	c->idle_since = rte_rdtsc();
	demand_link_first(d, &d->idle, chunk);
	demand_add_ready(d, c->in);
	d->mapped++;
	rte_spinlock_unlock(&d->lock);
}

void
mpddw_demand_end_unmapped(struct demand *d, uint32_t chunk)
{
	struct chunk *c = &d->chunks[chunk];

	rte_spinlock_lock(&d->lock);
	c->state = CHUNK_UNMAPPED;
	/* One with few objects would take as much room as the others, so it comes last. */
	if (c->in == d->per_chunk)
		demand_link_first(d, &d->unmapped, chunk);
	else
		demand_link_last(d, &d->unmapped, chunk);
	rte_spinlock_unlock(&d->lock);
}

void
mpddw_demand_end_refused(struct demand *d, uint32_t chunk)
{
	rte_spinlock_lock(&d->lock);
	d->chunks[chunk].state = CHUNK_UNMAPPED;
	demand_link_last(d, &d->unmapped, chunk);
	rte_spinlock_unlock(&d->lock);
}

/* The objects of a BUSY chunk are gone. */
static void
drop(struct demand *d, uint32_t chunk, enum chunk_state state)
{
	struct chunk *c = &d->chunks[chunk];

	demand_add_available(d, -c->in);
	d->objects -= c->in;
	d->present--;
	c->in = 0;
	c->state = state;
}

void
mpddw_demand_end_quarantined(struct demand *d, uint32_t chunk)
{
	rte_spinlock_lock(&d->lock);
	drop(d, chunk, CHUNK_QUARANTINED);
	d->quarantined++;
	rte_spinlock_unlock(&d->lock);
}

void
mpddw_demand_end_absent(struct demand *d, uint32_t chunk)
{
	rte_spinlock_lock(&d->lock);
	drop(d, chunk, CHUNK_ABSENT);
	rte_spinlock_unlock(&d->lock);
}

uint32_t
mpddw_demand_objects(const struct demand *d, uint32_t chunk, void *const **objs)
{
	*objs = &d->objs[(size_t)chunk * d->per_chunk];
	return d->chunks[chunk].in;
}

uint64_t
mpddw_demand_iova(const struct demand *d, uint32_t chunk)
{
	return d->iova[chunk];
}

void
mpddw_demand_set_iova(struct demand *d, uint32_t chunk, uint64_t iova)
{
	d->iova[chunk] = iova;
}
