/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Groups and containers: who is attached to what. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include "model_internal.h"

static void
model_reset_container(struct model *m, struct model_container *c)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (c->win[i].exists)
			model_remove_window(m, c, &c->win[i]);
	model_release_prereg(m, c);
	if (c->enabled_bytes != 0)
		model_uncharge(m, c->mm, c->enabled_bytes);
	c->enabled_bytes = 0;
	c->iommu = 0;
	c->def_pending = false;
	c->enabled = false;
	c->mm = MODEL_NO_MM;
}

/* vfio_group_detach_container(): with the last group all state goes. */
void
model_detach(struct model *m, struct model_group *g)
{
	struct model_container *c = g->container;

	model_reset_container(m, c);
	g->container = NULL;
	c->group = NULL;
	model_container_put(m, c);
}

void
model_group_put(struct model *m, struct model_group *g)
{
	if (--g->refs == 0 && g->container != NULL)
		model_detach(m, g);
}

void
model_container_put(struct model *m, struct model_container *c)
{
	struct model_container **link = &m->containers;

	if (c->fd_open || c->group != NULL)
		return;
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	free(c);
}

/* tce_iommu_mm_set(): the first process that makes something in it. */
void
model_bind(struct model *m, struct model_container *c)
{
	if (c->mm == MODEL_NO_MM)
		c->mm = m->current;
}

/* tce_iommu_attach_group() */
static int
model_attach(struct model_container *c, const struct model_group *g, int iommu)
{
	if (iommu == VFIO_SPAPR_TCE_v2_IOMMU) {
		if (g->cfg.set_iommu_error != 0)
			return -g->cfg.set_iommu_error;
		if (g->cfg.max_windows == 0)
			return -EINVAL;
	}
	c->iommu = iommu;
	c->def_pending = true;
	return 0;
}

static int
model_set_container(struct model *m, struct model_group *g, const int *fd)
{
	struct model_fd *f = model_fd(m, *fd);
	struct model_container *c;

	if (f == NULL)
		return -EBADF;
	if (g->container != NULL)
		return -EINVAL;
	if (f->kind != MODEL_FD_CONTAINER)
		return -EBADFD;
	c = f->container;
	if (!model_viable(m, g))
		return -EPERM;
	if (c->group != NULL && c->iommu == VFIO_SPAPR_TCE_IOMMU)
		return -EBUSY;
	if (c->group != NULL) {
		/* PowerNV takes it, but then a detach wipes the mappings of both */
		model_violate(m, "a second group, %d, in one container", g->cfg.number);
		return -EPERM;
	}
	c->group = g;
	g->container = c;
	return 0;
}

static int
model_get_device(struct model *m, struct model_group *g)
{
	if (g->container == NULL || g->container->iommu == 0)
		return -EINVAL;
	g->devices_open++;
	g->refs++;
	return model_new_fd(m, MODEL_FD_DEVICE, NULL, g);
}

static int
model_get_status(const struct model *m, const struct model_group *g,
		 struct vfio_group_status *status)
{
	if (status->argsz < sizeof(*status))
		return -EINVAL;
	status->flags = 0;
	if (g->container != NULL)
		status->flags |= VFIO_GROUP_FLAGS_CONTAINER_SET | VFIO_GROUP_FLAGS_VIABLE;
	else if (model_viable(m, g))
		status->flags |= VFIO_GROUP_FLAGS_VIABLE;
	return 0;
}

int
model_group_ioctl(struct model *m, struct model_group *g, unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		return model_get_status(m, g, arg);
	case VFIO_GROUP_SET_CONTAINER:
		return model_set_container(m, g, arg);
	case VFIO_GROUP_UNSET_CONTAINER:
		if (g->container == NULL)
			return -EINVAL;
		if (g->devices_open != 0)
			return -EBUSY;
		model_detach(m, g);
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return model_get_device(m, g);
	default:
		return -ENOTTY;
	}
}

static int
model_set_iommu(struct model_container *c, unsigned long type)
{
	if (c->group == NULL || c->iommu != 0)
		return -EINVAL;
	if (type != VFIO_SPAPR_TCE_IOMMU && type != VFIO_SPAPR_TCE_v2_IOMMU)
		return -ENODEV;
	return model_attach(c, c->group, (int)type);
}

static int
model_get_info(const struct model_container *c, struct vfio_iommu_spapr_tce_info *info)
{
	const struct model_group_cfg *cfg;

	if (c->group == NULL)
		return -ENXIO;
	if (info->argsz < offsetof(struct vfio_iommu_spapr_tce_info, ddw))
		return -EINVAL;
	cfg = &c->group->cfg;
	info->dma32_window_start = cfg->dma32_start;
	info->dma32_window_size = cfg->dma32_size;
	info->flags = 0;
	if (c->iommu != VFIO_SPAPR_TCE_v2_IOMMU)
		return 0;
	info->flags = VFIO_IOMMU_SPAPR_INFO_DDW;
	if (info->argsz >= sizeof(*info)) {
		info->ddw.pgsizes = cfg->pgsizes;
		info->ddw.max_dynamic_windows_supported = cfg->max_windows;
		info->ddw.levels = cfg->levels;
	}
	return 0;
}

static int
model_v2_ioctl(struct model *m, struct model_container *c, unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
		return model_ioctl_register(m, c, arg);
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		return model_ioctl_unregister(m, c, arg);
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		return model_ioctl_create(m, c, arg);
	case VFIO_IOMMU_SPAPR_TCE_REMOVE:
		return model_ioctl_remove(m, c, arg);
	default:
		return -ENOTTY;
	}
}

static int
model_v1_ioctl(struct model *m, struct model_container *c, unsigned long request)
{
	switch (request) {
	case VFIO_IOMMU_ENABLE:
		return model_ioctl_enable(m, c);
	case VFIO_IOMMU_DISABLE:
		return model_ioctl_disable(m, c);
	default:
		return -ENOTTY;
	}
}

int
model_container_ioctl(struct model *m, struct model_container *c, unsigned long request, void *arg)
{
	unsigned long type = (unsigned long)(uintptr_t)arg;

	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return type == VFIO_SPAPR_TCE_IOMMU || type == VFIO_SPAPR_TCE_v2_IOMMU;
	case VFIO_SET_IOMMU:
		return model_set_iommu(c, type);
	default:
		break;
	}
	if (c->iommu == 0)
		return -EINVAL;
	/* the children of a process have no part in what it made */
	if (c->mm != MODEL_NO_MM && c->mm != m->current)
		return -EPERM;
	switch (request) {
	case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
		return model_get_info(c, arg);
	case VFIO_IOMMU_MAP_DMA:
		return model_ioctl_map(m, c, arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return model_ioctl_unmap(m, c, arg);
	default:
		break;
	}
	if (c->iommu == VFIO_SPAPR_TCE_v2_IOMMU)
		return model_v2_ioctl(m, c, request, arg);
	return model_v1_ioctl(m, c, request);
}
