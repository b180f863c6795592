/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Memory of idle objects goes back to the system, in units: what was pinned together.
 * A unit is chosen when all of its objects are in the handler, and from then on nobody
 * gets them. They leave the lists of the mempool before their memory goes, because the
 * lists lie in that memory.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_ring.h>

#include "pool.h"

/* Objects that go back into the ring at once. */
#define BATCH 64

enum choice {
	STAYS,
	GOES,	     /* and is not mapped */
	GOES_MAPPED, /* and is still mapped */
};

struct trim {
	struct pool *p;
	uint8_t *choice;  /* per chunk: enum choice */
	uint32_t *inside; /* per chunk: objects in the ring */
	void **objs;	  /* of the ring */
	uint32_t n_objs;
	uint32_t objects; /* that go */
};

static uint32_t
chunk_of(const struct pool *p, const void *obj)
{
	return (uint32_t)((uint64_t)((const char *)obj - p->arena.base) / p->layout.chunk_size);
}

/* Take all objects out of the ring, and count them by chunk. */
static void
drain(struct trim *t)
{
	uint32_t i;

	t->n_objs = rte_ring_mc_dequeue_burst(t->p->mp->pool_data, t->objs, t->p->mp->size, NULL);
	for (i = 0; i < t->n_objs; i++)
		t->inside[chunk_of(t->p, t->objs[i])]++;
}

/* Put back the objects that stay; or all. The ring has room for all that there are. */
static void
refill(const struct trim *t, bool all)
{
	struct rte_ring *r = t->p->mp->pool_data;
	void *batch[BATCH];
	uint32_t i, n = 0;

	for (i = 0; i < t->n_objs; i++) {
		if (all || t->choice[chunk_of(t->p, t->objs[i])] == STAYS)
			batch[n++] = t->objs[i];
		if (n == BATCH || (n != 0 && i + 1 == t->n_objs)) {
			(void)rte_ring_mp_enqueue_bulk(r, batch, n, NULL);
			n = 0;
		}
	}
}

/* Nobody gets objects of the chunk any more, if all of them are in the handler. */
static bool
choose_chunk(struct trim *t, uint32_t chunk)
{
	struct pool *p = t->p;
	bool mapped = p->io;

	if (p->present[chunk] != MEMORY_PRESENT)
		return true;
	if (!p->demand_mapped && t->inside[chunk] != p->placed[chunk])
		return false;
	/* A chunk without objects is not known there. */
	if (p->demand_mapped && p->placed[chunk] == 0)
		mapped = false;
	else if (p->demand_mapped && !mpddw_demand_begin(p->demand, chunk, &mapped))
		return false;
	t->choice[chunk] = mapped ? GOES_MAPPED : GOES;
	return true;
}

static void
unchoose(struct trim *t, uint32_t first, uint32_t end)
{
	struct pool *p = t->p;
	uint32_t i;

	for (i = first; i < end; i++) {
		if (t->choice[i] == GOES_MAPPED && p->demand_mapped)
			mpddw_demand_end_mapped(p->demand, i);
		else if (t->choice[i] == GOES && p->demand_mapped && p->placed[i] != 0)
			mpddw_demand_end_unmapped(p->demand, i);
		t->choice[i] = STAYS;
	}
}

static uint32_t
objects_in(const struct pool *p, uint32_t first, uint32_t end)
{
	uint32_t i, n = 0;

	for (i = first; i < end; i++)
		n += p->present[i] == MEMORY_PRESENT ? p->placed[i] : 0;
	return n;
}

/* Choose idle units, the last ones first: what stays is together. */
static void
choose(struct trim *t, uint32_t keep)
{
	struct pool *p = t->p;
	uint32_t unit = (uint32_t)(p->layout.unit / p->layout.chunk_size);
	uint32_t u = (p->layout.chunks - 1) / unit + 1, first, end, i, n;

	while (u-- > 0) {
		first = u * unit;
		end = (uint32_t)RTE_MIN((uint64_t)first + unit, p->layout.chunks);
		n = objects_in(p, first, end);
		if (n == 0 || p->mp->size - t->objects < (uint64_t)keep + n)
			continue;
		for (i = first; i < end && choose_chunk(t, i); i++)
			;
		if (i == end)
			t->objects += n;
		else
			unchoose(t, first, i);
	}
}

