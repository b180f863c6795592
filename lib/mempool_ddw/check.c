/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>

#include "pool.h"

/* The last bus address of the windows that the pool may be in. */
static uint64_t
last_of_window(const struct pool *p)
{
	const struct ddw_window_info *w;
	struct vfio_spapr_dma_info info;

	p->dma->info(&info);
	if (info.kind == VFIO_SPAPR_DMA_NONE)
		return UINT64_MAX;
	w = &info.windows[DDW_RANGE_MAIN];
	if (info.kind == VFIO_SPAPR_DMA_DDW && pool_in_default(p))
		w = &info.windows[DDW_RANGE_SMALL];
	return w->start + (w->size - 1);
}

/* The highest bus address that the pool has or may get. */
static uint64_t
last_address(const struct pool *p)
{
	bool grows = p->may_grow && p->req.conf.max_n > p->mp->size;
	uint64_t last;

	if (p->made && !p->demand_mapped && !grows)
		return p->iova_last;
	if (p->kind == VFIO_SPAPR_DMA_NONE && rte_eal_iova_mode() == RTE_IOVA_VA && p->made)
		last = (uintptr_t)p->arena.base + (p->arena.room - 1);
	else
		last = last_of_window(p);
	/* Memory that an application brought itself knows no limit. */
	if (!p->made)
		return last;
	return RTE_MAX(RTE_MIN(last, p->limit - 1), p->iova_last);
}

static int
fail_no_io(const struct pool *p, const struct rte_device *dev, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_POOL_REACH, ERANGE,
			   "%s cannot use pool %s, whose objects have no bus addresses",
			   rte_dev_name(dev), p->mp->name);

	ddw_error_why(err, "the pool was created with RTE_MEMPOOL_F_NO_IOVA_CONTIG, so nothing is "
			   "mapped");
	ddw_error_fix(err, "create it without this flag");
	return ret;
}

static int
check(const struct pool *p, const struct rte_device *dev, unsigned int bits, struct ddw_error *err)
{
	uint64_t last = last_address(p);
	unsigned int known;
	int ret;

	ret = p->dma->device(dev, &known);
	if (ret != 0) {
		ret = ddw_fail(err, DDW_MSG_POOL_REACH, ENODEV, "%s does not reach pool %s",
			       rte_dev_name(dev), p->mp->name);
		ddw_error_why(err,
			      "the plugin does not handle the device, or its window is not open");
		ddw_error_fix(err, "bind it to vfio-pci, and look for the plugin's messages about "
				   "it");
		return ret;
	}
	if (!p->io)
		return fail_no_io(p, dev, err);
	bits = bits == 0 ? known : bits;
	if (bits >= 64 || last < UINT64_C(1) << bits)
		return 0;
	ret = ddw_fail(err, DDW_MSG_POOL_REACH, ERANGE,
		       "%s has %u address bits, but pool %s has bus addresses up to 0x%" PRIx64,
		       rte_dev_name(dev), bits, p->mp->name, last);
	ddw_error_fix(err,
		      "create a pool with addr_bits=%u for this device, in the default window if "
		      "necessary",
		      bits);
	return ret;
}

int
mpddw_check_virtio_user(const struct pool *p, struct ddw_error *err)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	int ret;

	if (!p->io || rte_bus_find_by_name("vdev") == NULL)
		return 0;
	RTE_DEV_FOREACH(dev, "bus=vdev", &it) {
		if (strstr(rte_dev_name(dev), "virtio_user") == NULL || !rte_dev_is_probed(dev))
			continue;
		ret = ddw_fail(err, DDW_MSG_POOL_REACH, ENOTSUP, "%s cannot use pool %s",
			       rte_dev_name(dev), p->mp->name);
		ddw_error_why(err, "virtio-user shares the memory of EAL with its back end, and "
				   "that of the pool is not EAL's: frames would be lost");
		ddw_error_fix(err, "omit the device, or create the pool with another handler, "
				   "without --mbuf-pool-ops-name=ddw");
		return ret;
	}
	return 0;
}

int
rte_mempool_ddw_check(const struct rte_mempool *mp, const struct rte_device *dev,
		      unsigned int addr_bits)
{
	struct ddw_error err = { 0 };
	const struct pool *p;

	p = mpddw_pool_to_change(mp, "rte_mempool_ddw_check()", &err);
	if (p == NULL)
		return mpddw_report(&err);
	if (dev == NULL || addr_bits > 64) {
		(void)ddw_fail(&err, DDW_MSG_POOL_CONFIG, EINVAL,
			       "%s: invalid device, or invalid number of address bits: %u",
			       mp->name, addr_bits);
		return mpddw_report(&err);
	}
	return check(p, dev, addr_bits, &err) == 0 ? 0 : mpddw_report(&err);
}
