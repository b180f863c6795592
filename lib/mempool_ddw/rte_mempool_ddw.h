/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RTE_MEMPOOL_DDW_H
#define RTE_MEMPOOL_DDW_H

/**
 * @file
 * Mempools that own their memory and its DMA mapping.
 *
 * Stock mempools work with the plugin vfio_spapr as they are. These pools are for what
 * those cannot do: memory outside EAL's heaps, pools larger than the DMA window,
 * objects larger than a hugepage, pools in the default window for devices with few
 * address bits, memory that the application brings.
 *
 * They are ordinary struct rte_mempool: rte_mempool_get(), rte_pktmbuf_alloc(), caches
 * and drivers use them like any other. On machines without sPAPR they work with plain
 * DPDK bus addresses, so an application needs no second code path.
 *
 * Errors: functions that return a pointer return NULL and set rte_errno; the others
 * return a negative errno. In both cases one message (DDW-pool-..., doc/guides/messages.rst)
 * is logged to "lib.mempool.ddw" that says what, why, and what to do.
 *
 * Thread safety: creating, growing, trimming and freeing may happen in any EAL thread
 * or registered thread, at the same time for different pools; for the same pool the
 * caller serialises them. Getting and putting objects goes on meanwhile. In callbacks that
 * EAL calls with its memory lock held (memory events, walks over memory) objects can be put
 * back, but none taken from a pool that is mapped on demand.
 * Only the primary process may call these functions, but for rte_mempool_ddw_attach()
 * and rte_mempool_ddw_stats_get().
 */

#include <stddef.h>
#include <stdint.h>

#include <rte_mempool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_device;

/**
 * Name of the mempool handler, for rte_mempool_set_ops_byname(). Its pool_config is a
 * struct rte_mempool_ddw_conf, read when the pool is populated, or NULL: then the choices
 * are those of the environment variable MEMPOOL_DDW_CONFIG. Such pools do not grow.
 */
#define RTE_MEMPOOL_DDW_OPS "ddw"

/** In which window a pool's memory is. */
enum rte_mempool_ddw_window {
	/** The main one: dynamic windows where there are some, else the default ones. */
	RTE_MEMPOOL_DDW_WINDOW_MAIN,
	/** The default, 32-bit window, for devices with few address bits. */
	RTE_MEMPOOL_DDW_WINDOW_DEFAULT,
};

/** When a pool's memory is mapped. */
enum rte_mempool_ddw_mapping {
	/** All at once, unless that would take more than half of a default window's room. */
	RTE_MEMPOOL_DDW_MAPPING_AUTO,
	/** All at once. */
	RTE_MEMPOOL_DDW_MAPPING_STATIC,
	/** In chunks, when objects leave the pool. */
	RTE_MEMPOOL_DDW_MAPPING_DEMAND,
};

/** A window of bus addresses. */
struct rte_mempool_ddw_window_info {
	uint64_t start;	     /**< first bus address */
	uint64_t size;	     /**< bytes */
	uint64_t free_bytes; /**< bytes that are not given out */
	uint64_t page_size;  /**< what is mapped is made of such pages, bytes */
};

/** Memory that the application brings; see rte_mempool_ddw_adopt(). */
struct rte_mempool_ddw_memory;

/** What to choose for a pool. All zero, or NULL in its place, is a good choice. */
struct rte_mempool_ddw_conf {
	/** Size of the pages to take, bytes; 0: the largest that exists and is not much larger than the pool. */
	uint64_t page_size;
	/** Bytes that are mapped together; 0: chosen. A multiple of the pages of the window, at
	 * least an object, and a multiple of a page of the memory or one that divides it.
	 * Objects never cross the border of a chunk. Memory is given back in chunks that were
	 * asked for, but in whole pages, and in at most 1024 parts of the pool; otherwise in
	 * larger parts: registering each costs a call. */
	uint64_t chunk_size;
	/** Objects that the pool may grow to; 0: as many as it has at first. */
	unsigned int max_n;
	/** Every bus address of the pool is below 1 << addr_bits; 0: no such limit. */
	unsigned int addr_bits;
	enum rte_mempool_ddw_window window;   /**< in which window */
	enum rte_mempool_ddw_mapping mapping; /**< all at once, or on demand */
	/** Memory to use instead of taking hugepages. One pool at a time may use it. */
	struct rte_mempool_ddw_memory *memory;
};

