/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GROUPS_H
#define GROUPS_H

/* Open IOMMU groups, each in its own container. */

#include <stdbool.h>

#include <ddw.h>

/* Files of one group; negative when closed. */
struct group_files {
	int container;
	int group;
};

struct groups {
	struct group_files files[DDW_MAX_GROUPS];
	unsigned int n;
};

/* Format the name of a group for messages, such as "IOMMU group 1 (0001:00:01.0)". */
void test_ddw_group_name(int number, const char *pci, char *name, size_t size);

/*
 * Check if the kernel log shows that the dynamic windows of a group were disabled. "name" is
 * that of the group in "err", which is filled then.
 */
bool test_ddw_group_poisoned(const struct ddw_sys *sys, int number, const char *name,
			     struct ddw_error *err);

/*
 * Check if a group is usable, without opening it. A group is unusable if the kernel log shows
 * that its dynamic windows were disabled. Returns 0 or a negative errno.
 */
int test_ddw_group_check(const struct ddw_sys *sys, int number, const char *pci,
			 struct ddw_error *err);

/*
 * Open a group and a container, and attach the group to a space. The caller closes the files,
 * also after a failure. Returns the index of the group in the space, or a negative errno.
 */
int test_ddw_group_attach(const struct ddw_sys *sys, struct ddw_space *space, int number,
			  const char *name, struct group_files *files, struct ddw_error *err);
/* Close the files of a group, which removes it from its container. */
void test_ddw_group_close(const struct ddw_sys *sys, struct group_files *files);

/*
 * Check a group, open it and attach it to a space. "pci" is one of its devices, for messages.
 * Returns the index of the group in the space, or a negative errno.
 */
int test_ddw_groups_attach(struct groups *g, const struct ddw_sys *sys, struct ddw_space *space,
			   int number, const char *pci, struct ddw_error *err);

/* Close all groups, which removes their windows. */
void test_ddw_groups_close(struct groups *g, const struct ddw_sys *sys);

#endif /* GROUPS_H */
