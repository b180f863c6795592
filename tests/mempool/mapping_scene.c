/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "mapping_scene.h"

void
mapping_begin(bool ddw, uint64_t window)
{
	const struct rig_conf conf = { .ddw = ddw, .groups = GROUPS, .window = window };

	rig_begin(&conf);
}

void
mapping_check_objects(struct rte_mempool *mp, unsigned int n)
{
	static void *objs[32768];
	unsigned int i;

	assert_in_range(n, 1, RTE_DIM(objs));
	assert_int_equal(rte_mempool_get_bulk(mp, objs, n), 0);
	for (i = 0; i < n; i++)
		assert_true(rig_object(mp, objs[i]));
	rte_mempool_put_bulk(mp, objs, n);
}
