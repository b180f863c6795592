/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_MAP_H
#define SELFTEST_MAP_H

/* Test mapping and unmapping in different orders. */

#include "selftest/selftest_env.h"

extern const struct selftest_suite selftest_map_order;
extern const struct selftest_suite selftest_partial_unmap;

#endif /* SELFTEST_MAP_H */
