/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Starts EAL as root, becomes another user, and only then takes memory and starts ports,
 * between which it forwards.
 *
 *   drop_root [EAL options] -- UID
 *
 * It says "drop_root: ready" and ends with the first line on its standard input; the exit
 * status is 1 when something was not to be had.
 */

#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "port.h"

#define BLOCK (96u << 20)

static bool
become(uid_t user)
{
	return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
	       setresuid(user, user, user) == 0;
}

int
main(int argc, char **argv)
{
	struct rte_mempool *pool;
	uint16_t port;
	void *block;
	int n = rte_eal_init(argc, argv);

	if (n < 0 || argc - n != 2 || !become((uid_t)strtoul(argv[n + 1], NULL, 10))) {
		printf("drop_root: cannot start\n");
		return 1;
	}
	block = rte_malloc(NULL, BLOCK, 0);
	pool = rte_pktmbuf_pool_create("late", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				       SOCKET_ID_ANY);
	if (block == NULL || pool == NULL) {
		printf("drop_root: no memory\n");
		return 1;
	}
	memset(block, 1, BLOCK);
	for (port = 0; port < 2; port++)
		if (port_start(port, pool) != 0)
			return 1;
	printf("drop_root: ready\n");
	fflush(stdout);
	port_forward();
	for (port = 0; port < 2; port++)
		port_stop(port);
	rte_free(block);
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
