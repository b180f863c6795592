/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_DPDK_H
#define EDU_DPDK_H

/*
 * What DPDK offers to drivers: of the PCI bus and of the library of DMA devices.
 *
 * DPDK installs its headers for that only when it was built with -Denable_driver_sdk=true,
 * which distributions do not do. Without them, what this driver uses is declared here under
 * the same names. Structures that DPDK allocates are declared as far as they are used.
 * edu_layout.c holds both against what releases 22.11 to 26.03 have.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include <rte_common.h>
#include <rte_dev.h>
#include <rte_dmadev.h>
#include <rte_pci.h>
#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0) || RTE_VERSION >= RTE_VERSION_NUM(26, 4, 0, 0)
#error "DPDK 22.11 to 26.03: the structures of other releases are not known"
#endif

#if __has_include(<rte_dmadev_pmd.h>) && __has_include(<bus_pci_driver.h>)

#include <bus_pci_driver.h>
#include <rte_dmadev_pmd.h>

#else

/* dev_driver.h */
struct rte_driver {
	TAILQ_ENTRY(rte_driver) next;
	const char *name;
	const char *alias;
};

struct rte_device {
	TAILQ_ENTRY(rte_device) next;
	const char *name; /* of a PCI device: its address */
	const char *bus_info;
	const struct rte_driver *driver;
	const struct rte_bus *bus;
	int numa_node;
	struct rte_devargs *devargs;
};

/* bus_pci_driver.h */
struct rte_pci_device {
	TAILQ_ENTRY(rte_pci_device) next;
	struct rte_device device;
	struct rte_pci_addr addr;
	struct rte_pci_id id;
	struct rte_mem_resource mem_resource[6]; /* the BARs */
};

struct rte_pci_driver {
	TAILQ_ENTRY(rte_pci_driver) next;
	struct rte_driver driver;
	int (*probe)(struct rte_pci_driver *driver, struct rte_pci_device *dev);
	int (*remove)(struct rte_pci_device *dev);
	int (*dma_map)(struct rte_pci_device *dev, void *addr, uint64_t iova, size_t len);
	int (*dma_unmap)(struct rte_pci_device *dev, void *addr, uint64_t iova, size_t len);
	const struct rte_pci_id *id_table;
	uint32_t drv_flags;
};

#define RTE_PCI_DRV_NEED_MAPPING 0x1

#define RTE_PCI_DEVICE(vendor, device)                                              \
	.class_id = RTE_CLASS_ANY_ID, .vendor_id = (vendor), .device_id = (device), \
	.subsystem_vendor_id = RTE_PCI_ANY_ID, .subsystem_device_id = RTE_PCI_ANY_ID

void rte_pci_register(struct rte_pci_driver *driver);

/* rte_dmadev_pmd.h */
struct rte_dma_dev;

struct rte_dma_dev_ops {
	int (*dev_info_get)(const struct rte_dma_dev *dev, struct rte_dma_info *info,
			    uint32_t size);
	int (*dev_configure)(struct rte_dma_dev *dev, const struct rte_dma_conf *conf,
			     uint32_t size);
	int (*dev_start)(struct rte_dma_dev *dev);
	int (*dev_stop)(struct rte_dma_dev *dev);
	int (*dev_close)(struct rte_dma_dev *dev);
	int (*vchan_setup)(struct rte_dma_dev *dev, uint16_t vchan,
			   const struct rte_dma_vchan_conf *conf, uint32_t size);
	int (*stats_get)(const struct rte_dma_dev *dev, uint16_t vchan, struct rte_dma_stats *stats,
			 uint32_t size);
	int (*stats_reset)(struct rte_dma_dev *dev, uint16_t vchan);
	int (*vchan_status)(const struct rte_dma_dev *dev, uint16_t vchan,
			    enum rte_dma_vchan_status *status);
	int (*dev_dump)(const struct rte_dma_dev *dev, FILE *f);
	void (*access_pair_group[5])(void); /* from 25.11 on */
};

struct rte_dma_dev_data {
	char dev_name[RTE_DEV_NAME_MAX_LEN];
	int16_t dev_id;
	int16_t numa_node;
	void *dev_private;
};

enum rte_dma_dev_state {
	RTE_DMA_DEV_UNUSED,
	RTE_DMA_DEV_REGISTERED,
	RTE_DMA_DEV_READY,
};

struct rte_dma_dev {
	struct rte_device *device;
	struct rte_dma_dev_data *data;
	struct rte_dma_fp_object *fp_obj; /* of an installed header, rte_dmadev_core.h */
	const struct rte_dma_dev_ops *dev_ops;
	enum rte_dma_dev_state state;
};

struct rte_dma_dev *rte_dma_pmd_allocate(const char *name, int numa_node, size_t private_size);
int rte_dma_pmd_release(const char *name);

#endif

/**
 * Does the driver fit the DPDK that has loaded it? All of the above is internal to DPDK:
 * it may change from one release to the next, so only the release that the driver was
 * built for will do. Stable releases of it (24.11.1, 24.11.2) do not change it.
 *
 * @param running
 *   Text from rte_version(), such as "DPDK 24.11.4".
 */
bool edu_dpdk_fits(const char *running);

#endif /* EDU_DPDK_H */
