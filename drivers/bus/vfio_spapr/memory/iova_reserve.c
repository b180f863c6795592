/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/iova_reserve.h"
#include "memory/reclaim.h"

#define NO_IOVA UINT64_MAX

static struct {
	bool enabled;
	uint64_t ticket; /* of the reservation, 0: there is none; read by all threads */
	uint64_t last;	 /* last ticket issued */
	int socket;
	uint64_t len;
	uint64_t page; /* 0: EAL has not asked yet */
	uint64_t vaddr;
	uint64_t n;
	uint64_t *iova; /* of each page; NO_IOVA: not reserved */
} reservation;

/* The ticket of the thread that ran spapr_validator_check(). */
static _Thread_local uint64_t my_ticket;

void
spapr_iova_reserve_enable(bool on)
{
	spapr_iova_reserve_drop();
	reservation.enabled = on;
}

bool
spapr_iova_reserve_mine(void)
{
	return my_ticket != 0 &&
	       my_ticket == __atomic_load_n(&reservation.ticket, __ATOMIC_RELAXED);
}

void
spapr_iova_reserve_end(uint64_t n)
{
	uint64_t i;

	for (i = n; i < reservation.n; i++)
		if (reservation.iova[i] != NO_IOVA)
			ddw_space_unreserve(spapr_ctx.space, reservation.iova[i], reservation.page);
	free(reservation.iova);
	reservation.iova = NULL;
	reservation.n = 0;
	__atomic_store_n(&reservation.ticket, 0, __ATOMIC_RELAXED);
}

void
spapr_iova_reserve_drop(void)
{
	spapr_iova_reserve_end(0);
}

void
spapr_iova_reserve_begin(int socket, uint64_t len)
{
	spapr_iova_reserve_drop();
	if (!reservation.enabled || len == 0)
		return;
	reservation.socket = socket;
	reservation.len = len;
	reservation.page = 0;
	my_ticket = ++reservation.last;
	__atomic_store_n(&reservation.ticket, my_ticket, __ATOMIC_RELAXED);
}

static int
reserve_contiguous(uint64_t len, uint64_t *iova)
{
	uint64_t align = RTE_MIN(reservation.page, DDW_ALIGN_MAX);
	int ret = ddw_space_reserve(spapr_ctx.space, len, align, iova);
	uint64_t bytes;

	for (bytes = len; ret == -ENOSPC && spapr_reclaim(bytes); bytes *= 2)
		ret = ddw_space_reserve(spapr_ctx.space, len, align, iova);
	return ret;
}

/*
 * Reserve for all pages when EAL asks for the first: contiguous if there is such a hole. If
 * not, each is reserved when EAL asks for it, so that EAL sees that they are apart.
 */
static bool
reserve_pages(const struct rte_memseg_list *msl, uint64_t vaddr)
{
	uint64_t i, first;

	reservation.page = msl->page_sz;
	reservation.vaddr = vaddr;
	if (reservation.len % reservation.page != 0)
		return false;
	reservation.n = reservation.len / reservation.page;
	reservation.iova = malloc(reservation.n * sizeof(reservation.iova[0]));
	if (reservation.iova == NULL) {
		reservation.n = 0;
		return false;
	}
	if (reserve_contiguous(reservation.len, &first) != 0)
		first = NO_IOVA;
	for (i = 0; i < reservation.n; i++)
		reservation.iova[i] = first == NO_IOVA ? NO_IOVA : first + i * reservation.page;
	return true;
}

bool
spapr_iova_reserve_page(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova)
{
	uint64_t offset = (uintptr_t)addr % msl->page_sz, vaddr = (uintptr_t)addr - offset, i;

	if (msl->socket_id != reservation.socket ||
	    (reservation.n == 0 && !reserve_pages(msl, vaddr)) ||
	    msl->page_sz != reservation.page || vaddr < reservation.vaddr ||
	    vaddr - reservation.vaddr >= reservation.len)
		return false;
	i = (vaddr - reservation.vaddr) / reservation.page;
	if (reservation.iova[i] == NO_IOVA &&
	    reserve_contiguous(reservation.page, &reservation.iova[i]) != 0) {
		reservation.iova[i] = NO_IOVA;
		spapr_report_full(reservation.len, 0);
		*iova = RTE_BAD_IOVA;
		return true;
	}
	*iova = reservation.iova[i] + offset;
	return true;
}

enum iova_reserve_state
spapr_iova_reserve_state(const struct rte_memseg *ms, uint64_t n)
{
	uint64_t i;

	if (!spapr_iova_reserve_mine())
		return IOVA_RESERVE_NONE;
	if (reservation.page == 0)
		return IOVA_RESERVE_NOT_ASKED;
	if ((uintptr_t)ms->addr != reservation.vaddr || ms->hugepage_sz != reservation.page ||
	    n > reservation.n)
		return IOVA_RESERVE_NONE;
	for (i = 0; i < n; i++)
		if (reservation.iova[i] == NO_IOVA || ms[i].iova != reservation.iova[i])
			return IOVA_RESERVE_NONE;
	return IOVA_RESERVE_KEPT;
}
