/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DOCTOR_IO_H
#define DOCTOR_IO_H

/*
 * State and input of the doctor, which only reads. All input comes through struct ddw_sys or
 * the structure below, so that unit tests can simulate machines.
 */

#include <stdbool.h>

#include <ddw.h>

#include "doctor/finding.h"

enum platform { PLATFORM_OTHER, PLATFORM_PSERIES, PLATFORM_POWERNV };

struct doctor {
	const struct ddw_sys *sys;
	const char *arch;	/* as uname(2) has it */
	const char *release;	/* of the kernel */
	const char *dpdk;	/* rte_version() */
	const char *plugin_dir; /* from which DPDK loads plugins by itself */
	enum platform platform; /* filled by the first check */
	struct findings findings;
};

/* Check if a file or directory exists. */
bool doctor_exists(const struct doctor *d, const char *path);
/* Read the first line of a small file. Returns false when it cannot be read. */
bool doctor_read(const struct doctor *d, const char *path, char *text, size_t size);

#endif /* DOCTOR_IO_H */
