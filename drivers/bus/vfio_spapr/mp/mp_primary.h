/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MP_PRIMARY_H
#define MP_PRIMARY_H

/*
 * The primary's side of secondary processes. One of them asks for each group, and for the
 * type of IOMMU of EAL's default container. EAL's own answer to the second question is an
 * error when no group is in the default container, and the probe in the secondary fails.
 * So the plugin answers, in place of EAL.
 */

/** Answer secondary processes that ask for groups, from now on or a little later. */
void spapr_mp_primary_start(void);
/** Give them no more. */
void spapr_mp_primary_stop(void);

#endif /* MP_PRIMARY_H */