/* The mempool forgets the objects. */
static void
unlink_objects(const struct trim *t)
{
	struct rte_mempool_objhdr_list rest = STAILQ_HEAD_INITIALIZER(rest);
	struct rte_mempool *mp = t->p->mp;
	struct rte_mempool_objhdr *hdr;

	while ((hdr = STAILQ_FIRST(&mp->elt_list)) != NULL) {
		STAILQ_REMOVE_HEAD(&mp->elt_list, next);
		if (t->choice[chunk_of(t->p, hdr)] == STAYS)
			STAILQ_INSERT_TAIL(&rest, hdr, next);
	}
	STAILQ_CONCAT(&mp->elt_list, &rest);
	/* In this order: a mempool with fewer objects than its size is one that is freed. */
	__atomic_fetch_sub(&mp->size, t->objects, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&mp->populated_size, t->objects, __ATOMIC_RELEASE);
}

/* Give back [first, end), all of which goes. */
static void
give_back(const struct trim *t, uint32_t first, uint32_t end)
{
	struct pool *p = t->p;
	uint32_t i;

	pthread_mutex_lock(&mpddw_pools.lock);
	/* What a device may still reach stays where it is, and is never used again. */
	if (mpddw_pool_unmap(p, first, end - first, NULL))
		mpddw_pool_give(p, first, end - first);
	for (i = first; i < end; i++) {
		if (p->demand_mapped && p->placed[i] != 0)
			mpddw_demand_end_absent(p->demand, i);
		p->placed[i] = 0;
	}
	pthread_mutex_unlock(&mpddw_pools.lock);
}

static void
give_all_back(const struct trim *t)
{
	uint32_t unit = (uint32_t)(t->p->layout.unit / t->p->layout.chunk_size), i, end;

	for (i = 0; i < t->p->layout.chunks; i = end) {
		end = i + 1;
		if (t->choice[i] == STAYS)
			continue;
		while (end < t->p->layout.chunks && t->choice[end] != STAYS && end % unit != 0)
			end++;
		give_back(t, i, end);
	}
}

static void
set_listed(const struct trim *t, enum memory_state state)
{
	uint32_t i;

	pthread_mutex_lock(&mpddw_pools.lock);
	for (i = 0; i < t->p->layout.chunks; i++)
		if (t->choice[i] != STAYS)
			t->p->present[i] = (uint8_t)state;
	pthread_mutex_unlock(&mpddw_pools.lock);
}

static int
trim(struct trim *t, uint32_t keep)
{
	struct pool *p = t->p;
	int ret = 0;

	if (!p->demand_mapped)
		drain(t);
	choose(t, keep);
	if (t->objects != 0) {
		set_listed(t, MEMORY_ABSENT);
		ret = mpddw_place_prepare(p);
		if (ret != 0) {
			set_listed(t, MEMORY_PRESENT);
			unchoose(t, 0, p->layout.chunks);
		}
	}
	if (!p->demand_mapped)
		refill(t, ret != 0);
	if (ret != 0 || t->objects == 0)
		return ret;
	unlink_objects(t);
	mpddw_place_publish(p);
	give_all_back(t);
	return 0;
}

/* Make the lists, trim, and free the lists. */
static int
run(struct pool *p, uint32_t keep, struct ddw_error *err)
{
	struct trim t = {
		.p = p,
		.choice = calloc(p->layout.chunks, sizeof(*t.choice)),
		.inside = calloc(p->layout.chunks, sizeof(*t.inside)),
		.objs = calloc(p->mp->size, sizeof(*t.objs)),
	};
	int ret = -ENOMEM;

	if (t.choice != NULL && t.inside != NULL && t.objs != NULL)
		ret = trim(&t, keep);
	free(t.choice);
	free(t.inside);
	free(t.objs);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, -ret, "%s: cannot allocate its bookkeeping",
				p->mp->name);
	return (int)t.objects;
}

int
rte_mempool_ddw_trim(struct rte_mempool *mp, unsigned int keep)
{
	struct ddw_error err = { 0 };
	struct pool *p;
	int ret;

	p = mpddw_pool_to_change(mp, "rte_mempool_ddw_trim()", &err);
	if (p == NULL)
		return mpddw_report(&err);
	if (!p->made || p->req.conf.memory != NULL) {
		(void)ddw_fail(&err, DDW_MSG_POOL_MEMORY, ENOTSUP,
			       "%s: the application's memory cannot be trimmed", mp->name);
		ddw_error_why(&err, "the library frees only memory that it allocated");
		ddw_error_fix(&err, "free the pool");
		return mpddw_report(&err);
	}
	ret = run(p, keep, &err);
	if (ret > 0)
		mpddw_attach_publish(p);
	return ret >= 0 ? ret : mpddw_report(&err);
}
