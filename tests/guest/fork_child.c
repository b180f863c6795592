/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Starts EAL and two ports, and forks.
 *
 *   fork_child [EAL options] -- daemon|helper|cleanup
 *
 * daemon:  the parent exits, the child forwards
 * helper:  the child takes memory and exits, the parent forwards
 * cleanup: the child takes memory and calls rte_eal_cleanup(), the parent does the same
 *
 * Who forwards says "fork_child: ready" and ends with the first line on its standard input. The
 * exit status is 1 when something was not to be had.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "port.h"

#define BLOCK (96u << 20)

/* The memory of EAL grows. */
static void
grow(const char *who)
{
	void *block = rte_malloc(NULL, BLOCK, 0);

	printf("fork_child: %s: memory %s\n", who, block != NULL ? "yes" : "no");
	fflush(stdout);
	rte_free(block);
}

static void
work(void)
{
	uint16_t port;

	printf("fork_child: ready\n");
	fflush(stdout);
	port_forward();
	for (port = 0; port < 2; port++)
		port_stop(port);
}

static int
run_child(const char *what)
{
	if (strcmp(what, "daemon") == 0)
		work();
	else
		grow("child");
	return strcmp(what, "helper") == 0 || rte_eal_cleanup() == 0 ? 0 : 1;
}

static int
run_parent(const char *what, pid_t child)
{
	int status;

	if (strcmp(what, "daemon") == 0)
		return 0;
	if (waitpid(child, &status, 0) != child || status != 0) {
		printf("fork_child: status of the child: 0x%x\n", status);
		return 1;
	}
	grow("parent");
	if (strcmp(what, "helper") == 0)
		work();
	return rte_eal_cleanup() == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	int n = rte_eal_init(argc, argv);
	struct rte_mempool *pool;
	uint16_t port;
	pid_t child;

	if (n < 0 || argc - n != 2)
		return 1;
	pool = rte_pktmbuf_pool_create("frames", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				       SOCKET_ID_ANY);
	for (port = 0; port < 2; port++)
		if (pool == NULL || port_start(port, pool) != 0)
			return 1;
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(run_child(argv[n + 1]));
	if (child < 0)
		return 1;
	/* Only one of them is at the end of EAL's exit handlers. */
	_exit(run_parent(argv[n + 1], child));
}
