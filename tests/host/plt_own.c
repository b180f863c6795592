/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* An object with a function of the same name that is another one. */

int slots_target(int value);
int slots_call_own(int value);

__attribute__((noinline)) int
slots_target(int value)
{
	return value + 7;
}

int
slots_call_own(int value)
{
	return slots_target(value);
}
