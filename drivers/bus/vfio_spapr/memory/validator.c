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

/* Under EAL's memory lock. */
static struct {
	int socket;	/* of the last growth that was not refused */
	size_t new_len; /* what its heap will hold, 0: there is no such growth */
	/*
	 * Pages that a heap has given up and that EAL still has: a secondary process subtracts
	 * them before it asks the primary one to free them, whether or not that ever hears it.
	 */
	uint64_t lost[RTE_MAX_NUMA_NODES];
} growth;

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

struct node_memory {
	int socket;
	uint64_t bytes;
};

static int
add_list(const struct rte_memseg_list *msl, void *arg)
{
	struct node_memory *n = arg;

	if (!msl->external && msl->socket_id == n->socket)
		n->bytes += msl->memseg_arr.count * msl->page_sz;
	return 0;
}

/* Bytes of EAL's own pages on a node. */
static uint64_t
node_bytes(int socket)
{
	struct node_memory n = { .socket = socket };

	(void)rte_memseg_list_walk_thread_unsafe(add_list, &n);
	return n.bytes;
}

void
spapr_validator_added(int socket)
{
	uint64_t bytes;

	if (growth.new_len == 0 || socket != growth.socket)
		return;
	/* EAL has added what it announced: the heap holds just that now. */
	bytes = node_bytes(socket);
	growth.lost[socket] = bytes > growth.new_len ? bytes - growth.new_len : 0;
	growth.new_len = 0;
}

/* What EAL wants to add to a heap; 0 when that cannot be told, see growth.lost. */
static uint64_t
added_bytes(int socket, uint64_t new_len)
{
	uint64_t bytes = node_bytes(socket);

	bytes -= RTE_MIN(bytes, growth.lost[socket]);
	return new_len > bytes ? new_len - bytes : 0;
}

/* Growth in pages of each size that EAL may use for it: which one it is EAL does not say. */
struct question {
	int socket;
	uint64_t more;	      /* bytes, 0: one page at least */
	bool larger;	      /* of sizes of which it is no multiple: EAL rounds it up, later */
	unsigned int fits;    /* sizes for which there is room */
	unsigned int few;     /* sizes without room, and without pages: EAL gets none either */
	unsigned int full;    /* sizes without room */
	uint64_t asked;	      /* size that was asked last */
	uint64_t need;	      /* bytes of the first size without room */
	uint64_t page;	      /* that size */
	struct ddw_error err; /* why it has none */
};

static int
ask_page_size(const struct rte_memseg_list *msl, void *arg)
{
	struct question *q = arg;
	struct ddw_mapping m = {
		.len = q->more == 0 ? msl->page_sz : q->more,
		.page_size = msl->page_sz,
		/* EAL is told of addresses that lie apart only if it asks for them. */
		.flags = spapr_iova_reserve_enabled() ? DDW_MAP_SCATTERED : 0,
	};
	struct ddw_error err = { 0 };

	if (msl->external || msl->socket_id != q->socket || msl->page_sz == q->asked ||
	    (m.len % msl->page_sz != 0) != q->larger)
		return 0;
	q->asked = msl->page_sz;
	m.len = RTE_ALIGN_CEIL(m.len, msl->page_sz);
	if (ddw_space_fits(spapr_ctx.space, &m, &err) == 0) {
		q->fits += !q->larger || ddw_hugepages_enough(spapr_ctx.sys, m.page_size, m.len);
	} else if (!ddw_hugepages_enough(spapr_ctx.sys, m.page_size, m.len)) {
		q->few++;
	} else if (q->full++ == 0) {
		q->need = m.len;
		q->page = m.page_size;
		q->err = err;
	}
	return 0;
}

/*
 * Is there room, whatever page size EAL uses? When it asks for the address of each page, one
 * that there is room for is enough: for the others it gets none, and gives up.
 */
static bool
ask_all_sizes(struct question *q)
{
	q->fits = q->few = q->full = 0;
	q->asked = 0;
	(void)rte_memseg_list_walk_thread_unsafe(ask_page_size, q);
	if (q->full == 0)
		return q->fits != 0 || q->few == 0;
	return q->fits != 0 && spapr_iova_reserve_enabled();
}

/* Will EAL find room when it tries larger pages next? */
static bool
fits_in_larger_pages(int socket, uint64_t more)
{
	struct question q = { .socket = socket, .more = more, .larger = true };

	(void)ask_all_sizes(&q);
	return q.fits != 0;
}

/*
 * EAL tries one page size after the other, also sizes of which there are too few pages, and
 * applications ask for less when they got none. Such an attempt would fail anyway, and the
 * next one may succeed: no reason for an error message. Pools give way in the main range only.
 */
static bool
has_room(int socket, uint64_t more)
{
	struct question q = { .socket = socket, .more = more };
	bool room = ask_all_sizes(&q);
	uint64_t want;

	if (!room && q.err.err == -ENOSPC && spapr_iova_reserve_in_main(q.page))
		for (want = q.need; !room && q.full != 0 && spapr_reclaim(want); want *= 2)
			room = ask_all_sizes(&q);
	if (room || q.full == 0)
		return room;
	if (fits_in_larger_pages(socket, more))
		LOG(INFO,
		    "%" PRIu64 " KiB in pages of %" PRIu64
		    " KiB do not fit, in larger ones they do",
		    q.need >> 10, q.page >> 10);
	else
		spapr_iova_reserve_report(&q.err, q.need, q.page);
	return false;
}

static bool
exceeds_memlock(uint64_t more)
{
	struct ddw_error err = { 0 };
	struct ddw_memlock ml;

	if (!memory_is_charged() || spapr_ctx.sys->memlock(spapr_ctx.sys->ctx, &ml) != 0 ||
	    ml.unlimited || more <= ml.limit - RTE_MIN(ml.used, ml.limit))
		return false;
	(void)ddw_fail(&err, DDW_MSG_MEMLOCK, ENOMEM,
		       "refused %" PRIu64 " KiB more memory: %" PRIu64 " KiB of %" PRIu64
		       " KiB are locked",
		       more >> 10, ml.used >> 10, ml.limit >> 10);
	spapr_report_veto(&err);
	return true;
}

/*
 * EAL calls this before it adds pages: new_len is what the heap would hold then. A refusal
 * makes the allocation fail cleanly; in on_memory() it is too late.
 */
int
spapr_validator_check(int socket, size_t limit, size_t new_len)
{
	struct ddw_error err = { 0 };
	uint64_t more;

	RTE_SET_USED(limit);
	if (spapr_ctx.space == NULL || socket < 0 || socket >= RTE_MAX_NUMA_NODES)
		return 0;
	if (ddw_space_check_process(spapr_ctx.space, &err) != 0) {
		spapr_report_error(&err);
		return -1;
	}
	spapr_iova_reserve_drop(); /* of pages that EAL did not add after all */
	growth.new_len = 0;
	more = added_bytes(socket, new_len);
	if (!has_room(socket, more) || exceeds_memlock(more))
		return -1;
	growth.socket = socket;
	growth.new_len = new_len;
	spapr_iova_reserve_begin(socket, more);
	return 0;
}
