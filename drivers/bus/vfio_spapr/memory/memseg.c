/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <ddw.h>

#include "base/context.h"
#include "memory/memseg.h"

void
spapr_memseg_write_iova(struct rte_memseg *ms, uint64_t n, uint64_t iova)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		ms[i].iova = iova;
		iova += ms[i].len;
	}
}

/*
 * Never the physical address, at which other memory may be mapped, and never RTE_BAD_IOVA,
 * for which a mempool would ask the kernel.
 */
void
spapr_memseg_poison(struct rte_memseg *ms, uint64_t n)
{
	uint64_t i;

	/* The same for all, so that EAL takes no two of them for contiguous. */
	for (i = 0; i < n; i++)
		ms[i].iova = ddw_space_poison(spapr_ctx.space);
}
