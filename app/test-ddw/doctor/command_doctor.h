/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMAND_DOCTOR_H
#define COMMAND_DOCTOR_H

/* dpdk-test-ddw doctor: looks at this machine. */

int command_doctor(int argc, char **argv);

#endif /* COMMAND_DOCTOR_H */
