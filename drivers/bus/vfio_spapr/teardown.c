/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "base/context.h"
#include "base/record.h"
#include "base/report.h"
#include "dma_table.h"
#include "groups.h"
#include "memory/memory.h"
#include "mp/mp_primary.h"
#include "teardown.h"

/*
 * Undoes setup() in reverse order, with one exception: mp_start() comes after dma_start(). Of
 * these two neither needs the other, and both end before memory does.
 */
static void
teardown_locked(void)
{
	struct ddw_error err = { 0 };
	uint64_t t0 = plugin.sys->clock_ns(plugin.sys->ctx);
	unsigned int i;

	if (plugin.space == NULL)
		return;
	dma_stop();
	mp_stop();
	memory_stop();
	if (ddw_space_release(plugin.space, &err) != 0)
		report_error(&err);
	report_release(plugin.sys->clock_ns(plugin.sys->ctx) - t0);
	for (i = 0; i < plugin.n_groups; i++)
		group_close(&plugin.groups[i]);
	plugin.n_groups = 0;
	record_space(NULL); /* telemetry looks at it no more */
	ddw_space_destroy(plugin.space);
	plugin.space = NULL;
}

void
teardown(void)
{
	groups_lock();
	teardown_locked();
	groups_unlock();
}

void
teardown_if_strict(int ret)
{
	if (!plugin.params.strict || (ret == 0 && plugin.n_refused == 0))
		return;
	teardown();
	rte_exit(EXIT_FAILURE, "VFIO_SPAPR: strict=1, and not every device can be used\n");
}
