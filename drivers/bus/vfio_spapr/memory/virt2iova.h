/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VIRT2IOVA_H
#define VIRT2IOVA_H

/**
 * @file
 * Answer rte_mem_virt2iova() and rte_mem_virt2phy() in place of EAL.
 *
 * EAL's functions return the physical address, which no device on this bus reaches.
 * Drivers and libraries call them at run time, and EAL for each new page. While the plugin
 * is active these calls come here. Mapped memory has its bus address; pinned memory that is
 * not mapped has an address where nothing is; other pages of EAL have the address in their
 * memseg; pages that EAL is about to add have the one that is reserved for them
 * (memory/iova_reserve.h). All else is left to EAL.
 *
 * Calls of the plugin itself always reach the functions of EAL.
 */

#include <ddw_space.h>

/**
 * Redirect the calls.
 *
 * @param space
 *   Where memory is mapped; NULL in a secondary process.
 */
void spapr_virt2iova_start(struct ddw_space *space);

/** Restore the calls. Then none uses the space any more; reservations may be left. */
void spapr_virt2iova_stop(void);

/** Forbid reservations: EAL has added pages without asking for their addresses. */
void spapr_virt2iova_not_asked(void);

#endif /* VIRT2IOVA_H */
