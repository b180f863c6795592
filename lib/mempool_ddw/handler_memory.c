/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include "handler.h"
#include "pool.h"

/* Memory of an external heap, or handed to rte_mempool_populate_*(), is used as it is. */
static bool
has_own_heap(const struct rte_mempool *mp)
{
	return rte_malloc_heap_socket_is_external(mp->socket_id) == 1;
}

/* Would all of it at once take more than half of what a default window has left? */
static bool
crowds(const struct pool *p)
{
	const struct rte_mempool *mp = p->mp;
	const struct ddw_window_info *w;
	struct vfio_spapr_dma_info info;
	uint64_t bytes = (uint64_t)mp->size * (mp->header_size + mp->elt_size + mp->trailer_size);

	p->dma->info(&info);
	if (info.kind == VFIO_SPAPR_DMA_NONE)
		return false;
	w = &info.windows[DDW_RANGE_MAIN];
	if (info.kind == VFIO_SPAPR_DMA_DDW) {
		if (p->req.conf.window != RTE_MEMPOOL_DDW_WINDOW_DEFAULT)
			return false;
		w = &info.windows[DDW_RANGE_SMALL];
	}
	return bytes > w->free_bytes / 2;
}

static bool
wants_demand(const struct pool *p)
{
	switch (p->req.conf.mapping) {
	case RTE_MEMPOOL_DDW_MAPPING_STATIC:
		return false;
	case RTE_MEMPOOL_DDW_MAPPING_DEMAND:
		return true;
	default:
		return crowds(p);
	}
}

/* The choices: of the caller, or of the environment. */
static int
read_request(struct pool *p, struct ddw_error *err)
{
	struct rte_mempool_ddw_conf *conf = &p->req.conf;
	struct rte_mempool *mp = p->mp;
	int ret = 0;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP,
				"%s: requested in a secondary process", mp->name);
	if (mp->pool_config != NULL)
		*conf = *(const struct rte_mempool_ddw_conf *)mp->pool_config;
	else
		ret = mpddw_config_environment(conf, err);
	if (ret == 0)
		ret = mpddw_config_check(conf, mp->name, mp->size, err);
	if (ret != 0)
		return ret;
	p->limit = conf->addr_bits == 0 || conf->addr_bits >= 64 ? UINT64_MAX
								 : UINT64_C(1) << conf->addr_bits;
	p->io = (mp->flags & RTE_MEMPOOL_F_NO_IOVA_CONTIG) == 0;
	p->dma = mpddw_dma_get(err);
	return p->dma == NULL ? -ENODEV : 0;
}

static int
make_ring(struct pool *p, struct ddw_error *err)
{
	uint32_t room = RTE_MAX(p->req.conf.max_n, p->mp->size);
	struct rte_mempool *mp = p->mp;
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *r;
	int ret;

	ret = snprintf(name, sizeof(name), RTE_MEMPOOL_MZ_FORMAT, mp->name);
	if (ret < 0 || ret >= (int)sizeof(name))
		return ddw_fail(err, DDW_MSG_POOL_NAME, ENAMETOOLONG, "%s: the name is too long",
				mp->name);
	r = rte_ring_create(name, rte_align32pow2(room + 1), mp->socket_id, 0);
	if (r == NULL && rte_errno == ENOMEM)
		r = rte_ring_create(name, rte_align32pow2(room + 1), SOCKET_ID_ANY, 0);
	if (r != NULL) {
		mp->pool_data = r;
		return 0;
	}
	if (rte_errno == EEXIST)
		return ddw_fail(err, DDW_MSG_POOL_NAME, EEXIST, "%s: a ring with this name exists",
				mp->name);
	return mpddw_no_eal_memory(mp->name, "its ring", rte_errno, err);
}

static int
start(struct pool *p, struct ddw_error *err)
{
	struct rte_mempool *mp = p->mp;
	struct vfio_spapr_dma_info info;
	int ret;

	ret = read_request(p, err);
	/* It is read last. */
	if (ret != 0 || p->dma == NULL)
		return ret;
	p->dma->info(&info);
	p->kind = info.kind;
	/* Without devices there is nothing to map. */
	p->demand_wanted = p->io && !has_own_heap(mp) && wants_demand(p);
	if (!p->demand_wanted)
		return make_ring(p, err);
	mpddw_handler_serve_demand();
	pool_set_demand(mp, NULL);
	return 0;
}

