/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Objects into chunks, and what a mempool knows of its memory. */

#include <errno.h>
#include <stdlib.h>

#include <rte_malloc.h>

#include "pool.h"

/* Objects that go into the handler at once. */
#define BATCH 64

/* Does the chunk continue the run of the one before it, in the list of the pool's memory? */
static bool
continues(const struct pool *p, uint32_t chunk)
{
	if (chunk == 0 || p->present[chunk - 1] != p->present[chunk])
		return false;
	if (p->demand_mapped || !p->io)
		return true;
	if (p->iova[chunk] == RTE_BAD_IOVA || p->iova[chunk - 1] == RTE_BAD_IOVA)
		return p->iova[chunk] == p->iova[chunk - 1];
	return p->iova[chunk] == p->iova[chunk - 1] + p->layout.chunk_size;
}

bool
mpddw_place_listed(const struct pool *p, uint32_t chunk)
{
	return p->present[chunk] == MEMORY_PRESENT &&
	       (p->demand_mapped || !p->io || p->iova[chunk] != RTE_BAD_IOVA);
}

void
mpddw_place_forget(struct pool *p)
{
	uint32_t i;

	for (i = 0; i < p->n_hdrs; i++)
		rte_free(p->hdrs[i]);
	free(p->hdrs);
	p->hdrs = NULL;
	p->n_hdrs = 0;
}

static struct rte_mempool_memhdr *
new_hdr(const struct pool *p, uint32_t chunk)
{
	struct rte_mempool_memhdr *hdr = rte_zmalloc("MEMPOOL_DDW_MEMHDR", sizeof(*hdr), 0);

	if (hdr == NULL)
		return NULL;
	hdr->mp = p->mp;
	hdr->addr = layout_chunk(p, chunk);
	/* A chunk that comes and goes has no address of its own. */
	hdr->iova = p->demand_mapped ? RTE_BAD_IOVA : p->iova[chunk];
	return hdr;
}

int
mpddw_place_prepare(struct pool *p)
{
	uint32_t i, runs = 0;

	for (i = 0; i < p->layout.chunks; i++)
		runs += mpddw_place_listed(p, i) && !continues(p, i);
	mpddw_place_forget(p);
	p->hdrs = calloc(runs == 0 ? 1 : runs, sizeof(void *));
	if (p->hdrs == NULL)
		return -ENOMEM;
	for (i = 0; i < p->layout.chunks; i++) {
		if (!mpddw_place_listed(p, i))
			continue;
		if (!continues(p, i)) {
			p->hdrs[p->n_hdrs] = new_hdr(p, i);
			if (p->hdrs[p->n_hdrs] == NULL) {
				mpddw_place_forget(p);
				return -ENOMEM;
			}
			p->n_hdrs++;
		}
		p->hdrs[p->n_hdrs - 1]->len += p->layout.chunk_size;
	}
	return 0;
}

static bool
is_own(const struct pool *p, const struct rte_mempool_memhdr *hdr)
{
	const char *addr = hdr->addr;

	return addr >= p->arena.base && addr < p->arena.base + p->arena.room;
}

void
mpddw_place_publish(struct pool *p)
{
	struct rte_mempool_memhdr_list others = STAILQ_HEAD_INITIALIZER(others);
	struct rte_mempool *mp = p->mp;
	struct rte_mempool_memhdr *hdr;
	uint32_t i;

	while ((hdr = STAILQ_FIRST(&mp->mem_list)) != NULL) {
		STAILQ_REMOVE_HEAD(&mp->mem_list, next);
		if (is_own(p, hdr)) {
			mp->nb_mem_chunks--;
			rte_free(hdr);
		} else {
			STAILQ_INSERT_TAIL(&others, hdr, next);
		}
	}
	for (i = 0; i < p->n_hdrs; i++)
		STAILQ_INSERT_TAIL(&mp->mem_list, p->hdrs[i], next);
	mp->nb_mem_chunks += p->n_hdrs;
	STAILQ_CONCAT(&mp->mem_list, &others);
	free(p->hdrs);
	p->hdrs = NULL;
	p->n_hdrs = 0;
	if (p->io)
		mp->flags &= ~RTE_MEMPOOL_F_NON_IO;
}

/* Bus address of a chunk whose objects are placed; the poison is that of all its objects. */
static uint64_t
address_of(const struct pool *p, uint32_t chunk)
{
	uint64_t iova;

	if (!p->io)
		return RTE_BAD_IOVA;
	if (!p->demand_mapped)
		return p->iova[chunk];
	iova = mpddw_demand_iova(p->demand, chunk);
	return iova == RTE_BAD_IOVA ? p->poison : iova;
}

/* Enter objects [first, first + n) of a chunk into the list of the mempool. */
static void
add_objects(struct pool *p, uint32_t chunk, uint32_t first, uint32_t n, void **objs,
	    const struct placing *how)
{
	uint64_t iova = address_of(p, chunk), off;
	struct rte_mempool *mp = p->mp;
	uint32_t i;

	for (i = 0; i < n; i++) {
		off = (first + i) * p->layout.obj_size + mp->header_size;
		objs[i] = (char *)layout_chunk(p, chunk) + off;
		how->add(mp, how->add_arg, objs[i],
			 iova == RTE_BAD_IOVA || iova == p->poison ? iova : iova + off);
		if (how->init != NULL)
			how->init(mp, how->init_arg, objs[i], mp->populated_size - 1);
	}
}

/* Hand them to the handler; in a chunk that is mapped on demand its address may have changed. */
static void
put_objects(struct pool *p, uint32_t chunk, uint32_t n, void **objs)
{
	if (!p->demand_mapped) {
		rte_mempool_ops_enqueue_bulk(p->mp, objs, n);
		return;
	}
	pthread_mutex_lock(&mpddw_pools.lock);
	if (p->placed[chunk] != 0)
		mpddw_address_write(p->mp, objs, n, layout_chunk(p, chunk), address_of(p, chunk));
	mpddw_demand_add(p->demand, objs, n);
	p->placed[chunk] += n;
	pthread_mutex_unlock(&mpddw_pools.lock);
}

void
mpddw_place_objects(struct pool *p, uint32_t n, const struct placing *how)
{
	void *objs[BATCH];
	uint32_t chunk, some;

	for (chunk = 0; n > 0 && chunk < p->layout.chunks; chunk++) {
		while (mpddw_place_listed(p, chunk) && n > 0 &&
		       p->placed[chunk] < p->layout.per_chunk) {
			some = RTE_MIN(p->layout.per_chunk - p->placed[chunk], n);
			some = RTE_MIN(some, (uint32_t)BATCH);
			add_objects(p, chunk, p->placed[chunk], some, objs, how);
			put_objects(p, chunk, some, objs);
			if (!p->demand_mapped)
				p->placed[chunk] += some;
			n -= some;
		}
	}
}
