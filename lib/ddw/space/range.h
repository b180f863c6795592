/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RANGE_H
#define RANGE_H

/*
 * A range of bus addresses that all groups of a space share, and what of it is
 * given out. Private to libddw; the caller holds the lock of the space.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plan/common_range.h"
#include "util/iova.h"

struct range {
	bool open;
	uint64_t start;
	uint64_t size;
	unsigned int page_shift; /* the largest page of the windows it lies in */
	uint64_t poison;	 /* bus address that is never mapped; 0 when it has none */
	bool is_default;	 /* it lies in the default windows */
	struct ddw_iova iova;
};

/*
 * Open a range. Bus address 0 is left out: drivers take it for none, and a MAP
 * that fails there hangs POWER8 (pnv_pci_phb3_tce_invalidate()). 0 or -errno.
 */
int ddw_range_open(struct range *r, const struct iova_span *where, unsigned int page_shift,
		   bool is_default);

/* Leave the top out for poison, see plan_spare_page(): in pages of at least "align" bytes. */
int ddw_range_spare_top(struct range *r, uint64_t align);

/* Leave [start, start + size) out, as far as it lies in the range. */
int ddw_range_leave_out(struct range *r, uint64_t start, uint64_t size);

/* Forget all. Harmless when it is not open. */
void ddw_range_close(struct range *r);

/* Does the range contain [iova, iova + len)? */
static inline bool
ddw_range_contains(const struct range *r, uint64_t iova, uint64_t len)
{
	return r->open && len != 0 && iova >= r->start && iova - r->start < r->size &&
	       len <= r->size - (iova - r->start);
}

#endif /* RANGE_H */
