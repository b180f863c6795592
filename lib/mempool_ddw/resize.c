/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>

#include "pool.h"

struct pool *
mpddw_pool_to_change(const struct rte_mempool *mp, const char *what, struct ddw_error *err)
{
	struct pool *p;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP, "%s in a secondary process",
			       what);
		return NULL;
	}
	p = mp != NULL && mpddw_handler_is_ours(mp) ? mpddw_pools_get(mp) : NULL;
	if (p != NULL)
		return p;
	(void)ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "%s: %s is not a pool of this library",
		       what, mp == NULL ? "NULL" : mp->name);
	ddw_error_why(err, "another handler created it, or it has no memory yet");
	ddw_error_fix(err, "use the functions of the library that created it");
	return NULL;
}

/* Objects that the application has, those in quarantine not counted. */
static unsigned int
objects_out(const struct pool *p)
{
	unsigned int available = rte_mempool_avail_count(p->mp);
	struct demand_counts counts = { .objects = p->mp->populated_size };

	if (p->demand_mapped)
		mpddw_demand_get_counts(p->demand, &counts);
	return counts.objects > available ? counts.objects - available : 0;
}

void
mpddw_pool_free_mempool(struct rte_mempool *mp)
{
	rte_mcfg_mempool_write_lock();
	rte_mempool_free(mp);
	rte_mcfg_mempool_write_unlock();
}

int
rte_mempool_ddw_free(struct rte_mempool *mp)
{
	struct ddw_error err = { 0 };
	struct pool *p;
	unsigned int out;

	if (mp == NULL)
		return 0;
	p = mpddw_pool_to_change(mp, "rte_mempool_ddw_free()", &err);
	if (p == NULL)
		return mpddw_report(&err);
	out = objects_out(p);
	if (out != 0) {
		(void)ddw_fail(&err, DDW_MSG_POOL_BUSY, EBUSY, "%s: %u objects are out", mp->name,
			       out);
		return mpddw_report(&err);
	}
	mpddw_pool_free_mempool(mp);
	return 0;
}

/* What is done to a chunk to make room for objects. */
enum growth {
	GROWTH_NONE,
	GROWTH_TAKE, /* its memory is taken */
	GROWTH_MAP,  /* it is mapped for good */
};

static uint32_t
room_in(const struct pool *p, uint32_t chunk)
{
	return p->layout.per_chunk - p->placed[chunk];
}

/* Chunks that must be taken or mapped for n more objects. False: there are not as many. */
static bool
plan(const struct pool *p, uint32_t n, uint8_t *todo)
{
	uint32_t step = (uint32_t)(p->layout.step / p->layout.chunk_size), i, k;
	bool maps = !p->demand_mapped && p->io;
	uint64_t room = 0;

	for (i = 0; i < p->layout.chunks; i++)
		room += mpddw_place_listed(p, i) ? room_in(p, i) : 0;
	for (i = 0; maps && room < n && i < p->layout.chunks; i++) {
		if (p->present[i] != MEMORY_PRESENT || mpddw_place_listed(p, i))
			continue;
		todo[i] = GROWTH_MAP;
		room += room_in(p, i);
	}
	for (i = 0; room < n && i < p->layout.chunks; i++) {
		if (p->present[i] != MEMORY_ABSENT)
			continue;
		for (k = i / step * step; k < i / step * step + step && k < p->layout.chunks; k++)
			todo[k] |= GROWTH_TAKE;
		todo[i] |= maps ? GROWTH_MAP : 0;
		room += p->layout.per_chunk;
	}
	return room >= n;
}

/* End of the run of chunks from "first" on for which the same is to be done. */
static uint32_t
run_end(const struct pool *p, const uint8_t *todo, uint32_t first, enum growth what)
{
	uint32_t i = first;

	while (i < p->layout.chunks && (todo[i] & what) != 0)
		i++;
	return i;
}

static bool
all_present(const struct pool *p, uint32_t first, uint32_t end)
{
	while (first < end && p->present[first] == MEMORY_PRESENT)
		first++;
	return first == end;
}

/* Undo what was done for the chunks below "end". Steps of which some is in quarantine stay. */
static void
undo(struct pool *p, const uint8_t *todo, enum growth what, uint32_t end)
{
	uint32_t i, next;

	for (i = 0; i < end; i = next) {
		next = RTE_MIN(run_end(p, todo, i, what), end);
		if (next == i)
			next++;
		else if (what == GROWTH_MAP)
			(void)mpddw_pool_unmap(p, i, next - i, NULL);
		else if (all_present(p, i, next))
			mpddw_pool_give(p, i, next - i);
	}
}

static int
carry_out(struct pool *p, const uint8_t *todo, enum growth what, struct ddw_error *err)
{
	uint32_t i, next;
	int ret = 0;

	for (i = 0; i < p->layout.chunks; i = next) {
		next = run_end(p, todo, i, what);
		if (next == i) {
			next++;
			continue;
		}
		if (what == GROWTH_MAP)
			ret = mpddw_pool_map(p, i, next - i, err);
		else
			ret = mpddw_pool_take(p, i, next - i, err);
		if (ret != 0) {
			undo(p, todo, what, i);
			return ret;
		}
	}
	return 0;
}

