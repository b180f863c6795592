/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SETUP_H
#define SETUP_H

#include <stdbool.h>

/** Does the user expect windows: is there a device to probe, or a parameter? */
bool spapr_setup_expected(void);
/**
 * Make the devices ready that pci is about to probe; block those that cannot be. The first
 * time, open the window of each group and map all memory: on failure everything is undone,
 * and all devices are blocked. Later, groups join.
 */
int spapr_setup_devices(void);

#endif /* SETUP_H */
