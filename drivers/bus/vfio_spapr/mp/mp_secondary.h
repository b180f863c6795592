/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MP_SECONDARY_H
#define MP_SECONDARY_H

/*
 * Check a secondary process. It shares the primary's memory with its bus addresses, and gets
 * its groups from the primary. It maps nothing: the kernel lets no other process change the
 * tables of a container.
 */

/** Check the IOVA mode, and keep pci from probing the devices when it does not fit. */
int spapr_mp_secondary_check(void);
/** Attach the pools of librte_mempool_ddw, if that library is loaded. */
void spapr_mp_secondary_attach_pools(void);

#endif /* MP_SECONDARY_H */
