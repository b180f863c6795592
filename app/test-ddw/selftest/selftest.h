/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_H
#define SELFTEST_H

/* Run the self-tests and collect the results. */

#include <stdio.h>

#include "selftest/selftest_env.h"

/* All suites; the last element is NULL. */
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

/* Run one suite, print a line per test, and add the results. Returns 0 or -ENOMEM. */
int selftest_run(struct selftest *t, const struct selftest_suite *suite,
		 struct selftest_results *results, FILE *out);
void selftest_summary(const struct selftest_results *results, FILE *out);
void selftest_results_free(struct selftest_results *results);
/* Return the name of a result, such as "succeeded". */
const char *selftest_ret_name(int ret);

#endif /* SELFTEST_H */
