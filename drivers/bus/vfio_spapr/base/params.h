/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PARAMS_H
#define PARAMS_H

/* Parse the parameters of the plugin. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_pci.h>

#include <ddw_error.h>
#include <ddw_space.h>

/** Environment variable with the syntax of the device arguments. */
#define PARAMS_ENV "VFIO_SPAPR_CONFIG"

/** Devices that can be named with dma32=. */
#define PARAMS_NARROW_MAX 16

/** Parameters; 0 means that one is not given. */
struct params {
	bool given; /**< there were some */
	bool off;   /**< do nothing */
	enum ddw_iommu iommu;
	struct ddw_plan_wishes wishes;
	bool interpose; /**< redirect rte_mem_virt2iova() */
	bool strict;	/**< end the process when a group is refused */
	/** Devices that reach 32 address bits only. */
	struct rte_pci_addr narrow[PARAMS_NARROW_MAX];
	unsigned int n_narrow;
};

/**
 * Parse parameters such as "mode=ddw,page_size=64K". Those that are not named keep
 * their value.
 *
 * @param text
 *   Parameters; NULL or "" for none.
 * @param source
 *   Where they come from, for messages.
 * @param p
 *   Changed only when all of the text is valid, except for "strict", which decides what
 *   an error leads to.
 * @param err
 *   Filled on failure: DDW-param-unknown, DDW-param-value.
 * @return
 *   0 or -EINVAL.
 */
int spapr_params_parse(const char *text, const char *source, struct params *p,
		       struct ddw_error *err);

#endif /* PARAMS_H */
