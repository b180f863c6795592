/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VIRT2IOVA_H
#define VIRT2IOVA_H

/**
 * @file
 * rte_mem_virt2iova() and rte_mem_virt2phy(), answered by the plugin.
 *
 * EAL's own ones return the physical address, which no device on this bus reaches.
 * Drivers and libraries call them at run time, and EAL for each new page. While the
 * plugin is active all these calls come here: memory that is mapped has its bus address,
 * what is pinned and not mapped an address where nothing is, other pages of EAL's memory
 * have what stands in their memseg, pages that EAL is just taking have the address that
 * is promised (memory/iova_reserve.h), and all else is left to the function of EAL.
 *
 * Calls of the plugin itself always reach the functions of EAL.
 */

#include <ddw_space.h>

/**
 * Take over the calls.
 *
 * @param space
 *   Where memory is mapped; NULL in a secondary process.
 */
void spapr_virt2iova_start(struct ddw_space *space);

/** Give the calls back. No call uses the space any more after that; promises may be left. */
void spapr_virt2iova_stop(void);

/** EAL has taken pages and did not come here for their addresses: make no more promises. */
void spapr_virt2iova_not_asked(void);

#endif /* VIRT2IOVA_H */
