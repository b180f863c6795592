/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef POWER_H
#define POWER_H

/* Whether the program runs on POWER. */

#include <stdbool.h>
#include <stddef.h>

/* 64-bit POWER? Otherwise a text that says why windows cannot be had, and what to do. */
bool test_ddw_is_power(char *error, size_t size);

#endif /* POWER_H */
