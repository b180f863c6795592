/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef POWER_H
#define POWER_H

/* Check the processor architecture. */

#include <stdbool.h>
#include <stddef.h>

/* Check if this is 64-bit POWER. If not, write the reason for the user to "error". */
bool test_ddw_is_power(char *error, size_t size);

#endif /* POWER_H */
