/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_errno.h>

#include "pool.h"

void
pool_report(const struct ddw_error *err)
{
	LOG(ERR, "%s: %s\nMEMPOOL_DDW:   why: %s\nMEMPOOL_DDW:   fix: %s", ddw_msg_name(err->msg),
	    err->what, err->why, err->fix);
}

int
report(const struct ddw_error *err)
{
	pool_report(err);
	rte_errno = -err->err;
	return err->err;
}
