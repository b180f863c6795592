/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What the start and the end of EAL cost: see start_end.h.
 *
 *   eal_start [EAL options]
 */

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_memory.h>

#include "start_end.h"

static bool
start(int argc, char **argv)
{
	return rte_eal_init(argc, argv) >= 0;
}

/* Drivers sleep there, with the plugin and without. */
static void
close_ports(void)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port)
	{
		(void)rte_eth_dev_close(port); /* it logs its errors */
	}
}

static void
end(void)
{
	rte_eal_cleanup();
}

int
main(int argc, char **argv)
{
	const struct start_end eal = { start, rte_eal_get_physmem_size, close_ports, end };

	return start_end_measure(&eal, argc, argv);
}
