/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <pthread.h>

#include <rte_fbarray.h>
#include <rte_memory.h>

#include <ddw_lookup.h>

#include "base/context.h"
#include "interpose/plt.h"
#include "memory/iova_reserve.h"
#include "memory/virt2iova.h"

/* Room behind an address: a frame of any size. */
#define POISON_BYTES (UINT64_C(1) << 16)

static struct {
	pthread_rwlock_t gate; /* protects the rest, and keeps the space alive */
	bool open;
	struct ddw_space *space;
	unsigned int spaces; /* how many there have been */
	struct slots iova, phy;
} calls = { .gate = PTHREAD_RWLOCK_INITIALIZER };

/* What this thread found last, and in which space. */
static _Thread_local struct ddw_lookup last;
static _Thread_local unsigned int last_space;

static bool
find_mapped(const void *addr, uint64_t *iova)
{
	if (calls.space == NULL)
		return false;
	if (last_space != calls.spaces) {
		ddw_lookup_init(&last, calls.space);
		last_space = calls.spaces;
	}
	return ddw_lookup(&last, (uintptr_t)addr, iova) == 0;
}

/* Return the memseg of an address; NULL when there is none, or a hole. */
static const struct rte_memseg *
memseg_of(struct rte_memseg_list *msl, const void *addr)
{
	uint64_t i = ((uintptr_t)addr - (uintptr_t)msl->base_va) / msl->page_sz;

	return rte_fbarray_is_used(&msl->memseg_arr, (unsigned int)i) == 1
		       ? rte_mem_virt2memseg(addr, msl)
		       : NULL;
}

/* Pages that EAL is about to add are mapped already, but not marked as used. */
static bool
find_reserved(const struct rte_memseg_list *msl, const void *addr, uint64_t *iova)
{
	return !msl->external && spapr_iova_reserve_mine() &&
	       rte_mem_virt2phy(addr) != RTE_BAD_IOVA && spapr_iova_reserve_page(msl, addr, iova);
}

/* The memseg has the address; for memory of EAL that is not mapped it reaches nothing. */
static bool
find_listed(const void *addr, uint64_t *iova)
{
	struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	const struct rte_memseg *ms;

	if (msl == NULL)
		return false;
	ms = memseg_of(msl, addr);
	if (ms == NULL)
		return find_reserved(msl, addr, iova);
	if (ms->iova == RTE_BAD_IOVA)
		return false;
	*iova = ms->iova + ((uintptr_t)addr - (uintptr_t)ms->addr);
	return true;
}

/* A library maps this memory when it is needed: until then a device stops on the address. */
static bool
find_pinned(const void *addr, uint64_t *iova)
{
	if (calls.space == NULL || !ddw_space_pinned(calls.space, (uintptr_t)addr))
		return false;
	*iova = ddw_space_poison(calls.space, POISON_BYTES);
	return true;
}

static bool
translate(const void *addr, uint64_t *iova)
{
	bool found;

	(void)pthread_rwlock_rdlock(&calls.gate);
	found = calls.open &&
		(find_mapped(addr, iova) || find_pinned(addr, iova) || find_listed(addr, iova));
	(void)pthread_rwlock_unlock(&calls.gate);
	return found;
}

static rte_iova_t
virt2iova(const void *addr)
{
	uint64_t iova;

	return translate(addr, &iova) ? iova : rte_mem_virt2iova(addr);
}

static phys_addr_t
virt2phy(const void *addr)
{
	uint64_t iova;

	return translate(addr, &iova) ? iova : rte_mem_virt2phy(addr);
}

static void
set_gate(bool open, struct ddw_space *space)
{
	(void)pthread_rwlock_wrlock(&calls.gate);
	calls.open = open;
	calls.space = space;
	calls.spaces++;
	(void)pthread_rwlock_unlock(&calls.gate);
}

/* Drivers still work, but EAL may find no contiguous memory at run time. */
static void
report_no_reservations(const char *why)
{
	LOG(NOTICE,
	    "%s: at run time EAL may find no IOVA-contiguous memory above one hugepage; allocate "
	    "it at startup with -m",
	    why);
}

void
spapr_virt2iova_not_asked(void)
{
	spapr_iova_reserve_enable(false);
	report_no_reservations("EAL does not call rte_mem_virt2iova() for new pages");
}

void
spapr_virt2iova_start(struct ddw_space *space)
{
	struct proc_maps memory = { 0 };
	int iova, phy;

	if (!spapr_ctx.params.interpose)
		return;
	set_gate(true, space);
	spapr_proc_maps_read(&memory);
	iova = spapr_plt_replace(&calls.iova, "rte_mem_virt2iova", (uintptr_t)virt2iova, &memory);
	phy = spapr_plt_replace(&calls.phy, "rte_mem_virt2phy", (uintptr_t)virt2phy, &memory);
	spapr_proc_maps_free(&memory);
	LOG(INFO,
	    "redirected calls: rte_mem_virt2iova=%d (EAL %u, left %u) rte_mem_virt2phy=%d (EAL "
	    "%u, left %u)",
	    iova, calls.iova.inside, calls.iova.left, phy, calls.phy.inside, calls.phy.left);
	if (space == NULL || spapr_ctx.static_memory)
		return;
	if (calls.iova.inside == 0)
		report_no_reservations("EAL calls rte_mem_virt2iova() directly");
	else
		spapr_iova_reserve_enable(true);
}

void
spapr_virt2iova_stop(void)
{
	spapr_plt_restore(&calls.iova);
	spapr_plt_restore(&calls.phy);
	set_gate(false, NULL);
}
