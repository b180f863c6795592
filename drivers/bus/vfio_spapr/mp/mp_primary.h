/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MP_PRIMARY_H
#define MP_PRIMARY_H

/*
 * Answer the VFIO requests of secondary processes. A secondary asks for each group, and for
 * the IOMMU type of EAL's default container. EAL answers the second question with an error
 * when no group is in the default container, and the probe in the secondary fails. So the
 * plugin answers in place of EAL.
 */

/** Start to answer, now or as soon as EAL is initialised. */
void spapr_mp_primary_start(void);
/** Give out no more groups. */
void spapr_mp_primary_stop(void);

#endif /* MP_PRIMARY_H */
