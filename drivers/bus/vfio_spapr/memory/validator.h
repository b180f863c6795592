/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VALIDATOR_H
#define VALIDATOR_H

#include <stddef.h>

/** Allocation validator: may the heap of a NUMA node grow to new_len? */
int spapr_validator_check(int socket, size_t limit, size_t new_len);

#endif /* VALIDATOR_H */
