/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The memory of a pool: taken, pinned, mapped, and all of that back. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_ring.h>

#include <ddw_units.h>

#include "pool.h"

/* Bytes of a range of chunks, for calls that want addresses. */
struct range {
	uint64_t off;
	uint64_t vaddr;
	uint64_t len;
};

static struct range
range_of(const struct pool *p, uint32_t first, uint32_t n)
{
	struct range r = {
		.off = first * p->layout.chunk_size,
		.len = n * p->layout.chunk_size,
	};

	/* The last step may be a page with room for more chunks than there are. */
	if (first + n == p->layout.chunks)
		r.len = p->layout.bytes - r.off;
	r.vaddr = (uintptr_t)p->arena.base + r.off;
	return r;
}

/* The plugin says nothing more after the end of the PCI bus. */
static void
name_end(const struct pool *p, int ret, struct ddw_error *err)
{
	if (ret != -ENODEV || err->msg != DDW_MSG_NONE)
		return;
	(void)ddw_fail(err, DDW_MSG_POOL_NO_PLUGIN, ENODEV, "%s: memory can no longer be mapped",
		       p->mp->name);
	ddw_error_why(err, "EAL has closed the devices, and with them the windows");
	ddw_error_fix(err, "create pools before rte_eal_cleanup()");
}

/* Pin, in pieces that end where units do. */
static int
pin(struct pool *p, const struct range *r, struct ddw_error *err)
{
	uint64_t unit = p->layout.unit, head = r->off % unit;
	int ret;

	if (!p->io)
		return 0;
	head = head == 0 ? 0 : RTE_MIN(unit - head, r->len);
	ret = head == 0 ? 0 : p->dma->pin(r->vaddr, head, head, err);
	if (ret != 0 || head == r->len)
		return ret;
	ret = p->dma->pin(r->vaddr + head, r->len - head, unit, err);
	if (ret != 0 && head != 0)
		(void)p->dma->unpin(r->vaddr, head, NULL);
	return ret;
}

static void
set_present(struct pool *p, uint32_t first, uint32_t n, enum memory_state state)
{
	uint32_t i;

	for (i = first; i < first + n; i++)
		p->present[i] = (uint8_t)state;
}

int
mpddw_pool_take(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err)
{
	struct range r = range_of(p, first, n);
	int ret;

	if (p->req.conf.memory == NULL) {
		ret = mpddw_memory_add(&p->arena, r.off, r.len, err);
		if (ret != 0)
			return ret;
	}
	ret = pin(p, &r, err);
	if (ret != 0) {
		name_end(p, ret, err);
		if (p->req.conf.memory == NULL)
			mpddw_memory_remove(&p->arena, r.off, r.len);
		return ret;
	}
	mpddw_memory_write_poison(&p->arena, r.off, r.len, p->poison);
	set_present(p, first, n, MEMORY_PRESENT);
	return 0;
}

void
mpddw_pool_give(struct pool *p, uint32_t first, uint32_t n)
{
	struct range r = range_of(p, first, n);
	struct ddw_error err = { 0 };
	int ret = p->io ? p->dma->unpin(r.vaddr, r.len, &err) : 0;
	uint32_t from, to;

	/* What stays pinned is what the kernel keeps for good: a new page would be another one. */
	if (ret != 0 && ret != -ENODEV) {
		mpddw_pool_report(&err);
		set_present(p, first, n, MEMORY_QUARANTINED);
		return;
	}
	if (p->req.conf.memory == NULL)
		mpddw_memory_remove(&p->arena, r.off, r.len);
	set_present(p, first, n, MEMORY_ABSENT);
	/* New pages there would be refused. */
	from = RTE_MAX(first, p->quarantine_first);
	to = RTE_MIN(first + n, p->quarantine_end);
	if (from < to)
		set_present(p, from, to - from, MEMORY_QUARANTINED);
}

