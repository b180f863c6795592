/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef POOL_H
#define POOL_H

/* What the parts of the library share. One struct pool for each mempool of this process. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_log.h>
#include <rte_mempool.h>

#include <ddw.h>
#include <vfio_spapr_dma.h>

#include "attach.h"
#include "demand.h"
#include "memory.h"
#include "rte_mempool_ddw.h"

extern int mempool_ddw_logtype;

/* One line; the newline is added. */
#define LOG(level, fmt, ...)                                                              \
	rte_log(RTE_LOG_##level, (uint32_t)mempool_ddw_logtype, "MEMPOOL_DDW: " fmt "\n", \
		##__VA_ARGS__)

/* What a pool is asked to be; given to the handler as pool_config. */
struct pool_request {
	struct rte_mempool_ddw_conf conf;
	rte_mempool_obj_cb_t *obj_init; /* for objects that are added later */
	void *obj_init_arg;
};

/* How objects lie in memory; layout.c, pure. */
struct pool_layout {
	uint64_t obj_size;   /* header, element, trailer */
	uint64_t chunk_size; /* bytes; no object crosses its border */
	uint32_t per_chunk;  /* objects */
	uint32_t chunks;     /* for all objects that the pool may have */
	uint64_t unit;	     /* bytes that are taken and given back together: chunk or page */
	uint64_t bytes;	     /* for all, a multiple of unit */
};

#define POOL_TOLD_WORDS 4

struct pool {
	TAILQ_ENTRY(pool) next;
	struct rte_mempool *mp;
	struct pool_request req;
	const struct vfio_spapr_dma *dma;
	struct pool_layout layout;
	struct arena arena;
	bool demand_mapped;
	struct demand *demand; /* when it is mapped on demand */
	uint64_t iova_first;   /* lowest and highest bus address ever mapped */
	uint64_t iova_last;
	uint8_t *present;     /* per chunk: 1 when its memory is there and pinned */
	uint64_t demand_maps; /* counters, written under the lock of the pools */
	uint64_t evictions;
	uint64_t map_failures;
	bool full_told;	  /* DDW-pool-full was logged since a chunk was last mapped */
	uint64_t full_at; /* when it was logged last (TSC); 0: never */
	uint64_t map_told[POOL_TOLD_WORDS]; /* one bit per errno: such a failure was logged */
	uint64_t unmap_told[POOL_TOLD_WORDS];
};

TAILQ_HEAD(pool_list, pool);

/*
 * All pools of this process. The lock is taken for everything that is not get or put
 * from mapped memory. It may be held while libddw is called, and while EAL's memory
 * lock is held by the caller; no memory of EAL's may be allocated while it is held.
 */
struct pools {
	pthread_mutex_t lock;
	struct pool_list list;
};
extern struct pools pools;

/* report.c: log a message with its identifier, cause and remedy */
void pool_report(const struct ddw_error *err);

/* registry.c: the caller holds the lock */
struct pool *pools_find(const struct rte_mempool *mp);

/* dma.c: where bus addresses come from; NULL with DDW-pool-no-plugin */
const struct vfio_spapr_dma *dma_get(struct ddw_error *err);
/* For tests: this one from now on; NULL: as ever. */
void dma_use(const struct vfio_spapr_dma *dma);
/* dma_plain.c: bus addresses as DPDK has them, without the plugin */
extern const struct vfio_spapr_dma dma_plain;

/* layout.c */
int layout_make(struct pool_layout *l, uint64_t obj_size, uint64_t max_n, uint64_t page_size,
		uint64_t window_page, uint64_t contiguous, uint64_t wanted_chunk,
		struct ddw_error *err);

/* demand_map.c: the slow path of a pool that is mapped on demand */
/*
 * Make n objects available in mapped chunks, if that can be done: map chunks, and unmap
 * idle ones of any pool when the window has no room. Takes the lock of the pools.
 * Returns 0, or -ENOBUFS when all that can be mapped is in use.
 */
int demand_provide(struct pool *p, unsigned int n);
/* vfio_spapr_dma.set_reclaim(): unmap idle chunks; gives up when the lock is taken. */
void demand_reclaim(uint64_t bytes);

/* address.c: write bus addresses into the headers of objects, and into mbufs that are in the pool */
void address_write(struct rte_mempool *mp, void *const *objs, uint32_t n, const void *chunk,
		   uint64_t iova);

#endif /* POOL_H */