static int
make_room(struct pool *p, const uint8_t *todo, struct ddw_error *err)
{
	int ret;

	/* Others look at the memory of the pool with this lock. */
	pthread_mutex_lock(&mpddw_pools.lock);
	ret = carry_out(p, todo, GROWTH_TAKE, err);
	pthread_mutex_unlock(&mpddw_pools.lock);
	if (ret != 0)
		return ret;
	ret = carry_out(p, todo, GROWTH_MAP, err);
	if (ret == 0 && mpddw_place_prepare(p) != 0) {
		undo(p, todo, GROWTH_MAP, p->layout.chunks);
		ret = ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM,
			       "%s: cannot allocate its bookkeeping", p->mp->name);
	}
	/*
	 * Memory that the kernel did not map stays, for the next attempt: the space maps no
	 * other memory at these addresses.
	 */
	if (ret == 0 || err->msg == DDW_MSG_MAP_FAILED)
		return ret;
	pthread_mutex_lock(&mpddw_pools.lock);
	undo(p, todo, GROWTH_TAKE, p->layout.chunks);
	pthread_mutex_unlock(&mpddw_pools.lock);
	return ret;
}

/* Objects that fill the last chunk that n of them need. */
static uint32_t
fill_last(const struct pool *p, uint32_t n, uint32_t most)
{
	uint64_t room = 0;
	uint32_t i;

	for (i = 0; room < n && i < p->layout.chunks; i++)
		room += mpddw_place_listed(p, i) ? room_in(p, i) : 0;
	return (uint32_t)RTE_MIN(room, most);
}

static void
add_object(struct rte_mempool *mp, void *opaque, void *obj, rte_iova_t iova)
{
	struct rte_mempool_objhdr *hdr = rte_mempool_get_header(obj);

	(void)opaque;
	hdr->mp = mp;
	hdr->iova = iova;
#ifdef RTE_LIBRTE_MEMPOOL_DEBUG
	hdr->cookie = RTE_MEMPOOL_HEADER_COOKIE2;
	rte_mempool_get_trailer(obj)->cookie = RTE_MEMPOOL_TRAILER_COOKIE;
#endif
	STAILQ_INSERT_TAIL(&mp->elt_list, hdr, next);
	__atomic_fetch_add(&mp->populated_size, 1, __ATOMIC_RELAXED);
}

static int
grow(struct pool *p, uint32_t n, uint32_t most, struct ddw_error *err)
{
	const struct placing how = {
		.add = add_object,
		.init = p->req.obj_init,
		.init_arg = p->req.obj_init_arg,
	};
	uint8_t *todo = calloc(p->layout.chunks, sizeof(*todo));
	int ret;

	if (todo == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "%s: cannot allocate a list",
				p->mp->name);
	if (plan(p, n, todo))
		ret = make_room(p, todo, err);
	else
		ret = ddw_fail(err, DDW_MSG_POOL_SIZE, ENOSPC,
			       "%s: no room for %u more objects: part of the pool's memory is "
			       "quarantined",
			       p->mp->name, n);
	free(todo);
	if (ret != 0)
		return ret;
	mpddw_attach_publish(p);
	mpddw_place_publish(p);
	n = fill_last(p, n, most);
	mpddw_place_objects(p, n, &how);
	/* Read by threads that get objects, see get_after_map(). */
	__atomic_fetch_add(&p->mp->size, n, __ATOMIC_RELAXED);
	return (int)n;
}

static int
check_growth(const struct pool *p, uint32_t n, uint32_t most, struct ddw_error *err)
{
	int ret;

	if (n == 0)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL, "%s: cannot grow by 0 objects",
				p->mp->name);
	if (n <= most)
		return 0;
	ret = ddw_fail(err, DDW_MSG_POOL_SIZE, ENOSPC,
		       "%s: %u more objects requested, at most %u are possible", p->mp->name, n,
		       most);
	ddw_error_why(err, "a pool reserves addresses for max_n objects when it is created");
	ddw_error_fix(err, "create it with a larger max_n and a function of this library");
	return ret;
}

int
rte_mempool_ddw_grow(struct rte_mempool *mp, unsigned int n)
{
	struct pool *p;
	struct ddw_error err = { 0 };
	uint32_t most;
	int ret;

	p = mpddw_pool_to_change(mp, "rte_mempool_ddw_grow()", &err);
	if (p == NULL)
		return mpddw_report(&err);
	/* How to initialise objects of other pools is not known. */
	most = p->may_grow && p->req.conf.max_n > mp->size ? p->req.conf.max_n - mp->size : 0;
	ret = check_growth(p, n, most, &err);
	if (ret == 0)
		ret = grow(p, n, most, &err);
	return ret >= 0 ? ret : mpddw_report(&err);
}
