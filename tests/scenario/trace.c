/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "trace.h"

static const struct {
	unsigned long request;
	const char *name;
	size_t size;
} ioctls[] = {
	{ VFIO_GET_API_VERSION, "GET_API_VERSION", 0 },
	{ VFIO_CHECK_EXTENSION, "CHECK_EXTENSION", 0 },
	{ VFIO_SET_IOMMU, "SET_IOMMU", 0 },
	{ VFIO_GROUP_GET_STATUS, "GET_STATUS", sizeof(struct vfio_group_status) },
	{ VFIO_GROUP_SET_CONTAINER, "SET_CONTAINER", sizeof(int) },
	{ VFIO_GROUP_UNSET_CONTAINER, "UNSET_CONTAINER", 0 },
	{ VFIO_GROUP_GET_DEVICE_FD, "GET_DEVICE_FD", 0 },
	{ VFIO_IOMMU_SPAPR_TCE_GET_INFO, "GET_INFO", sizeof(struct vfio_iommu_spapr_tce_info) },
	{ VFIO_IOMMU_MAP_DMA, "MAP_DMA", sizeof(struct vfio_iommu_type1_dma_map) },
	{ VFIO_IOMMU_UNMAP_DMA, "UNMAP_DMA", sizeof(struct vfio_iommu_type1_dma_unmap) },
	{ VFIO_IOMMU_ENABLE, "ENABLE", 0 },
	{ VFIO_IOMMU_DISABLE, "DISABLE", 0 },
	{ VFIO_IOMMU_SPAPR_REGISTER_MEMORY, "REGISTER",
	  sizeof(struct vfio_iommu_spapr_register_memory) },
	{ VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, "UNREGISTER",
	  sizeof(struct vfio_iommu_spapr_register_memory) },
	{ VFIO_IOMMU_SPAPR_TCE_CREATE, "CREATE", sizeof(struct vfio_iommu_spapr_tce_create) },
	{ VFIO_IOMMU_SPAPR_TCE_REMOVE, "REMOVE", sizeof(struct vfio_iommu_spapr_tce_remove) },
};

#define N_IOCTLS (sizeof(ioctls) / sizeof(ioctls[0]))

static const char *
ioctl_name(unsigned long request)
{
	unsigned int i;

	for (i = 0; i < N_IOCTLS; i++)
		if (ioctls[i].request == request)
			return ioctls[i].name;
	return "unknown ioctl";
}

size_t
trace_arg_size(unsigned long request, const void *arg)
{
	unsigned int i;

	if (request == VFIO_GROUP_GET_DEVICE_FD)
		return strlen(arg) + 1;
	for (i = 0; i < N_IOCTLS; i++)
		if (ioctls[i].request == request)
			return ioctls[i].size;
	return 0;
}

struct trace_record *
trace_add(struct trace *t, enum trace_kind kind)
{
	struct trace_record *rec;

	if (t->n == TRACE_RECORDS) {
		trace_fail(t, "the trace is full");
		t->n--;
	}
	rec = &t->records[t->n++];
	memset(rec, 0, sizeof(*rec));
	rec->kind = kind;
	t->calls += kind != TRACE_NOTE;
	return rec;
}

void
trace_fail(struct trace *t, const char *fmt, ...)
{
	va_list ap;

	if (t->failures++ != 0)
		return;
	va_start(ap, fmt);
	vsnprintf(t->failure, sizeof(t->failure), fmt, ap);
	va_end(ap);
}

void
trace_ioctl_in(struct trace_record *rec, unsigned long request, const void *arg)
{
	const struct vfio_iommu_type1_dma_map *map = arg;
	const struct vfio_iommu_type1_dma_unmap *unmap = arg;
	const struct vfio_iommu_spapr_register_memory *reg = arg;
	const struct vfio_iommu_spapr_tce_create *create = arg;
	const struct vfio_iommu_spapr_tce_remove *rem = arg;

	rec->request = request;
	switch (request) {
	case VFIO_CHECK_EXTENSION:
	case VFIO_SET_IOMMU:
		rec->in[0] = (uintptr_t)arg;
		break;
	case VFIO_IOMMU_MAP_DMA:
		memcpy(rec->in, (uint64_t[]){ map->vaddr, map->iova, map->size, map->flags },
		       4 * sizeof(uint64_t));
		break;
	case VFIO_IOMMU_UNMAP_DMA:
		memcpy(rec->in, (uint64_t[]){ unmap->iova, unmap->size, unmap->flags },
		       3 * sizeof(uint64_t));
		break;
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		memcpy(rec->in, (uint64_t[]){ reg->vaddr, reg->size, reg->flags },
		       3 * sizeof(uint64_t));
		break;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		memcpy(rec->in,
		       (uint64_t[]){ create->page_shift, create->window_size, create->levels,
				     create->flags },
		       4 * sizeof(uint64_t));
		break;
	case VFIO_IOMMU_SPAPR_TCE_REMOVE:
		rec->in[0] = rem->start_addr;
		break;
	default:
		break;
	}
}

void
trace_ioctl_out(struct trace_record *rec, int ret, const void *arg)
{
	const struct vfio_iommu_spapr_tce_info *info = arg;
	const struct vfio_iommu_spapr_tce_create *create = arg;
	const struct vfio_group_status *status = arg;

	rec->ret = ret;
	if (ret < 0)
		return;
	switch (rec->request) {
	case VFIO_GROUP_GET_DEVICE_FD:
		rec->ret = 0;
		break;
	case VFIO_GROUP_GET_STATUS:
		rec->out[0] = status->flags;
		break;
	case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
		memcpy(rec->out,
		       (uint64_t[]){ info->dma32_window_start, info->dma32_window_size, info->flags,
				     info->ddw.pgsizes, info->ddw.max_dynamic_windows_supported,
				     info->ddw.levels },
		       6 * sizeof(uint64_t));
		break;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		rec->out[0] = create->start_addr;
		break;
	default:
		break;
	}
}

const char *
trace_text(const struct trace_record *rec, char *buf, size_t size)
{
	static const char *const kinds[] = { "open", "close", "", "memlock", "page", "note" };
	int n;

	n = snprintf(buf, size, "%s%s%s file %d", rec->child ? "child: " : "", kinds[rec->kind],
		     rec->kind == TRACE_IOCTL ? ioctl_name(rec->request) : rec->name, rec->file);
	n += snprintf(buf + n, size - (size_t)n,
		      " (0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ") -> %d",
		      rec->in[0], rec->in[1], rec->in[2], rec->in[3], rec->ret);
	n += snprintf(buf + n, size - (size_t)n,
		      " (0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
		      ", 0x%" PRIx64 ")",
		      rec->out[0], rec->out[1], rec->out[2], rec->out[3], rec->out[4], rec->out[5]);
	return buf;
}

int
trace_compare(const struct trace *a, const struct trace *b)
{
	unsigned int i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (memcmp(&a->records[i], &b->records[i], sizeof(a->records[i])) != 0)
			return (int)i;
	return a->n == b->n ? -1 : (int)i;
}
