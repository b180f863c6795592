/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include <ddw_units.h>

#include "pool.h"

/* Chunks are mapped because objects are asked for, and unmapped because room is. */

/* Chunks that may be refused in one request: it must end. */
#define REFUSED_MAX 3
/* Seconds between two messages that a pool is full. */
#define FULL_PAUSE 10

/* Bus addresses that a chunk has just left; len 0: none. */
struct hole {
	uint64_t iova;
	uint64_t len;
};

static uint64_t
chunk_offset(const struct pool *p, uint32_t chunk)
{
	return chunk * p->layout.chunk_size;
}

/* Tell a failure, once for each errno. */
static void
tell_once(uint64_t told[POOL_TOLD_WORDS], const struct ddw_error *err)
{
	unsigned int n = (unsigned int)-err->err % (POOL_TOLD_WORDS * 64);
	uint64_t bit = UINT64_C(1) << n % 64;

	if (err->msg == DDW_MSG_NONE || (told[n / 64] & bit) != 0)
		return;
	told[n / 64] |= bit;
	mpddw_pool_report(err);
}

/* Two pools that take room from each other must not fill the log. */
static void
tell_full(struct pool *p, unsigned int n)
{
	uint64_t now = rte_rdtsc();
	struct demand_counts c;
	struct ddw_error err;

	if (p->full_told || (p->full_at != 0 && now - p->full_at < FULL_PAUSE * rte_get_tsc_hz()))
		return;
	p->full_told = true;
	p->full_at = now;
	mpddw_demand_get_counts(p->demand, &c);
	(void)ddw_fail(&err, DDW_MSG_POOL_FULL, ENOBUFS,
		       "pool %s: %u objects requested, %u of %u chunks are mapped, with %u "
		       "objects left in them; %u objects are in chunks for which there is no room",
		       p->mp->name, n, c.mapped, c.chunks, c.ready, c.available - c.ready);
	mpddw_pool_report(&err);
}

static int
map_at(const struct pool *p, uint32_t chunk, const struct hole *hole, uint64_t *iova,
       struct ddw_error *err)
{
	struct ddw_mapping m = mpddw_pool_mapping(p, chunk, 1);
	int ret;

	m.iova = hole->iova;
	if (hole->len != 0)
		m.flags |= DDW_MAP_FIXED;
	ddw_error_clear(err);
	ret = p->dma->map(&m, err);
	*iova = m.iova;
	return ret;
}

/* Do both pools take their bus addresses from the same window? */
static bool
same_window(const struct pool *p, const struct pool *q)
{
	struct vfio_spapr_dma_info info;

	if (pool_in_default(p) == pool_in_default(q))
		return true;
	p->dma->info(&info);
	return info.kind == VFIO_SPAPR_DMA_DMA32;
}

/*
 * The pool whose idle chunk is idle longest: of those in the window of p but p itself,
 * or, without p, of those in the main window. To give up an idle chunk of p for
 * another one would not make more objects available.
 */
static struct pool *
longest_idle(const struct pool *p)
{
	static const struct pool in_main = { .req.conf.window = RTE_MEMPOOL_DDW_WINDOW_MAIN };
	uint64_t since, oldest = UINT64_MAX;
	struct pool *q, *found = NULL;

	TAILQ_FOREACH(q, &mpddw_pools.list, next) {
		if (!q->demand_mapped || q == p || !same_window(q, p != NULL ? p : &in_main))
			continue;
		since = mpddw_demand_oldest(q->demand);
		if (since < oldest) {
			oldest = since;
			found = q;
		}
	}
	return found;
}

/* Unmap a chunk that is BUSY. If that fails it may still be reached, so it is not used again. */
static int
unmap_chunk(struct pool *q, uint32_t chunk)
{
	uint64_t len = q->layout.chunk_size, off = chunk_offset(q, chunk);
	struct ddw_error err;
	int ret;

	ddw_error_clear(&err);
	ret = q->dma->unmap((uintptr_t)layout_chunk(q, chunk), len, &err);
	mpddw_memory_write_poison(&q->arena, off, len, q->poison);
	if (ret != 0) {
		mpddw_demand_end_quarantined(q->demand, chunk);
		tell_once(q->unmap_told, &err);
		return ret;
	}
	mpddw_demand_end_unmapped(q->demand, chunk);
	q->evictions++;
	return 0;
}

/* Unmap the chunk that is idle longest; see longest_idle(). -ENOSPC when there is none. */
static int
make_room(const struct pool *p, struct hole *hole)
{
	struct pool *q;
	uint32_t chunk;

	while ((q = longest_idle(p)) != NULL) {
		chunk = mpddw_demand_begin_unmap(q->demand);
		/* Another thread may have taken an object of it since it was looked at. */
		if (chunk == DEMAND_NO_CHUNK)
			continue;
		hole->iova = mpddw_demand_iova(q->demand, chunk);
		hole->len = q->layout.chunk_size;
		if (unmap_chunk(q, chunk) == 0)
			return 0;
	}
	return -ENOSPC;
}

