/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_PLATFORM_H
#define CHECK_PLATFORM_H

/* Check platform, firmware, MMU, kernel and EEH. */

#include "doctor/doctor_io.h"

/* Returns false when the other checks make no sense. */
bool doctor_check_platform(struct doctor *d);

#endif /* CHECK_PLATFORM_H */
