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

/* Undo the set-up in reverse order. */
static void
teardown_locked(void)
{
	struct ddw_error err = { 0 };
	uint64_t t0 = spapr_clock_ns();
	unsigned int i;

	if (spapr_ctx.space == NULL)
		return;
	spapr_mp_primary_stop();
	spapr_dma_table_stop();
	if (spapr_memory_stop(&err) != 0)
		spapr_report_error(&err);
	spapr_report_release(spapr_clock_ns() - t0);
	for (i = 0; i < spapr_ctx.n_groups; i++)
		spapr_group_close(&spapr_ctx.groups[i]);
	spapr_ctx.n_groups = 0;
	spapr_record_space(NULL); /* telemetry looks at it no more */
	ddw_space_destroy(spapr_ctx.space);
	spapr_ctx.space = NULL;
}

void
spapr_teardown(void)
{
	spapr_groups_lock();
	teardown_locked();
	spapr_groups_unlock();
}

void
spapr_teardown_if_strict(int ret)
{
	if (!spapr_ctx.params.strict || spapr_ctx.started || (ret == 0 && spapr_ctx.n_refused == 0))
		return;
	spapr_teardown();
	rte_exit(EXIT_FAILURE, "VFIO_SPAPR: strict=1: some devices are unusable\n");
}
