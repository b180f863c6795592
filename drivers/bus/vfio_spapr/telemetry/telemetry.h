/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TELEMETRY_H
#define TELEMETRY_H

/** Register the telemetry commands below /vfio_spapr. */
void spapr_telemetry_start(void);

#endif /* TELEMETRY_H */
