/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>

#include "bench/bench_lookup.h"
#include "measure/lookup_loops.h"
#include "measure/stopwatch.h"

#define VADDR	 UINT64_C(0x100000000000)
#define PAGES	 UINT64_C(16384)
#define LOOKUPS	 (UINT64_C(1) << 18)
#define SEARCHES (UINT64_C(1) << 14)

/* Too large for the stack. */
struct plan {
	struct ddw_plan_input in;
	struct ddw_plan plan;
};

/*
 * Fill the table of mappings. Lookups only use that table, which a space has even without
 * groups and for memory that does not exist, so this part needs no device.
 */
static int
map_pages(struct ddw_space *space, struct ddw_error *err)
{
	struct plan *p = calloc(1, sizeof(*p));
	uint64_t i, iova;
	int ret;

	if (p == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot plan windows");
	p->in.n_memory = 1;
	p->in.memory[0] = (struct ddw_plan_memory){ LOOKUP_PAGE, PAGES * LOOKUP_PAGE, 0 };
	p->in.memlock.unlimited = true;
	ret = ddw_space_open_empty(space, &p->in, &p->plan, err);
	free(p);
	for (i = 0; ret == 0 && i < PAGES; i++)
		ret = ddw_space_map(space, VADDR + i * LOOKUP_PAGE, LOOKUP_PAGE, LOOKUP_PAGE, &iova,
				    err);
	return ret;
}

static void
measure_loops(struct bench *b, struct ddw_space *space)
{
	static const struct lookup_pages mem = { VADDR, PAGES };
	double values[FIGURES_MAX], ns = 1e9 / measure_ticks_per_second();
	struct ddw_lookup lk;
	unsigned int i, k;

	ddw_lookup_init(&lk, space);
	for (i = 0; i < LOOKUP_LOOPS; i++) {
		const struct lookup_loop *loop = &measure_lookup_loops[i];
		struct bench_row row = { .name = loop->name,
					 .unit = "ns",
					 .memory = PAGES * LOOKUP_PAGE,
					 .calls = loop->searches ? SEARCHES : LOOKUPS };

		for (k = 0; k < b->options.repeat; k++) {
			if (!bench_next(b, "%s", loop->help))
				return;
			values[k] = ns * measure_lookup_ticks(loop, &lk, &mem, row.calls);
		}
		bench_add(b, row, values);
	}
}

void
bench_lookup(struct bench *b)
{
	struct ddw_error err = { 0 };
	struct ddw_space *space = ddw_space_create(b->host->sys, &err);

	if (space != NULL && map_pages(space, &err) == 0)
		measure_loops(b, space);
	if (err.err != 0)
		bench_fail_ddw(b, "", &err);
	if (space != NULL)
		ddw_space_destroy(space);
}