/* Would room help? Unmapping frees bus addresses of the window only. */
static bool
is_full(int ret, const struct ddw_error *err)
{
	return ret == -ENOSPC && err->msg == DDW_MSG_WINDOW_FULL;
}

/*
 * Map a chunk that is BUSY, at bus addresses that others give up for it if there is no
 * other room. Ends, because chunks are mapped under the lock of the pools only.
 */
static int
map_with_room(const struct pool *p, uint32_t chunk, uint64_t *iova, struct ddw_error *err)
{
	struct hole hole = { 0, 0 };
	int ret;

	for (;;) {
		ret = map_at(p, chunk, &hole, iova, err);
		if (ret == 0 || err->msg == DDW_MSG_MAP_FAILED)
			return ret;
		if (hole.len != 0) {
			/* Another caller took the addresses, or they do not fit this pool. */
			hole.len = 0;
			continue;
		}
		if (!is_full(ret, err) || make_room(p, &hole) != 0)
			return ret;
		/* Larger ones too are better chosen by the space: it leaves no small hole. */
		if (hole.len != p->layout.chunk_size)
			hole.len = 0;
	}
}

/* A chunk is mapped: tell all who have to know its bus address, then hand it out. */
static void
publish(struct pool *p, uint32_t chunk, uint64_t iova)
{
	uint64_t len = p->layout.chunk_size;
	void *const *objs;
	uint32_t n;

	if (mpddw_demand_iova(p->demand, chunk) != iova) {
		n = mpddw_demand_objects(p->demand, chunk, &objs);
		mpddw_address_write(p->mp, objs, n, layout_chunk(p, chunk), iova);
		mpddw_demand_set_iova(p->demand, chunk, iova);
	}
	mpddw_memory_write_iova(&p->arena, chunk_offset(p, chunk), len, iova);
	mpddw_pool_note_addresses(p, iova, len);
	p->demand_maps++;
	p->full_told = false;
	mpddw_demand_end_mapped(p->demand, chunk);
}

/* A chunk could not be mapped, though there is room. */
static void
refuse(struct pool *p, uint32_t chunk, const struct ddw_error *err)
{
	p->map_failures++;
	tell_once(p->map_told, err);
	/* A failed MAP may leave a part mapped, which a device reaches: never use it again. */
	if (err->msg == DDW_MSG_MAP_FAILED)
		mpddw_pool_quarantine(p, chunk, 1);
	if (err->msg == DDW_MSG_MEMORY_OVERLAP)
		mpddw_demand_end_quarantined(p->demand, chunk);
	else
		mpddw_demand_end_refused(p->demand, chunk);
}

static int
provide(struct pool *p, unsigned int n)
{
	unsigned int refused = 0;
	struct ddw_error err;
	uint64_t iova;
	uint32_t chunk;
	int ret;

	while (mpddw_demand_ready(p->demand) < n) {
		chunk = mpddw_demand_begin_map(p->demand);
		if (chunk == DEMAND_NO_CHUNK)
			return -ENOBUFS;
		ret = map_with_room(p, chunk, &iova, &err);
		if (ret == 0) {
			publish(p, chunk, iova);
		} else if (is_full(ret, &err)) {
			mpddw_demand_end_unmapped(p->demand, chunk);
			mpddw_demand_count_no_room(p->demand);
			tell_full(p, n);
			return -ENOBUFS;
		} else {
			refuse(p, chunk, &err);
			if (++refused == REFUSED_MAX)
				return -ENOBUFS;
		}
	}
	return 0;
}

int
mpddw_demand_provide(struct pool *p, unsigned int n)
{
	int ret = -ENOBUFS;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOBUFS;
	(void)pthread_mutex_lock(&mpddw_pools.lock);
	/* A pool that has not as many objects is empty, whatever is mapped. */
	if (mpddw_demand_count(p->demand) >= n)
		ret = provide(p, n);
	(void)pthread_mutex_unlock(&mpddw_pools.lock);
	return ret;
}

static void
make_way(const struct pool *p, uint64_t bytes)
{
	struct hole hole;
	uint64_t done = 0;

	while (done < bytes && make_room(p, &hole) == 0)
		done += hole.len;
}

void
mpddw_demand_reclaim(uint64_t bytes)
{
	/* Who holds the lock may wait for a lock that the caller has. */
	if (pthread_mutex_trylock(&mpddw_pools.lock) != 0)
		return;
	make_way(NULL, bytes);
	(void)pthread_mutex_unlock(&mpddw_pools.lock);
}

void
mpddw_demand_make_way(const struct pool *p, uint64_t bytes)
{
	(void)pthread_mutex_lock(&mpddw_pools.lock);
	make_way(p, bytes);
	(void)pthread_mutex_unlock(&mpddw_pools.lock);
}
