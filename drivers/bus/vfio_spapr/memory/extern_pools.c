/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "base/context.h"
#include "base/page_size.h"
#include "base/report.h"
#include "memory/extern_pools.h"
#include "memory/external.h"
#include "memory/grants.h"

static bool following; /* the callback is registered */

/* Memory of a pool: one chunk, or adjacent ones. */
struct stretch {
	struct rte_mempool *mp;
	uint64_t vaddr;
	uint64_t len;
};

/* What was found last at the address of an object. */
struct area {
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
	bool mapped;
};

/* Objects whose addresses were written. */
struct counts {
	unsigned int objects;
	unsigned int poisoned;
};

typedef int (*hook_fn)(rte_mempool_event_callback *func, void *arg);

/* The plugin does not depend on librte_mempool: an application need not have it. */
static hook_fn
find_mempool_function(const char *name)
{
	void *symbol = dlsym(RTLD_DEFAULT, name);
	hook_fn fn;

	memcpy((void *)&fn, (const void *)&symbol, sizeof(fn)); /* POSIX has them alike */
	return fn;
}

/* Is it memory without an event of EAL, and not pinned by a library? */
static bool
is_unknown_memory(const void *addr)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);

	if (msl == NULL)
		return true;
	if (!msl->external || (msl->heap && !spapr_ctx.static_memory))
		return false;
	return !ddw_space_pinned(spapr_ctx.space, (uintptr_t)addr);
}

/*
 * Objects without bus addresses are not for devices. What counts is the address and not the
 * flag, with which programs pass addresses, too.
 */
static bool
is_for_devices(const struct rte_mempool *mp, const struct rte_mempool_memhdr *chunk)
{
	if ((mp->flags & RTE_MEMPOOL_F_NO_IOVA_CONTIG) && chunk->iova == RTE_BAD_IOVA)
		return false;
	return is_unknown_memory(chunk->addr);
}

static struct span *
map_at(struct ddw_mapping *m, uint64_t iova, struct ddw_error *err)
{
	ddw_error_clear(err); /* of an earlier try */
	m->iova = iova;
	m->flags = DDW_MAP_FIXED;
	return spapr_external_map(m, err);
}

/* An object may cross the border to memory that is mapped: go on with its bus addresses. */
static struct span *
map_beside(struct ddw_mapping *m, bool before, bool behind, struct ddw_error *err)
{
	struct span *s;
	uint64_t iova;

	if (before && ddw_space_lookup(spapr_ctx.space, m->vaddr - 1, &iova) == 0) {
		s = map_at(m, iova + 1, err);
		if (s != NULL || err->msg != DDW_MSG_BAD_IOVA)
			return s;
	}
	if (behind && ddw_space_lookup(spapr_ctx.space, m->vaddr + m->len, &iova) == 0) {
		s = map_at(m, iova - m->len, err);
		if (s != NULL || err->msg != DDW_MSG_BAD_IOVA)
			return s;
	}
	ddw_error_clear(err);
	m->flags = 0;
	return spapr_external_map(m, err);
}

/* Map the pages of a part of a stretch; nothing in them is mapped before "next". */
static int
map_pages(const struct stretch *st, uint64_t vaddr, uint64_t len, uint64_t next,
	  struct ddw_error *err)
{
	uint64_t page = spapr_page_size(spapr_ctx.sys, vaddr, len), end;
	struct ddw_mapping m = { 0 };
	struct span *s;

	if (page == 0)
		page = (uint64_t)sysconf(_SC_PAGESIZE);
	end = RTE_ALIGN_CEIL(vaddr + len, page);
	end = RTE_MIN(end, next);
	m.vaddr = vaddr & ~(page - 1);
	m.len = end - m.vaddr;
	m.page_size = page;
	s = map_beside(&m, vaddr != st->vaddr, end < st->vaddr + st->len, err);
	if (s == NULL)
		return err->err;
	s->unlisted = true;
	/* Another pool may share these pages. They stay for it, and the rest goes. */
	if (m.vaddr != vaddr)
		s = spapr_grants_split_span(&spapr_grants, s, m.vaddr + page);
	if (s != NULL && end != vaddr + len)
		s = spapr_grants_split_span(&spapr_grants, s, end - page);
	if (s != NULL)
		return 0;
	spapr_external_unmap_unused();
	return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a grant");
}

