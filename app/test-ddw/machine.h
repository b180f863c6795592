/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MACHINE_H
#define MACHINE_H

/* A machine as the planner sees it: the one we run on, or one described in a file. */

#include <stdbool.h>

#include <ddw.h>

struct machine {
	struct ddw_plan_input in; /* groups, hugepages, memlock */
	char refused[1024];	  /* groups that could not be looked at, one line each */
};

/*
 * Read the description of a machine (JSON, see doc/guides/test_ddw.rst).
 * 0, or a negative errno and a text that says where and what.
 */
int machine_read(struct machine *m, const char *file, char *error, size_t size);

/* 64-bit POWER? Otherwise a text that says why windows cannot be had, and what to do. */
bool machine_is_power(char *error, size_t size);

/*
 * Look at this machine: opens the groups of all devices that are bound to vfio-pci,
 * asks GET_INFO, and closes them. 0, or a negative errno when no group could be asked.
 */
int machine_probe(struct machine *m, const struct ddw_sys *sys, char *error, size_t size);

#endif /* MACHINE_H */
