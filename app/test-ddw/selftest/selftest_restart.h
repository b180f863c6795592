/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_RESTART_H
#define SELFTEST_RESTART_H

/* Test the release of everything and a new start. */

#include "selftest/selftest_env.h"

extern const struct selftest_suite selftest_restart;

#endif /* SELFTEST_RESTART_H */