/* Map what is not mapped yet; the rest keeps its addresses. The first failure counts. */
static void
map_stretch(const struct stretch *st, struct ddw_error *first)
{
	struct rte_memseg_list *msl = rte_mem_virt2memseg_list((void *)(uintptr_t)st->vaddr);
	uint64_t at, end = st->vaddr + st->len, iova, len;
	struct ddw_error err = { 0 };

	if (msl != NULL && msl->heap) /* in legacy mode */
		(void)spapr_external_keep_list(msl, &err);
	spapr_external_unmap_replaced(st->vaddr, st->len);
	for (at = st->vaddr; err.err == 0 && at < end; at += RTE_MIN(len, end - at))
		if (ddw_space_lookup_run(spapr_ctx.space, at, end - at, &iova, &len) != 0)
			(void)map_pages(st, at, RTE_MIN(len, end - at), at + len, &err);
	if (spapr_grants_grant(&spapr_grants, st->mp, st->vaddr, st->len, 0) != 0)
		(void)ddw_fail(&err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a grant");
	if (first->err == 0)
		*first = err;
}

/* Returns false when the pool has no such memory. */
static bool
map_chunks(struct rte_mempool *mp, struct ddw_error *err)
{
	struct stretch st = { .mp = mp };
	const struct rte_mempool_memhdr *chunk;

	STAILQ_FOREACH(chunk, &mp->mem_list, next) {
		uint64_t vaddr = (uintptr_t)chunk->addr;

		if (!is_for_devices(mp, chunk))
			continue;
		if (st.len != 0 && st.vaddr + st.len != vaddr) {
			map_stretch(&st, err);
			st.len = 0;
		}
		if (st.len == 0)
			st.vaddr = vaddr;
		st.len += chunk->len;
	}
	if (st.len != 0)
		map_stretch(&st, err);
	return st.len != 0;
}

/* Return the bus address of memory; poison when it has none, or not one for all of it. */
static uint64_t
bus_address(struct area *a, const struct rte_mempool_memhdr *chunk, const void *addr, uint64_t len,
	    unsigned int *poisoned)
{
	uint64_t vaddr = (uintptr_t)addr, off = vaddr - a->vaddr;

	if (off >= a->len) {
		a->mapped = ddw_space_lookup_run(spapr_ctx.space, vaddr,
						 (uintptr_t)chunk->addr + chunk->len - vaddr,
						 &a->iova, &a->len) == 0;
		a->vaddr = vaddr;
		off = 0;
	}
	if (a->mapped && len <= a->len - off)
		return a->iova + off;
	(*poisoned)++;
	return ddw_space_poison(spapr_ctx.space);
}

static bool
is_in_chunk(const struct rte_mempool_memhdr *chunk, const void *obj)
{
	return (uintptr_t)obj - (uintptr_t)chunk->addr < chunk->len;
}

/* Write the addresses of a chunk and of its objects, from obj on. Returns the one behind them. */
static struct rte_mempool_objhdr *
write_chunk(struct rte_mempool_memhdr *chunk, struct rte_mempool_objhdr *obj, struct counts *n)
{
	struct rte_mempool *mp = chunk->mp;
	bool ours = is_for_devices(mp, chunk);
	unsigned int ignored = 0;
	struct area area = { 0 };

	if (ours)
		chunk->iova = bus_address(&area, chunk, chunk->addr, chunk->len, &ignored);
	for (; obj != NULL && is_in_chunk(chunk, obj); obj = STAILQ_NEXT(obj, next)) {
		if (!ours)
			continue;
		obj->iova = bus_address(&area, chunk, obj + 1, mp->elt_size, &n->poisoned);
		n->objects++;
	}
	return obj;
}

/* Returns how many objects got no bus address. */
static unsigned int
write_addresses(struct rte_mempool *mp)
{
	struct rte_mempool_objhdr *obj = STAILQ_FIRST(&mp->elt_list), *before;
	struct rte_mempool_memhdr *chunk;
	struct counts n = { 0 };

	/* One round: objects come in the order of the chunks. */
	do {
		before = obj;
		STAILQ_FOREACH(chunk, &mp->mem_list, next)
			obj = write_chunk(chunk, obj, &n);
	} while (obj != NULL && obj != before);
	if (n.poisoned < n.objects)
		mp->flags &= ~RTE_MEMPOOL_F_NON_IO;
	return n.poisoned;
}

static void
on_pool_ready(struct rte_mempool *mp)
{
	struct ddw_error err = { 0 };
	unsigned int poisoned;

	if (!map_chunks(mp, &err))
		return;
	spapr_external_unmap_unused(); /* after a failure */
	poisoned = write_addresses(mp);
	if (poisoned != 0 && err.err == 0) {
		(void)ddw_fail(&err, DDW_MSG_EXTERNAL_MEMORY, EEXIST,
			       "mempool %s: %u objects lie in memory that is mapped in parts, at "
			       "bus addresses apart",
			       mp->name, poisoned);
		ddw_error_why(&err, "a device needs one bus address for all of an object");
		ddw_error_fix(&err, "map the memory of a pool as one range, or align pools to "
				    "pages");
	}
	if (err.err != 0)
		spapr_report_error(&err);
}

static void
on_pool_event(enum rte_mempool_event event, struct rte_mempool *mp, void *arg)
{
	RTE_SET_USED(arg);
	spapr_grants_lock();
	if (event == RTE_MEMPOOL_EVENT_READY) {
		on_pool_ready(mp);
	} else {
		spapr_grants_drop_pool(&spapr_grants, mp);
		spapr_external_unmap_unused();
	}
	spapr_grants_unlock();
}

void
spapr_extern_pools_start(void)
{
	hook_fn follow = find_mempool_function("rte_mempool_event_callback_register");

	following = follow != NULL && follow(on_pool_event, NULL) == 0;
}

void
spapr_extern_pools_stop(void)
{
	hook_fn leave = find_mempool_function("rte_mempool_event_callback_unregister");

	if (following && leave != NULL)
		(void)leave(on_pool_event, NULL); /* it was registered */
	following = false;
}
