/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "port.h"

#define BURST	 32
#define PATIENCE 100 /* tenths of a second until the link must be up */

int
port_start(uint16_t port, struct rte_mempool *receive)
{
	struct rte_eth_conf conf = { .rxmode = { .mq_mode = RTE_ETH_MQ_RX_NONE } };
	struct rte_eth_link link = { .link_status = RTE_ETH_LINK_DOWN };
	unsigned int tries;
	int socket = rte_eth_dev_socket_id(port);

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(port, 0, PORT_DESCRIPTORS, (unsigned int)socket, NULL,
				   receive) != 0 ||
	    rte_eth_tx_queue_setup(port, 0, PORT_DESCRIPTORS, (unsigned int)socket, NULL) != 0 ||
	    rte_eth_dev_start(port) != 0 || rte_eth_promiscuous_enable(port) != 0)
		return -1;
	for (tries = 0; tries < PATIENCE && link.link_status != RTE_ETH_LINK_UP; tries++) {
		if (rte_eth_link_get_nowait(port, &link) != 0)
			return -1;
		rte_delay_ms(100);
	}
	return link.link_status == RTE_ETH_LINK_UP ? 0 : -1;
}

void
port_stop(uint16_t port)
{
	(void)rte_eth_dev_stop(port);
	(void)rte_eth_dev_close(port);
}

static bool
told_to_end(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, 0) > 0;
}

static void
forward(uint16_t from)
{
	struct rte_mbuf *burst[BURST];
	uint16_t n = rte_eth_rx_burst(from, 0, burst, BURST);
	uint16_t sent = n == 0 ? 0 : rte_eth_tx_burst(from ^ 1, 0, burst, n);

	while (sent < n)
		rte_pktmbuf_free(burst[sent++]);
}

void
port_forward(void)
{
	unsigned int round;

	for (round = 0; round % 256 != 0 || !told_to_end(); round++)
		forward(round & 1);
}
