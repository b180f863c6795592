/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Functions of other files that pci_wrap.c calls, and test_pci_wrap.c does not look at. */

#include <errno.h>

#include "base/devices.h"
#include "groups.h"
#include "hotplug.h"
#include "memory/external.h"
#include "memory/virt2iova.h"
#include "teardown.h"
#include "unit.h"
#include "virtio.h"

void
spapr_groups_lock(void)
{
}

void
spapr_groups_unlock(void)
{
}

bool
spapr_device_find(const struct rte_device *dev, struct device *d)
{
	*d = *(const struct device *)dev;
	return true;
}

void
spapr_device_forget(const char *name)
{
	assert_non_null(name);
}

int
spapr_hotplug_prepare(const struct device *d)
{
	return d->group == 1 ? 0 : -ENODEV;
}

void
spapr_hotplug_check_groups(void)
{
}

void
spapr_teardown(void)
{
}

void
spapr_teardown_if_strict(int ret)
{
	assert_int_equal(ret, 0);
}

void
spapr_virt2iova_restore(void)
{
}

void
spapr_external_device_gone(const struct rte_device *dev)
{
	assert_non_null(dev);
}

int
spapr_external_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return dev != NULL && addr != NULL && iova != 0 && len != 0 ? 0 : -EINVAL;
}

int
spapr_external_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return spapr_external_dma_map(dev, addr, iova, len);
}

void
spapr_virtio_block(void)
{
}

void
spapr_device_block(struct device *d)
{
	d->blocked = true;
}

struct device *
spapr_device_listed(const struct rte_device *dev)
{
	return (struct device *)(uintptr_t)dev;
}
