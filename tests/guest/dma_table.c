/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <string.h>

#include <rte_bus.h>

#include "dma_table.h"

const struct vfio_spapr_dma *
dma_table_find(void)
{
	struct rte_bus *bus = rte_bus_find_by_name("vfio_spapr");
	const struct vfio_spapr_dma *table;
	vfio_spapr_dma_fn get;
	void *file, *symbol;
	Dl_info info;

	if (bus == NULL || dladdr(bus, &info) == 0)
		return NULL;
	file = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	symbol = file == NULL ? NULL : dlsym(file, VFIO_SPAPR_DMA_SYMBOL);
	if (symbol == NULL)
		return NULL;
	memcpy((void *)&get, (const void *)&symbol, sizeof(get));
	table = get();
	return table->version == VFIO_SPAPR_DMA_VERSION && table->size == sizeof(*table) ? table
											 : NULL;
}
