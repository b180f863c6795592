/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
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

/* Adjacent chunks of memory. */
struct run {
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
	bool mapped;
};

struct runs {
	struct run *r;
	unsigned int n;
	unsigned int room;
	unsigned int at; /* where the last object was found */
	bool incomplete;
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

static bool
add_run(struct runs *runs, uint64_t vaddr, uint64_t len)
{
	struct run *last = runs->n > 0 ? &runs->r[runs->n - 1] : NULL;
	uint64_t iova;
	bool covered = spapr_external_coverage(vaddr, len, &iova) != COVERED_NOT;

	if (last != NULL && last->vaddr + last->len == vaddr && last->mapped == covered) {
		last->len += len;
		return true;
	}
	if (runs->n == runs->room) {
		unsigned int room = runs->room == 0 ? 16 : runs->room * 2;
		struct run *r = realloc(runs->r, room * sizeof(*r));

		if (r == NULL)
			return false;
		runs->r = r;
		runs->room = room;
	}
	runs->r[runs->n++] = (struct run){ .vaddr = vaddr, .len = len, .mapped = covered };
	return true;
}

static void
find_runs(struct rte_mempool *mp, struct runs *runs)
{
	struct rte_mempool_memhdr *chunk;

	STAILQ_FOREACH(chunk, &mp->mem_list, next) {
		if (is_unknown_memory(chunk->addr) &&
		    !add_run(runs, (uintptr_t)chunk->addr, chunk->len))
			runs->incomplete = true;
	}
}

/* Map the pages that contain a run. */
static int
map_pool_run(struct run *r, struct ddw_error *err)
{
	uint64_t page = spapr_page_size(spapr_ctx.sys, r->vaddr, r->len), end = 0;
	struct ddw_mapping m;
	struct span *s;

	if (page == 0)
		page = (uint64_t)sysconf(_SC_PAGESIZE);
	m = (struct ddw_mapping){ .vaddr = r->vaddr & ~(page - 1), .page_size = page };
	if (!ddw_add(r->vaddr, r->len, &end) || !ddw_align_up(end, page, &end))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, wraps around",
				r->vaddr, r->len);
	m.len = end - m.vaddr;
	s = spapr_external_map(&m, err);
	if (s == NULL)
		return err->err;
	s->unlisted = true;
	r->iova = m.iova + (r->vaddr - m.vaddr);
	return 0;
}

static int
grant_run(struct rte_mempool *mp, struct run *r, struct ddw_error *err)
{
	struct rte_memseg_list *msl = rte_mem_virt2memseg_list((void *)(uintptr_t)r->vaddr);
	int ret = 0;

	if (msl != NULL && msl->heap) /* in legacy mode */
		ret = spapr_external_keep_list(msl, err);
	if (ret != 0)
		return ret;
	switch (spapr_external_coverage(r->vaddr, r->len, &r->iova)) {
	case COVERED:
		break;
	case COVERED_NOT:
		ret = map_pool_run(r, err);
		break;
	case COVERED_PARTLY:
		return ddw_fail(err, DDW_MSG_EXTERNAL_MEMORY, EEXIST,
				"mempool %s: its memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is "
				"only partly mapped",
				mp->name, r->vaddr, r->len);
	}
	if (ret == 0 && spapr_grants_grant(&spapr_grants, mp, r->vaddr, r->len, r->iova) != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a grant");
	return ret;
}

/* Objects come in the order of the chunks. */
static const struct run *
run_of_address(struct runs *runs, uint64_t vaddr)
{
	unsigned int tries;

	for (tries = 0; tries < runs->n; tries++) {
		const struct run *r = &runs->r[runs->at];

		if (vaddr >= r->vaddr && vaddr - r->vaddr < r->len)
			return r;
		runs->at = (runs->at + 1) % runs->n;
	}
	return NULL;
}

static void
write_pool_address(struct runs *runs, const void *addr, uint64_t len, rte_iova_t *iova)
{
	const struct run *r = run_of_address(runs, (uintptr_t)addr);

	if (r == NULL && !(runs->incomplete && is_unknown_memory(addr)))
		return;
	if (r != NULL && r->mapped)
		*iova = r->iova + ((uintptr_t)addr - r->vaddr);
	else
		*iova = ddw_space_poison(spapr_ctx.space, len);
}

static void
write_pool_addresses(struct rte_mempool *mp, struct runs *runs)
{
	uint64_t size = (uint64_t)mp->header_size + mp->elt_size + mp->trailer_size;
	struct rte_mempool_memhdr *chunk;
	struct rte_mempool_objhdr *obj;

	STAILQ_FOREACH(chunk, &mp->mem_list, next)
		write_pool_address(runs, chunk->addr, size, &chunk->iova);
	STAILQ_FOREACH(obj, &mp->elt_list, next)
		write_pool_address(runs, obj + 1, size, &obj->iova);
}

static void
on_pool_ready(struct rte_mempool *mp)
{
	struct runs runs = { 0 };
	unsigned int i;
	bool reported = false;

	/* Objects without bus addresses are not for devices. */
	if (mp->flags & RTE_MEMPOOL_F_NO_IOVA_CONTIG)
		return;
	find_runs(mp, &runs);
	for (i = 0; i < runs.n; i++) {
		struct ddw_error err = { 0 };

		runs.r[i].mapped = grant_run(mp, &runs.r[i], &err) == 0;
		if (!runs.r[i].mapped && !reported)
			spapr_report_error(&err);
		reported = reported || !runs.r[i].mapped;
		if (runs.r[i].mapped)
			mp->flags &= ~RTE_MEMPOOL_F_NON_IO;
	}
	spapr_external_unmap_unused(); /* after a failure */
	if (runs.n > 0 || runs.incomplete)
		write_pool_addresses(mp, &runs);
	free(runs.r);
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
