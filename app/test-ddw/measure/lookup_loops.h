/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef LOOKUP_LOOPS_H
#define LOOKUP_LOOPS_H

/* Ways to ask for bus addresses, one after the other, to be timed by the caller. */

#include <stdbool.h>

#include <ddw.h>

#define LOOKUP_PAGE (UINT64_C(2) << 20)

/* Memory that is mapped, each page an extent of its own. */
struct lookup_pages {
	uint64_t vaddr;
	uint64_t pages; /* a power of two */
};

struct lookup_loop {
	const char *name;
	const char *help;
	bool searches; /* most lookups search under the lock: slow */
	/* So many lookups; the result only keeps the compiler from leaving them out. */
	uint64_t (*run)(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n);
};

#define LOOKUP_LOOPS 5
extern const struct lookup_loop measure_lookup_loops[LOOKUP_LOOPS];

/* Ticks of stopwatch.h per lookup. */
double measure_lookup_ticks(const struct lookup_loop *loop, struct ddw_lookup *lk,
			    const struct lookup_pages *mem, uint64_t n);

#endif /* LOOKUP_LOOPS_H */
