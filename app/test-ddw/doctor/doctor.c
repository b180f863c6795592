/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "doctor/doctor.h"
#include "doctor/check_devices.h"
#include "doctor/check_dpdk.h"
#include "doctor/check_memory.h"
#include "doctor/check_modules.h"
#include "doctor/check_platform.h"

void
doctor_run(struct doctor *d)
{
	if (!check_platform(d))
		return;
	check_modules(d);
	check_devices(d);
	check_memory(d);
	check_dpdk(d);
}
