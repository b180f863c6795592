/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CREATE_H
#define CREATE_H

/* CREATE and REMOVE. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* Create the dynamic window of a group as planned, or as near to that as firmware can. */
int ddw_create_window(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		      const struct ddw_plan_window *win, struct ddw_error *err);
/* Remove the window at a bus address. */
int ddw_remove_window(struct ddw_space *space, struct group *g, uint64_t start,
		      struct ddw_error *err);
/*
 * A default window that was removed comes back by asking for one like it. Returns what
 * ddw_space_ioctl() does, or -ERANGE when it is elsewhere.
 */
int ddw_restore_default(struct ddw_space *space, struct group *g);
/* Note where the main window of a group is. */
void ddw_set_main_window(struct group *g, uint64_t start, uint64_t size,
			 const struct ddw_plan_window *win);

#endif /* CREATE_H */
