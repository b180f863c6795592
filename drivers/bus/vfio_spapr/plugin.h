/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLUGIN_H
#define PLUGIN_H

/* What the parts of the plugin share. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>
#include <rte_log.h>
#include <rte_memory.h>

#include <ddw.h>

#include "holdings.h"
#include "layout.h"
#include "params.h"

#define BUS_NAME "vfio_spapr"

extern int vfio_spapr_logtype;

/* One line; the newline is added. */
#define LOG(level, fmt, ...)                                                            \
	rte_log(RTE_LOG_##level, (uint32_t)vfio_spapr_logtype, "VFIO_SPAPR: " fmt "\n", \
		##__VA_ARGS__)

/** How a PCI device is driven. */
enum device_kind {
	DEVICE_VFIO, /**< bound to vfio-pci */
	DEVICE_UIO,  /**< bound to a UIO driver: reaches memory without VFIO */
};

/** A PCI device that DPDK is going to probe. */
struct device {
	struct rte_device *dev;
	char name[DDW_PCI_NAME]; /**< canonical address */
	char driver[DDW_DRIVER_NAME];
	enum device_kind kind;
	int group; /**< IOMMU group number, -1 for none */
	bool blocked;
};

/** An IOMMU group and its container. */
struct group {
	int number;
	char name[64];
	int container_fd; /**< -1 when it has none */
	int index;	  /**< in the space, -1 when not attached */
	bool open;	  /**< it has a window, as far as was told */
};

/**
 * The one context. Changed by the main thread during start and end only. What other
 * threads may ask for at any moment is in record.h.
 */
struct plugin {
	const struct ddw_sys *sys;
	struct params params;
	struct ddw_error params_error; /**< err is 0 when they are good */

	struct bus_layout *pci;	   /**< the PCI bus */
	struct bus_layout pci_ops; /**< its operations before they were wrapped */
	bool wrapped;

	bool looked; /**< devices have been collected */
	struct device *devices;
	unsigned int n_devices;
	unsigned int n_vfio;
	bool va_reported;	/**< DDW-iova-va was printed at the vote */
	unsigned int n_refused; /**< groups and devices refused */

	struct group groups[DDW_MAX_GROUPS];
	unsigned int n_groups;
	struct ddw_space *space; /**< NULL while there is none */

	uint64_t heap_bytes[RTE_MAX_NUMA_NODES]; /**< memory of EAL's heaps, under EAL's lock */
	bool vetoed;	    /**< growth was refused, and reported, since memory was last freed */
	bool events;	    /**< callbacks are registered */
	bool static_memory; /**< EAL's memory does not change (legacy mode) */

	bool external;		       /**< what follows is set up */
	bool pools;		       /**< mempools are followed */
	pthread_mutex_t external_lock; /**< see external.h */
	struct holdings holdings;      /**< who uses memory that is not EAL's own */
};

extern struct plugin plugin;

/* wrap.c: operations of the PCI bus, wrapped */
void wrap_pci(void);
void unwrap_pci(void);

/* hotplug.c */
/**
 * Make the group of a device that is added at run time ready for pci. Its address is
 * filled in, empty when the plugin has nothing to do with it.
 * Returns 0, or a negative errno when pci must not probe the device.
 */
int hotplug_prepare(struct rte_device *dev, char name[DDW_PCI_NAME]);
/** Look for groups that EAL has closed. */
void hotplug_check_groups(void);
/** Serialise what changes the groups after the start; may be taken twice by one thread. */
void hotplug_lock(void);
void hotplug_unlock(void);

/* report.c */
void report_error(const struct ddw_error *err);
/** A group, or with number -1 a device, is not used: print why, and keep it for telemetry. */
void report_refused(int number, const char *name, struct ddw_error *err);
void report_setup(uint64_t ns);
void report_release(uint64_t ns);

/* devices.c */
/** Is this a 64-bit POWER machine? Elsewhere the plugin is silent. */
bool devices_on_power(void);
/** Does the plugin have anything to do in this process? Collects the devices. */
bool devices_active(void);
/** Is this a secondary process with devices that a primary may have set up? */
bool devices_shared(void);
/** Folder of the PCI devices in sysfs. */
const char *devices_sysfs(void);
/** Does a device of the group reach 32 address bits only, as the user says? */
bool devices_narrow(int group);
/** The same of one device, by its address. */
bool devices_is_narrow(const char *name);
/** A device of a group that pci is going to probe, or NULL. */
const struct device *devices_of_group(int number);
/** Keep pci from probing a device. */
void device_block(struct device *d);
/** Keep pci from probing the devices of a group; -1: any device outside the kernel's hands. */
void devices_block_group(int number);
/**
 * How is a PCI device driven?
 * Returns its IOMMU group for vfio-pci, -ENOENT when the kernel drives it (or
 * nothing does), another negative errno for UIO drivers and when it is unclear.
 */
int device_lookup(const struct rte_device *dev, char *name, size_t name_len, char *driver,
		  size_t driver_len);

/* telemetry.c */
/** Offer the commands below /vfio_spapr to telemetry. */
void telemetry_start(void);

/* setup.c */
/** Is the running DPDK laid out as layout.h says? */
int setup_check_layout(void);
/** Fill DDW-iova-va. */
int setup_fail_iova_va(struct ddw_error *err);
/** The group of a device, entered when it is new; NULL when there are too many. */
struct group *setup_group(const struct device *d);
/**
 * Let EAL open a group, so that its own table knows it when pci asks, in a container
 * of the group's own. Returns its descriptor, which is EAL's, or a negative errno.
 */
int setup_open_group(struct group *g, struct ddw_error *err);
/** Give every group its window and map all memory. */
int setup(void);
/** With strict=1, end the process unless every device can be used. */
void setup_end_if_strict(int ret);
/** Give back everything. */
void teardown(void);

/* memory.c */
/** Memory that EAL holds now, by page size, into the plan's input. */
int memory_count(struct ddw_plan_input *in, struct ddw_error *err);
/** Map what EAL holds, and follow what it adds and frees from now on. */
int memory_start(struct ddw_error *err);
/** Stop following. */
void memory_stop(void);

/** Give pages consecutive bus addresses. */
void memory_write_iova(struct rte_memseg *ms, uint64_t n, uint64_t iova);
/** Give pages that no device can reach addresses where nothing is. */
void memory_poison(struct rte_memseg *ms, uint64_t n);

/* pools.c */
/** Map what mempools are made of outside of heaps, from now on. */
void pools_start(void);
void pools_stop(void);

/* growth.c */
/** Allocation validator: may the heap of a NUMA node grow to new_len? */
int growth_check(int socket, size_t limit, size_t new_len);
/** Say, once, that @p more bytes are refused and that @p room are left. */
void growth_full(uint64_t more, uint64_t room);

/* mp.c: the primary's side */
/** Answer secondary processes that ask for groups, from now on or a little later. */
void mp_start(void);
/** Give them no more. */
void mp_stop(void);

/* secondary.c: a process that shares what a primary has set up */
/** Fits the IOVA mode of this process? Otherwise keep pci from probing the devices. */
int secondary_check(void);
/** Make the pools of librte_mempool_ddw accessible, where that library is loaded. */
void secondary_attach_pools(void);

#endif /* PLUGIN_H */
