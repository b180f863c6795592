/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_COMMAND_H
#define SELFTEST_COMMAND_H

/* "dpdk-test-ddw selftest": test libddw in the windows of this machine. */

#include "common/autotest.h"

int selftest_command(int argc, char **argv);

/* The suites as tests that are called by name. */
extern const struct autotest selftest_autotests[];

#endif /* SELFTEST_COMMAND_H */
