/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EXTERN_POOLS_H
#define EXTERN_POOLS_H

/*
 * Map the memory of mempools that is in no heap, such as that of rte_mempool_populate_anon().
 * EAL gives it physical addresses, which no device reaches. When such a pool is complete,
 * and before mbufs are made of its objects, its memory is mapped and the addresses in its
 * chunks and objects are replaced.
 */

/** Follow mempools: the callback maps those on such memory. */
void spapr_extern_pools_start(void);
/** Stop following. */
void spapr_extern_pools_stop(void);

#endif /* EXTERN_POOLS_H */
