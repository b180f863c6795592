/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

/* Print the report as a table or as JSON. */

#include <stdio.h>

#include "bench/bench.h"

void bench_print(const struct bench *b, FILE *out);
/* Print the report as one JSON object. Returns 0 or -ENOMEM. */
int bench_print_json(const struct bench *b, FILE *out);

#endif /* BENCH_REPORT_H */
