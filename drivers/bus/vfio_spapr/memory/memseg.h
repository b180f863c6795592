/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMSEG_H
#define MEMSEG_H

/* Write bus addresses into EAL's table of pages. */

#include <stdint.h>

#include <rte_memory.h>

/** Write consecutive bus addresses. */
void spapr_memseg_write_iova(struct rte_memseg *ms, uint64_t n, uint64_t iova);
/** Write addresses where nothing is mapped, for pages that no device reaches. */
void spapr_memseg_poison(struct rte_memseg *ms, uint64_t n);

#endif /* MEMSEG_H */
