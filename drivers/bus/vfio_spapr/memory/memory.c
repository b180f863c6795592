/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_memory.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/extern_pools.h"
#include "memory/external.h"
#include "memory/grants.h"
#include "memory/iova_reserve.h"
#include "memory/memory.h"
#include "memory/memseg.h"
#include "memory/reclaim.h"
#include "memory/validator.h"
#include "memory/virt2iova.h"

#define CALLBACK_NAME "vfio_spapr"

static bool following; /* callbacks are registered */

/*
 * Locks. EAL calls the callback and the validator below with its memory lock
 * held (for writing) and a heap locked. The lock of the space is taken inside
 * of those, never the other way round. Nothing here may allocate from EAL.
 */

/* Return the entry of the plan for pages of one size. */
static struct ddw_plan_memory *
plan_memory(struct ddw_plan_input *in, uint64_t page_size)
{
	unsigned int i;

	for (i = 0; i < in->n_memory; i++)
		if (in->memory[i].page_size == page_size)
			return &in->memory[i];
	if (in->n_memory == DDW_MAX_HUGEPAGE_SIZES)
		return NULL;
	in->memory[in->n_memory].page_size = page_size;
	return &in->memory[in->n_memory++];
}

static int
count_run(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	struct ddw_plan_memory *m;

	RTE_SET_USED(ms);
	if (msl->external)
		return 0;
	m = plan_memory(arg, msl->page_sz);
	if (m == NULL)
		return -1;
	m->start_bytes += len;
	return 0;
}

int
spapr_memory_count(struct ddw_plan_input *in, struct ddw_error *err)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	struct ddw_plan_memory *m;
	int i, n;

	n = ddw_hugepages_read(spapr_ctx.sys, pages, RTE_DIM(pages));
	if (n < 0)
		return spapr_fail_unreadable(DDW_MSG_NO_HUGEPAGES, n, "/sys/kernel/mm/hugepages",
					     err);
	for (i = 0; i < n; i++) {
		m = plan_memory(in, pages[i].page_size);
		if (m == NULL || !ddw_mul(pages[i].page_size, pages[i].count, &m->exist_bytes))
			return ddw_fail(err, DDW_MSG_NO_HUGEPAGES, ERANGE,
					"hugepages cannot be counted: too many");
	}
	if (rte_memseg_contig_walk(count_run, in) != 0)
		return ddw_fail(err, DDW_MSG_BAD_RANGE, E2BIG,
				"EAL has memory of too many page sizes");
	return 0;
}

/* Memory that stays until the end is registered as a whole. */
static bool
is_permanent(const struct rte_memseg *ms)
{
	return spapr_ctx.static_memory || (ms->flags & RTE_MEMSEG_FLAG_DO_NOT_FREE) != 0;
}

/* Map pages; with DDW_MAP_RESERVED at the address that the first one has. */
static int
map_memsegs(struct rte_memseg *ms, uint64_t n, bool whole, unsigned int flags,
	    struct ddw_error *err)
{
	struct ddw_mapping m = {
		.vaddr = (uintptr_t)ms->addr,
		.len = n * ms->hugepage_sz,
		.piece = whole ? 0 : ms->hugepage_sz,
		.page_size = ms->hugepage_sz,
		.iova = ms->iova,
		.flags = flags,
	};
	int ret;

	ret = spapr_reclaim_map_memory(&m, err);
	if (ret == 0)
		spapr_memseg_write_iova(ms, n, m.iova);
	return ret;
}

/* Map one run of start-up memory, split where its lifetime changes. */
static int
map_start_run(const struct rte_memseg_list *msl, const struct rte_memseg *first, size_t len,
	      void *arg)
{
	struct rte_memseg *ms = rte_mem_virt2memseg(first->addr, msl);
	uint64_t n = len / msl->page_sz, i, from;
	struct ddw_error *err = arg;

	if (msl->external)
		return 0;
	for (from = 0; from < n; from = i) {
		for (i = from + 1; i < n && is_permanent(&ms[i]) == is_permanent(&ms[from]); i++)
			;
		if (map_memsegs(&ms[from], i - from, is_permanent(&ms[from]), 0, err) != 0)
			return -1;
	}
	return 0;
}

