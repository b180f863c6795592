/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VALIDATOR_H
#define VALIDATOR_H

#include <stddef.h>

/**
 * Allow or refuse that the heap of a NUMA node grows to @p new_len. Registered with EAL as an
 * allocation validator. Returns 0 to allow it, -1 to refuse.
 */
int spapr_validator_check(int socket, size_t limit, size_t new_len);

#endif /* VALIDATOR_H */
