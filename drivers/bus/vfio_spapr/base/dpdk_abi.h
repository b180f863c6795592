/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DPDK_ABI_H
#define DPDK_ABI_H

/*
 * Declare the few internal structures of DPDK that the plugin reads or changes.
 *
 * DPDK's headers for them are installed only with -Denable_driver_sdk=true,
 * which distributions do not set, so they are declared here under names of
 * their own. They are the same in all releases from 22.11 to 26.03 (26.07
 * changed struct rte_bus). base/dpdk_abi_check.c compares them with the real headers
 * where those are installed; spapr_abi_check_running() looks at the running DPDK
 * before anything is touched.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_eal.h>
#include <rte_pci.h>

#include <ddw_error.h>

/* struct rte_bus of bus_driver.h */
struct bus_layout {
	TAILQ_ENTRY(bus_layout) next;
	const char *name;
	int (*scan)(void);
	int (*probe)(void);
	struct rte_device *(*find_device)(const struct rte_device *start, rte_dev_cmp_t cmp,
					  const void *data);
	int (*plug)(struct rte_device *dev);
	int (*unplug)(struct rte_device *dev);
	int (*parse)(const char *name, void *addr);
	int (*devargs_parse)(struct rte_devargs *da);
	int (*dma_map)(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
	int (*dma_unmap)(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
	int scan_mode;
	enum rte_iova_mode (*get_iommu_class)(void);
	rte_dev_iterate_t dev_iterate;
	int (*hot_unplug_handler)(struct rte_device *dev);
	int (*sigbus_handler)(const void *failure_addr);
	int (*cleanup)(void);
};

/* struct rte_device of dev_driver.h */
struct device_layout {
	TAILQ_ENTRY(device_layout) next;
	const char *name;
	const char *bus_info;
	const struct rte_driver *driver;
	const struct rte_bus *bus;
	int numa_node;
	struct rte_devargs *devargs;
};

/* struct rte_pci_driver of bus_pci_driver.h, with its struct rte_driver */
struct pci_driver_layout {
	TAILQ_ENTRY(pci_driver_layout) next;
	TAILQ_ENTRY(pci_driver_layout) driver_next;
	const char *name;
	const char *alias;
	void (*probe)(void);
	void (*remove)(void);
	void (*dma_map)(void);
	void (*dma_unmap)(void);
	const struct rte_pci_id *id_table;
	uint32_t drv_flags;
};

/* struct rte_pci_bus of bus_pci_driver.h */
struct pci_bus_layout {
	struct bus_layout bus;
	TAILQ_HEAD(, device_layout) device_list;
	TAILQ_HEAD(, pci_driver_layout) driver_list;
};

/*
 * What a secondary process asks the primary about VFIO, and the answer: struct
 * vfio_mp_param of eal_vfio.h, which no installation has. A wire format, the same
 * in all releases; what the codes mean is not, see spapr_abi_vfio_request().
 */
#define VFIO_MP_NAME "eal_vfio_mp_sync"

enum vfio_mp_result {
	VFIO_MP_OK = 0,
	VFIO_MP_NO_FD = 1, /* the device is not driven through VFIO: leave it out */
	VFIO_MP_ERROR = 0xff,
};

struct vfio_mp_layout {
	int request;
	int result;
	int value; /* group, type of the IOMMU, or one of enum vfio_mp_mode */
};

/* Values in answers of 26.11. */
enum vfio_mp_mode {
	VFIO_MP_BY_GROUPS = 1, /* how EAL finds the devices of a container */
	VFIO_MP_IOVA_PA = 2,
};

/* What the codes of the requests mean: each release has one of these. */
enum vfio_codes {
	VFIO_CODES_FIRST,  /* a container is a new one each time */
	VFIO_CODES_SECOND, /* since "vfio: fix custom containers in multiprocess" */
	VFIO_CODES_26_11,
};

enum vfio_request {
	VFIO_REQUEST_UNKNOWN,
	VFIO_REQUEST_CONTAINER,		/* first: a new container; later: the default one */
	VFIO_REQUEST_GROUP,		/* descriptor of a group */
	VFIO_REQUEST_DEFAULT_CONTAINER, /* first only */
	VFIO_REQUEST_IOMMU_TYPE,	/* of the default container */
	VFIO_REQUEST_IOVA_MODE,		/* 26.11 only */
};

/* Internal functions of EAL: exported, but in no installed header. */
void rte_bus_register(struct rte_bus *bus);
void rte_bus_unregister(struct rte_bus *bus);

/**
 * Return whether the structures of a release are known.
 *
 * @param version
 *   Text from rte_version(), such as "DPDK 24.11.4".
 */
bool spapr_abi_version_known(const char *version);

/**
 * Compare the structures above with what DPDK's own functions return.
 *
 * @param pci
 *   The PCI bus, or NULL when it is not registered yet.
 * @param err
 *   Filled on failure (DDW-layout-unknown).
 * @return
 *   0 or -ENOTSUP.
 */
int spapr_abi_check_running(const struct rte_bus *pci, struct ddw_error *err);

/** Compare struct device_layout with one device of the PCI bus. */
int spapr_abi_check_device(const struct rte_device *dev, struct ddw_error *err);

/**
 * Return whether a driver matches these IDs. Whether it lets the PCI bus map the device
 * does not matter: some, such as virtio's, do that themselves.
 */
bool spapr_abi_pci_driver_exists(const struct rte_bus *pci, const struct rte_pci_id *id);

/**
 * Decode the request of a secondary process.
 *
 * @param code
 *   From struct vfio_mp_layout.
 * @param codes
 *   From spapr_vfio_codes().
 */
enum vfio_request spapr_abi_vfio_request(int code, enum vfio_codes codes);

/**
 * Return whether the driver of a PCI device leaves rte_dev_dma_map() to the bus. False
 * for drivers that map memory in their own way (mlx4, mlx5), and without a driver.
 */
bool spapr_abi_bus_maps(const struct rte_bus *pci, const struct rte_device *dev);

#endif /* DPDK_ABI_H */
