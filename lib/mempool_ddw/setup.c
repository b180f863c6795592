/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A pool gets all that it needs before objects are placed: pages, window, layout, memory. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_memory.h>

#include <ddw_units.h>

#include "pool.h"

/* Where a pool's bus addresses will be. */
struct place {
	uint64_t page;	     /* of the window; for DPDK's own addresses that of the system */
	uint64_t first;	     /* lowest bus address */
	uint64_t size;	     /* bytes */
	uint64_t contiguous; /* bytes that are contiguous for devices, whatever the memory */
	bool small_pages;    /* the dynamic windows do not take the memory, the default one does */
};

static int
find_place(const struct pool *p, uint64_t page_size, struct place *place, struct ddw_error *err)
{
	bool wants_default = p->req.conf.window == RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
	const struct ddw_window_info *w;
	struct vfio_spapr_dma_info info;
	char page[DDW_SIZE_TEXT], need[DDW_SIZE_TEXT];

	p->dma->info(&info);
	*place = (struct place){
		.page = (uint64_t)sysconf(_SC_PAGESIZE),
		.size = UINT64_MAX,
		.contiguous = p->io ? info.contiguous : UINT64_MAX,
	};
	if (info.kind == VFIO_SPAPR_DMA_NONE || !p->io)
		return 0;
	w = &info.windows[DDW_RANGE_MAIN];
	/* The default window is beside the dynamic ones, and takes what is too small for them. */
	if (info.kind == VFIO_SPAPR_DMA_DDW &&
	    (wants_default || page_size < UINT64_C(1) << w->page_shift)) {
		w = &info.windows[DDW_RANGE_SMALL];
		if (w->size == 0 && wants_default)
			return ddw_fail(err, DDW_MSG_POOL_WINDOW, ENOTSUP,
					"%s: there is no default window beside the dynamic one",
					p->mp->name);
		if (w->size == 0)
			w = &info.windows[DDW_RANGE_MAIN];
		else
			place->small_pages = !wants_default;
	}
	place->page = UINT64_C(1) << w->page_shift;
	place->first = w->start;
	place->size = w->size;
	if (page_size >= place->page)
		return 0;
	return ddw_fail(err, DDW_MSG_POOL_MEMORY, ENOTSUP,
			"%s: its memory has pages of %s, but the window needs at least %s",
			p->mp->name, ddw_format_size(page_size, page),
			ddw_format_size(place->page, need));
}

/* A chunk must fit into what the window has below the limit, were it empty. */
static int
check_window(const struct pool *p, const struct place *place, struct ddw_error *err)
{
	uint64_t room = place->size;
	char chunk[DDW_SIZE_TEXT];

	if (p->limit <= place->first)
		room = 0;
	else if (p->limit - place->first < room)
		room = p->limit - place->first;
	if (!p->io || p->layout.chunk_size <= room)
		return 0;
	return ddw_fail(err, DDW_MSG_POOL_WINDOW, ENOSPC,
			"%s: the pool may use %" PRIu64 " bytes of the window at 0x%" PRIx64 ", "
			"but a chunk needs %s",
			p->mp->name, room, place->first,
			ddw_format_size(p->layout.chunk_size, chunk));
}

static int
make_layout(struct pool *p, uint64_t page_size, uint64_t room, struct ddw_error *err)
{
	struct layout_input in = {
		.obj_size = p->mp->header_size + p->mp->elt_size + p->mp->trailer_size,
		.n = p->mp->size,
		.max_n = RTE_MAX(p->req.conf.max_n, p->mp->size),
		.page_size = page_size,
		.chunk_size = p->req.conf.chunk_size,
		.room = room,
		.demand = p->demand_wanted,
	};
	struct place place;
	int ret;

	ret = find_place(p, page_size, &place, err);
	if (ret != 0)
		return ret;
	in.window = place.size;
	in.window_page = place.page;
	in.contiguous = place.contiguous;
	p->small_pages = place.small_pages;
	ret = mpddw_layout_make(&p->layout, &in, err);
	return ret != 0 ? ret : check_window(p, &place, err);
}

