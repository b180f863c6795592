/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "base/context.h"
#include "base/eal_check.h"

struct context spapr_ctx = {
	.params.interpose = true,
};

int vfio_spapr_logtype;

uint64_t
spapr_clock_ns(void)
{
	return spapr_ctx.sys->clock_ns(spapr_ctx.sys->ctx);
}

/* Runs before vfio_spapr_register() in bus.c, which may log. */
RTE_INIT_PRIO(vfio_spapr_register_log, LOG)
{
	struct ddw_error err = { 0 };

	if (spapr_eal_check(&err) != 0)
		return; /* vfio_spapr_register() says so */
	vfio_spapr_logtype = rte_log_register_type_and_pick_level("bus." BUS_NAME, RTE_LOG_NOTICE);
	if (vfio_spapr_logtype < 0)
		vfio_spapr_logtype = RTE_LOGTYPE_EAL;
}
