/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ATTACH_H
#define ATTACH_H

/* Attach groups to containers. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/*
 * Put a group into its container, select sPAPR and read GET_INFO; undone on failure. One that
 * is in its container already only has its type verified.
 */
int ddw_attach_group(struct ddw_space *space, struct group *g, struct ddw_error *err);
/*
 * Take a group out of its container, unless it was there before; a failure is added to the
 * remedy in err.
 */
void ddw_detach_group(struct ddw_space *space, struct group *g, struct ddw_error *err);

#endif /* ATTACH_H */
