/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TCE_TABLE_H
#define TCE_TABLE_H

/* TCE tables of windows: their levels and their size. Private to libddw. */

#include <stdint.h>

#include "ddw_plan.h"

/* Fewest levels of a table for a window of PowerNV; 0 when it is too large for any. */
unsigned int ddw_tce_table_levels(const struct ddw_caps *caps, uint64_t size,
				  unsigned int page_shift);

/* Locked memory of the tables of the default window. */
uint64_t ddw_tce_table_default(const struct ddw_caps *caps);

#endif /* TCE_TABLE_H */
