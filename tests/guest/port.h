/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PORT_H
#define PORT_H

/* Ethernet ports with one queue each way, for programs of the lab. */

#include <stdint.h>

struct rte_mempool;

#define PORT_DESCRIPTORS 512

/* Ready to send and to receive, with the link up: 0. */
int port_start(uint16_t port, struct rte_mempool *receive);
void port_stop(uint16_t port);
/* Forwards between ports 0 and 1 until there is something to read on the standard input. */
void port_forward(void);

#endif /* PORT_H */
