/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_mbuf.h>

#include "pool.h"

/* Objects learn their bus addresses. */

/*
 * Bytes from a mbuf to its buffer, for a pool of mbufs whose buffers are behind them; 0 for
 * other pools. Private data may be anybody's, so each mbuf is looked at as well.
 */
static uint32_t
buffer_offset(struct rte_mempool *mp)
{
	const struct rte_pktmbuf_pool_private *priv;
	uint32_t offset;

	if (mp->private_data_size < sizeof(*priv))
		return 0;
	priv = rte_mempool_get_priv(mp);
	offset = (uint32_t)sizeof(struct rte_mbuf) + priv->mbuf_priv_size;
	/* elements are rounded up */
	if (mp->elt_size < offset + priv->mbuf_data_room_size ||
	    (priv->flags & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF) != 0)
		return 0;
	return offset;
}

void
mpddw_address_write(struct rte_mempool *mp, void *const *objs, uint32_t n, const void *chunk,
		    uint64_t iova)
{
	uint32_t i, offset = buffer_offset(mp);

	for (i = 0; i < n; i++) {
		uint64_t at = iova + (uintptr_t)objs[i] - (uintptr_t)chunk;
		struct rte_mbuf *m = objs[i];

		rte_mempool_get_header(m)->iova = at;
		/* One that was not initialised yet has no pool. */
		if (offset != 0 && m->pool == mp && m->buf_addr == (char *)m + offset)
			rte_mbuf_iova_set(m, at + offset);
	}
}
