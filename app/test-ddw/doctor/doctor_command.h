/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DOCTOR_COMMAND_H
#define DOCTOR_COMMAND_H

/* "dpdk-test-ddw doctor": diagnose this machine. */

int doctor_command(int argc, char **argv);

#endif /* DOCTOR_COMMAND_H */
