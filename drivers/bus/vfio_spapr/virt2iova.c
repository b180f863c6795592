/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_memory.h>

#include "plugin.h"
#include "slots.h"
#include "virt2iova.h"

/*
 * What EAL is taking now. One thread at a time does, with EAL's memory lock held;
 * others look at "owner" only.
 */
static struct {
	const void *owner; /* thread_mark of the thread that takes memory, NULL for none */
	uint64_t more;	   /* bytes that it takes */
	uint64_t vaddr;	   /* run of pages that got addresses */
	uint64_t len;	   /* 0 while there is none */
	uint64_t iova;
} taking;

static struct {
	bool active;
	bool shared; /* in a secondary process */
	bool plans;  /* EAL's own calls are redirected */
	struct slots slots;
} calls;

static _Thread_local char thread_mark;

static void
drop_run(void)
{
	if (taking.len != 0)
		ddw_space_unreserve(plugin.space, taking.iova, taking.len);
	taking.len = 0;
}

/* Choose addresses for all that EAL takes, from this page on. */
static bool
start_run(uint64_t vaddr, uint64_t page)
{
	uint64_t len;

	/* EAL has started again elsewhere: what it had taken before is given back. */
	drop_run();
	if (!ddw_align_up(taking.more, page, &len) ||
	    ddw_space_reserve(plugin.space, len, RTE_MIN(page, DDW_ALIGN_MAX), &taking.iova) != 0)
		return false;
	taking.vaddr = vaddr;
	taking.len = len;
	return true;
}

/* Address of a page that EAL is taking. */
static bool
planned(uint64_t vaddr, uint64_t *iova)
{
	const struct rte_memseg_list *msl;

	if (__atomic_load_n(&taking.owner, __ATOMIC_RELAXED) != &thread_mark)
		return false;
	msl = rte_mem_virt2memseg_list((const void *)(uintptr_t)vaddr);
	if (msl == NULL || msl->external)
		return false;
	if (!(taking.len != 0 && vaddr >= taking.vaddr && vaddr - taking.vaddr < taking.len) &&
	    !start_run(vaddr & ~(msl->page_sz - 1), msl->page_sz))
		return false;
	*iova = taking.iova + (vaddr - taking.vaddr);
	return true;
}

/* In a secondary process: what the primary has written. */
static bool
shared_address(const void *addr, uint64_t *iova)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(addr, NULL);

	if (ms == NULL || ms->addr == NULL || ms->iova == RTE_BAD_IOVA)
		return false;
	*iova = ms->iova + (uint64_t)((const char *)addr - (const char *)ms->addr);
	return true;
}

static bool
bus_address(const void *addr, uint64_t *iova)
{
	uint64_t vaddr = (uintptr_t)addr;

	if (!__atomic_load_n(&calls.active, __ATOMIC_ACQUIRE))
		return false;
	if (calls.shared)
		return shared_address(addr, iova);
	return ddw_space_lookup(plugin.space, vaddr, iova) == 0 || planned(vaddr, iova);
}

/* This object keeps the original functions: below are the calls of all others. */
static rte_iova_t
bus_virt2iova(const void *addr)
{
	uint64_t iova;

	return bus_address(addr, &iova) ? iova : rte_mem_virt2iova(addr);
}

static phys_addr_t
bus_virt2phy(const void *addr)
{
	uint64_t iova;

	return bus_address(addr, &iova) ? iova : rte_mem_virt2phy(addr);
}

void
virt2iova_plan(uint64_t more)
{
	if (!calls.plans)
		return;
	drop_run();
	taking.more = more;
	__atomic_store_n(&taking.owner, more == 0 ? NULL : &thread_mark, __ATOMIC_RELAXED);
}

/* EAL asks through a slot that was not found, or not at all. */
static void
give_up_plans(void)
{
	LOG(NOTICE, "EAL's own calls of rte_mem_virt2iova() cannot be redirected: contiguous "
		    "memory larger than a hugepage depends on luck; preallocate it (-m)");
	calls.plans = false;
}

bool
virt2iova_claim(uint64_t vaddr, uint64_t len, uint64_t *iova)
{
	bool mine = taking.owner == &thread_mark, fits;

	if (!calls.plans || !mine)
		return false;
	if (taking.len == 0 && ddw_space_room(plugin.space, len) != 0)
		give_up_plans();
	taking.owner = NULL;
	fits = taking.len != 0 && vaddr >= taking.vaddr && vaddr - taking.vaddr < taking.len &&
	       len <= taking.len - (vaddr - taking.vaddr);
	if (!fits) {
		drop_run();
		return false;
	}
	*iova = taking.iova + (vaddr - taking.vaddr);
	/* What is before and behind it was not used. */
	if (vaddr != taking.vaddr)
		ddw_space_unreserve(plugin.space, taking.iova, vaddr - taking.vaddr);
	taking.len -= vaddr - taking.vaddr + len;
	if (taking.len != 0)
		ddw_space_unreserve(plugin.space, *iova + len, taking.len);
	taking.len = 0;
	return true;
}

static void
redirect(int *iova, int *phy)
{
	*iova = slots_replace(&calls.slots, "rte_mem_virt2iova", (uintptr_t)bus_virt2iova,
			      "librte_eal.");
	*phy = slots_replace(&calls.slots, "rte_mem_virt2phy", (uintptr_t)bus_virt2phy,
			     "librte_eal.");
	LOG(DEBUG, "%u calls of rte_mem_virt2iova() and rte_mem_virt2phy() redirected",
	    calls.slots.n);
}

void
virt2iova_start_secondary(void)
{
	int iova, phy;

	if (!plugin.params.interpose)
		return;
	calls.shared = true;
	__atomic_store_n(&calls.active, true, __ATOMIC_RELEASE);
	redirect(&iova, &phy); /* without effect where there are no slots */
}

void
virt2iova_start(void)
{
	int iova, phy;

	if (!plugin.params.interpose)
		return;
	__atomic_store_n(&calls.active, true, __ATOMIC_RELEASE);
	redirect(&iova, &phy);
	calls.plans = iova > 0 && phy >= 0;
	if (!calls.plans && !plugin.static_memory)
		give_up_plans();
}

void
virt2iova_stop(void)
{
	__atomic_store_n(&calls.active, false, __ATOMIC_RELEASE);
	if (calls.plans && plugin.space != NULL)
		drop_run();
	taking.owner = NULL;
	calls.plans = false;
	slots_restore(&calls.slots, (uintptr_t)bus_virt2iova, (uintptr_t)bus_virt2phy);
}
