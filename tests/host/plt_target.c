/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A function whose calls test_slots leads elsewhere, and a call of it. */

#include "plt_objects.h"

#ifdef BOUND
#define TARGET slots_bound
#define INSIDE slots_call_bound
#else
#define TARGET slots_target
#define INSIDE slots_call_inside
#endif

__attribute__((noinline)) int
TARGET(int value)
{
	return value + 1;
}

int
INSIDE(int value)
{
	return TARGET(value);
}
