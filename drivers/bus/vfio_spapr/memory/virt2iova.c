/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>

#include <rte_fbarray.h>
#include <rte_memory.h>

#include <ddw_lookup.h>

#include "base/context.h"
#include "interpose/plt.h"
#include "memory/iova_reserve.h"
#include "memory/virt2iova.h"

/* Whose addresses are the answer. */
enum answer {
	ANSWER_EAL,   /* calls are not redirected, or just restored */
	ANSWER_VA,    /* no device has been probed, or none will be any more */
	ANSWER_SPACE, /* bus addresses */
};

static struct {
	pthread_rwlock_t gate; /* protects the rest, and keeps the space alive */
	enum answer answer;
	struct ddw_space *space;
	unsigned int spaces; /* how many there have been */
	struct slots iova, phy;
	bool inside_program; /* calls of EAL and of the program cannot be redirected */
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

/*
 * Pages that EAL is about to add are not marked as used yet. They come before what is mapped:
 * that may be an old page at the same address, of which nobody told that it was given back.
 */
static bool
find_reserved(const void *addr, uint64_t *iova)
{
	struct rte_memseg_list *msl;

	if (!spapr_iova_reserve_mine())
		return false;
	msl = rte_mem_virt2memseg_list(addr);
	return msl != NULL && !msl->external && memseg_of(msl, addr) == NULL &&
	       spapr_iova_reserve_page(msl, addr, iova);
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
	if (ms == NULL || ms->iova == RTE_BAD_IOVA)
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
	*iova = ddw_space_poison(calls.space);
	return true;
}

/* No device reaches this memory. It may be mapped later, or never be given to one. */
static uint64_t
answer_unknown(const void *addr)
{
	static bool told;

	if (!told)
		LOG(INFO, "no device reaches %p, of which the bus address was asked", addr);
	told = true;
	return calls.space != NULL ? ddw_space_poison(calls.space) : RTE_BAD_IOVA;
}

/* Returns whether the answer is ours. */
static bool
translate(const void *addr, uint64_t *iova)
{
	bool ours;

	(void)pthread_rwlock_rdlock(&calls.gate);
	ours = calls.answer != ANSWER_EAL;
	if (calls.answer == ANSWER_VA)
		*iova = (uintptr_t)addr;
	else if (ours && !find_reserved(addr, iova) && !find_mapped(addr, iova) &&
		 !find_pinned(addr, iova) && !find_listed(addr, iova))
		*iova = answer_unknown(addr);
	(void)pthread_rwlock_unlock(&calls.gate);
	return ours;
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
set_gate(enum answer answer, struct ddw_space *space)
{
	(void)pthread_rwlock_wrlock(&calls.gate);
	calls.answer = answer;
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

/* A call inside the program goes through no slot. */
static bool
is_static(int redirected)
{
	void *map = NULL;
	Dl_info info;

	if (redirected < 0)
		return redirected == -ENOENT; /* the plugin itself is inside */
	return dladdr1((const void *)calls.iova.definition, &info, &map, RTLD_DL_LINKMAP) != 0 &&
	       ((const struct link_map *)map)->l_name[0] == '\0';
}

/* Once, and in place of spapr_virt2iova_open()'s. */
static void
report_static(void)
{
	if (!calls.inside_program)
		LOG(NOTICE,
		    "this program has DPDK inside: its rte_mem_virt2iova() and rte_mem_virt2phy() "
		    "return physical addresses, which no device reaches, and EAL needs the "
		    "privileges to read them; at run time it may find no IOVA-contiguous memory "
		    "above one hugepage; allocate that at startup with -m");
	calls.inside_program = true;
}

void
spapr_virt2iova_redirect(void)
{
	static unsigned long long objects;
	struct proc_maps memory = { 0 };
	int iova, phy;

	if (!spapr_ctx.params.interpose || objects == spapr_plt_objects())
		return;
	objects = spapr_plt_objects();
	if (calls.answer == ANSWER_EAL)
		set_gate(ANSWER_VA, NULL);
	spapr_proc_maps_read(&memory);
	iova = spapr_plt_replace(&calls.iova, "rte_mem_virt2iova", (uintptr_t)virt2iova, &memory);
	phy = spapr_plt_replace(&calls.phy, "rte_mem_virt2phy", (uintptr_t)virt2phy, &memory);
	spapr_proc_maps_free(&memory);
	LOG(INFO,
	    "redirected calls: rte_mem_virt2iova=%d (EAL %u, left %u) rte_mem_virt2phy=%d (EAL "
	    "%u, left %u)",
	    iova, calls.iova.inside, calls.iova.left, phy, calls.phy.inside, calls.phy.left);
	if (is_static(iova))
		report_static();
}

void
spapr_virt2iova_open(struct ddw_space *space)
{
	if (!spapr_ctx.params.interpose)
		return;
	spapr_virt2iova_redirect();
	set_gate(ANSWER_SPACE, space);
	if (space == NULL || spapr_ctx.static_memory || calls.inside_program)
		return;
	if (calls.iova.inside == 0)
		report_no_reservations("EAL calls rte_mem_virt2iova() directly");
	else
		spapr_iova_reserve_enable(true);
}

void
spapr_virt2iova_close(void)
{
	if (calls.answer == ANSWER_SPACE)
		set_gate(ANSWER_VA, NULL);
}

void
spapr_virt2iova_restore(void)
{
	set_gate(ANSWER_EAL, NULL);
	spapr_plt_restore(&calls.iova);
	spapr_plt_restore(&calls.phy);
}
