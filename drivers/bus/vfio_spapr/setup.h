/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SETUP_H
#define SETUP_H

/** Give every group its window and map all memory. */
int spapr_setup(void);

#endif /* SETUP_H */
