/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_memory.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/iova_reserve.h"
#include "memory/reclaim.h"
#include "memory/validator.h"

/* sPAPR v1 has charged its whole window as locked already, and charges no memory. */
static bool
memory_is_charged(void)
{
	struct ddw_group_info g;
	unsigned int i;

	for (i = 0; i < ddw_space_n_groups(spapr_ctx.space); i++)
		if (ddw_space_group(spapr_ctx.space, i, &g) == 0 && g.usable && !g.caps.v1)
			return true;
	return false;
}

struct page_sizes {
	uint64_t more;	  /* what EAL asks for */
	uint64_t largest; /* largest page of EAL's that "more" is a multiple of */
};

static int
note_page_size(const struct rte_memseg_list *msl, void *arg)
{
	struct page_sizes *s = arg;

	if (!msl->external && s->more % msl->page_sz == 0 && msl->page_sz > s->largest)
		s->largest = msl->page_sz;
	return 0;
}

/* Guess the page size that EAL is going to use from the amount: EAL does not pass it. */
static uint64_t
guess_page_size(uint64_t more)
{
	struct page_sizes s = { .more = more };

	(void)rte_memseg_list_walk_thread_unsafe(note_page_size, &s);
	return s.largest;
}

static int
could_hold(const struct rte_memseg_list *msl, void *arg)
{
	const uint64_t *more = arg;

	return !msl->external && *more % msl->page_sz == 0 &&
	       ddw_hugepages_enough(spapr_ctx.sys, msl->page_sz, *more);
}

/*
 * EAL tries one page size after the other, also sizes of which there are too few pages, and
 * applications ask for less when they got none. Such an attempt would fail anyway, and the
 * next one may succeed: no reason for an error message.
 */
static bool
has_too_few_pages(uint64_t more)
{
	return rte_memseg_list_walk_thread_unsafe(could_hold, &more) == 0;
}

/*
 * EAL calls this before it adds pages: new_len is what the heap would hold then. A refusal
 * makes the allocation fail cleanly; in on_memory() it is too late.
 */
int
spapr_validator_check(int socket, size_t limit, size_t new_len)
{
	struct ddw_error err = { 0 };
	uint64_t more, page, room, want;
	struct ddw_memlock ml;

	RTE_SET_USED(limit);
	if (spapr_ctx.space == NULL || socket < 0 || socket >= RTE_MAX_NUMA_NODES)
		return 0;
	if (ddw_space_check_process(spapr_ctx.space, &err) != 0) {
		spapr_report_error(&err);
		return -1;
	}
	spapr_iova_reserve_drop(); /* of pages that EAL did not add after all */
	more = new_len > spapr_ctx.heap_bytes[socket] ? new_len - spapr_ctx.heap_bytes[socket] : 0;
	page = guess_page_size(more);
	room = ddw_space_room(spapr_ctx.space, page);
	if (more > room && has_too_few_pages(more))
		return -1;
	for (want = more - room; more > room && spapr_reclaim(want); want *= 2)
		room = ddw_space_room(spapr_ctx.space, page);
	if (more > room) {
		spapr_report_full(more, room);
		return -1;
	}
	if (memory_is_charged() && spapr_ctx.sys->memlock(spapr_ctx.sys->ctx, &ml) == 0 &&
	    !ml.unlimited && more > ml.limit - RTE_MIN(ml.used, ml.limit)) {
		(void)ddw_fail(&err, DDW_MSG_MEMLOCK, ENOMEM,
			       "refused %" PRIu64 " KiB more memory: %" PRIu64 " KiB of %" PRIu64
			       " KiB are locked",
			       more >> 10, ml.used >> 10, ml.limit >> 10);
		spapr_report_veto(&err);
		return -1;
	}
	spapr_iova_reserve_begin(socket, more);
	return 0;
}
