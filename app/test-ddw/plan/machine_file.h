/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MACHINE_FILE_H
#define MACHINE_FILE_H

/* Read a machine from a file. */

#include "plan/machine.h"

/*
 * Read the description of a machine (JSON, see doc/guides/test_ddw.rst). Returns 0, or a
 * negative errno with the place and the reason in "error".
 */
int plan_machine_read(struct machine *m, const char *file, char *error, size_t size);

#endif /* MACHINE_FILE_H */
