/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GROUPS_H
#define GROUPS_H

/* IOMMU groups that this program takes for a while, each in a container of its own. */

#include <ddw.h>

/* Files of one group; negative: closed. */
struct group_files {
	int container;
	int group;
};

struct groups {
	struct group_files files[DDW_MAX_GROUPS];
	unsigned int n;
};

/* "IOMMU group 1 (0001:00:01.0)": how a group is called in messages. */
void test_ddw_group_name(int number, const char *pci, char *name, size_t size);

/*
 * Can the group be taken, without trying it? One whose windows were lost before, as the
 * kernel's log tells, is none to be taken. 0 or a negative errno.
 */
int test_ddw_group_check(const struct ddw_sys *sys, int number, const char *pci,
			 struct ddw_error *err);

/*
 * Open a group and a container, and put the group into a space. What is open belongs to the
 * caller, also after a failure. Index of the group in the space, or a negative errno.
 */
int test_ddw_group_attach(const struct ddw_sys *sys, struct ddw_space *space, int number,
			  const char *name, struct group_files *files, struct ddw_error *err);
/* Close what is open: that takes the group out of its container. */
void test_ddw_group_close(const struct ddw_sys *sys, struct group_files *files);

/*
 * Check a group, open it and put it into a space. "pci" is one of its devices, for
 * messages. Index of the group in the space, or a negative errno.
 */
int test_ddw_groups_attach(struct groups *g, const struct ddw_sys *sys, struct ddw_space *space,
			   int number, const char *pci, struct ddw_error *err);

/* Close all files: that takes the groups out of their containers, and their windows away. */
void test_ddw_groups_close(struct groups *g, const struct ddw_sys *sys);

#endif /* GROUPS_H */
