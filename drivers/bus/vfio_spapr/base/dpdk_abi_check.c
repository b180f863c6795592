/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Compare base/dpdk_abi.h with DPDK's own headers when compiling, where a DPDK built
 * with -Denable_driver_sdk=true has installed them. There is no code.
 */

#include <stddef.h>

#include <rte_version.h>

#include "base/dpdk_abi.h"

/* DPDK's names of the members, and which generation its headers are of. */
#if RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0)
#define COLUMN(old, now) now
#define plug		 probe_device
#define unplug		 unplug_device
#else
#define COLUMN(old, now) old
#endif

#define AS_ENUM(member, old, now)  BUS_AT_##member = COLUMN(old, now),
#define AS_ENUM2(member, old, now) DRIVER_AT_##member = COLUMN(old, now),
enum { ABI_BUS_MEMBERS(AS_ENUM) ABI_DRIVER_MEMBERS(AS_ENUM2) };

#define AT(type, member, offset) _Static_assert(offsetof(struct type, member) == (offset), #member)

#if __has_include(<bus_driver.h>)
#include <bus_driver.h>
AT(rte_bus, name, BUS_AT_NAME);
AT(rte_bus, scan, BUS_AT_SCAN);
AT(rte_bus, probe, BUS_AT_PROBE);
AT(rte_bus, find_device, BUS_AT_FIND_DEVICE);
AT(rte_bus, plug, BUS_AT_PLUG);
AT(rte_bus, unplug, BUS_AT_UNPLUG);
AT(rte_bus, parse, BUS_AT_PARSE);
AT(rte_bus, dma_map, BUS_AT_DMA_MAP);
AT(rte_bus, dma_unmap, BUS_AT_DMA_UNMAP);
AT(rte_bus, get_iommu_class, BUS_AT_IOMMU_CLASS);
AT(rte_bus, dev_iterate, BUS_AT_ITERATE);
AT(rte_bus, cleanup, BUS_AT_CLEANUP);
_Static_assert(sizeof(struct rte_bus) <= ABI_BUS_SIZE, "struct rte_bus");
#endif

#if __has_include(<dev_driver.h>)
#include <dev_driver.h>
AT(rte_device, name, offsetof(struct device_layout, name));
AT(rte_device, bus, offsetof(struct device_layout, bus));
AT(rte_device, devargs, offsetof(struct device_layout, devargs));
_Static_assert(sizeof(struct rte_device) == sizeof(struct device_layout), "struct rte_device");
#endif

#if __has_include(<bus_pci_driver.h>)
#include <bus_pci_driver.h>
AT(rte_pci_driver, driver, DRIVER_AT_DRIVER);
AT(rte_pci_driver, dma_map, DRIVER_AT_DMA_MAP);
AT(rte_pci_driver, id_table, DRIVER_AT_ID_TABLE);
#endif

_Static_assert(offsetof(struct device_layout, devargs) == 56, "struct rte_device");
_Static_assert(sizeof(struct vfio_mp_layout) == 12, "struct vfio_mp_param");
