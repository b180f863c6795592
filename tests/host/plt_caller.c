/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Built several times, see meson.build: CALLER is the name of the function. */

#include "plt_objects.h"

int
CALLER(int value)
{
#ifdef BY_POINTER
	/* A table of functions, as drivers have them. */
	static int (*const volatile table[])(int) = { slots_target };

	return table[0](value);
#else
	return slots_target(value);
#endif
}
