/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Find the bus addresses that the windows of several groups have in common. */

#include <stdbool.h>

#include "plan/common_range.h"

/* How much two candidates for the common range are worth. */
static bool
is_better_candidate(unsigned int n, uint64_t size, unsigned int best_n, uint64_t best_size)
{
	return n > best_n || (n == best_n && size > best_size);
}

/* Spans that contain [start, start + need), and where the first of them ends. */
static uint64_t
spans_containing(const struct iova_span *spans, unsigned int n, uint64_t start, uint64_t need,
		 uint64_t *size)
{
	uint64_t set = 0;
	unsigned int i;

	*size = UINT64_MAX;
	for (i = 0; i < n; i++) {
		uint64_t rest;

		if (spans[i].size == 0 || spans[i].start > start ||
		    start - spans[i].start >= spans[i].size)
			continue;
		rest = spans[i].size - (start - spans[i].start);
		if (rest < need)
			continue;
		set |= UINT64_C(1) << i;
		if (rest < *size)
			*size = rest;
	}
	return set;
}

uint64_t
ddw_common_range(const struct iova_span *spans, unsigned int n, uint64_t need,
		 struct iova_span *common)
{
	uint64_t best = 0, set, size;
	unsigned int i;

	*common = (struct iova_span){ 0 };
	/* A common range starts where one of its spans does. */
	for (i = 0; i < n; i++) {
		if (spans[i].size == 0)
			continue;
		set = spans_containing(spans, n, spans[i].start, need, &size);
		if (set == 0 ||
		    !is_better_candidate((unsigned int)__builtin_popcountll(set), size,
					 (unsigned int)__builtin_popcountll(best), common->size))
			continue;
		best = set;
		*common = (struct iova_span){ spans[i].start, size };
	}
	return best;
}
