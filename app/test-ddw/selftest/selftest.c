/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/selftest.h"
#include "selftest/selftest_dma.h"
#include "selftest/selftest_limits.h"
#include "selftest/selftest_map.h"
#include "selftest/selftest_restart.h"
#include "selftest/selftest_windows.h"

/* Results are printed in the format of DPDK's own tests. */

#define RULE " + ------------------------------------------------------- +\n"

const struct selftest_suite *const selftest_suites[] = {
	&selftest_window_sizes, &selftest_page_sizes, &selftest_map_order, &selftest_partial_unmap,
	&selftest_limits,	&selftest_restart,    &selftest_dma_edu,   NULL,
};

const char *
selftest_ret_name(int ret)
{
	switch (ret) {
	case AUTOTEST_OK:
		return "succeeded";
	case AUTOTEST_SKIPPED:
		return "skipped";
	case SELFTEST_UNSUPPORTED:
		return "unsupported";
	default:
		return "failed";
	}
}

static void
count_result(struct selftest_results *results, int ret)
{
	if (ret == AUTOTEST_OK)
		results->passed++;
	else if (ret == AUTOTEST_SKIPPED)
		results->skipped++;
	else if (ret == SELFTEST_UNSUPPORTED)
		results->unsupported++;
	else
		results->failed++;
}

static int
add_result(struct selftest_results *results, const struct selftest_result *one)
{
	struct selftest_result *list;

	list = realloc(results->list, (results->n + 1) * sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	results->list = list;
	list[results->n++] = *one;
	count_result(results, one->ret);
	return 0;
}

/* Run one test. The state is clean before and after it, unless the next test continues. */
static int
run_case(struct selftest *t, const struct selftest_suite *suite, const struct selftest_case *one)
{
	struct ddw_memlock now = { .used = 0 };
	bool first = !suite->keep || one == suite->cases;
	bool last = !suite->keep || one[1].name == NULL;
	int ret, end = 0;

	t->message[0] = '\0';
	if (t->refused)
		return selftest_skip(t, "skipped: the kernel refused a window before");
	if (first) {
		if (t->host->sys->memlock(t->host->sys->ctx, &now) != 0)
			return selftest_fail(t, "the use of locked memory cannot be read");
		t->locked = now.used;
	} else if (t->space == NULL) {
		return selftest_unsupported(t, "it needs the previous test");
	}
	ret = one->run(t, one->arg);
	if (last || (ret != AUTOTEST_OK && ret != SELFTEST_UNSUPPORTED))
		end = selftest_end(t);
	/* what ends a test is told when the test itself was good */
	return ret == AUTOTEST_FAILED || end == 0 ? ret : end;
}

int
selftest_run(struct selftest *t, const struct selftest_suite *suite,
	     struct selftest_results *results, FILE *out)
{
	const struct selftest_case *one;
	struct selftest_result result;
	int ret;

	for (one = suite->cases; one->name != NULL; one++) {
		memset(&result, 0, sizeof(result));
		result.suite = suite;
		result.one = one;
		result.ret = run_case(t, suite, one);
		snprintf(result.message, sizeof(result.message), "%s", t->message);
		if (out != NULL) {
			fprintf(out, " + TestCase [%2u] : %s %s %s%s%s\n", results->n, suite->name,
				one->name, selftest_ret_name(result.ret),
				result.message[0] != '\0' ? ": " : "", result.message);
			fflush(out);
		}
		ret = add_result(results, &result);
		if (ret != 0)
			return ret;
	}
	return 0;
}

void
selftest_summary(const struct selftest_results *results, FILE *out)
{
	fputs(RULE " + Test Suite Summary : dpdk-test-ddw\n" RULE, out);
	fprintf(out, " + Tests Total :       %2u\n", results->n);
	fprintf(out, " + Tests Skipped :     %2u\n", results->skipped);
	fprintf(out, " + Tests Executed :    %2u\n", results->passed + results->failed);
	fprintf(out, " + Tests Unsupported:  %2u\n", results->unsupported);
	fprintf(out, " + Tests Passed :      %2u\n", results->passed);
	fprintf(out, " + Tests Failed :      %2u\n", results->failed);
	fputs(RULE, out);
}

void
selftest_results_free(struct selftest_results *results)
{
	free(results->list);
	memset(results, 0, sizeof(*results));
}
