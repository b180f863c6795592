/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef REPORT_H
#define REPORT_H

/* What the plugin logs. */

#include <stdint.h>

#include <ddw_error.h>

void spapr_report_error(const struct ddw_error *err);
/** A group, or with number -1 a device, is not used: print why, and keep it for telemetry. */
void spapr_report_refused(int number, const char *name, struct ddw_error *err);
/** Once per shortage: EAL asks again for each size of page and each allocation. */
void spapr_report_veto(const struct ddw_error *err);
/** Say, once, that @p more bytes are refused and that @p room are left. */
void spapr_report_full(uint64_t more, uint64_t room);
void spapr_report_setup(uint64_t ns);
void spapr_report_release(uint64_t ns);

/** Fill DDW-iova-va. */
int spapr_fail_iova_va(struct ddw_error *err);

#endif /* REPORT_H */
