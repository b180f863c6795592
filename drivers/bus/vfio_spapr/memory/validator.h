/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VALIDATOR_H
#define VALIDATOR_H

/* Refuse growth of EAL's memory that could not be mapped. EAL's memory lock is held. */

#include <stddef.h>
#include <stdint.h>

/** For rte_mem_alloc_validator_register(). */
int spapr_validator_check(int socket, size_t limit, size_t new_len);

/** EAL has added pages on a node. Call it for each such event. */
void spapr_validator_added(int socket);

#endif /* VALIDATOR_H */
