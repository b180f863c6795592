/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

/* Measure CREATE and REMOVE of windows. */

#include "bench/bench.h"

void bench_windows(struct bench *b);

#endif /* BENCH_WINDOWS_H */
