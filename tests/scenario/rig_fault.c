/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include <linux/vfio.h>

#include "rig.h"

/*
 * Calls that fail: what the kernel may answer to each. UNSET_CONTAINER is not among
 * them: it fails where a device is open, or no container, which is never so here.
 */

#define FAULTS 14

struct fault_kind {
	enum trace_kind kind;
	unsigned long request;
	bool serious; /* libddw has to tell: memory may be left where a device reaches it */
	int ret[FAULTS];
};

static const struct fault_kind kinds[] = {
	{ TRACE_OPEN, 0, false, { -EMFILE, -ENFILE, -EACCES, -ENODEV, -EBUSY, -EINTR } },
	{ TRACE_MEMLOCK, 0, false, { -EMFILE, -ENOENT, -ENOMEM } },
	{ TRACE_PAGE, 0, false, { -ENOMEM, -EAGAIN } },
	{ TRACE_IOCTL,
	  VFIO_GROUP_SET_CONTAINER,
	  false,
	  { -EFAULT, -EBADF, -EBADFD, -EINVAL, -ENODEV, -EPERM, -EBUSY, -ENOMEM, -ENXIO, -E2BIG } },
	{ TRACE_IOCTL,
	  VFIO_SET_IOMMU,
	  false,
	  { -EINVAL, -ENODEV, -EPERM, -EBUSY, -ENOMEM, -ENXIO, -EFAULT } },
	{ TRACE_IOCTL, VFIO_IOMMU_SPAPR_TCE_GET_INFO, false, { -EPERM, -EFAULT } },
	{ TRACE_IOCTL,
	  VFIO_IOMMU_SPAPR_TCE_CREATE,
	  false,
	  { -EPERM, -ENXIO, -EINVAL, -ENOSPC, -ENOMEM, -ENODEV, -EEXIST, -E2BIG, -ECHILD, -ESRCH,
	    -EFAULT, -EAGAIN, 1, 5 } },
	{ TRACE_IOCTL, VFIO_IOMMU_SPAPR_TCE_REMOVE, false, { -EPERM, -ENXIO, -EINVAL, -EFAULT } },
	{ TRACE_IOCTL,
	  VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
	  true,
	  { -EPERM, -EINVAL, -EBUSY, -ENOMEM, -EFAULT, -EOPNOTSUPP, -EINTR, 1, 511 } },
	{ TRACE_IOCTL,
	  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
	  true,
	  { -EPERM, -EINVAL, -ENOENT, -EFAULT } },
	{ TRACE_IOCTL,
	  VFIO_IOMMU_MAP_DMA,
	  true,
	  { -EPERM, -EFAULT, -EINVAL, -ENXIO, -ENOMEM, -ENOENT, -EINTR, -EAGAIN, -EBUSY, -ECHRNG,
	    -ENODEV, 1 } },
	{ TRACE_IOCTL, VFIO_IOMMU_UNMAP_DMA, true, { -EPERM, -EFAULT, -EINVAL, -ENXIO, 1 } },
	{ TRACE_IOCTL, VFIO_IOMMU_ENABLE, false, { -EBUSY, -ENODEV, -EPERM, -ENOMEM } },
	{ TRACE_IOCTL, VFIO_IOMMU_DISABLE, false, { -EPERM, -EINVAL } },
};

static const struct fault_kind *
find_kind(enum trace_kind kind, unsigned long request)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind && kinds[i].request == request)
			return &kinds[i];
	return NULL;
}

/* One of what the call may answer; the first call decides whether there is such a one. */
static int
choose(struct rig_fault *f, const struct fault_kind *k)
{
	unsigned int n;

	for (n = 0; n < FAULTS && k->ret[n] != 0; n++)
		;
	if (f->hits == 0 && f->which >= (int)n) {
		f->beyond = true;
		f->armed = false;
		return 0;
	}
	return k->ret[f->which % (int)n];
}

int
rig_fault_next(struct rig *r, enum trace_kind kind, unsigned long request)
{
	struct rig_fault *f = &r->fault;
	const struct fault_kind *k;
	int ret;

	if (!f->armed)
		return 0;
	k = find_kind(kind, request);
	/* only what an ioctl has done can be told as failed */
	if (k == NULL || (f->after && kind != TRACE_IOCTL))
		return 0;
	f->seen++;
	if (f->seen < f->nth || (f->count != 0 && f->seen >= f->nth + f->count))
		return 0;
	ret = choose(f, k);
	if (ret == 0)
		return 0;
	f->hits++;
	f->serious += k->serious;
	f->unproven += request == VFIO_IOMMU_UNMAP_DMA;
	return ret;
}
