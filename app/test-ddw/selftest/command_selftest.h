/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMAND_SELFTEST_H
#define COMMAND_SELFTEST_H

/* dpdk-test-ddw selftest: tests libddw in the windows of this machine. */

#include "common/autotest.h"

int command_selftest(int argc, char **argv);

/* The same tests by name. */
extern const struct autotest selftest_autotests[];

#endif /* COMMAND_SELFTEST_H */
