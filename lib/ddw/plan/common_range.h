/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMON_RANGE_H
#define COMMON_RANGE_H

/* What the windows of several groups have in common. Private to libddw. */

#include <stdint.h>

/* Consecutive bus addresses. */
struct iova_span {
	uint64_t start;
	uint64_t size; /* bytes, 0 for none */
};

/*
 * Find the bus addresses that most of the given spans have in common, at least "need"
 * bytes of them; of equally good ones the most bytes, then those of the first span.
 * There are at most 64 spans. Returns those that contain them as a bit set; 0 when
 * there is nothing in common.
 */
uint64_t ddw_common_range(const struct iova_span *spans, unsigned int n, uint64_t need,
			  struct iova_span *common);

#endif /* COMMON_RANGE_H */