/* The addresses, and how objects lie there. */
static int
find_memory(struct pool *p, struct ddw_error *err)
{
	struct rte_mempool *mp = p->mp;
	uint64_t page,
		bytes = (uint64_t)mp->size * (mp->header_size + mp->elt_size + mp->trailer_size);
	int ret;

	if (p->req.conf.memory != NULL) {
		ret = mpddw_memory_use(&p->arena, p->req.conf.memory, err);
		return ret != 0 ? ret : make_layout(p, p->arena.page_size, p->arena.room, err);
	}
	ret = mpddw_memory_choose_page(bytes, p->req.conf.page_size, mp->socket_id, &page, err);
	if (ret == 0)
		ret = make_layout(p, page, 0, err);
	if (ret == 0)
		ret = mpddw_memory_reserve(&p->arena, mp->name, p->layout.bytes, page, page,
					   mp->socket_id, err);
	return ret;
}

static int
no_memory(const struct pool *p, struct ddw_error *err)
{
	return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "%s: cannot allocate its bookkeeping",
			p->mp->name);
}

static int
make_lists(struct pool *p, struct ddw_error *err)
{
	uint32_t i, n = p->layout.chunks;

	p->present = calloc(n, sizeof(*p->present));
	p->placed = calloc(n, sizeof(*p->placed));
	p->iova = calloc(n, sizeof(*p->iova));
	if (p->present == NULL || p->placed == NULL || p->iova == NULL)
		return no_memory(p, err);
	for (i = 0; i < n; i++)
		p->iova[i] = RTE_BAD_IOVA;
	return 0;
}

/* Chunks that whole steps have, at most all. */
static uint32_t
whole_steps(const struct pool *p, uint32_t chunks)
{
	uint32_t step = (uint32_t)(p->layout.step / p->layout.chunk_size);

	return (uint32_t)RTE_MIN(((uint64_t)chunks + step - 1) / step * step, p->layout.chunks);
}

/* From here on chunks of it may be mapped. */
static int
make_demand(struct pool *p, struct ddw_error *err)
{
	struct demand *d =
		mpddw_demand_create(p->mp->name, p->arena.base, p->layout.chunk_size,
				    p->layout.chunks, p->layout.per_chunk, p->mp->socket_id);

	if (d == NULL)
		d = mpddw_demand_create(p->mp->name, p->arena.base, p->layout.chunk_size,
					p->layout.chunks, p->layout.per_chunk, SOCKET_ID_ANY);
	if (d == NULL)
		return mpddw_no_eal_memory(p->mp->name, "the lists of its chunks", 0, err);
	pthread_mutex_lock(&mpddw_pools.lock);
	p->demand = d;
	p->demand_mapped = true;
	pthread_mutex_unlock(&mpddw_pools.lock);
	pool_set_demand(p->mp, d);
	return 0;
}

/* What EAL says of the addresses, for those who ask it. */
void
mpddw_pool_write_addresses(struct pool *p, uint32_t first, uint32_t n)
{
	uint64_t chunk = p->layout.chunk_size;
	uint32_t i, run;

	for (i = first; i < first + n; i += run) {
		for (run = 1; i + run < first + n; run++)
			if (p->iova[i + run] != p->iova[i] + run * chunk)
				break;
		mpddw_memory_write_iova(&p->arena, i * chunk, run * chunk, p->iova[i]);
	}
}

static int
make(struct pool *p, struct ddw_error *err)
{
	uint32_t chunks;
	int ret;

	ret = mpddw_check_virtio_user(p, err);
	if (ret == 0)
		ret = find_memory(p, err);
	if (ret == 0)
		ret = make_lists(p, err);
	if (ret != 0)
		return ret;
	chunks = (p->mp->size - 1) / p->layout.per_chunk + 1;
	p->poison = p->io ? p->dma->poison() : RTE_BAD_IOVA;
	ret = mpddw_pool_take(p, 0, whole_steps(p, chunks), err);
	if (ret == 0 && p->demand_wanted)
		ret = make_demand(p, err);
	else if (ret == 0 && p->io)
		ret = mpddw_pool_map(p, 0, chunks, err);
	if (ret == 0 && mpddw_place_prepare(p) != 0)
		ret = no_memory(p, err);
	return ret;
}

int
mpddw_pool_make(struct pool *p, struct ddw_error *err)
{
	int ret;

	ddw_error_clear(err);
	ret = make(p, err);
	if (ret != 0) {
		mpddw_pool_unmake(p);
		return ret;
	}
	mpddw_attach_publish(p);
	pthread_mutex_lock(&mpddw_pools.lock);
	p->made = true;
	pthread_mutex_unlock(&mpddw_pools.lock);
	return 0;
}