/** State of a pool. */
struct rte_mempool_ddw_stats {
	uint64_t objects;	/**< objects that the pool has */
	uint64_t available;	/**< of these in the pool, those in caches included */
	uint64_t bytes;		/**< memory, pages as a whole */
	uint64_t page_size;	/**< of the memory, bytes */
	uint64_t chunk_size;	/**< bytes */
	uint64_t chunks;	/**< that have objects */
	uint64_t chunks_mapped; /**< of these, mapped */
	uint64_t
		chunks_idle; /**< of these, mapped with no object out; 0 when all is mapped at once */
	uint64_t gets;	     /**< objects that left the handler; 0 when all is mapped at once */
	uint64_t demand_maps;  /**< chunks mapped because an object was asked for */
	uint64_t evictions;    /**< chunks unmapped to make room */
	uint64_t map_failures; /**< chunks that the kernel refused to map */
	uint64_t no_room;      /**< requests refused because all that can be mapped is in use */
	int demand;	       /**< 1: mapped on demand, 0: all at once */
	int node;	       /**< NUMA node asked for; SOCKET_ID_ANY */
	uint64_t node_bytes[RTE_MAX_NUMA_NODES]; /**< where the pages are, as the kernel says */
};

/**
 * Create a pool of mbufs, as rte_pktmbuf_pool_create(), in memory of its own.
 *
 * @param name, n, cache_size, priv_size, data_room_size, socket_id
 *   As for rte_pktmbuf_pool_create().
 * @param conf
 *   Choices, or NULL.
 * @return
 *   The pool, or NULL with rte_errno:
 *   EINVAL  a count or size is 0, overflows or does not fit together; bad conf
 *   EEXIST, ENAMETOOLONG  the name
 *   ENODEV  no such NUMA node, or no plugin on a machine that needs it
 *   ENOMEM  not enough hugepages on the node, or memlock
 *   ENOSPC  the window has no room
 *   ENOTSUP pages too small for the window, no such window, secondary process
 */
struct rte_mempool *rte_pktmbuf_pool_create_ddw(const char *name, unsigned int n,
						unsigned int cache_size, uint16_t priv_size,
						uint16_t data_room_size, int socket_id,
						const struct rte_mempool_ddw_conf *conf);

/**
 * Create a pool of any objects, as rte_mempool_create(), in memory of its own.
 *
 * Objects may be larger than a hugepage: each is contiguous for devices, where bus
 * addresses are given out by the plugin or are virtual addresses (IOVA as VA).
 *
 * @param name, n, elt_size, cache_size, private_data_size, socket_id
 *   As for rte_mempool_create(); sizes are bytes.
 * @param mp_init, mp_init_arg, obj_init, obj_init_arg
 *   As for rte_mempool_create().
 * @param flags
 *   Of RTE_MEMPOOL_F_*, only NO_SPREAD, NO_CACHE_ALIGN and NO_IOVA_CONTIG.
 * @param conf
 *   Choices, or NULL.
 * @return
 *   As rte_pktmbuf_pool_create_ddw().
 */
struct rte_mempool *rte_mempool_create_ddw(const char *name, unsigned int n, unsigned int elt_size,
					   unsigned int cache_size, unsigned int private_data_size,
					   rte_mempool_ctor_t *mp_init, void *mp_init_arg,
					   rte_mempool_obj_cb_t *obj_init, void *obj_init_arg,
					   int socket_id, unsigned int flags,
					   const struct rte_mempool_ddw_conf *conf);

