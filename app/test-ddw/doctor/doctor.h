/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DOCTOR_H
#define DOCTOR_H

/* Diagnose a machine. */

#include "doctor/doctor_io.h"

/* Run all checks, in the order of their dependencies. */
void doctor_run(struct doctor *d);

#endif /* DOCTOR_H */
