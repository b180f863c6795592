/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_memory.h>

#include "fake_dma.h"

#define OBJECT 512 /* bytes of an element */

struct fake_window fake_window;

static int
fake_fail(struct ddw_error *err, enum ddw_msg msg, int error)
{
	return msg == DDW_MSG_NONE ? -error : ddw_fail(err, msg, error, "as the test wants it");
}

static bool
room_at(uint64_t slot, uint64_t n)
{
	uint64_t i;

	if (slot + n > fake_window.slots)
		return false;
	for (i = 0; i < n; i++)
		if (fake_window.vaddr[slot + i] != 0)
			return false;
	return true;
}

static bool
below_limit(const struct ddw_mapping *m, uint64_t slot)
{
	return m->limit == 0 || FAKE_BASE + slot * FAKE_CHUNK + m->len <= m->limit;
}

static int
place(struct ddw_mapping *m, struct ddw_error *err)
{
	uint64_t n = m->len / FAKE_CHUNK, slot = 0, i;

	if (m->flags & DDW_MAP_FIXED) {
		slot = (m->iova - FAKE_BASE) / FAKE_CHUNK;
		if (fake_window.steal || !room_at(slot, n) || !below_limit(m, slot))
			return fake_fail(err, DDW_MSG_BAD_IOVA, ERANGE);
	} else {
		while (slot < fake_window.slots && !room_at(slot, n))
			slot++;
		if (slot == fake_window.slots || !below_limit(m, slot))
			return fake_fail(err, DDW_MSG_WINDOW_FULL, ENOSPC);
	}
	for (i = 0; i < n; i++)
		__atomic_store_n(&fake_window.vaddr[slot + i], m->vaddr + i * FAKE_CHUNK,
				 __ATOMIC_RELAXED);
	m->iova = FAKE_BASE + slot * FAKE_CHUNK;
	return 0;
}

static void
note(bool map, const struct ddw_mapping *m, int ret)
{
	if (fake_window.n_calls < FAKE_CALLS)
		fake_window.calls[fake_window.n_calls++] =
			(struct fake_call){ .map = map, .m = *m, .ret = ret };
	fake_window.maps += map && ret == 0;
	fake_window.unmaps += !map && ret == 0;
}

static int
fake_map(struct ddw_mapping *m, struct ddw_error *err)
{
	bool fail = fake_window.map_count != 0 && fake_window.map_after == 0;
	int ret;

	fake_window.map_after -= fake_window.map_after != 0;
	if (fail) {
		fake_window.map_count--;
		ret = fake_fail(err, fake_window.map_msg, fake_window.map_error);
	} else {
		ret = place(m, err);
	}
	/* The next call finds the hole again. */
	fake_window.steal = fake_window.steal && ret != -ERANGE;
	note(true, m, ret);
	return ret;
}

static int
fake_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	struct ddw_mapping m = { .vaddr = vaddr, .len = len };
	uint64_t i;
	int ret = 0;

	(void)RIG_CHECK(fake_mapped((const void *)(uintptr_t)vaddr, &m.iova));
	if (fake_window.unmap_count != 0) {
		fake_window.unmap_count--;
		ret = fake_fail(err, DDW_MSG_UNMAP_FAILED, fake_window.unmap_error);
	}
	for (i = 0; ret == 0 && i < fake_window.slots; i++)
		if (fake_window.vaddr[i] - vaddr < len)
			__atomic_store_n(&fake_window.vaddr[i], 0, __ATOMIC_RELAXED);
	note(false, &m, ret);
	return ret;
}

static uint64_t
fake_poison(void)
{
	return UINT64_C(1) << 60;
}

static void
fake_info(struct vfio_spapr_dma_info *info)
{
	memset(info, 0, sizeof(*info));
	info->kind = fake_window.kind;
}

static const struct vfio_spapr_dma fake_dma = {
	.version = VFIO_SPAPR_DMA_VERSION,
	.size = sizeof(fake_dma),
	.info = fake_info,
	.map = fake_map,
	.unmap = fake_unmap,
	.poison = fake_poison,
};

