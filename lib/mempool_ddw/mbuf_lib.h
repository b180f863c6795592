/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MBUF_LIB_H
#define MBUF_LIB_H

#include <rte_mempool.h>

/* Two functions of librte_mbuf, which a program with mempools need not have loaded. */
struct mbuf_lib {
	rte_mempool_ctor_t *pool_init;
	rte_mempool_obj_cb_t *init;
};

/**
 * Find the functions in the process, or load the library from where librte_mempool came from.
 * Any thread.
 *
 * @return
 *   0, or -ENOTSUP: they are nowhere.
 */
int mpddw_mbuf_lib(struct mbuf_lib *lib);

#endif /* MBUF_LIB_H */
