/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DPDK_ABI_H
#define DPDK_ABI_H

/*
 * Describe the few internal structures of DPDK that the plugin reads or changes.
 *
 * DPDK's headers for them are installed only with -Denable_driver_sdk=true, which
 * distributions do not set, and one plugin serves all releases. So members are reached by
 * the offsets of two generations: up to 26.03, and from 26.07, which changed struct rte_bus
 * and the drivers of PCI. base/dpdk_abi_check.c compares them with the real headers where
 * those are installed; spapr_abi_check_running() looks at the running DPDK before anything
 * is touched.
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

/** How the structures of a release are laid out. */
enum abi_generation {
	ABI_UNKNOWN = -1,
	ABI_2211, /**< 22.11 to 26.03 */
	ABI_2607, /**< 26.07 */
	ABI_GENERATIONS,
};

/*
 * Members of struct rte_bus of bus_driver.h: name, and offset in each generation. 22.11 has
 * the lists in struct rte_pci_bus of bus_pci_driver.h.
 */
#define ABI_BUS_MEMBERS(X)       \
	X(NAME, 16, 16)          \
	X(SCAN, 24, 32)          \
	X(PROBE, 32, 40)         \
	X(FIND_DEVICE, 40, 48)   \
	X(PLUG, 48, 64)          \
	X(UNPLUG, 56, 72)        \
	X(PARSE, 64, 80)         \
	X(DMA_MAP, 80, 104)      \
	X(DMA_UNMAP, 88, 112)    \
	X(IOMMU_CLASS, 104, 128) \
	X(ITERATE, 112, 136)     \
	X(CLEANUP, 136, 168)     \
	X(DEVICES, 144, 176)     \
	X(DRIVERS, 160, 192)

#define ABI_BUS_ENUM(member, old, now) ABI_BUS_##member,
enum abi_bus_member { ABI_BUS_MEMBERS(ABI_BUS_ENUM) ABI_BUS_N_MEMBERS };

/** The largest struct rte_bus, bytes. */
#define ABI_BUS_SIZE 208

/* Members of struct rte_pci_driver, which begins with its link in the list of drivers. */
#define ABI_DRIVER_MEMBERS(X) \
	X(DRIVER, 16, 0)      \
	X(DMA_MAP, 64, 56)    \
	X(ID_TABLE, 80, 72)

/* struct rte_device of dev_driver.h, the same in all releases */
struct device_layout {
	TAILQ_ENTRY(device_layout) next;
	const char *name;
	const char *bus_info;
	const struct rte_driver *driver;
	const struct rte_bus *bus;
	int numa_node;
	struct rte_devargs *devargs;
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
	VFIO_MP_IOVA_VA = 1,   /* the IOMMU translates, wherever the memory is */
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
 * Return the generation of a release, or ABI_UNKNOWN.
 *
 * @param version
 *   Text from rte_version(), such as "DPDK 24.11.4".
 */
enum abi_generation spapr_abi_generation_of(const char *version);

/** Return the generation of the running DPDK, as its version says. */
enum abi_generation spapr_abi_generation(void);

/**
 * Return the address of a member of a bus.
 *
 * @param bus
 *   A bus of the running DPDK, whose generation is known.
 */
void *spapr_abi_bus(const struct rte_bus *bus, enum abi_bus_member member);

/** The address of a member that is a function: to be cast back before it is called. */
typedef void (*abi_fn)(void);
static inline abi_fn *
spapr_abi_bus_fn(const struct rte_bus *bus, enum abi_bus_member member)
{
	return spapr_abi_bus(bus, member);
}

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
