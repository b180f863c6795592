/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Preloaded into dpdk-test: its performance tests measure for a second of DPDK's timer
 * each, hundreds of times. This makes that second 1/SHORT_SECOND as long. Rates come
 * out wrong by a factor; their ratios do not.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

uint64_t rte_get_tsc_hz(void);

uint64_t
rte_get_tsc_hz(void)
{
	static uint64_t hz;
	const char *divisor = getenv("SHORT_SECOND");
	uint64_t (*real)(void);

	if (hz == 0) {
		*(void **)&real = dlsym(RTLD_NEXT, "rte_get_tsc_hz");
		hz = real();
		if (divisor != NULL && atoi(divisor) > 0)
			hz /= (uint64_t)atoi(divisor);
	}
	return hz;
}
