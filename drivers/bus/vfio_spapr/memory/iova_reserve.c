/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
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
	uint64_t len;	/* bytes that EAL has announced, 0: not known */
	uint64_t page;	/* 0: EAL has not asked yet */
	uint64_t vaddr; /* of the first page */
	uint64_t n;	/* pages known of */
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
	if (!reservation.enabled)
		return;
	reservation.socket = socket;
	reservation.len = len;
	reservation.page = 0;
	my_ticket = ++reservation.last;
	__atomic_store_n(&reservation.ticket, my_ticket, __ATOMIC_RELAXED);
}

bool
spapr_iova_reserve_enabled(void)
{
	return reservation.enabled;
}

/* Reserve for a mapping; its vaddr is 0 while EAL has not got all of the pages. */
static int
reserve_mapping(struct ddw_mapping *m, struct ddw_error *err)
{
	int ret = ddw_space_reserve_memory(spapr_ctx.space, m, err);
	uint64_t bytes;

	for (bytes = m->len; ret == -ENOSPC && spapr_reclaim(bytes); bytes *= 2) {
		ddw_error_clear(err);
		ret = ddw_space_reserve_memory(spapr_ctx.space, m, err);
	}
	return ret;
}

/* Make room for one more page. */
static bool
add_page(void)
{
	uint64_t *iova = realloc(reservation.iova, (reservation.n + 1) * sizeof(*iova));

	if (iova == NULL)
		return false;
	iova[reservation.n++] = NO_IOVA;
	reservation.iova = iova;
	return true;
}

/*
 * When EAL asks for the first page, reserve for all that it has announced: contiguous if there
 * is such a hole. If not, each page is reserved when EAL asks for it, so that EAL sees that
 * they are apart.
 */
static void
reserve_announced(const struct rte_memseg_list *msl, uint64_t vaddr)
{
	struct ddw_mapping m = { .len = reservation.len, .page_size = msl->page_sz };
	uint64_t i;

	reservation.page = msl->page_sz;
	reservation.vaddr = vaddr;
	if (m.len == 0 || m.len % m.page_size != 0 || reserve_mapping(&m, NULL) != 0)
		return;
	reservation.iova = malloc(m.len / m.page_size * sizeof(reservation.iova[0]));
	if (reservation.iova == NULL) {
		ddw_space_unreserve(spapr_ctx.space, m.iova, m.len);
		return;
	}
	reservation.n = m.len / m.page_size;
	for (i = 0; i < reservation.n; i++)
		reservation.iova[i] = m.iova + i * m.page_size;
}

/* EAL takes the page anew: if it is still mapped, nobody has told that it was given back. */
static int
forget_old_page(uint64_t vaddr, struct ddw_error *err)
{
	uint64_t iova;

	if (ddw_space_lookup(spapr_ctx.space, vaddr, &iova) != 0)
		return 0;
	LOG(INFO, "the page at 0x%" PRIx64 " was freed without an event", vaddr);
	return ddw_space_unmap(spapr_ctx.space, vaddr, reservation.page, NULL, err);
}

/* Reserve for page i, behind the one before it if possible; what is reserved already must fit. */
static int
reserve_page(uint64_t i, struct ddw_error *err)
{
	struct ddw_mapping m = {
		.vaddr = reservation.vaddr + i * reservation.page,
		.len = reservation.page,
		.page_size = reservation.page,
		.iova = reservation.iova[i],
		.flags = DDW_MAP_RESERVED,
	};
	int ret = forget_old_page(m.vaddr, err);

	if (ret != 0)
		return ret;
	if (m.iova != NO_IOVA)
		return ddw_space_fits(spapr_ctx.space, &m, err);
	ret = -ENOENT;
	m.flags = DDW_MAP_FIXED;
	m.iova = i == 0 ? NO_IOVA : reservation.iova[i - 1] + m.len;
	if (i != 0 && reservation.iova[i - 1] != NO_IOVA)
		ret = ddw_space_reserve_memory(spapr_ctx.space, &m, NULL);
	m.flags = 0;
	if (ret != 0)
		ret = reserve_mapping(&m, err);
	if (ret == 0)
		reservation.iova[i] = m.iova;
	return ret;
}

bool
spapr_iova_reserve_in_main(uint64_t page)
{
	struct ddw_window_info w;

	return ddw_space_window(spapr_ctx.space, DDW_RANGE_MAIN, &w) == 0 &&
	       page >= UINT64_C(1) << w.page_shift;
}

void
spapr_iova_reserve_report(const struct ddw_error *err, uint64_t more, uint64_t page)
{
	struct ddw_error told = *err;

	if (err->err == -ENOSPC && spapr_iova_reserve_in_main(page)) {
		spapr_report_full(more, ddw_space_room(spapr_ctx.space, page));
		return;
	}
	if (err->msg == DDW_MSG_MEMORY_OVERLAP)
		ddw_error_fix(&told,
			      "restart the application: the kernel still has pages that were "
			      "given back there");
	spapr_report_veto(&told);
}

bool
spapr_iova_reserve_page(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova)
{
	uint64_t offset = (uintptr_t)addr % msl->page_sz, vaddr = (uintptr_t)addr - offset, i;
	struct ddw_error err = { 0 };

	if (msl->socket_id != reservation.socket)
		return false;
	if (reservation.page == 0)
		reserve_announced(msl, vaddr);
	if (msl->page_sz != reservation.page || vaddr < reservation.vaddr)
		return false;
	/* EAL asks for one page after the other. */
	i = (vaddr - reservation.vaddr) / reservation.page;
	if (i > reservation.n)
		return false;
	*iova = RTE_BAD_IOVA;
	if (i == reservation.n && !add_page())
		return true;
	if (reserve_page(i, &err) != 0)
		spapr_iova_reserve_report(&err,
					  RTE_MAX(reservation.len, (i + 1) * reservation.page),
					  reservation.page);
	else
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