/* Return how many pages from ms on have consecutive addresses, ms included. */
static uint64_t
run_length(const struct rte_memseg *ms, uint64_t n)
{
	uint64_t i;

	for (i = 1; i < n && ms[i].iova == ms[i - 1].iova + ms[i - 1].len; i++)
		;
	return i;
}

/* EAL relies on the addresses that the pages have: map there or not at all. */
static void
map_reserved(struct rte_memseg *ms, uint64_t n)
{
	struct ddw_error err = { 0 };
	uint64_t i, run;

	/* libddw owns the addresses now, and releases those it cannot map. */
	spapr_iova_reserve_end(n);
	for (i = 0; i < n; i += run) {
		run = run_length(&ms[i], n - i);
		if (map_memsegs(&ms[i], run, false, DDW_MAP_RESERVED, &err) == 0)
			continue;
		spapr_report_error(&err);
		ddw_error_clear(&err);
		spapr_memseg_poison(&ms[i], run);
	}
}

static void
on_free(const void *addr, size_t len)
{
	struct ddw_error err = { 0 };

	spapr_iova_reserve_drop();
	if (ddw_space_unmap(spapr_ctx.space, (uintptr_t)addr, len, NULL, &err) != 0)
		spapr_report_unmap(&err);
}

/* Map page by page, and poison those that cannot be mapped. Report one error only. */
static void
map_each_page(struct rte_memseg *ms, uint64_t n, unsigned int flags)
{
	struct ddw_error err = { 0 };
	bool reported = false;
	uint64_t i;

	for (i = 0; i < n; i++) {
		ddw_error_clear(&err);
		if (map_memsegs(&ms[i], 1, false, flags, &err) == 0)
			continue;
		spapr_memseg_poison(&ms[i], 1);
		if (!reported)
			spapr_report_error(&err);
		reported = true;
	}
}

/* Give pages consecutive bus addresses, of which those in quarantine will not be mapped. */
static int
reserve_around(struct rte_memseg *ms, uint64_t n)
{
	struct ddw_mapping m = { .len = n * ms->hugepage_sz, .page_size = ms->hugepage_sz };
	int ret = ddw_space_reserve_memory(spapr_ctx.space, &m, NULL);

	if (ret == 0)
		spapr_memseg_write_iova(ms, n, m.iova);
	return ret;
}

static void
map_unreserved(struct rte_memseg *ms, uint64_t n)
{
	/* Then a caller may have asked EAL for just that, and must not get less. */
	bool contiguous = run_length(ms, n) == n;
	struct ddw_error err = { 0 };
	int ret;

	ret = map_memsegs(ms, n, false, 0, &err);
	if (ret == 0)
		return;
	if (contiguous && ret == -EEXIST && reserve_around(ms, n) == 0) {
		map_each_page(ms, n, DDW_MAP_RESERVED);
	} else if (!contiguous && (ret == -ENOSPC || ret == -EEXIST)) {
		map_each_page(ms, n, 0);
	} else {
		spapr_report_error(&err);
		spapr_memseg_poison(ms, n);
	}
}

/* EAL takes pages anew: those that are still mapped were given back, and nobody has told. */
static void
forget_old_pages(const struct rte_memseg *ms, uint64_t n)
{
	uint64_t i, iova;

	for (i = 0; i < n; i++)
		if (ddw_space_lookup(spapr_ctx.space, (uintptr_t)ms[i].addr, &iova) == 0)
			on_free(ms[i].addr, ms[i].len);
}

static void
on_alloc(struct rte_memseg *ms, uint64_t n)
{
	switch (spapr_iova_reserve_state(ms, n)) {
	case IOVA_RESERVE_KEPT:
		map_reserved(ms, n);
		return;
	case IOVA_RESERVE_NOT_ASKED:
		spapr_virt2iova_not_asked();
		break;
	case IOVA_RESERVE_NONE:
		break;
	}
	spapr_iova_reserve_drop();
	forget_old_pages(ms, n);
	map_unreserved(ms, n);
}

