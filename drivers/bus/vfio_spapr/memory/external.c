/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>

#include "base/context.h"
#include "base/page_size.h"
#include "base/report.h"
#include "memory/external.h"
#include "memory/grants.h"
#include "memory/memseg.h"
#include "memory/reclaim.h"

/*
 * Marks the pages of a list that is mapped. EAL has no event for rte_extmem_unregister():
 * in a new list, for other memory at the same address, the mark is missing.
 */
#define MEMSEG_MARK (UINT32_C(1) << 31)

static void *
to_pointer(uint64_t vaddr)
{
	return (void *)(uintptr_t)vaddr;
}

/* Write bus addresses into the pages of an external list that lie in a range, or poison. */
static void
write_list_iova(uint64_t vaddr, uint64_t len, const uint64_t *iova)
{
	struct rte_memseg_list *msl = rte_mem_virt2memseg_list(to_pointer(vaddr));
	struct rte_memseg *ms;
	uint64_t off, first;

	if (msl == NULL || !msl->external)
		return;
	ms = rte_mem_virt2memseg(to_pointer(vaddr), msl);
	if (iova != NULL)
		ms->flags |= MEMSEG_MARK;
	/* A page has the address of its first byte, which may lie outside. */
	first = (msl->page_sz - (vaddr - (uintptr_t)msl->base_va) % msl->page_sz) % msl->page_sz;
	for (off = first; off + msl->page_sz <= len; off += msl->page_sz) {
		ms = rte_mem_virt2memseg(to_pointer(vaddr + off), msl);
		if (ms == NULL)
			return;
		if (iova == NULL)
			spapr_memseg_poison(ms, 1);
		else
			spapr_memseg_write_iova(ms, 1, *iova + off);
	}
}

static void
unmap_span(struct span *s)
{
	struct ddw_error err = { 0 };

	write_list_iova(s->vaddr, s->len, NULL);
	if (ddw_space_unmap(spapr_ctx.space, s->vaddr, s->len, NULL, &err) != 0)
		spapr_report_unmap(&err);
	spapr_grants_drop_span(&spapr_grants, s);
}

void
spapr_external_unmap_unused(void)
{
	struct span *s;

	while ((s = spapr_grants_unused(&spapr_grants)) != NULL)
		unmap_span(s);
}

static bool
is_replaced(const struct span *s)
{
	const struct rte_memseg *ms;

	if (s->unlisted)
		return false;
	ms = rte_mem_virt2memseg(to_pointer(s->vaddr), NULL);
	return ms == NULL || (ms->flags & MEMSEG_MARK) == 0;
}

void
spapr_external_unmap_replaced(uint64_t vaddr, uint64_t len)
{
	struct span *s, *next;

	for (s = spapr_grants_span_at(&spapr_grants, vaddr);
	     s != NULL && (s->vaddr < vaddr || s->vaddr - vaddr < len); s = next) {
		next = spapr_grants_next_span(s);
		if (!is_replaced(s))
			continue;
		LOG(NOTICE,
		    "memory at 0x%" PRIx64 ", %" PRIu64
		    " bytes, was unregistered without rte_dev_dma_unmap(): it is unmapped now",
		    s->vaddr, s->len);
		unmap_span(s);
	}
}

/* How much of a range is mapped. */
enum coverage {
	COVERED_NOT,
	COVERED_PARTLY, /* or not at consecutive bus addresses */
	COVERED,
};

static enum coverage
coverage_of(uint64_t vaddr, uint64_t len, uint64_t *iova)
{
	uint64_t run;
	int ret;

	spapr_external_unmap_replaced(vaddr, len);
	ret = ddw_space_lookup_run(spapr_ctx.space, vaddr, len, iova, &run);
	if (run < len)
		return COVERED_PARTLY;
	return ret == 0 ? COVERED : COVERED_NOT;
}

