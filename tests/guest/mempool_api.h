/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMPOOL_API_H
#define MEMPOOL_API_H

/* What the parts of mempool_api share. */

#include <stdbool.h>
#include <stdint.h>

struct rte_mempool;
struct rte_mempool_ddw_conf;

#define MEBI	(UINT64_C(1) << 20)
#define BUFFERS 2000

void expect(bool met, const char *what);
void expect_none(const struct rte_mempool *mp, int error, const char *what);
struct rte_mempool *packets(const char *name, unsigned int n, int node,
			    const struct rte_mempool_ddw_conf *conf);
/* The caller looks for these in the plugin's maps. */
void show_and_wait(void *const *objs, unsigned int n, uint64_t len);

void test_adopt(const char *path);
void test_small_pages(const char *window);

#endif /* MEMPOOL_API_H */
