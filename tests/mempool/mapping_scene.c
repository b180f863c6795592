/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "mapping_scene.h"

struct rte_mempool *
mapping_make(const char *name, unsigned int n, unsigned int elt_size,
	     const struct rte_mempool_ddw_conf *conf)
{
	return rte_mempool_create_ddw(name, n, elt_size, 0, 0, NULL, NULL, NULL, NULL,
				      SOCKET_ID_ANY, 0, conf);
}

void
mapping_begin(bool ddw, uint64_t window)
{
	const struct rig_conf conf = { .ddw = ddw, .groups = GROUPS, .window = window };

	rig_begin(&conf);
}

void
mapping_end(void)
{
	rig_check();
	rig_end();
	assert_int_equal(rig_wrongs(), 0);
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

int
mapping_start(void **state)
{
	(void)state;
	rig_eal();
	return 0;
}