void
mpddw_pool_quarantine(struct pool *p, uint32_t first, uint32_t n)
{
	uint32_t unit = (uint32_t)(p->layout.unit / p->layout.chunk_size);
	uint64_t end = ((uint64_t)first + n + unit - 1) / unit * unit;

	first = first / unit * unit;
	p->quarantine_first = p->quarantine_end == 0 ? first : RTE_MIN(first, p->quarantine_first);
	p->quarantine_end = (uint32_t)RTE_MAX(RTE_MIN(end, p->layout.chunks), p->quarantine_end);
}

void
mpddw_pool_note_addresses(struct pool *p, uint64_t iova, uint64_t len)
{
	if (p->iova_last == 0 || iova < p->iova_first)
		p->iova_first = iova;
	p->iova_last = RTE_MAX(p->iova_last, iova + (len - 1));
}

struct ddw_mapping
mpddw_pool_mapping(const struct pool *p, uint32_t first, uint32_t n)
{
	uint64_t chunk = p->layout.chunk_size;
	struct ddw_mapping m = {
		.vaddr = (uintptr_t)layout_chunk(p, first),
		.len = n * chunk,
		/* Aligned no more than chunks are: parts of pages would waste the window. */
		.page_size = RTE_MIN(p->arena.page_size, chunk & -chunk),
		.flags = DDW_MAP_PINNED,
		.limit = p->limit == UINT64_MAX ? 0 : p->limit,
	};

	if (p->req.conf.window == RTE_MEMPOOL_DDW_WINDOW_DEFAULT)
		m.flags |= DDW_MAP_DEFAULT_WINDOW;
	return m;
}

/* One run of chunks at one run of bus addresses. */
static int
map_run(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err)
{
	struct ddw_mapping m = mpddw_pool_mapping(p, first, n);
	uint32_t i;
	int ret;

	ret = p->dma->map(&m, err);
	if (ret != 0)
		return ret;
	for (i = 0; i < n; i++)
		p->iova[first + i] = m.iova + i * p->layout.chunk_size;
	mpddw_pool_note_addresses(p, m.iova, m.len);
	return 0;
}

/* How many chunks can be one run from here on. */
static uint32_t
run_limit(const struct pool *p, uint32_t first, uint32_t left)
{
	uint64_t unit = p->layout.unit;

	/* VFIO's own mappings cannot be unmapped in part, so they end where units do. */
	if (p->kind != VFIO_SPAPR_DMA_NONE)
		return left;
	return (uint32_t)RTE_MIN(left, (unit - first * p->layout.chunk_size % unit) /
					       p->layout.chunk_size);
}

static int
no_room(const struct pool *p, uint32_t done, uint32_t n, struct ddw_error *err)
{
	char chunk[DDW_SIZE_TEXT], why[sizeof(err->what)];
	int ret;

	if (err->msg != DDW_MSG_WINDOW_FULL)
		return err->err;
	snprintf(why, sizeof(why), "%s", err->what);
	ret = ddw_fail(err, DDW_MSG_POOL_WINDOW, ENOSPC,
		       "%s: the window has room for only %u of %u chunks of %s", p->mp->name, done,
		       n, ddw_format_size(p->layout.chunk_size, chunk));
	ddw_error_why(err, "%s", why);
	if (p->req.conf.mapping != RTE_MEMPOOL_DDW_MAPPING_DEMAND)
		ddw_error_fix(err, "use a smaller pool, free other memory, use a larger window, "
				   "or map the pool on demand (mapping=demand)");
	return ret;
}

