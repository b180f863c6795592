/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MACHINE_PROBE_H
#define MACHINE_PROBE_H

/* Looks at the machine on which the program runs. */

#include "plan/machine.h"

/*
 * Look at this machine: opens the groups of all devices that are bound to vfio-pci,
 * asks GET_INFO, and closes them. 0, or a negative errno when no group could be asked.
 */
int plan_machine_probe(struct machine *m, const struct ddw_sys *sys, char *error, size_t size);

#endif /* MACHINE_PROBE_H */
