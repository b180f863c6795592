/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VIRT2IOVA_H
#define VIRT2IOVA_H

/**
 * @file
 * Answer rte_mem_virt2iova() and rte_mem_virt2phy() in place of EAL.
 *
 * EAL's functions return the physical address, which no device on this bus reaches, and
 * need privileges for that. From the first scan on these calls come here, those of EAL
 * itself included. Until the windows are open the answer is the virtual address: EAL wants
 * one for each page, and it is overwritten before a device is probed. Afterwards:
 *
 * - pages that EAL is about to add have the address that is reserved for them
 *   (memory/iova_reserve.h);
 * - mapped memory has its bus address;
 * - pinned memory that is not mapped has an address where nothing is;
 * - other pages of EAL have the address in their memseg;
 * - all else has an address where nothing is, in a secondary process none.
 *
 * Nobody is given a physical address, and nothing reads /proc/self/pagemap.
 */

#include <ddw_space.h>

/** Redirect the calls of all objects that are loaded. Repeat it when there may be more. */
void spapr_virt2iova_redirect(void);

/**
 * Answer with bus addresses from now on, and allow reservations.
 *
 * @param space
 *   Where memory is mapped; NULL in a secondary process.
 */
void spapr_virt2iova_open(struct ddw_space *space);

/** Stop that. Then no call uses the space any more; reservations may be left. */
void spapr_virt2iova_close(void);

/** Restore the calls. */
void spapr_virt2iova_restore(void);

/** Forbid reservations: EAL has added pages without asking for their addresses. */
void spapr_virt2iova_not_asked(void);

#endif /* VIRT2IOVA_H */
