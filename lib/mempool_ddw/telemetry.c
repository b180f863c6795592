/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_telemetry.h>

#include <tel_uint.h>

#include "pool.h"
#include "stats.h"

/*
 * Callbacks run in a thread per client, at any time: what they read is under the lock
 * of the pools. A pool is in the list before its memory is there, and after that has gone.
 */

static void
add_number(struct rte_tel_data *d, const char *key, uint64_t value)
{
	(void)vfio_spapr_dma_tel_uint(d, key, value);
}

/* As text: many readers of JSON keep 53 bits of a number. */
static void
add_address(struct rte_tel_data *d, const char *key, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	(void)rte_tel_data_add_dict_string(d, key, text);
}

static const char *
window_name(const struct pool *p)
{
	if (p->kind == VFIO_SPAPR_DMA_NONE)
		return "none";
	return p->kind == VFIO_SPAPR_DMA_DMA32 || pool_in_default(p) ? "default" : "dynamic";
}

static void
add_nodes(struct rte_tel_data *d, const struct rte_mempool_ddw_stats *s)
{
	struct rte_tel_data *part = rte_tel_data_alloc();
	unsigned int i;
	char key[32];

	if (part == NULL)
		return;
	(void)rte_tel_data_start_dict(part);
	for (i = 0; i < RTE_DIM(s->node_bytes); i++) {
		if (s->node_bytes[i] == 0)
			continue;
		snprintf(key, sizeof(key), "node_%u", i);
		add_number(part, key, s->node_bytes[i]);
	}
	if (rte_tel_data_add_dict_container(d, "node_bytes", part, 0) != 0)
		rte_tel_data_free(part);
}

static void
add_pool(struct rte_tel_data *d, const struct pool *p)
{
	struct rte_mempool_ddw_stats s;

	mpddw_stats_of_pool(p, &s);
	(void)rte_tel_data_add_dict_string(d, "name", p->mp->name);
	(void)rte_tel_data_add_dict_string(d, "mapping", s.demand ? "demand" : "static");
	(void)rte_tel_data_add_dict_string(d, "window", window_name(p));
	/* 0 when nothing is mapped. */
	if (p->iova_last != 0) {
		add_address(d, "iova_first", p->iova_first);
		add_address(d, "iova_last", p->iova_last);
	}
	add_number(d, "objects", s.objects);
	add_number(d, "available", s.available);
	add_number(d, "bytes", s.bytes);
	add_number(d, "page_size", s.page_size);
	add_number(d, "chunk_size", s.chunk_size);
	add_number(d, "chunks", s.chunks);
	add_number(d, "chunks_mapped", s.chunks_mapped);
	add_number(d, "chunks_idle", s.chunks_idle);
	add_number(d, "gets", s.gets);
	add_number(d, "demand_maps", s.demand_maps);
	add_number(d, "evictions", s.evictions);
	add_number(d, "map_failures", s.map_failures);
	add_number(d, "no_room", s.no_room);
	(void)rte_tel_data_add_dict_int(d, "node", s.node);
	add_nodes(d, &s);
}

static int
tell_list(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct pool *p;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	(void)rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	pthread_mutex_lock(&mpddw_pools.lock);
	TAILQ_FOREACH(p, &mpddw_pools.list, next)
		(void)rte_tel_data_add_array_string(d, p->mp->name);
	pthread_mutex_unlock(&mpddw_pools.lock);
	return 0;
}

static int
tell_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct pool *p;

	RTE_SET_USED(cmd);
	if (params == NULL || *params == '\0')
		return -EINVAL;
	(void)rte_tel_data_start_dict(d);
	pthread_mutex_lock(&mpddw_pools.lock);
	TAILQ_FOREACH(p, &mpddw_pools.list, next)
		if (strcmp(p->mp->name, params) == 0)
			break;
	if (p != NULL)
		add_pool(d, p);
	pthread_mutex_unlock(&mpddw_pools.lock);
	return p == NULL ? -EINVAL : 0;
}

RTE_INIT(telemetry_commands)
{
	(void)rte_telemetry_register_cmd(
		"/mempool_ddw/list", tell_list,
		"Names of the mempools with the handler ddw. No parameters");
	(void)rte_telemetry_register_cmd(
		"/mempool_ddw/info", tell_info,
		"State of a mempool with the handler ddw: memory, mapping, counters. Parameters: name");
}
