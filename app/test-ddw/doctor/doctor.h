/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DOCTOR_H
#define DOCTOR_H

/* Looks at a machine: all checks of the doctor. */

#include "doctor/doctor_io.h"

/* All checks, in the order in which they depend on each other. */
void doctor_run(struct doctor *d);

#endif /* DOCTOR_H */
