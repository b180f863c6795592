/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_DEVICES_H
#define CHECK_DEVICES_H

/* Check groups, drivers and dynamic windows. */

#include "doctor/doctor_io.h"

void doctor_check_devices(struct doctor *d);

#endif /* CHECK_DEVICES_H */
