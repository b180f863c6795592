/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMSEG_H
#define MEMSEG_H

/* Write bus addresses into EAL's table of pages. */

#include <stdint.h>

#include <rte_memory.h>

#include <ddw.h>

#include "base/context.h"

/** Write consecutive bus addresses. */
static inline void
spapr_memseg_write_iova(struct rte_memseg *ms, uint64_t n, uint64_t iova)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		ms[i].iova = iova;
		iova += ms[i].len;
	}
}

/**
 * Write an address where nothing is mapped, for pages that no device reaches. Never the physical
 * address, at which other memory may be mapped, and never RTE_BAD_IOVA, for which a mempool would
 * ask the kernel.
 */
static inline void
spapr_memseg_poison(struct rte_memseg *ms, uint64_t n)
{
	uint64_t i;

	/* The same for all, so that EAL takes no two of them for contiguous. */
	for (i = 0; i < n; i++)
		ms[i].iova = ddw_space_poison(spapr_ctx.space);
}

#endif /* MEMSEG_H */
