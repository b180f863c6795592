/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Compute levels and size of the TCE table of a window. */

#include "plan/tce_table.h"
#include "plan/plan.h"

#define TCE_BYTES      8
#define LEVEL_BITS_MAX 21	       /* 16 MiB of TCEs: the largest block that page_alloc has */
#define BUS_BITS_MAX   55	       /* pnv_pci_ioda2_table_alloc_pages() */
#define KERNEL_PAGE    UINT64_C(65536) /* the larger of the two kernel flavours */

/* Bits of index that one table level covers. */
static unsigned int
table_level_bits(uint64_t size, unsigned int page_shift, unsigned int levels)
{
	unsigned int bits = ddw_log2(size) - page_shift;

	return (bits + levels - 1) / levels;
}

/* Does the bus have the bits that such a table covers? */
static bool
fits_bus(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift, unsigned int levels)
{
	unsigned int bits = table_level_bits(size, page_shift, levels);

	if (bits < ddw_log2(KERNEL_PAGE / TCE_BYTES))
		bits = ddw_log2(KERNEL_PAGE / TCE_BYTES);
	return levels <= caps->levels && bits * levels + page_shift < BUS_BITS_MAX;
}

unsigned int
ddw_tce_table_levels(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift)
{
	unsigned int levels;

	for (levels = 1; levels <= caps->levels; levels++)
		if (table_level_bits(size, page_shift, levels) <= LEVEL_BITS_MAX)
			return fits_bus(caps, size, page_shift, levels) ? levels : 0;
	return 0;
}

bool
ddw_tce_table_more_levels(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift,
			  unsigned int levels)
{
	return plan_is_powernv(caps) && fits_bus(caps, size, page_shift, levels + 1);
}

uint64_t
ddw_tce_table_bytes(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift,
		    unsigned int levels)
{
	uint64_t table, block, total = 0;

	if (size >> page_shift == 0 || levels == 0 ||
	    !ddw_mul(size >> page_shift, TCE_BYTES, &table))
		return UINT64_MAX;
	if (!plan_is_powernv(caps))
		return table;

	/* One block per level at least; twice, for the copy with user addresses. */
	block = (uint64_t)TCE_BYTES << table_level_bits(size, page_shift, levels);
	if (block < KERNEL_PAGE)
		block = KERNEL_PAGE;
	for (; levels > 0; levels--) {
		if (!ddw_align_up(table, block, &table))
			return UINT64_MAX;
		total = plan_add(total, table);
		table = table / block * TCE_BYTES;
	}
	return ddw_mul(total, 2, &total) ? total : UINT64_MAX;
}

uint64_t
ddw_tce_table_default(const struct ddw_caps *caps)
{
	struct ddw_caps c = *caps;

	if (c.dma32_size >> DEFAULT_WINDOW_SHIFT == 0)
		return 0;
	/* With sPAPR v1 GET_INFO does not tell the platform: the one that takes more. */
	if (c.v1)
		c.levels = UINT32_MAX;
	return ddw_tce_table_bytes(&c, c.dma32_size, DEFAULT_WINDOW_SHIFT, 1);
}
