/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_DPDK_H
#define CHECK_DPDK_H

/* Check DPDK and the plugin. */

#include "doctor/doctor_io.h"

void doctor_check_dpdk(struct doctor *d);

#endif /* CHECK_DPDK_H */
