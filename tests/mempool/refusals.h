/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef REFUSALS_H
#define REFUSALS_H

/* What cannot be done: one message, the right errno, and nothing is left behind. */

#include <errno.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "rig.h"

/* Objects of a pool. */
#define N 500

/* The arguments of rte_mempool_create_ddw() that matter, good ones at first. */
struct asked {
	const char *name;
	unsigned int n;
	unsigned int elt_size;
	unsigned int cache_size;
	int socket_id;
	unsigned int flags;
	struct rte_mempool_ddw_conf conf;
};
extern const struct asked refusals_usual;

/* What EAL's own functions answer to the library. */
extern enum rte_proc_type_t refusals_process;
extern const void *refusals_bus;

/* Windows as the plugin tells of them, and a device. */
struct refusals_fake {
	struct vfio_spapr_dma table;
	struct vfio_spapr_dma_info info;
	uint64_t used; /* bytes given out */
	int error;     /* of the next calls */
	unsigned int bits;
};
extern struct refusals_fake fake;

/* A default window, and a dynamic one of 1 TiB. */
void refusals_use_fake(enum vfio_spapr_dma_kind kind, uint64_t default_size);
struct rte_mempool *refusals_make(const struct asked *a);
/* Exactly one message, and that one. */
void refusals_check_message(const char *id);
/* It is refused with that message, and the name can be used afterwards. */
void refusals_refused(const struct asked *a, const char *id, int err);

/* Arguments that are good but for what is said. */
#define REFUSED(id, err, ...)                        \
	do {                                         \
		struct asked asked = refusals_usual; \
		struct rte_mempool_ddw_conf *conf;   \
                                                     \
		conf = &asked.conf;                  \
		(void)conf;                          \
		__VA_ARGS__;                         \
		refusals_refused(&asked, id, err);   \
	} while (0)

#endif /* REFUSALS_H */
