/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MP_SECONDARY_H
#define MP_SECONDARY_H

/*
 * A process that shares what a primary has set up. It has the primary's memory, with its
 * bus addresses, and gets its groups from the primary. It maps nothing: the kernel lets no
 * other process change the tables of a container.
 */

/** Fits the IOVA mode of this process? Otherwise keep pci from probing the devices. */
int spapr_mp_secondary_check(void);
/** Make the pools of librte_mempool_ddw accessible, where that library is loaded. */
void spapr_mp_secondary_attach_pools(void);

#endif /* MP_SECONDARY_H */
