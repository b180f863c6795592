/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EAL_CHECK_H
#define EAL_CHECK_H

#include <stdbool.h>

#include <ddw_error.h>

/**
 * Does the process have all that the plugin needs of EAL? No function of DPDK may be called
 * before. Any thread.
 *
 * @param err
 *   Filled on failure (DDW-eal-symbols).
 * @return
 *   0 or -ENOTSUP.
 */
int spapr_eal_check(struct ddw_error *err);

/** Print a message to stderr: EAL cannot log. Any thread. */
void spapr_eal_print(const struct ddw_error *err);

/**
 * Look for a second EAL, in another object of the process. Main thread.
 *
 * @param err
 *   Filled when there is one (DDW-eal-twice).
 * @return
 *   0 or -EEXIST.
 * Source: dlsym(3), dladdr1(3).
 */
int spapr_eal_check_copies(struct ddw_error *err);

#endif /* EAL_CHECK_H */
