/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef LOOKUP_LOOPS_H
#define LOOKUP_LOOPS_H

/* Loops over lookups of bus addresses, for callers to time. */

#include <stdbool.h>

#include <ddw.h>

#define LOOKUP_PAGE (UINT64_C(2) << 20)

/* Mapped memory; each page is an extent. */
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

/* Time a loop in ticks (stopwatch.h) per lookup. */
double measure_lookup_ticks(const struct lookup_loop *loop, struct ddw_lookup *lk,
			    const struct lookup_pages *mem, uint64_t n);

#endif /* LOOKUP_LOOPS_H */
