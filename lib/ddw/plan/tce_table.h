/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TCE_TABLE_H
#define TCE_TABLE_H

/* Compute levels and size of TCE tables. Private to libddw. */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_plan.h"

/* Fewest levels of a table for a window of PowerNV; 0 when it is too large for any. */
unsigned int ddw_tce_table_levels(const struct ddw_caps *caps, uint64_t size,
				  unsigned int page_shift);

/* Could such a table have one level more than these? Its blocks are smaller then; PowerNV only. */
bool ddw_tce_table_more_levels(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift,
			       unsigned int levels);

/*
 * Locked memory that the tables of one window are charged; UINT64_MAX when that does
 * not fit 64 bits. More than one level in "caps" means PowerNV, which keeps a second
 * table for the addresses of the user. Source: tce_iommu_create_table() and the
 * create_table operations of platforms/pseries/iommu.c and platforms/powernv/pci-ioda.c.
 */
uint64_t ddw_tce_table_bytes(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift,
			     unsigned int levels);

/* Locked memory of the tables of the default window. */
uint64_t ddw_tce_table_default(const struct ddw_caps *caps);

#endif /* TCE_TABLE_H */
