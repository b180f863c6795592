/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROCFD_H
#define PROCFD_H

/* Find who has a file open. Private to libddw. */

#include <stddef.h>

#include "ddw_sys.h"

/*
 * Find a process that has "file" open and write "process 123 (name)".
 * Returns 1, or 0 when none is found: a container or missing rights may hide it.
 */
int ddw_file_owner(const struct ddw_sys *sys, const char *file, char *text, size_t len);

#endif /* PROCFD_H */
