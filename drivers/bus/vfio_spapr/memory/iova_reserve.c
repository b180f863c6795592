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
	uint64_t ticket; /* of the promise, 0: there is none; read by all threads */
	uint64_t last;	 /* ticket given out */
	int socket;
	uint64_t len;
	uint64_t page; /* 0: EAL has not asked yet */
	uint64_t vaddr;
	uint64_t n;
	uint64_t *iova; /* of each page; NO_IOVA: not reserved */
} promise;

/* Who has the ticket may ask: the thread that ran growth_check(). */
static _Thread_local uint64_t my_ticket;

void
promise_enable(bool on)
{
	promise_drop();
	promise.enabled = on;
}

bool
promise_mine(void)
{
	return my_ticket != 0 && my_ticket == __atomic_load_n(&promise.ticket, __ATOMIC_RELAXED);
}

void
promise_end(uint64_t n)
{
	uint64_t i;

	for (i = n; i < promise.n; i++)
		if (promise.iova[i] != NO_IOVA)
			ddw_space_unreserve(plugin.space, promise.iova[i], promise.page);
	free(promise.iova);
	promise.iova = NULL;
	promise.n = 0;
	__atomic_store_n(&promise.ticket, 0, __ATOMIC_RELAXED);
}

void
promise_drop(void)
{
	promise_end(0);
}

void
promise_begin(int socket, uint64_t len)
{
	promise_drop();
	if (!promise.enabled || len == 0)
		return;
	promise.socket = socket;
	promise.len = len;
	promise.page = 0;
	my_ticket = ++promise.last;
	__atomic_store_n(&promise.ticket, my_ticket, __ATOMIC_RELAXED);
}

static int
take(uint64_t len, uint64_t *iova)
{
	uint64_t align = RTE_MIN(promise.page, DDW_ALIGN_MAX);
	int ret = ddw_space_reserve(plugin.space, len, align, iova);
	uint64_t bytes;

	for (bytes = len; ret == -ENOSPC && reclaim(bytes); bytes *= 2)
		ret = ddw_space_reserve(plugin.space, len, align, iova);
	return ret;
}

/*
 * The first page: reserve for all of them, contiguous if there is such a hole. If not,
 * they are reserved one by one, so that EAL sees what it gets.
 */
static bool
reserve(const struct rte_memseg_list *msl, uint64_t vaddr)
{
	uint64_t i, first;

	promise.page = msl->page_sz;
	promise.vaddr = vaddr;
	if (promise.len % promise.page != 0)
		return false;
	promise.n = promise.len / promise.page;
	promise.iova = malloc(promise.n * sizeof(promise.iova[0]));
	if (promise.iova == NULL) {
		promise.n = 0;
		return false;
	}
	if (take(promise.len, &first) != 0)
		first = NO_IOVA;
	for (i = 0; i < promise.n; i++)
		promise.iova[i] = first == NO_IOVA ? NO_IOVA : first + i * promise.page;
	return true;
}

bool
promise_page(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova)
{
	uint64_t offset = (uintptr_t)addr % msl->page_sz, vaddr = (uintptr_t)addr - offset, i;

	if (msl->socket_id != promise.socket || (promise.n == 0 && !reserve(msl, vaddr)) ||
	    msl->page_sz != promise.page || vaddr < promise.vaddr ||
	    vaddr - promise.vaddr >= promise.len)
		return false;
	i = (vaddr - promise.vaddr) / promise.page;
	if (promise.iova[i] == NO_IOVA && take(promise.page, &promise.iova[i]) != 0) {
		promise.iova[i] = NO_IOVA;
		report_full(promise.len, 0);
		*iova = RTE_BAD_IOVA;
		return true;
	}
	*iova = promise.iova[i] + offset;
	return true;
}

enum promise_state
promise_state(const struct rte_memseg *ms, uint64_t n)
{
	uint64_t i;

	if (!promise_mine())
		return PROMISE_NONE;
	if (promise.page == 0)
		return PROMISE_NOT_ASKED;
	if ((uintptr_t)ms->addr != promise.vaddr || ms->hugepage_sz != promise.page ||
	    n > promise.n)
		return PROMISE_NONE;
	for (i = 0; i < n; i++)
		if (promise.iova[i] == NO_IOVA || ms[i].iova != promise.iova[i])
			return PROMISE_NONE;
	return PROMISE_KEPT;
}
