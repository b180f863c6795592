/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ATTACH_H
#define ATTACH_H

/*
 * Secondary processes map the memory of pools at the addresses of the primary, and
 * follow when pools come, grow, shrink and go. In the primary these calls write a table
 * in shared memory and tell the secondary processes that are there, which do what is
 * needed before the call returns.
 *
 * Primary only (nothing happens in a secondary); never with EAL's memory lock held.
 * Whether the lock of the pools is held does not matter. Calls for the same pool are
 * serialised by the caller.
 */

struct pool;

/*
 * Its memory is there, or there is more now and none of the new objects is in the pool
 * yet; or some of it has gone.
 */
void mpddw_attach_publish(const struct pool *p);

/* A list of EAL's that begins at this address will go: to be called before
 * rte_extmem_unregister(), which fails as long as a secondary process has the list. */
void mpddw_attach_forget(const void *addr);

/* All of its memory will go. Harmless for a pool that was never published. */
void mpddw_attach_withdraw(const struct pool *p);

#endif /* ATTACH_H */
