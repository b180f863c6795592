/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_LIMITS_H
#define SELFTEST_LIMITS_H

/* Test that invalid requests are refused. */

#include "selftest/selftest_env.h"

extern const struct selftest_suite selftest_limits;

#endif /* SELFTEST_LIMITS_H */
