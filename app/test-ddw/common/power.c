/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/power.h"

bool
test_ddw_is_power(char *error, size_t size)
{
	struct utsname uts;

	(void)uname(&uts); /* fails for a bad pointer only */
	if (strncmp(uts.machine, "ppc64", 5) == 0)
		return true;
	snprintf(error, size, "this machine is %s; only 64-bit POWER has DMA windows (sPAPR IOMMU)",
		 uts.machine);
	return false;
}