int
mpddw_handler_alloc(struct rte_mempool *mp)
{
	struct ddw_error err = { 0 };
	struct pool *p;
	int ret;

	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		(void)ddw_fail(&err, DDW_MSG_NO_MEMORY, ENOMEM, "%s: no memory", mp->name);
		return mpddw_report(&err);
	}
	p->mp = mp;
	mp->pool_data = NULL;
	ret = start(p, &err);
	if (ret != 0) {
		free(p);
		return mpddw_report(&err);
	}
	mpddw_pools_add(p);
	return 0;
}

void
mpddw_handler_free(struct rte_mempool *mp)
{
	struct pool *p = mpddw_pools_get(mp);
	struct rte_ring *ring = pool_is_demand(mp) ? NULL : mp->pool_data;

	/* Not there in a secondary process, and where it could not be started. */
	if (p != NULL) {
		mpddw_pool_unmake(p);
		mpddw_pools_remove(p);
		free(p);
	}
	mp->pool_data = NULL;
	rte_ring_free(ring);
}

/* Make the memory, once. */
static int
make_once(struct pool *p)
{
	int ret;

	if (p->made)
		return 0;
	ret = mpddw_pool_make(p, &p->error);
	return ret == 0 ? 0 : mpddw_report(&p->error);
}

ssize_t
mpddw_handler_calc_mem_size(const struct rte_mempool *mp, uint32_t obj_num, uint32_t pg_shift,
			    size_t *min_chunk_size, size_t *align)
{
	struct pool *p = mpddw_pools_get(mp);
	int ret;

	if (p == NULL)
		return -EINVAL;
	if (has_own_heap(mp))
		return rte_mempool_op_calc_mem_size_default(mp, obj_num, pg_shift, min_chunk_size,
							    align);
	ret = make_once(p);
	if (ret != 0)
		return ret;
	*min_chunk_size = RTE_MEMPOOL_ALIGN;
	*align = RTE_MEMPOOL_ALIGN;
	return RTE_MEMPOOL_ALIGN;
}

/* Is it what mpddw_handler_calc_mem_size() or create.c asked for, not memory for objects? */
static bool
is_token(const struct pool *p, const void *vaddr, size_t len)
{
	return vaddr == p->mp || (p->made && p->placed[0] == 0 && len <= RTE_MEMPOOL_ALIGN);
}

/*
 * A mempool takes a negative result for a number of objects and keeps the memory in its
 * list; 0 is the only failure that leaves nothing behind.
 */
int
mpddw_handler_populate(struct rte_mempool *mp, unsigned int max_objs, void *vaddr, rte_iova_t iova,
		       size_t len, rte_mempool_populate_obj_cb_t *obj_cb, void *obj_cb_arg)
{
	struct placing how = { .add = obj_cb, .add_arg = obj_cb_arg };
	struct pool *p = mpddw_pools_get(mp);
	int ret;

	if (p == NULL)
		return 0;
	if (is_token(p, vaddr, len)) {
		if (make_once(p) != 0)
			return 0;
		mpddw_place_objects(p, max_objs, &how);
		mpddw_place_publish(p);
		return (int)max_objs;
	}
	if (p->demand_wanted) {
		(void)ddw_fail(&p->error, DDW_MSG_POOL_MEMORY, ENOTSUP,
			       "%s: a pool mapped on demand cannot use the application's memory",
			       mp->name);
		ddw_error_why(&p->error, "the handler maps only memory that it allocated");
		ddw_error_fix(&p->error, "use rte_mempool_ddw_adopt(), or mapping=static");
		(void)mpddw_report(&p->error);
		return 0;
	}
	ret = rte_mempool_op_populate_helper(mp, 0, max_objs, vaddr, iova, len, obj_cb, obj_cb_arg);
	return RTE_MAX(ret, 0);
}