/**
 * Free a pool, unless objects are out.
 *
 * @param mp
 *   Pool, or NULL.
 * @return
 *   0, also for NULL; -EBUSY when objects are out (then nothing was changed);
 *   -EINVAL when the handler of the pool is another.
 */
int rte_mempool_ddw_free(struct rte_mempool *mp);

/**
 * Add objects, up to conf.max_n in all.
 *
 * @param mp
 *   Pool.
 * @param n
 *   Objects to add.
 * @return
 *   Objects added, at least n (the last chunk is filled, as far as max_n allows);
 *   -ENOSPC beyond max_n; others as for creating. After a failure the pool has the objects
 *   that it had; memory that the kernel did not map is kept for the next attempt.
 */
int rte_mempool_ddw_grow(struct rte_mempool *mp, unsigned int n);

/**
 * Give memory of idle chunks back to the system, and take their objects out of the pool.
 * Caches of lcores are not emptied: what they hold is not idle. Where all is mapped at
 * once, a rte_mempool_get() at the same time may find the pool empty for a moment.
 *
 * @param mp
 *   Pool.
 * @param keep
 *   Objects that stay at least.
 * @return
 *   Objects taken out; 0 when no page is idle; -ENOTSUP for memory of the application's.
 */
int rte_mempool_ddw_trim(struct rte_mempool *mp, unsigned int keep);

/**
 * State of a pool. Works in secondary processes too.
 *
 * @param mp
 *   Pool.
 * @param stats
 *   Filled.
 * @return
 *   0, or -EINVAL when the handler of the pool is another.
 */
int rte_mempool_ddw_stats_get(const struct rte_mempool *mp, struct rte_mempool_ddw_stats *stats);

/**
 * May the device use objects of the pool? To be asked when a device is set up.
 *
 * @param mp
 *   Pool.
 * @param dev
 *   Device.
 * @param addr_bits
 *   Address bits of the device; 0: what the plugin knows of it.
 * @return
 *   0; -ERANGE when the pool has, or may get, bus addresses that the device lacks the
 *   bits for, or has none at all (RTE_MEMPOOL_F_NO_IOVA_CONTIG); -ENODEV when the device is not one of the plugin's (where the plugin is active).
 */
int rte_mempool_ddw_check(const struct rte_mempool *mp, const struct rte_device *dev,
			  unsigned int addr_bits);

/**
 * Bring memory for pools: anonymous or of a file, such as one on hugetlbfs. It must be
 * populated and stay so. It is registered with EAL; it is mapped when a pool is made of it.
 *
 * @param addr
 *   Memory, at the start of a page of its own.
 * @param len
 *   Bytes, a multiple of its pages.
 * @return
 *   A handle; NULL with rte_errno EINVAL (range, not populated), EEXIST (EAL knows the
 *   memory already), ENOTSUP (pages smaller than those of every window), ENOMEM.
 */
struct rte_mempool_ddw_memory *rte_mempool_ddw_adopt(void *addr, size_t len);

/**
 * Give it back. Never unmaps the memory itself.
 *
 * @param memory
 *   What rte_mempool_ddw_adopt() returned, or NULL.
 * @return
 *   0; -EBUSY while a pool uses it.
 */
int rte_mempool_ddw_release(struct rte_mempool_ddw_memory *memory);

/**
 * Look at a window: how much room do pools have?
 *
 * @param window
 *   Which one.
 * @param info
 *   Filled.
 * @return
 *   0; -ENOTSUP when there is no such window: without sPAPR there is none at all, and a
 *   slot may have no default window beside the dynamic one; -EINVAL when window is none of
 *   the two, or info is NULL. Nothing is logged.
 */
int rte_mempool_ddw_window_info(enum rte_mempool_ddw_window window,
				struct rte_mempool_ddw_window_info *info);

/**
 * In a secondary process: make the memory of all pools that exist now accessible. The
 * plugin does so when the process starts, where both are loaded.
 *
 * @return
 *   Pools attached, or a negative errno.
 */
int rte_mempool_ddw_attach(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_MEMPOOL_DDW_H */
