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

bool
test_ddw_group_poisoned(const struct ddw_sys *sys, int number, const char *name,
			struct ddw_error *err)
{
	struct ddw_culprit culprit;

	if (ddw_group_culprit(sys, number, &culprit) != 0 || culprit.proof != DDW_CULPRIT_LOGGED)
		return false;
	(void)ddw_fail(err, DDW_MSG_PE_POISONED, ENODEV, "%s", name);
	ddw_culprit_blame(&culprit, err);
	return true;
}

int
test_ddw_group_check(const struct ddw_sys *sys, int number, const char *pci, struct ddw_error *err)
{
	char name[64];
	int ret;

	test_ddw_group_name(number, pci, name, sizeof(name));
	ret = ddw_group_check(sys, number, name, err);
	if (ret != 0)
		return ret;
	return test_ddw_group_poisoned(sys, number, name, err) ? -ENODEV : 0;
}

static int
open_file(const struct ddw_sys *sys, const char *path, struct ddw_error *err)
{
	int fd = sys->open(sys->ctx, path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		(void)ddw_fail(err, DDW_MSG_GROUP_OPEN, fd, "%s cannot be opened: %s", path,
			       strerror(-fd));
	return fd;
}

int
test_ddw_group_attach(const struct ddw_sys *sys, struct ddw_space *space, int number,
		      const char *name, struct group_files *files, struct ddw_error *err)
{
	char path[32];

	files->group = -1;
	files->container = open_file(sys, "/dev/vfio/vfio", err);
	if (files->container < 0)
		return files->container;
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	files->group = open_file(sys, path, err);
	if (files->group < 0)
		return files->group;
	return ddw_space_attach(space, number, name, files->container, files->group, err);
}

void
test_ddw_group_close(const struct ddw_sys *sys, struct group_files *files)
{
	if (files->group >= 0)
		(void)sys->close(sys->ctx, files->group);
	if (files->container >= 0)
		(void)sys->close(sys->ctx, files->container);
	*files = (struct group_files){ -1, -1 };
}

int
test_ddw_groups_attach(struct groups *g, const struct ddw_sys *sys, struct ddw_space *space,
		       int number, const char *pci, struct ddw_error *err)
{
	char name[64];
	int ret;

	test_ddw_group_name(number, pci, name, sizeof(name));
	ret = ddw_group_check(sys, number, name, err);
	if (ret != 0)
		return ret;
	return test_ddw_group_attach(sys, space, number, name, &g->files[g->n++], err);
}

void
test_ddw_groups_close(struct groups *g, const struct ddw_sys *sys)
{
	while (g->n > 0)
		test_ddw_group_close(sys, &g->files[--g->n]);
}
