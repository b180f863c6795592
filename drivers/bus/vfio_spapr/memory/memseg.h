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

/*
 * Far from all windows, with 1 GiB behind it; a device that drops the upper half of an address
 * meets no memory either.
 */
#define MEMSEG_FAR ((UINT64_C(1) << 50) + UINT64_C(0xc0000000))

/**
 * Write an address where nothing is mapped, for pages that no device reaches. Never the physical
 * address, at which other memory may be mapped, and never RTE_BAD_IOVA, for which a mempool would
 * ask the kernel. EAL adds offsets to it: what has no room above poison in the range is far away.
 */
static inline void
spapr_memseg_poison(struct rte_memseg *ms, uint64_t n)
{
	uint64_t i, poison = ddw_space_poison(spapr_ctx.space);
	struct ddw_window_info w;
	bool open = ddw_space_window(spapr_ctx.space, DDW_RANGE_MAIN, &w) == 0;

	/* The same for all, so that EAL takes no two of them for contiguous. */
	for (i = 0; i < n; i++)
		ms[i].iova = open && ms[i].len > w.start + w.size - poison ? MEMSEG_FAR : poison;
}

#endif /* MEMSEG_H */
