/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CONTEXT_H
#define CONTEXT_H

/* State and logging that all files of the plugin share. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>
#include <rte_log.h>

#include <ddw.h>

#include "base/params.h"

struct rte_bus;

#define BUS_NAME "vfio_spapr"

extern int vfio_spapr_logtype;

/* Log one line; the newline is added. */
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
	int group;    /**< IOMMU group number, or a negative errno */
	bool named;   /**< -a names it */
	bool blocked; /**< it was refused: pci must not probe it */
	bool held;    /**< open during the probe, see spapr_group_hold() */
	int fd;	      /**< while it is held */
};

/** What the plugin does in this process. The first scan decides. */
enum role {
	ROLE_NONE,	/**< nothing: no POWER, no PCI bus, mode=off */
	ROLE_IDLE,	/**< no device at start: refuse those that come later */
	ROLE_PRIMARY,	/**< open windows and map memory */
	ROLE_FAILED,	/**< had no success with that: no window, no device */
	ROLE_SECONDARY, /**< the primary process has the windows */
};

/** An IOMMU group and its container. */
struct group {
	int number;
	char name[64];
	char device[DDW_PCI_NAME]; /**< through which EAL opens it */
	int container_fd;	   /**< -1 when it has none */
	int index;		   /**< in the space, -1 when not attached */
	bool open;		   /**< it had a window when last looked at */
};

/**
 * The only instance is spapr_ctx. The main thread changes it, during start and end only, but
 * for the groups (hot-plug, under spapr_groups_lock()) and what EAL's memory lock protects.
 * What other threads may read at any moment is in base/record.h.
 */
struct context {
	const struct ddw_sys *sys;
	struct params params;
	struct ddw_error params_error; /**< err is 0 when they are good */

	struct rte_bus *pci; /**< the PCI bus */
	enum role role;

	struct device *devices; /**< those that pci would probe now, and the refused ones */
	unsigned int n_devices;
	bool va_reported;	/**< DDW-iova-va was printed at the vote */
	unsigned int n_refused; /**< groups and devices refused */
	bool started;		/**< pci has probed for the first time */

	struct group groups[DDW_MAX_GROUPS];
	unsigned int n_groups;
	struct ddw_space *space; /**< NULL while there is none */

	bool vetoed;	    /**< growth was refused, and reported, since memory was last freed */
	bool static_memory; /**< EAL's memory does not change (legacy mode) */
	bool external;	    /**< memory that is not EAL's own is followed */
};

extern struct context spapr_ctx;

/** Return the monotonic time in nanoseconds. */
uint64_t spapr_clock_ns(void);

#endif /* CONTEXT_H */
