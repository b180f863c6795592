/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>

#include <rte_bus.h>

#include "pool.h"

/* A test's own, which it sets before it makes pools. */
static const struct vfio_spapr_dma *forced;

void
mpddw_dma_use(const struct vfio_spapr_dma *dma)
{
	forced = dma;
}

/*
 * EAL loads plugins without making their symbols global, so the plugin's file is
 * looked up by the address of its bus. It may also be inside the program.
 */
static void *
find_symbol(const struct rte_bus *bus)
{
	void *file, *symbol;
	Dl_info info;

	if (dladdr(bus, &info) == 0)
		return NULL;
	file = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	if (file == NULL)
		return dlsym(RTLD_DEFAULT, VFIO_SPAPR_DMA_SYMBOL);
	symbol = dlsym(file, VFIO_SPAPR_DMA_SYMBOL);
	/* EAL keeps plugins loaded; this only undoes the count of dlopen(). */
	dlclose(file);
	return symbol;
}

static const struct vfio_spapr_dma *
find_plugin(const struct rte_bus *bus, struct ddw_error *err)
{
	const struct vfio_spapr_dma *dma = NULL;
	vfio_spapr_dma_fn get;

	*(void **)&get = find_symbol(bus);
	if (get != NULL)
		dma = get();
	if (dma != NULL && dma->version == VFIO_SPAPR_DMA_VERSION && dma->size == sizeof(*dma))
		return dma;
	(void)ddw_fail(err, DDW_MSG_POOL_NO_PLUGIN, ENODEV,
		       "plugin vfio_spapr and this library have different versions");
	ddw_error_why(err, "they exchange structures, so their versions must be equal");
	ddw_error_fix(err, "install plugin and library of the same release");
	return NULL;
}

/* Machines on which nothing but the plugin can map memory. */
static bool
needs_plugin(void)
{
#ifdef RTE_ARCH_PPC_64
	return true;
#else
	return false;
#endif
}

const struct vfio_spapr_dma *
mpddw_dma_get(struct ddw_error *err)
{
	const struct rte_bus *bus = rte_bus_find_by_name("vfio_spapr");
	const struct vfio_spapr_dma *dma;
	struct vfio_spapr_dma_info info;

	if (forced != NULL) {
		forced->set_reclaim(mpddw_demand_reclaim);
		return forced;
	}
	if (bus == NULL && !needs_plugin())
		return &mpddw_dma_plain;
	if (bus == NULL) {
		(void)ddw_fail(err, DDW_MSG_POOL_NO_PLUGIN, ENODEV, "no memory can be mapped");
		return NULL;
	}
	dma = find_plugin(bus, err);
	if (dma == NULL)
		return NULL;
	dma->info(&info);
	if (info.kind == VFIO_SPAPR_DMA_NONE)
		return &mpddw_dma_plain;
	dma->set_reclaim(mpddw_demand_reclaim);
	return dma;
}
