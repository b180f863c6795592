/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>

#include "bench/bench_lookup.h"
#include "bench/bench_map.h"
#include "bench/bench_memory.h"
#include "bench/bench_pools.h"
#include "bench/bench_run.h"
#include "bench/bench_windows.h"
#include "common/command.h"

const struct bench_part bench_parts[BENCH_PARTS] = {
	[BENCH_WINDOWS] = { "windows", "create and remove dynamic windows", bench_windows },
	[BENCH_REGISTER] = { "register", "register and unregister memory", bench_register },
	[BENCH_MAP] = { "map", "map and unmap memory", bench_map },
	[BENCH_LOOKUP] = { "lookup", "find the bus address of mapped memory", bench_lookup },
	[BENCH_POOLS] = { "pools", "mempools of the handler ddw against ring_mp_mc", bench_pools },
};

void
bench_defaults(struct bench *b)
{
	b->host = bench_linux();
	b->options.repeat = BENCH_REPEAT;
	b->options.seconds = BENCH_SECONDS;
	b->options.memory = BENCH_MEMORY;
}

int
bench_run(struct bench *b)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < BENCH_PARTS; i++)
		all = all && !b->options.parts[i];
	b->begin = b->told = bench_clock(b);
	for (i = 0; i < BENCH_PARTS; i++) {
		if (!all && !b->options.parts[i])
			continue;
		b->current = bench_parts[i].name;
		bench_parts[i].run(b);
	}
	bench_memory_put(b);
	if (!b->failed && b->n_rows == 0)
		fprintf(stderr, "dpdk-test-ddw: bench: nothing could be measured: %s\n",
			b->skips[0].why);
	if (b->failed || b->n_rows == 0)
		return EXIT_FAIL;
	return b->n_skips > 0 ? EXIT_LIMIT : EXIT_FINE;
}
