/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef IOVA_RESERVE_H
#define IOVA_RESERVE_H

/**
 * @file
 * Reserve bus addresses for pages that EAL is about to add.
 *
 * EAL asks for the address of each new page, checks whether they are contiguous if the
 * caller wants that, and sends the memory event last. So the plugin answers with addresses
 * that it has reserved, and maps the pages there when the event comes.
 *
 * A reservation lasts from the allocation validator to the memory event; when EAL gives up
 * and no event comes, to the next validator call or event. Both happen under EAL's memory
 * lock, held for writing. It belongs to the thread that ran the validator.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>
#include <rte_memory.h>

/** State of the reservation when EAL has added the pages. */
enum iova_reserve_state {
	IOVA_RESERVE_NONE,	/**< there was none, or EAL took other pages */
	IOVA_RESERVE_NOT_ASKED, /**< EAL has not asked for the addresses of these pages */
	IOVA_RESERVE_KEPT,	/**< the pages have the reserved addresses: map them there */
};

/**
 * Allow reservations, or with @p on false forbid them, and release what is reserved. May be
 * called without EAL's lock only before the first validator call and after the last event.
 */
void spapr_iova_reserve_enable(bool on);

/** Return whether reservations are allowed. */
bool spapr_iova_reserve_enabled(void);

/**
 * Start a reservation on a NUMA node, for @p len bytes if EAL takes what it announces: it
 * grows with what EAL asks for. Drops an older one.
 */
void spapr_iova_reserve_begin(int socket, uint64_t len);

/** Return whether the current reservation belongs to this thread. */
bool spapr_iova_reserve_mine(void);

/**
 * Fill in the address that is reserved for a page.
 *
 * @param msl
 *   Memory of EAL's own.
 * @param addr
 *   Address inside a page of @p msl that is being taken by this thread.
 * @param iova
 *   Filled with the bus address of that byte; RTE_BAD_IOVA when the page cannot be mapped,
 *   upon which EAL gives all of the pages back.
 * @return
 *   False when the page is not part of the reservation.
 */
bool spapr_iova_reserve_page(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova);

/** Return whether pages of this size go to the main range, in which pools give way. */
bool spapr_iova_reserve_in_main(uint64_t page);

/**
 * Report that @p more bytes in pages of @p page cannot be mapped, once per shortage; @p err is
 * what libddw said.
 */
void spapr_iova_reserve_report(const struct ddw_error *err, uint64_t more, uint64_t page);

/** Compare the reservation with the pages that EAL has added. */
enum iova_reserve_state spapr_iova_reserve_state(const struct rte_memseg *ms, uint64_t n);

/** End the reservation: the first @p n pages are now the caller's, the rest is released. */
void spapr_iova_reserve_end(uint64_t n);

/** End the reservation, and release all of it. */
void spapr_iova_reserve_drop(void);

#endif /* IOVA_RESERVE_H */
