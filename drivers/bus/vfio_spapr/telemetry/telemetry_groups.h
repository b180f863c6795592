/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TELEMETRY_GROUPS_H
#define TELEMETRY_GROUPS_H

/* Answer the commands about groups; see doc/guides/telemetry.rst. */

#include <rte_telemetry.h>

int spapr_telemetry_groups(const char *cmd, const char *params, struct rte_tel_data *d);
int spapr_telemetry_explain(const char *cmd, const char *params, struct rte_tel_data *d);

#endif /* TELEMETRY_GROUPS_H */
