/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Compare base/dpdk_abi.h with DPDK's own headers when compiling, where a DPDK built
 * with -Denable_driver_sdk=true has installed them. There is no code.
 */

#include <stddef.h>

#include "base/dpdk_abi.h"

#define SAME(real, real_member, mine, my_member)                                               \
	_Static_assert(offsetof(struct real, real_member) == offsetof(struct mine, my_member), \
		       #mine "." #my_member)

#if __has_include(<bus_driver.h>)
#include <bus_driver.h>
SAME(rte_bus, name, bus_layout, name);
SAME(rte_bus, scan, bus_layout, scan);
SAME(rte_bus, probe, bus_layout, probe);
SAME(rte_bus, find_device, bus_layout, find_device);
SAME(rte_bus, plug, bus_layout, plug);
SAME(rte_bus, unplug, bus_layout, unplug);
SAME(rte_bus, parse, bus_layout, parse);
SAME(rte_bus, dma_map, bus_layout, dma_map);
SAME(rte_bus, dma_unmap, bus_layout, dma_unmap);
SAME(rte_bus, get_iommu_class, bus_layout, get_iommu_class);
SAME(rte_bus, cleanup, bus_layout, cleanup);
_Static_assert(sizeof(struct rte_bus) == sizeof(struct bus_layout), "struct rte_bus");
#endif

#if __has_include(<dev_driver.h>)
#include <dev_driver.h>
SAME(rte_device, name, device_layout, name);
SAME(rte_device, bus, device_layout, bus);
SAME(rte_device, devargs, device_layout, devargs);
_Static_assert(sizeof(struct rte_device) == sizeof(struct device_layout), "struct rte_device");
#endif

#if __has_include(<bus_pci_driver.h>)
#include <bus_pci_driver.h>
SAME(rte_pci_driver, driver, pci_driver_layout, driver_next);
SAME(rte_pci_driver, dma_map, pci_driver_layout, dma_map);
SAME(rte_pci_driver, id_table, pci_driver_layout, id_table);
#endif

/* Offsets of 22.11 to 26.03 on 64-bit machines. */
_Static_assert(offsetof(struct bus_layout, cleanup) == 136, "struct rte_bus");
_Static_assert(sizeof(struct bus_layout) == 144, "struct rte_bus");
_Static_assert(offsetof(struct device_layout, devargs) == 56, "struct rte_device");
_Static_assert(offsetof(struct pci_bus_layout, driver_list) == 160, "struct rte_pci_bus");
_Static_assert(offsetof(struct bus_layout, dma_map) == 80, "struct rte_bus");
_Static_assert(offsetof(struct pci_driver_layout, driver_next) == 16, "struct rte_pci_driver");
_Static_assert(offsetof(struct pci_driver_layout, dma_map) == 64, "struct rte_pci_driver");
_Static_assert(offsetof(struct pci_driver_layout, id_table) == 80, "struct rte_pci_driver");
_Static_assert(sizeof(struct vfio_mp_layout) == 12, "struct vfio_mp_param");
