/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Put a group into its container, and take it out. */

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "space/attach.h"

static int
set_container(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret = ddw_space_ioctl(space, DDW_OP_SET_CONTAINER, g->group_fd, &g->container_fd);

	if (ret == 0)
		return 0;
	return ddw_fail(err, DDW_MSG_GROUP_ATTACH, ddw_space_errno(ret),
			"%s cannot join a container: %s", g->info.name,
			ddw_space_result(ret, text, sizeof(text)));
}

static int
set_iommu(struct ddw_space *space, struct group *g, unsigned long type)
{
	/* The argument of SET_IOMMU is a number, not an address. */
	return ddw_space_ioctl(space, DDW_OP_SET_IOMMU, g->container_fd, (void *)(uintptr_t)type);
}

/*
 * sPAPR v2, or v1 where that is all there is: then only the default window exists.
 * A refusal leaves the container as it was, so trying is safe.
 */
static int
select_iommu(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	char text[SPACE_RESULT], second[SPACE_RESULT];
	int ret = 0, v1;

	if (space->iommu != DDW_IOMMU_V1) {
		ret = set_iommu(space, g, VFIO_SPAPR_TCE_v2_IOMMU);
		if (ret == 0)
			return 0;
		if (space->iommu == DDW_IOMMU_V2)
			return ddw_fail(err, DDW_MSG_NO_SPAPR_V2, ddw_space_errno(ret),
					"%s: sPAPR v2 cannot be selected: %s", g->info.name,
					ddw_space_result(ret, text, sizeof(text)));
	}
	v1 = set_iommu(space, g, VFIO_SPAPR_TCE_IOMMU);
	if (v1 == 0) {
		g->info.caps.v1 = true;
		return 0;
	}
	ddw_space_result(v1, second, sizeof(second));
	if (space->iommu == DDW_IOMMU_V1)
		return ddw_fail(err, DDW_MSG_NO_SPAPR_V2, ddw_space_errno(v1),
				"%s: sPAPR v1 cannot be selected: %s", g->info.name, second);
	return ddw_fail(err, DDW_MSG_NO_SPAPR_V2, ddw_space_errno(ret),
			"%s: neither sPAPR v2 (%s) nor v1 (%s) can be selected", g->info.name,
			ddw_space_result(ret, text, sizeof(text)), second);
}

static bool
is_adopted(const struct group *g)
{
	return g->group_fd == DDW_GROUP_ATTACHED;
}

static int
fail_adopted(const struct group *g, int errnum, const char *what, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_NO_SPAPR_V2, errnum, "%s: %s", g->info.name, what);

	ddw_error_why(err, "the group is in a container already, and only one of sPAPR v2 is used");
	return ret;
}

/* The container is the caller's, with the type that the caller has selected. */
static int
adopt(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	void *v2 = (void *)(uintptr_t)VFIO_SPAPR_TCE_v2_IOMMU;
	int ret;

	if (space->iommu == DDW_IOMMU_V1) {
		ret = fail_adopted(g, ENOTSUP, "sPAPR v1 cannot be selected", err);
		ddw_error_fix(err, "remove iommu=v1, or use DPDK 26.07 or older");
		return ret;
	}
	ret = space->sys->ioctl(space->sys->ctx, g->container_fd, VFIO_CHECK_EXTENSION, v2);
	return ret == 1 ? 0
			: fail_adopted(g, ret < 0 ? -ret : EINVAL,
				       "the container does not know sPAPR v2", err);
}

static int
read_info(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	char text[SPACE_RESULT];
	int ret;

	ret = ddw_space_ioctl(space, DDW_OP_GET_INFO, g->container_fd, &info);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_GROUP_INFO, ddw_space_errno(ret),
				"%s: GET_INFO failed: %s", g->info.name,
				ddw_space_result(ret, text, sizeof(text)));

	/* The kernel sets it in every container of v2. */
	if (is_adopted(g) && !(info.flags & VFIO_IOMMU_SPAPR_INFO_DDW))
		return fail_adopted(g, EINVAL, "GET_INFO describes no dynamic windows", err);

	g->info.caps.dma32_start = info.dma32_window_start;
	g->info.caps.dma32_size = info.dma32_window_size;
	if (info.flags & VFIO_IOMMU_SPAPR_INFO_DDW) {
		g->info.caps.pgsizes = info.ddw.pgsizes;
		g->info.caps.max_windows = info.ddw.max_dynamic_windows_supported;
		g->info.caps.levels = info.ddw.levels;
	} else {
		g->info.caps.max_windows = UINT32_MAX;
	}
	return 0;
}

void
ddw_detach_group(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret;

	if (is_adopted(g))
		return;
	ret = space->sys->ioctl(space->sys->ctx, g->group_fd, VFIO_GROUP_UNSET_CONTAINER, NULL);
	if (ret != 0)
		ddw_error_fix(err,
			      "the group could not be removed from its container (%s); end the "
			      "process",
			      ddw_space_result(ret, text, sizeof(text)));
}

int
ddw_attach_group(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	int ret;

	memset(&g->info.caps, 0, sizeof(g->info.caps));
	if (is_adopted(g)) {
		ret = adopt(space, g, err);
	} else {
		ret = set_container(space, g, err);
		if (ret != 0)
			return ret;
		ret = select_iommu(space, g, err);
	}
	if (ret == 0)
		ret = read_info(space, g, err);
	if (ret != 0)
		ddw_detach_group(space, g, err);
	return ret;
}

void
ddw_space_choose_iommu(struct ddw_space *space, enum ddw_iommu iommu)
{
	(void)pthread_mutex_lock(&space->lock);
	space->iommu = iommu;
	(void)pthread_mutex_unlock(&space->lock);
}

int
ddw_space_attach(struct ddw_space *space, int number, const char *name, int container_fd,
		 int group_fd, struct ddw_error *err)
{
	struct group *g;
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	if (space->windows_open || space->n_groups == DDW_MAX_GROUPS) {
		ret = ddw_fail(err, DDW_MSG_GROUP_LIMIT, ENOSPC, "%s cannot be added", name);
		if (space->windows_open)
			ddw_error_why(err, "the windows of this space are already open");
		goto out;
	}
	g = &space->groups[space->n_groups];
	memset(g, 0, sizeof(*g));
	g->info.number = number;
	snprintf(g->info.name, sizeof(g->info.name), "%s", name);
	g->container_fd = container_fd;
	g->group_fd = group_fd;
	ret = ddw_attach_group(space, g, err);
	if (ret == 0)
		ret = (int)space->n_groups++;
out:
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
