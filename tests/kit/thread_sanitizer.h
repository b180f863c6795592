/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef THREAD_SANITIZER_H
#define THREAD_SANITIZER_H

/*
 * Comes before every source that is built for the thread sanitizer, and tells it what it
 * cannot see in DPDK. Nothing is hidden: each line below is an order that DPDK keeps.
 */

#if __has_include(<rte_mempool.h>)

#include <rte_config.h>
#include <rte_pause.h>

#include <sanitizer/tsan_interface.h>

/*
 * A thread that puts objects into a ring waits until those before it have done so. DPDK
 * reads their progress with no ordering, and publishes all with a release: processors
 * order what the others wrote, too (a barrier is cumulative), but the C language, thus
 * the sanitizer, does not. Here the wait is an acquire; rings come after it.
 */
#define rte_wait_until_equal_32(addr, expected, order) \
	rte_wait_until_equal_32(addr, expected, __ATOMIC_ACQUIRE)

#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_ring.h>

/*
 * What is freed may be allocated by another thread. A lock of the heap is between the two,
 * in a library that has no instrumentation.
 */
#define HEAP_ORDER (__extension__(void *) rte_free)

static inline void *
heap_allocated(void *memory)
{
	__tsan_acquire(HEAP_ORDER);
	return memory;
}

#define rte_free(p)		      (__tsan_release(HEAP_ORDER), rte_free(p))
#define rte_ring_free(r)	      (__tsan_release(HEAP_ORDER), rte_ring_free(r))
#define rte_mempool_free(mp)	      (__tsan_release(HEAP_ORDER), rte_mempool_free(mp))
#define rte_zmalloc(...)	      heap_allocated(rte_zmalloc(__VA_ARGS__))
#define rte_zmalloc_socket(...)	      heap_allocated(rte_zmalloc_socket(__VA_ARGS__))
#define rte_ring_create(...)	      heap_allocated(rte_ring_create(__VA_ARGS__))
#define rte_mempool_create_empty(...) heap_allocated(rte_mempool_create_empty(__VA_ARGS__))

/* EAL's lock of its memory: what is done while it is held, readers included. */
#define MEMORY_ORDER (__extension__(void *) rte_mcfg_mem_read_lock)

#define rte_mcfg_mem_read_lock()    (rte_mcfg_mem_read_lock(), __tsan_acquire(MEMORY_ORDER))
#define rte_mcfg_mem_read_unlock()  (__tsan_release(MEMORY_ORDER), rte_mcfg_mem_read_unlock())
#define rte_mcfg_mem_write_lock()   (rte_mcfg_mem_write_lock(), __tsan_acquire(MEMORY_ORDER))
#define rte_mcfg_mem_write_unlock() (__tsan_release(MEMORY_ORDER), rte_mcfg_mem_write_unlock())

#endif

#endif /* THREAD_SANITIZER_H */