struct span *
spapr_external_map(struct ddw_mapping *m, struct ddw_error *err)
{
	struct span *s;

	if (spapr_reclaim_map_memory(m, err) != 0)
		return NULL;
	s = spapr_grants_add_span(&spapr_grants, m->vaddr, m->len);
	if (s != NULL)
		return s;
	(void)ddw_space_unmap(spapr_ctx.space, m->vaddr, m->len, NULL, NULL);
	(void)ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a grant");
	return NULL;
}

/*
 * The application may name larger pages than there are. Where the kernel says nothing of its
 * memory it is believed: the kernel refuses to map smaller pages, so the mistake is noticed.
 */
static uint64_t
listed_page_size(const struct rte_memseg_list *msl, uint64_t vaddr, uint64_t len)
{
	uint64_t real = spapr_page_size(spapr_ctx.sys, vaddr, len);

	return real == 0 ? msl->page_sz : RTE_MIN(real, msl->page_sz);
}

static struct ddw_mapping
mapping_of_list(const struct rte_memseg_list *msl)
{
	uint64_t vaddr = (uintptr_t)msl->base_va;

	return (struct ddw_mapping){
		.vaddr = vaddr,
		.len = msl->len,
		.page_size = listed_page_size(msl, vaddr, msl->len),
	};
}

int
spapr_external_keep_list(struct rte_memseg_list *msl, struct ddw_error *err)
{
	struct ddw_mapping m;
	struct span *s;

	if (coverage_of((uintptr_t)msl->base_va, msl->len, &m.iova) != COVERED_NOT)
		return 0;
	m = mapping_of_list(msl);
	s = spapr_external_map(&m, err);
	if (s == NULL)
		return err->err;
	spapr_grants_keep(&spapr_grants, s);
	write_list_iova(m.vaddr, m.len, &m.iova);
	return 0;
}

void
spapr_external_added(struct rte_memseg_list *msl)
{
	struct ddw_mapping m = mapping_of_list(msl);
	struct rte_memseg *ms = rte_mem_virt2memseg(msl->base_va, msl);
	struct ddw_error err = { 0 };

	if (ms == NULL)
		return;
	spapr_grants_lock();
	spapr_external_unmap_replaced(m.vaddr, m.len);
	if (spapr_reclaim_map_memory(&m, &err) == 0) {
		spapr_memseg_write_iova(ms, msl->len / msl->page_sz, m.iova);
	} else {
		spapr_report_error(&err);
		spapr_memseg_poison(ms, msl->len / msl->page_sz);
	}
	spapr_grants_unlock();
}

void
spapr_external_removed(const void *addr, size_t len)
{
	uint64_t vaddr = (uintptr_t)addr, iova;
	struct ddw_error err = { 0 };

	spapr_grants_lock();
	spapr_grants_drop_range(&spapr_grants, vaddr, len);
	spapr_external_unmap_unused();
	/* Poisoned memory is not mapped, and need not consist of IOMMU pages. */
	if (coverage_of(vaddr, len, &iova) != COVERED_NOT &&
	    ddw_space_unmap(spapr_ctx.space, vaddr, len, NULL, &err) != 0)
		spapr_report_unmap(&err);
	spapr_grants_unlock();
}

static int
fail_other_iova(uint64_t vaddr, uint64_t iova, uint64_t at, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_IOVA, EINVAL,
			   "bus address 0x%" PRIx64 " is not available for memory at 0x%" PRIx64
			   ", which is mapped at 0x%" PRIx64,
			   iova, vaddr, at);

	ddw_error_why(err, "memory has one bus address for all devices");
	ddw_error_fix(err, "use 0x%" PRIx64, at);
	return ret;
}

static int
map_registered(const struct rte_memseg_list *msl, struct ddw_mapping *m, struct ddw_error *err)
{
	if (!msl->external)
		return ddw_fail(err, DDW_MSG_EXTERNAL_MEMORY, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64
				" bytes, belongs to EAL and is not in use",
				m->vaddr, m->len);
	m->page_size = listed_page_size(msl, m->vaddr, m->len);
	m->flags = DDW_MAP_FIXED;
	return spapr_external_map(m, err) != NULL ? 0 : err->err;
}