int
mpddw_pool_map(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err)
{
	uint32_t at, run = n, now = 0, end = first + n;
	bool asked = false;
	int ret = 0;

	for (at = first; at < end; at += now) {
		now = RTE_MIN(run, run_limit(p, at, end - at));
		ddw_error_clear(err);
		ret = map_run(p, at, now, err);
		if (ret == -ENOSPC && err->msg != DDW_MSG_MAP_FAILED && (now > 1 || !asked)) {
			/* Holes may be shorter; what other pools keep idle goes first of all. */
			if (now == 1)
				mpddw_demand_make_way(p,
						      (uint64_t)(end - at) * p->layout.chunk_size);
			asked |= now == 1;
			run = (now + 1) / 2;
			now = 0;
		} else if (ret != 0) {
			break;
		}
	}
	if (at == end) {
		mpddw_pool_write_addresses(p, first, n);
		return 0;
	}
	if (err->msg == DDW_MSG_MAP_FAILED) {
		mpddw_pool_quarantine(p, at, now);
		/* What could not be taken back at once may be now; else it is quarantined. */
		(void)mpddw_pool_unmap(p, at, now, NULL);
	}
	name_end(p, ret, err);
	ret = no_room(p, at - first, n, err);
	(void)mpddw_pool_unmap(p, first, at - first, NULL);
	return ret;
}

bool
mpddw_pool_unmap(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err)
{
	struct range r = range_of(p, first, n);
	struct ddw_error own = { 0 };
	uint32_t i;
	int ret;

	if (n == 0 || !p->io)
		return true;
	ret = p->dma->unmap(r.vaddr, r.len, &own);
	if (ret != 0 && ret != -ENODEV) {
		if (err != NULL)
			*err = own;
		else
			mpddw_pool_report(&own);
		set_present(p, first, n, MEMORY_QUARANTINED);
		return false;
	}
	for (i = first; i < first + n; i++)
		p->iova[i] = RTE_BAD_IOVA;
	return true;
}

/* Let go of all pins: then no device reaches the memory through a table to come. */
static bool
unpin_all(struct pool *p)
{
	struct range r = range_of(p, 0, p->layout.chunks);
	struct ddw_error err = { 0 };
	int ret = p->io ? p->dma->unpin(r.vaddr, r.len, &err) : 0;

	if (ret == 0 || ret == -ENODEV)
		return true;
	mpddw_pool_report(&err);
	return false;
}

/* Has the kernel refused to map or unmap some of it? */
static bool
is_quarantined(const struct pool *p, struct demand *d)
{
	struct demand_counts counts = { .quarantined = 0 };
	bool quarantined = p->quarantine_end != 0;
	uint32_t i;

	if (d != NULL)
		mpddw_demand_get_counts(d, &counts);
	for (i = 0; p->present != NULL && i < p->layout.chunks; i++)
		quarantined |= p->present[i] == MEMORY_QUARANTINED;
	return quarantined || counts.quarantined != 0;
}

/*
 * Give the memory back, but not always the addresses: where the kernel may have kept
 * pages, the space maps no other memory any more.
 */
static void
release(struct pool *p, bool quarantined)
{
	struct arena a = p->arena;

	mpddw_memory_release(&p->arena);
	if (quarantined && a.base != NULL && a.adopted == NULL)
		(void)mmap(a.base, a.room, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
			   0);
}

void
mpddw_pool_unmake(struct pool *p)
{
	struct demand *d = p->demand;
	bool gone = true, quarantined = is_quarantined(p, d);

	mpddw_attach_withdraw(p);
	pthread_mutex_lock(&mpddw_pools.lock);
	p->made = false;
	p->demand_mapped = false;
	p->demand = NULL;
	pthread_mutex_unlock(&mpddw_pools.lock);
	mpddw_demand_free(d);
	mpddw_place_forget(p);
	if (d != NULL)
		pool_set_demand(p->mp, NULL);
	if (p->present != NULL && p->layout.chunks != 0) {
		gone = mpddw_pool_unmap(p, 0, p->layout.chunks, NULL);
		if (gone)
			gone = unpin_all(p);
	}
	/* Memory that a device may still reach is not given to anybody else. */
	if (gone)
		release(p, quarantined);
	p->quarantine_end = 0;
	free(p->present);
	free(p->placed);
	free(p->iova);
	p->present = NULL;
	p->placed = NULL;
	p->iova = NULL;
}
