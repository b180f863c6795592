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
	if (!doctor_check_platform(d))
		return;
	doctor_check_modules(d);
	doctor_check_devices(d);
	doctor_check_memory(d);
	doctor_check_dpdk(d);
}
