/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TEARDOWN_H
#define TEARDOWN_H

/** Unmap all memory, close all groups and forget the space. */
void spapr_teardown(void);
/** Exit, with strict=1 and at the start, unless every device can be used. */
void spapr_teardown_if_strict(int ret);

#endif /* TEARDOWN_H */
