/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SETUP_H
#define SETUP_H

/**
 * Open the window of each group and map all memory. On failure everything is undone, and
 * the devices are blocked.
 */
int spapr_setup(void);

#endif /* SETUP_H */
