/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>

#include "bench/bench_autotest.h"
#include "bench/bench_report.h"
#include "bench/bench_run.h"

/* Run one part and print its table to standard output. */
static int
run_part(const struct autotest_choice *choice, enum bench_part_id part)
{
	struct bench *b = calloc(1, sizeof(*b));
	unsigned int i;
	int ret;

	if (b == NULL)
		return AUTOTEST_FAILED;
	bench_defaults(b);
	b->options.parts[part] = true;
	for (i = 0; i < choice->n_groups; i++)
		b->options.devices[i] = choice->groups[i];
	b->options.n_devices = choice->n_groups;
	(void)bench_run(b); /* what came of it is in the structure */
	bench_print(b, stdout);
	if (b->failed)
		ret = AUTOTEST_FAILED;
	else
		ret = b->n_rows == 0 ? AUTOTEST_SKIPPED : AUTOTEST_OK;
	free(b);
	return ret;
}

static int
windows_perf(const struct autotest_choice *choice)
{
	return run_part(choice, BENCH_WINDOWS);
}

static int
register_perf(const struct autotest_choice *choice)
{
	return run_part(choice, BENCH_REGISTER);
}

static int
map_perf(const struct autotest_choice *choice)
{
	return run_part(choice, BENCH_MAP);
}

static int
lookup_perf(const struct autotest_choice *choice)
{
	return run_part(choice, BENCH_LOOKUP);
}

const struct autotest bench_autotests[] = {
	{ "windows_perf_autotest", windows_perf, "create and remove dynamic windows" },
	{ "register_perf_autotest", register_perf, "register and unregister memory" },
	{ "map_perf_autotest", map_perf, "map and unmap memory" },
	{ "lookup_perf_autotest", lookup_perf, "find the bus address of mapped memory" },
	{ NULL, NULL, NULL },
};