static void
on_memory(enum rte_mem_event type, const void *addr, size_t len, void *arg)
{
	struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	struct rte_memseg *ms;

	RTE_SET_USED(arg);
	if (msl == NULL || spapr_ctx.space == NULL)
		return;
	if (msl->external) {
		if (type == RTE_MEM_EVENT_ALLOC)
			spapr_external_added(msl);
		else
			spapr_external_removed(addr, len);
		return;
	}
	if (type == RTE_MEM_EVENT_FREE) {
		on_free(addr, len);
		spapr_ctx.vetoed = false;
	} else {
		ms = rte_mem_virt2memseg(addr, msl);
		if (ms != NULL)
			on_alloc(ms, len / msl->page_sz);
		spapr_validator_added(msl->socket_id);
	}
}

/* In legacy mode nothing grows, and EAL returns ENOTSUP. */
static int
register_callbacks(struct ddw_error *err)
{
	unsigned int i;

	if (spapr_ctx.static_memory)
		return 0;
	if (rte_mem_event_callback_register(CALLBACK_NAME, on_memory, NULL) != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, rte_errno,
				"rte_mem_event_callback_register() failed");
	following = true;
	for (i = 0; i < rte_socket_count(); i++)
		if (rte_mem_alloc_validator_register(CALLBACK_NAME, spapr_validator_check,
						     rte_socket_id_by_idx(i), 0) != 0)
			return ddw_fail(err, DDW_MSG_NO_MEMORY, rte_errno,
					"rte_mem_alloc_validator_register() failed");
	return 0;
}

static void
ignore_event(enum rte_mem_event type, const void *addr, size_t len, void *arg)
{
	RTE_SET_USED(type);
	RTE_SET_USED(addr);
	RTE_SET_USED(len);
	RTE_SET_USED(arg);
}

/* Test whether EAL sends memory events: not in legacy mode, nor without hugepages. */
static bool
memory_is_static(void)
{
	static const char name[] = CALLBACK_NAME "_probe";

	if (rte_mem_event_callback_register(name, ignore_event, NULL) != 0)
		return rte_errno == ENOTSUP;
	(void)rte_mem_event_callback_unregister(name, NULL);
	return false;
}

static void
external_start(void)
{
	spapr_grants_init(&spapr_grants);
	spapr_ctx.external = true;
	spapr_extern_pools_start();
}

static void
external_stop(void)
{
	if (!spapr_ctx.external)
		return;
	spapr_extern_pools_stop();
	spapr_ctx.external = false;
	spapr_grants_fini(&spapr_grants);
}

int
spapr_memory_start(struct ddw_error *err)
{
	int ret;

	external_start();
	spapr_ctx.static_memory = memory_is_static();

	/* Nothing may come between the walk and the first event. */
	rte_mcfg_mem_read_lock();
	ret = rte_memseg_contig_walk_thread_unsafe(map_start_run, err);
	ret = ret == 0 ? register_callbacks(err) : err->err;
	rte_mcfg_mem_read_unlock();
	if (ret == 0)
		spapr_virt2iova_open(spapr_ctx.space);
	return ret;
}

/* Undo spapr_memory_start() in reverse order. */
int
spapr_memory_stop(struct ddw_error *err)
{
	unsigned int i;
	int ret;

	spapr_virt2iova_close();
	/* EAL neither takes nor gives back a page between the last event and the release. */
	rte_mcfg_mem_read_lock();
	/* What is not registered is not an error here. */
	if (following)
		(void)rte_mem_event_callback_unregister(CALLBACK_NAME, NULL);
	for (i = 0; following && i < rte_socket_count(); i++)
		(void)rte_mem_alloc_validator_unregister(CALLBACK_NAME, rte_socket_id_by_idx(i));
	following = false;
	spapr_iova_reserve_enable(false);
	ret = ddw_space_release(spapr_ctx.space, err);
	rte_mcfg_mem_read_unlock();
	external_stop();
	return ret;
}
