/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef IOVA_RESERVE_H
#define IOVA_RESERVE_H

/**
 * @file
 * Bus addresses of pages that EAL is just taking.
 *
 * EAL asks for the address of each new page, looks whether they are contiguous if
 * somebody wants them so, and tells the plugin last of all. So the plugin answers with
 * addresses that it has reserved, and keeps its word when it maps the pages.
 *
 * A promise lives from spapr_validator_check() to the memory event, or when EAL changes its mind
 * and no event comes, to the next spapr_validator_check() or event. Both happen under EAL's memory
 * lock, held for writing. Only the thread that ran spapr_validator_check() has to do with it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>
#include <rte_memory.h>

/** What became of a promise when the pages are there. */
enum iova_reserve_state {
	IOVA_RESERVE_NONE,	/**< there was none, or EAL took other pages */
	IOVA_RESERVE_NOT_ASKED, /**< EAL has not asked for the addresses of these pages */
	IOVA_RESERVE_KEPT,	/**< the pages have the addresses that are reserved */
};

/**
 * Make promises from now on, or with @p on false no more, and give back what is reserved.
 * Without EAL's lock only before the first spapr_validator_check() and after the last event.
 */
void spapr_iova_reserve_enable(bool on);

/** EAL is about to take @p len bytes on a NUMA node. Drops an older promise. */
void spapr_iova_reserve_begin(int socket, uint64_t len);

/** Has this thread a promise to ask for? */
bool spapr_iova_reserve_mine(void);

/**
 * Promise an address.
 *
 * @param msl
 *   Memory of EAL's own.
 * @param addr
 *   Address inside a page of @p msl that is being taken by this thread.
 * @param iova
 *   Filled with the bus address of that byte; RTE_BAD_IOVA when there is none left, upon
 *   which EAL gives all of the pages back.
 * @return
 *   False when the page is not part of the promise.
 */
bool spapr_iova_reserve_page(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova);

/** Look at the pages that EAL has taken. IOVA_RESERVE_KEPT: map exactly there. */
enum iova_reserve_state spapr_iova_reserve_state(const struct rte_memseg *ms, uint64_t n);

/** The end: the first @p n pages have been mapped or given up, the rest is given back. */
void spapr_iova_reserve_end(uint64_t n);

/** Give back all that is reserved. */
void spapr_iova_reserve_drop(void);

#endif /* IOVA_RESERVE_H */
