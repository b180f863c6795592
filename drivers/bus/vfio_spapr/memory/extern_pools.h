/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EXTERN_POOLS_H
#define EXTERN_POOLS_H

/*
 * Mempools on memory that is in no heap, such as that of rte_mempool_populate_anon().
 * EAL takes physical addresses for it, which no device reaches. When such a pool is
 * complete, and before mbufs are made of its objects, its memory is mapped and the
 * addresses in its chunks and objects are replaced.
 */

/** Map what mempools are made of outside of heaps, from now on. */
void spapr_extern_pools_start(void);
void spapr_extern_pools_stop(void);

#endif /* EXTERN_POOLS_H */
