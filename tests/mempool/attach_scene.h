/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ATTACH_SCENE_H
#define ATTACH_SCENE_H

/*
 * Both sides of an attachment in one process: what a secondary process would map, and
 * the messages between them, are replaced and counted. The real thing runs in the lab.
 */

#include <errno.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_memzone.h>

#include "attach_table.h"
#include "rig.h"

/* Objects of a pool. */
#define N 500

struct attach_fake {
	enum rte_proc_type_t role;
	rte_mp_t action; /* of the secondary process */
	int answer;	 /* of the last message; 1: there was none */
	int send_error;
	/* what the secondary process has */
	uint64_t reserved, mapped, offset;
	int tables;
	int reserve_error, table_error;
};
extern struct attach_fake fake;

/* What rte_mempool_ddw_attach() returns in a secondary process. */
int attach_as_secondary(void);
struct rte_mempool *attach_make(const char *name, const struct rte_mempool_ddw_conf *conf);
void attach_drop(struct rte_mempool *mp);
struct attach_table *attach_scene_table(void);
/* Memory of a pool. */
uint64_t attach_bytes_of(const struct rte_mempool *mp);
/* The secondary process has all of it, or nothing of it. */
void attach_check_has(uint64_t bytes, int tables);
/* Before each test. */
int attach_begin(void **state);

#endif /* ATTACH_SCENE_H */
