/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <linux/vfio.h>

#include "fake_sys.h"

/* What GET_INFO and CREATE say on pSeries. */
#define DMA32_SIZE   (UINT32_C(1) << 30)
#define WINDOW_START (UINT64_C(1) << 59)
#define PGSIZES	     ((UINT64_C(1) << 12) | (UINT64_C(1) << 16) | (UINT64_C(1) << 21))

static int
fake_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct vfio_iommu_spapr_tce_create *create = arg;
	struct vfio_iommu_spapr_tce_info *info = arg;

	(void)ctx;
	(void)fd;
	switch (request) {
	case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
		info->flags = VFIO_IOMMU_SPAPR_INFO_DDW;
		info->dma32_window_start = 0;
		info->dma32_window_size = DMA32_SIZE;
		info->ddw.pgsizes = PGSIZES;
		info->ddw.max_dynamic_windows_supported = 2;
		info->ddw.levels = 1;
		break;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		create->start_addr = WINDOW_START;
		break;
	default:
		break;
	}
	return 0;
}

static int
fake_memlock(void *ctx, struct ddw_memlock *ml)
{
	(void)ctx;
	*ml = (struct ddw_memlock){ .unlimited = true };
	return 0;
}

static uint64_t
fake_clock_ns(void *ctx)
{
	const struct ddw_sys *real = ddw_sys_linux();

	(void)ctx;
	return real->clock_ns(real->ctx);
}

static int
fake_pid(void *ctx)
{
	const struct ddw_sys *real = ddw_sys_linux();

	(void)ctx;
	return real->pid(real->ctx);
}

static int
fake_page_get(void *ctx, uint64_t *vaddr, uint64_t *size)
{
	const struct ddw_sys *real = ddw_sys_linux();

	(void)ctx;
	return real->page_get(real->ctx, vaddr, size);
}

static void
fake_page_put(void *ctx, uint64_t vaddr, uint64_t size)
{
	const struct ddw_sys *real = ddw_sys_linux();

	(void)ctx;
	real->page_put(real->ctx, vaddr, size);
}

const struct ddw_sys *
fake_sys(void)
{
	static const struct ddw_sys sys = {
		.ioctl = fake_ioctl,
		.memlock = fake_memlock,
		.page_get = fake_page_get,
		.page_put = fake_page_put,
		.clock_ns = fake_clock_ns,
		.pid = fake_pid,
	};

	return &sys;
}
