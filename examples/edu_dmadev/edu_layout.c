/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The internal structures of DPDK that the driver uses: where their members are on 64-bit
 * machines, in all releases from 22.11 to 26.03. The same lines check DPDK's own headers
 * where they are installed, and the declarations of edu_dpdk.h where they are not.
 */

#include <stddef.h>

#include "edu_dpdk.h"

#define AT(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member)

AT(rte_driver, name, 16);

AT(rte_device, name, 16);
AT(rte_device, numa_node, 48);
_Static_assert(sizeof(struct rte_device) == 64, "struct rte_device");

AT(rte_pci_device, device, 16);
AT(rte_pci_device, mem_resource, 104);

AT(rte_pci_driver, driver, 16);
AT(rte_pci_driver, probe, 48);
AT(rte_pci_driver, remove, 56);
AT(rte_pci_driver, id_table, 80);
AT(rte_pci_driver, drv_flags, 88);
_Static_assert(sizeof(struct rte_pci_driver) == 96, "struct rte_pci_driver");

AT(rte_dma_dev_ops, dev_info_get, 0);
AT(rte_dma_dev_ops, dev_configure, 8);
AT(rte_dma_dev_ops, dev_start, 16);
AT(rte_dma_dev_ops, dev_stop, 24);
AT(rte_dma_dev_ops, dev_close, 32);
AT(rte_dma_dev_ops, vchan_setup, 40);
AT(rte_dma_dev_ops, stats_get, 48);
AT(rte_dma_dev_ops, stats_reset, 56);
AT(rte_dma_dev_ops, vchan_status, 64);
AT(rte_dma_dev_ops, dev_dump, 72);

AT(rte_dma_dev_data, numa_node, 66);
AT(rte_dma_dev_data, dev_private, 72);

AT(rte_dma_dev, device, 0);
AT(rte_dma_dev, data, 8);
AT(rte_dma_dev, fp_obj, 16);
AT(rte_dma_dev, dev_ops, 24);
AT(rte_dma_dev, state, 32);

_Static_assert(RTE_PCI_DRV_NEED_MAPPING == 1, "RTE_PCI_DRV_NEED_MAPPING");
_Static_assert(RTE_DMA_DEV_READY == 2, "RTE_DMA_DEV_READY");

bool
edu_dpdk_fits(const char *running)
{
	int year, month;

	return sscanf(running, "DPDK %2d.%2d", &year, &month) == 2 && year == RTE_VER_YEAR &&
	       month == RTE_VER_MONTH;
}
