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

/* The ring of a pool has room for a power of two less one. */
#define POOL_OBJECTS_MAX ((UINT32_C(1) << 30) - 1)

/* One line; the newline is added. */
#define LOG(level, fmt, ...)                                                              \
	rte_log(RTE_LOG_##level, (uint32_t)mempool_ddw_logtype, "MEMPOOL_DDW: " fmt "\n", \
		##__VA_ARGS__)

/* What a pool is asked to be. */
struct pool_request {
	struct rte_mempool_ddw_conf conf;
	rte_mempool_obj_cb_t *obj_init; /* for objects that are added later */
	void *obj_init_arg;
};

/* What decides how objects lie in memory. */
struct layout_input {
	uint64_t obj_size;    /* header, element, trailer */
	uint32_t n;	      /* objects at first */
	uint32_t max_n;	      /* and at most */
	uint64_t page_size;   /* of the memory */
	uint64_t window;      /* bytes of the window */
	uint64_t window_page; /* what is mapped is a multiple of it */
	uint64_t contiguous;  /* bytes that are contiguous for devices; a page always is */
	uint64_t chunk_size;  /* asked for; 0: choose */
	uint64_t room;	      /* bytes that there are; 0: any */
	bool demand;	      /* mapped on demand */
};

/* How objects lie in memory; layout.c, pure. A chunk is a part or a multiple of a page. */
struct pool_layout {
	uint64_t obj_size;   /* header, element, trailer */
	uint64_t chunk_size; /* bytes; no object crosses its border */
	uint32_t per_chunk;  /* objects */
	uint32_t chunks;     /* for all objects that the pool may have */
	uint64_t step;	     /* bytes that can be taken: chunk or page, whichever is larger */
	uint64_t unit;	     /* bytes that are pinned and given back together, a multiple of step */
	uint64_t bytes;	     /* for all, a multiple of step */
};

#define POOL_TOLD_WORDS 4

struct pool {
	TAILQ_ENTRY(pool) next;
	struct rte_mempool *mp;
	struct pool_request req;
	const struct vfio_spapr_dma *dma;
	enum vfio_spapr_dma_kind kind; /* when it was made */
	struct ddw_error error;	       /* why the last attempt to make its memory failed */
	bool io;		       /* devices use it: not RTE_MEMPOOL_F_NO_IOVA_CONTIG */
	bool demand_wanted;
	bool may_grow;	  /* how objects are initialised is known */
	bool small_pages; /* too small for the dynamic windows: it is in the default one */
	bool made;	  /* all below is there */
	struct pool_layout layout;
	struct arena arena;
	bool demand_mapped;
	struct demand *demand; /* when it is mapped on demand */
	uint64_t iova_first;   /* lowest and highest bus address ever mapped */
	uint64_t iova_last;
	uint64_t limit; /* all bus addresses are below; UINT64_MAX: no such limit */
	/*
	 * Chunks of units that the kernel has refused to map: it may keep their pages, so no
	 * other memory may ever be at these addresses. quarantine_end 0: none.
	 */
	uint32_t quarantine_first;
	uint32_t quarantine_end;
	uint64_t poison;      /* address at which nothing is, of what is not mapped */
	uint8_t *present;     /* per chunk: enum memory_state */
	uint32_t *placed;     /* per chunk: objects */
	uint64_t *iova;	      /* per chunk: where it is mapped for good; RTE_BAD_IOVA: nowhere */
	uint64_t demand_maps; /* counters, written under the lock of the pools */
	uint64_t evictions;
	uint64_t map_failures;
	bool full_told;	  /* DDW-pool-full was logged since a chunk was last mapped */
	uint64_t full_at; /* when it was logged last (TSC); 0: never */
	uint64_t map_told[POOL_TOLD_WORDS]; /* one bit per errno: such a failure was logged */
	uint64_t unmap_told[POOL_TOLD_WORDS];
	struct rte_mempool_memhdr **hdrs; /* for mp->mem_list, not there yet */
	uint32_t n_hdrs;
};

enum memory_state {
	MEMORY_ABSENT,
	MEMORY_PRESENT,	    /* its memory is there and pinned */
	MEMORY_QUARANTINED, /* the same, but a device may reach it permanently */
};

TAILQ_HEAD(pool_list, pool);

/*
 * All pools of this process. The lock is taken for everything that is not get or put
 * from mapped memory. It may be held while libddw is called, and while pages are
 * registered with EAL, which takes EAL's memory lock. So who may be called with EAL's
 * memory lock held only tries to take this one; and no memory of EAL's may be allocated
 * while it is held.
 */
struct pools {
	pthread_mutex_t lock;
	struct pool_list list;
};
extern struct pools mpddw_pools;

/* report.c: log a message with its identifier, cause and remedy */
void mpddw_pool_report(const struct ddw_error *err);
/* The same; sets rte_errno, and returns the negative errno. */
int mpddw_report(const struct ddw_error *err);
/* EAL has no memory for this part of a pool; cause 0: ENOMEM. */
int mpddw_no_eal_memory(const char *name, const char *what, int cause, struct ddw_error *err);

/* registry.c: the caller holds the lock */
struct pool *mpddw_pools_find(const struct rte_mempool *mp);
/* registry.c: these take it */
struct pool *mpddw_pools_get(const struct rte_mempool *mp);
void mpddw_pools_add(struct pool *p);
void mpddw_pools_remove(struct pool *p);

/* dma.c: where bus addresses come from; NULL with DDW-pool-no-plugin */
const struct vfio_spapr_dma *mpddw_dma_get(struct ddw_error *err);
/* For tests: this one from now on; NULL: as ever. */
void mpddw_dma_use(const struct vfio_spapr_dma *dma);
/* dma_plain.c: bus addresses as DPDK has them, without the plugin */
extern const struct vfio_spapr_dma mpddw_dma_plain;

/* layout.c */
int mpddw_layout_make(struct pool_layout *l, const struct layout_input *in, struct ddw_error *err);

/* Where there are two windows: is it in the default one? */
static inline bool
pool_in_default(const struct pool *p)
{
	return p->small_pages || p->req.conf.window == RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
}

static inline void *
layout_chunk(const struct pool *p, uint32_t chunk)
{
	return p->arena.base + chunk * p->layout.chunk_size;
}

/* config.c */
/* The choices of pools that are made by the name of the handler. */
int mpddw_config_environment(struct rte_mempool_ddw_conf *conf, struct ddw_error *err);
/* Can a pool of n objects have these choices? */
int mpddw_config_check(const struct rte_mempool_ddw_conf *conf, const char *name, uint32_t n,
		       struct ddw_error *err);

/*
 * resize.c: rte_mempool_free() takes the mempool out of EAL's list under another lock than
 * those who search the list have: a mempool that is looked for meanwhile may be read freed.
 */
void mpddw_pool_free_mempool(struct rte_mempool *mp);

/* setup.c: all that a pool needs before objects are placed. After a failure nothing is left. */
int mpddw_pool_make(struct pool *p, struct ddw_error *err);
/* EAL's pages learn where chunks are mapped for good. */
void mpddw_pool_write_addresses(struct pool *p, uint32_t first, uint32_t n);

/* make.c: memory of a pool: taken, pinned, mapped, and back. Ranges are chunks. */
/* Take and pin memory; first and n are multiples of a step, or end at the last chunk. */
int mpddw_pool_take(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err);
/* What maps n chunks, at addresses of the space's choice. */
struct ddw_mapping mpddw_pool_mapping(const struct pool *p, uint32_t first, uint32_t n);
/* Keep the widest bus addresses that the pool ever had. */
void mpddw_pool_note_addresses(struct pool *p, uint64_t iova, uint64_t len);
/* Map for good, with as few runs as can be. */
int mpddw_pool_map(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err);
/* Out of the reach of devices; false: some device may still reach it. */
bool mpddw_pool_unmap(struct pool *p, uint32_t first, uint32_t n, struct ddw_error *err);
/* Unpin, and give the memory back to the system. */
void mpddw_pool_give(struct pool *p, uint32_t first, uint32_t n);
/* The kernel has refused to map these chunks: no other memory may be at their addresses. */
void mpddw_pool_quarantine(struct pool *p, uint32_t first, uint32_t n);
/* Fail if this process has a virtio-user device: its back end sees memory of EAL only. */
int mpddw_check_virtio_user(const struct pool *p, struct ddw_error *err);
/* Everything of mpddw_pool_make(), as far as it is there. */
void mpddw_pool_unmake(struct pool *p);

/* place.c: objects into chunks */
struct placing {
	rte_mempool_populate_obj_cb_t *add; /* to the list of the mempool */
	void *add_arg;
	rte_mempool_obj_cb_t *init; /* may be NULL */
	void *init_arg;
};
/* Can the chunk have objects? All that is there can; where all is mapped at once, what is. */
bool mpddw_place_listed(const struct pool *p, uint32_t chunk);
/* Make the entries of mp->mem_list for what is present, and of that list. */
int mpddw_place_prepare(struct pool *p);
void mpddw_place_forget(struct pool *p);
void mpddw_place_publish(struct pool *p);
/* n objects into chunks that are present, from the first on; there must be room. */
void mpddw_place_objects(struct pool *p, uint32_t n, const struct placing *how);

/* resize.c: the pool of a mempool that a function of the API changes; NULL with an error */
struct pool *mpddw_pool_to_change(const struct rte_mempool *mp, const char *what,
				  struct ddw_error *err);

/* handler.c */
/* Is the handler of the mempool the one of this library? */
bool mpddw_handler_is_ours(const struct rte_mempool *mp);
/* Its number in this process; -1 when it is not registered. */
int mpddw_handler_index(void);
/* There are, or will be, pools that are mapped on demand. */
void mpddw_handler_serve_demand(void);

/*
 * pool_data of a mempool is its ring; or, when it is mapped on demand, one more than the
 * address of the bookkeeping. Any process can tell which.
 */
#define POOL_DEMAND_MARK 1

static inline bool
pool_is_demand(const struct rte_mempool *mp)
{
	return ((uintptr_t)mp->pool_data & POOL_DEMAND_MARK) != 0;
}

/* NULL when there is no memory yet. */
static inline struct demand *
pool_demand(const struct rte_mempool *mp)
{
	return (struct demand *)((uintptr_t)mp->pool_data - POOL_DEMAND_MARK);
}

static inline void
pool_set_demand(struct rte_mempool *mp, struct demand *d)
{
	mp->pool_data = (void *)((uintptr_t)d + POOL_DEMAND_MARK);
}

/* demand_map.c: the slow path of a pool that is mapped on demand */
/*
 * Make n objects available in mapped chunks, if that can be done: map chunks, and unmap
 * idle ones of any pool when the window has no room. Takes the lock of the pools.
 * Returns 0, or -ENOBUFS when all that can be mapped is in use.
 */
int mpddw_demand_provide(struct pool *p, unsigned int n);
/* vfio_spapr_dma.set_reclaim(): unmap idle chunks; gives up when the lock is taken. */
void mpddw_demand_reclaim(uint64_t bytes);
/* Unmap idle chunks in the window of a pool that is mapped at once. Takes the lock of the pools. */
void mpddw_demand_make_way(const struct pool *p, uint64_t bytes);

/* address.c: write bus addresses into the headers of objects, and into mbufs that are in the pool */
void mpddw_address_write(struct rte_mempool *mp, void *const *objs, uint32_t n, const void *chunk,
			 uint64_t iova);

#endif /* POOL_H */