static int
fail_pinned(const struct ddw_mapping *m, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_EXTERNAL_MEMORY, EINVAL,
			   "memory at 0x%" PRIx64 ", %" PRIu64 " bytes, belongs to a pool and is "
			   "not mapped",
			   m->vaddr, m->len);

	ddw_error_why(err, "the pool's library maps memory when objects leave the pool");
	ddw_error_fix(err, "leave it to the pool: devices reach every object that is out");
	return ret;
}

/* doc/guides/external_memory.rst lists what is accepted. */
static int
grant_to_device(struct rte_device *dev, struct ddw_mapping *m, struct ddw_error *err)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(to_pointer(m->vaddr));
	bool pinned = ddw_space_pinned(spapr_ctx.space, m->vaddr);
	uint64_t at = 0, wanted = m->iova;
	int ret = 0;

	if (msl == NULL || m->len > msl->len - (m->vaddr - (uintptr_t)msl->base_va))
		return ddw_fail(err, DDW_MSG_EXTERNAL_MEMORY, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64
				" bytes, is not registered with EAL as a whole",
				m->vaddr, m->len);
	switch (coverage_of(m->vaddr, m->len, &at)) {
	case COVERED:
		/* 0 is no address of a window: it stands for the one that the memory has. */
		if (wanted != at && wanted != 0)
			return fail_other_iova(m->vaddr, wanted, at, err);
		break;
	case COVERED_PARTLY:
		return ddw_fail(err, DDW_MSG_EXTERNAL_MEMORY, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is only partly "
				"mapped, or not at consecutive bus addresses",
				m->vaddr, m->len);
	case COVERED_NOT:
		ret = pinned ? fail_pinned(m, err) : map_registered(msl, m, err);
		at = m->iova;
		break;
	}
	if (ret != 0)
		return ret;
	if (spapr_grants_grant(&spapr_grants, dev, m->vaddr, m->len, wanted) != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a grant");
	if (!pinned)
		write_list_iova(m->vaddr, m->len, &at);
	return 0;
}

static int
report_result(int ret, const struct ddw_error *err)
{
	if (ret == 0)
		return 0;
	spapr_report_error(err);
	/* To the application all of these are wrong arguments. */
	rte_errno = ret == -ERANGE || ret == -EEXIST ? EINVAL : -ret;
	return -1;
}

int
spapr_external_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	struct ddw_mapping m = { .vaddr = (uintptr_t)addr, .len = len, .iova = iova };
	struct ddw_error err = { 0 };
	int ret;

	spapr_grants_lock();
	ret = grant_to_device(dev, &m, &err);
	spapr_external_unmap_unused(); /* in case of a failure */
	spapr_grants_unlock();
	return report_result(ret, &err);
}

int
spapr_external_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	struct ddw_error err = { 0 };
	struct grant *g;
	int ret = 0;

	spapr_grants_lock();
	spapr_external_unmap_replaced((uintptr_t)addr, len);
	g = spapr_grants_find(&spapr_grants, dev, (uintptr_t)addr, len, iova);
	if (g == NULL) {
		ret = ddw_fail(&err, DDW_MSG_EXTERNAL_MEMORY, EINVAL,
			       "memory at %p, %zu bytes, bus address 0x%" PRIx64
			       ", is not mapped for %s",
			       addr, len, iova, rte_dev_name(dev));
	} else {
		spapr_grants_put(&spapr_grants, g);
		spapr_external_unmap_unused();
	}
	spapr_grants_unlock();
	return report_result(ret, &err);
}

void
spapr_external_device_gone(const struct rte_device *dev)
{
	if (!spapr_ctx.external)
		return;
	spapr_grants_lock();
	spapr_grants_drop_owner(&spapr_grants, dev);
	spapr_external_unmap_unused();
	spapr_grants_unlock();
}
