/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <rte_errno.h>

#include "pool.h"

void
mpddw_pool_report(const struct ddw_error *err)
{
	LOG(ERR, "%s: %s\nMEMPOOL_DDW:   why: %s\nMEMPOOL_DDW:   fix: %s", ddw_msg_name(err->msg),
	    err->what, err->why, err->fix);
}

int
mpddw_no_eal_memory(const char *name, const char *what, int cause, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_NO_MEMORY, cause == 0 ? ENOMEM : cause,
			   "%s: no memory for %s", name, what);

	ddw_error_why(err,
		      "everything but the objects of a pool is in EAL's memory, and EAL reports: "
		      "%s",
		      rte_strerror(-ret));
	ddw_error_fix(err, "give EAL more memory (-m), or create fewer objects");
	return ret;
}

int
mpddw_report(const struct ddw_error *err)
{
	mpddw_pool_report(err);
	rte_errno = -err->err;
	return err->err;
}
