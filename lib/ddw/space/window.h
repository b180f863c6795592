/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef WINDOW_H
#define WINDOW_H

/* Open the windows of one group. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* Open the main window of a group as planned. */
int ddw_window_open(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		    const struct ddw_plan_window *win, struct ddw_error *err);
/* Can the default window of a group without dynamic ones be used? The kernel is asked. */
bool ddw_window_has_default(struct ddw_space *space, struct group *g);
/* The default window as a second one, for small pages; no call into the kernel. */
void ddw_window_open_small(struct group *g);

#endif /* WINDOW_H */
