/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MACHINE_PROBE_H
#define MACHINE_PROBE_H

/* Probe the running machine. */

#include "plan/machine.h"

/*
 * Open the groups of all devices that are bound to vfio-pci, read their capabilities with
 * GET_INFO, and close them. Returns 0, or a negative errno when no group could be read.
 */
int plan_machine_probe(struct machine *m, const struct ddw_sys *sys, char *error, size_t size);

#endif /* MACHINE_PROBE_H */
