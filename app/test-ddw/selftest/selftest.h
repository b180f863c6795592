/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_H
#define SELFTEST_H

/* Runs the tests, and keeps what came of them. */

#include <stdio.h>

#include "selftest/selftest_env.h"

/* All of them, up to NULL. */
extern const struct selftest_suite *const selftest_suites[];

struct selftest_result {
	const struct selftest_suite *suite;
	const struct selftest_case *one;
	int ret;
	char message[1024];
};

struct selftest_results {
	struct selftest_result *list;
	unsigned int n;
	unsigned int passed, failed, skipped, unsupported;
};

/* Run one suite, print a line for each test, and add them to the results. 0 or -ENOMEM. */
int selftest_run(struct selftest *t, const struct selftest_suite *suite,
		 struct selftest_results *results, FILE *out);
void selftest_summary(const struct selftest_results *results, FILE *out);
void selftest_results_free(struct selftest_results *results);
/* "succeeded" and so on. */
const char *selftest_ret_name(int ret);

#endif /* SELFTEST_H */
