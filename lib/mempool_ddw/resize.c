/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_eal.h>

#include "pool.h"

/* The pool of a mempool that is to be changed; NULL and a message. */
static struct pool *
find(const struct rte_mempool *mp, const char *what, struct ddw_error *err)
{
	struct pool *p;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP, "%s in a secondary process",
			       what);
		return NULL;
	}
	p = mp != NULL && handler_is_ours(mp) ? pools_get(mp) : NULL;
	if (p != NULL)
		return p;
	(void)ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "%s: %s is no pool of this library", what,
		       mp == NULL ? "NULL" : mp->name);
	ddw_error_why(err, "another handler has made it, or it has no memory yet");
	ddw_error_fix(err, "use the functions of the library that made it");
	return NULL;
}

/* Those of chunks that are lost are neither out nor will they ever come back. */
static unsigned int
objects_out(struct pool *p)
{
	struct demand_counts c;
	unsigned int available;

	if (!p->demand_mapped)
		return rte_mempool_in_use_count(p->mp);
	available = rte_mempool_avail_count(p->mp);
	demand_get_counts(p->demand, &c);
	return c.objects > available ? c.objects - available : 0;
}

int
rte_mempool_ddw_free(struct rte_mempool *mp)
{
	struct ddw_error err = { 0 };
	unsigned int out;
	struct pool *p;

	if (mp == NULL)
		return 0;
	p = find(mp, "rte_mempool_ddw_free()", &err);
	if (p == NULL)
		return report(&err);
	out = objects_out(p);
	if (out != 0) {
		(void)ddw_fail(&err, DDW_MSG_POOL_BUSY, EBUSY, "%s: %u objects are out", mp->name,
			       out);
		return report(&err);
	}
	rte_mempool_free(mp);
	return 0;
}
