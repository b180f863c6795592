/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_MODULES_H
#define CHECK_MODULES_H

/* Check VFIO and its settings. */

#include "doctor/doctor_io.h"

void doctor_check_modules(struct doctor *d);

#endif /* CHECK_MODULES_H */
