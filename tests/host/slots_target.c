/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The function whose calls test_slots redirects. */

#include "slots_objects.h"

int
slots_target(int value)
{
	return value + 1;
}
