/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_MEMORY_H
#define CHECK_MEMORY_H

/* Check hugepages and locked memory. */

#include "doctor/doctor_io.h"

void doctor_check_memory(struct doctor *d);

#endif /* CHECK_MEMORY_H */
