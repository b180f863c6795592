/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HANDLER_H
#define HANDLER_H

/* What the handler does but for getting and putting: handler_memory.c. */

#include <rte_mempool.h>

int mpddw_handler_alloc(struct rte_mempool *mp);
void mpddw_handler_free(struct rte_mempool *mp);

/*
 * Makes the memory of the pool, because everything that can fail must fail here: a mempool
 * does not pass on why it could not be populated. Only a token is left to allocate.
 */
ssize_t mpddw_handler_calc_mem_size(const struct rte_mempool *mp, uint32_t obj_num,
				    uint32_t pg_shift, size_t *min_chunk_size, size_t *align);
int mpddw_handler_populate(struct rte_mempool *mp, unsigned int max_objs, void *vaddr,
			   rte_iova_t iova, size_t len, rte_mempool_populate_obj_cb_t *obj_cb,
			   void *obj_cb_arg);

#endif /* HANDLER_H */
