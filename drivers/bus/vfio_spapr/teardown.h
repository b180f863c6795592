/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TEARDOWN_H
#define TEARDOWN_H

/** Give back everything. */
void spapr_teardown(void);
/** With strict=1, end the process unless every device can be used. */
void spapr_teardown_if_strict(int ret);

#endif /* TEARDOWN_H */