void
fake_begin(uint32_t slots)
{
	rig_eal();
	rig_log_clear();
	memset(&fake_window, 0, sizeof(fake_window));
	fake_window.kind = VFIO_SPAPR_DMA_DMA32;
	fake_window.slots = slots;
}

bool
fake_mapped(const void *vaddr, uint64_t *iova)
{
	uint64_t v;
	uint32_t i;

	for (i = 0; i < fake_window.slots; i++) {
		v = __atomic_load_n(&fake_window.vaddr[i], __ATOMIC_RELAXED);
		if (v == 0 || (uintptr_t)vaddr - v >= FAKE_CHUNK)
			continue;
		*iova = FAKE_BASE + i * FAKE_CHUNK + ((uintptr_t)vaddr - v);
		return true;
	}
	return false;
}

uint32_t
fake_chunk(const struct pool *p, const void *obj)
{
	return (uint32_t)((uint64_t)((const char *)obj - p->arena.base) / p->layout.chunk_size);
}

static void
fill(struct pool *p)
{
	uint32_t i, each = p->mp->header_size + p->mp->elt_size + p->mp->trailer_size;
	void *obj;

	for (i = 0; i < p->layout.chunks * FAKE_PER; i++) {
		obj = p->arena.base + i / FAKE_PER * p->layout.chunk_size +
		      (uint64_t)(i % FAKE_PER) * each + p->mp->header_size;
		mpddw_demand_put(p->demand, &obj, 1);
	}
}

struct pool *
fake_pool(const char *name, uint32_t chunks, uint64_t size)
{
	struct pool *p = calloc(1, sizeof(*p));
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct ddw_error err;

	assert_non_null(p);
	p->mp = rte_mempool_create_empty(name, chunks * FAKE_PER, OBJECT, 0,
					 sizeof(struct rte_pktmbuf_pool_private), SOCKET_ID_ANY, 0);
	assert_non_null(p->mp);
	p->dma = &fake_dma;
	p->poison = fake_poison();
	p->layout.chunk_size = size;
	p->layout.per_chunk = FAKE_PER;
	p->layout.chunks = chunks;
	p->layout.unit = size;
	p->layout.bytes = chunks * size;
	assert_int_equal(mpddw_memory_reserve(&p->arena, name, p->layout.bytes, page, FAKE_CHUNK,
					      SOCKET_ID_ANY, &err),
			 0);
	assert_int_equal(mpddw_memory_add(&p->arena, 0, p->layout.bytes, &err), 0);
	p->demand_mapped = true;
	p->demand = mpddw_demand_create(name, p->arena.base, size, chunks, FAKE_PER, SOCKET_ID_ANY);
	assert_non_null(p->demand);
	fill(p);
	TAILQ_INSERT_TAIL(&mpddw_pools.list, p, next);
	return p;
}

void
fake_pool_free(struct pool *p)
{
	TAILQ_REMOVE(&mpddw_pools.list, p, next);
	mpddw_demand_free(p->demand);
	mpddw_memory_release(&p->arena);
	rte_mempool_free(p->mp);
	free(p);
}

int
fake_get(struct pool *p, void **objs, unsigned int n)
{
	while (mpddw_demand_get(p->demand, objs, n) != 0)
		if (mpddw_demand_provide(p, n) != 0)
			return -ENOBUFS;
	return 0;
}

void
fake_check_object(void *obj)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(obj, NULL);
	uint64_t iova = 0;

	assert_true(fake_mapped(obj, &iova));
	assert_true(rte_mempool_get_header(obj)->iova == iova);
	assert_non_null(ms);
	assert_true(ms->iova + ((uintptr_t)obj - ms->addr_64) == iova);
}

struct demand_counts
fake_counts(struct pool *p)
{
	struct demand_counts c;

	mpddw_demand_get_counts(p->demand, &c);
	return c;
}
