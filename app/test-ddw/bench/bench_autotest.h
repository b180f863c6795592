/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_AUTOTEST_H
#define BENCH_AUTOTEST_H

/* Offer the benchmarks as tests that are called by name. */

#include "common/autotest.h"

extern const struct autotest bench_autotests[];

#endif /* BENCH_AUTOTEST_H */
