/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/groups.h"

void
test_ddw_group_name(int number, const char *pci, char *name, size_t size)
{
	snprintf(name, size, "IOMMU group %d (%.31s)", number, pci);
}

int
test_ddw_group_check(const struct ddw_sys *sys, int number, const char *pci, struct ddw_error *err)
{
	struct ddw_culprit culprit;
	char name[64];
	int ret;

	test_ddw_group_name(number, pci, name, sizeof(name));
	ret = ddw_group_check(sys, number, name, err);
	if (ret != 0)
		return ret;
	if (ddw_group_culprit(sys, number, &culprit) != 0 || culprit.proof != DDW_CULPRIT_LOGGED)
		return 0;
	ret = ddw_fail(err, DDW_MSG_PE_POISONED, ENODEV, "%s", name);
	ddw_culprit_blame(&culprit, err);
	return ret;
}

static int
open_file(struct groups *g, const struct ddw_sys *sys, const char *path, struct ddw_error *err)
{
	int fd = sys->open(sys->ctx, path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return ddw_fail(err, DDW_MSG_GROUP_OPEN, fd, "%s cannot be opened: %s", path,
				strerror(-fd));
	g->fds[g->n_fds++] = fd;
	return fd;
}

int
test_ddw_groups_attach(struct groups *g, const struct ddw_sys *sys, struct ddw_space *space,
		       int number, const char *pci, struct ddw_error *err)
{
	char path[32], name[64];
	int container, group, ret;

	test_ddw_group_name(number, pci, name, sizeof(name));
	ret = ddw_group_check(sys, number, name, err);
	if (ret != 0)
		return ret;
	container = open_file(g, sys, "/dev/vfio/vfio", err);
	if (container < 0)
		return container;
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	group = open_file(g, sys, path, err);
	if (group < 0)
		return group;
	return ddw_space_attach(space, number, name, container, group, err);
}

void
test_ddw_groups_close(struct groups *g, const struct ddw_sys *sys)
{
	while (g->n_fds > 0)
		(void)sys->close(sys->ctx, g->fds[--g->n_fds]);
}
