/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_memory.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/report.h"
#include "memory/virt2iova.h"
#include "mp/mp_secondary.h"

static int
has_bus_address(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	RTE_SET_USED(arg);
	return !msl->external && ms->iova != (uintptr_t)ms->addr;
}

int
spapr_mp_secondary_check(void)
{
	struct ddw_error err = { 0 };
	int ret;

	if (rte_eal_iova_mode() == RTE_IOVA_PA) {
		spapr_virt2iova_open(NULL);
		return 0;
	}
	if (rte_memseg_walk(has_bus_address, NULL) == 0)
		return 0;
	ret = spapr_devices_check_abi();
	if (ret != 0)
		return ret;
	ret = ddw_fail(&err, DDW_MSG_IOVA_VA, EINVAL,
		       "this secondary process runs with IOVA as VA, but its primary does not");
	spapr_report_error(&err);
	spapr_devices_block_group(-1, false);
	return ret;
}

/* Optional: the plugin does not link the library. */
#define POOLS_LIBRARY "librte_mempool_ddw.so.0"
#define POOLS_ATTACH  "rte_mempool_ddw_attach"

typedef int (*attach_fn)(void);

/*
 * Pools have memory outside of EAL's, which this process has not mapped yet, and drivers may
 * read it as soon as they probe. A pool that disappears meanwhile is not an error; the
 * library logs what it cannot attach.
 */
void
spapr_mp_secondary_attach_pools(void)
{
	void *library = dlopen(POOLS_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
	void *symbol = dlsym(library != NULL ? library : RTLD_DEFAULT, POOLS_ATTACH);
	attach_fn attach;

	memcpy((void *)&attach, (const void *)&symbol, sizeof(attach)); /* POSIX has them alike */
	if (symbol != NULL && attach() > 0)
		LOG(DEBUG, "pools of " POOLS_LIBRARY " are attached");
	if (library != NULL)
		(void)dlclose(library); /* it stays loaded */
}
