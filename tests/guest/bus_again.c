/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Scans and probes the buses again and again, as SPDK does, while another core forwards
 * between the first two ports.
 *
 *   bus_again [EAL options]
 *
 * Each line of its input is a command, and is answered by one line "bus_again: COMMAND ...":
 *
 *   again ROUNDS     rte_bus_scan() and rte_bus_probe() so many times, with the mean time
 *   load FILE        a driver that registers itself only now
 *   start            starts all ports, and forwards from now on
 *   stop             the opposite
 *   grow             takes more memory; what is sent from now on is copied there
 *   remove ADDRESS   gives a device back with rte_dev_remove()
 *   quit
 */

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "port.h"

#define BURST	 32u
#define BUFFERS	 4095u
#define MORE	 16383u /* buffers that need pages which EAL does not hold yet */
#define BLOCK	 (64u << 20)
#define MAX_LINE 512

static struct {
	struct rte_mempool *receive;
	_Atomic(struct rte_mempool *) copies; /* NULL: frames are sent as they came */
	uint16_t ports[RTE_MAX_ETHPORTS];
	unsigned int n_ports;
	atomic_bool running;
} state;

static uint16_t
copy_burst(struct rte_mempool *pool, struct rte_mbuf **frames, uint16_t n)
{
	uint16_t i, kept = 0;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(frames[i], pool, 0, UINT32_MAX);

		rte_pktmbuf_free(frames[i]);
		if (copy != NULL)
			frames[kept++] = copy;
	}
	return kept;
}

static void
pass(uint16_t from, uint16_t to)
{
	struct rte_mempool *copies = atomic_load(&state.copies);
	struct rte_mbuf *frames[BURST];
	uint16_t n, sent = 0;

	n = rte_eth_rx_burst(from, 0, frames, BURST);
	if (n > 0 && copies != NULL)
		n = copy_burst(copies, frames, n);
	while (sent < n && atomic_load(&state.running))
		sent += rte_eth_tx_burst(to, 0, frames + sent, n - sent);
	while (sent < n)
		rte_pktmbuf_free(frames[sent++]);
}

static int
forward(void *arg)
{
	(void)arg;
	while (atomic_load(&state.running)) {
		pass(state.ports[0], state.ports[1]);
		pass(state.ports[1], state.ports[0]);
	}
	return 0;
}

static int
do_start(const char *arg)
{
	uint16_t port;
	int ret = 0;

	(void)arg;
	if (state.receive == NULL)
		state.receive = rte_pktmbuf_pool_create(
			"receive", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	if (state.receive == NULL)
		return -1;
	RTE_ETH_FOREACH_DEV(port)
	{
		if (port_start(port, state.receive) != 0)
			ret = -1;
		state.ports[state.n_ports++] = port;
	}
	if (ret == 0 && state.n_ports > 1) {
		atomic_store(&state.running, true);
		ret = rte_eal_remote_launch(forward, NULL, rte_get_next_lcore(-1, 1, 0));
	}
	printf("bus_again: start ports=%u ret=%d\n", state.n_ports, ret);
	return ret;
}

static int
do_stop(const char *arg)
{
	(void)arg;
	atomic_store(&state.running, false);
	rte_eal_mp_wait_lcore();
	while (state.n_ports > 0)
		port_stop(state.ports[--state.n_ports]);
	printf("bus_again: stop\n");
	return 0;
}

static int
do_again(const char *arg)
{
	unsigned long i, rounds = strtoul(arg, NULL, 0);
	unsigned int scans = 0, probes = 0;
	uint64_t begin = rte_get_timer_cycles(), us;

	for (i = 0; i < rounds; i++) {
		scans += rte_bus_scan() != 0;
		probes += rte_bus_probe() != 0;
	}
	us = (rte_get_timer_cycles() - begin) * 1000000 / rte_get_timer_hz();
	printf("bus_again: again rounds=%lu scans_failed=%u probes_failed=%u ports=%u "
	       "mean_us=%" PRIu64 "\n",
	       rounds, scans, probes, rte_eth_dev_count_avail(), us / RTE_MAX(rounds, 1ul));
	return 0;
}

static int
do_load(const char *arg)
{
	void *handle = dlopen(arg, RTLD_NOW);

	printf("bus_again: load loaded=%d %s\n", handle != NULL, handle == NULL ? dlerror() : "");
	return handle == NULL ? -1 : 0;
}

static int
do_grow(const char *arg)
{
	void *block = rte_malloc(NULL, BLOCK, 0);
	struct rte_mempool *pool;

	(void)arg;
	pool = rte_pktmbuf_pool_create("copies", MORE, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				       (int)rte_socket_id());
	if (block != NULL)
		memset(block, 0xa5, BLOCK);
	rte_free(block);
	atomic_store(&state.copies, pool);
	printf("bus_again: grow block=%d pool=%d\n", block != NULL, pool != NULL);
	return pool == NULL ? -1 : 0;
}

static int
do_remove(const char *arg)
{
	struct rte_device *dev, *found = NULL;
	struct rte_dev_iterator it;
	int ret;

	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		if (strcmp(rte_dev_name(dev), arg) == 0)
			found = dev;
	ret = found == NULL ? -ENODEV : rte_dev_remove(found);
	printf("bus_again: remove ret=%d ports=%u\n", ret, rte_eth_dev_count_avail());
	return ret;
}

static const struct {
	const char *name;
	int (*run)(const char *arg);
} commands[] = {
	{ "again", do_again }, { "load", do_load }, { "start", do_start },
	{ "stop", do_stop },   { "grow", do_grow }, { "remove", do_remove },
};

/* Returns whether there is more to come; what failed makes the exit status 1. */
static bool
obey(char *line, int *status)
{
	const char *name = strtok(line, " \r\n"), *arg = strtok(NULL, " \r\n");
	unsigned int i;

	if (name == NULL)
		return true;
	for (i = 0; i < RTE_DIM(commands); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (commands[i].run(arg != NULL ? arg : "") != 0)
			*status = 1;
		fflush(stdout);
		return true;
	}
	return strcmp(name, "quit") != 0;
}

int
main(int argc, char **argv)
{
	char line[MAX_LINE];
	int status = 0;

	if (rte_eal_init(argc, argv) < 0)
		return 2;
	printf("bus_again: ready ports=%u\n", rte_eth_dev_count_avail());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL && obey(line, &status))
		;
	if (state.n_ports > 0)
		(void)do_stop("");
	if (rte_eal_cleanup() != 0)
		status = 1;
	return status;
}
