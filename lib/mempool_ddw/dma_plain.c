/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Bus addresses as DPDK has them, where the plugin gives none out: virtual addresses,
 * or physical ones, page by page. Where VFIO has an IOMMU, memory is mapped in its
 * default container, as EAL does with its own.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include <ddw_units.h>

#include "pool.h"

/* What VFIO maps. A part of it cannot be unmapped, so the mappings are remembered. */
struct mapped {
	TAILQ_ENTRY(mapped) next;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
};

static TAILQ_HEAD(, mapped) mapped_list = TAILQ_HEAD_INITIALIZER(mapped_list);
static pthread_mutex_t mapped_lock = PTHREAD_MUTEX_INITIALIZER;

static void
plain_info(struct vfio_spapr_dma_info *info)
{
	memset(info, 0, sizeof(*info));
	info->kind = VFIO_SPAPR_DMA_NONE;
	/* Physical addresses: no more than each page by itself. */
	info->contiguous = rte_eal_iova_mode() == RTE_IOVA_VA ? UINT64_MAX : 0;
}

/* VFIO pins what it maps. */
static int
plain_pin(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err)
{
	(void)vaddr;
	(void)len;
	(void)piece;
	(void)err;
	return 0;
}

static int
plain_unpin(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	(void)vaddr;
	(void)len;
	(void)err;
	return 0;
}

/* The physical address of a range, if there is one for all of it. */
static int
find_physical(struct ddw_mapping *m, struct ddw_error *err)
{
	uint64_t page = m->page_size == 0 ? (uint64_t)sysconf(_SC_PAGESIZE) : m->page_size, off,
		 iova;

	for (off = 0; off < m->len; off += page) {
		iova = rte_mem_virt2iova((const void *)(uintptr_t)(m->vaddr + off));
		if (iova == RTE_BAD_IOVA)
			return ddw_fail(err, DDW_MSG_POOL_MEMORY, EPERM,
					"the physical address of memory at 0x%" PRIx64 " cannot "
					"be read",
					m->vaddr + off);
		if (off == 0)
			m->iova = iova;
		else if (iova != m->iova + off)
			return ddw_fail(err, DDW_MSG_POOL_CONTIGUOUS, ENOSPC,
					"%" PRIu64 " bytes at 0x%" PRIx64 " are not contiguous",
					m->len, m->vaddr);
	}
	return 0;
}

/* No device is driven through VFIO: then there is nothing to map, and EAL says one of these. */
static bool
no_vfio_device(int err)
{
	return err == ENODEV || err == ENOTSUP;
}

/* Does VFIO have a device? EAL logs errors when it is asked to map and has none. */
static bool
uses_vfio(void)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	bool found = false;

	if (!rte_vfio_is_enabled("vfio"))
		return false;
	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		found = true;
	return found && !rte_vfio_noiommu_is_enabled();
}

static int
map_vfio(const struct ddw_mapping *m, struct ddw_error *err)
{
	struct mapped *done;

	if (!uses_vfio())
		return 0;
	done = calloc(1, sizeof(*done));
	if (done == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a mapping");
	*done = (struct mapped){ .vaddr = m->vaddr, .len = m->len, .iova = m->iova };
	if (rte_vfio_container_dma_map(RTE_VFIO_DEFAULT_CONTAINER_FD, m->vaddr, m->iova, m->len) !=
	    0) {
		int ret = rte_errno;

		free(done);
		if (no_vfio_device(ret))
			return 0;
		return ddw_fail(err, DDW_MSG_MAP_FAILED, ret == 0 ? EIO : ret,
				"VFIO failed to map %" PRIu64 " bytes at 0x%" PRIx64, m->len,
				m->iova);
	}
	pthread_mutex_lock(&mapped_lock);
	TAILQ_INSERT_TAIL(&mapped_list, done, next);
	pthread_mutex_unlock(&mapped_lock);
	return 0;
}

static int
plain_map(struct ddw_mapping *m, struct ddw_error *err)
{
	uint64_t end;
	int ret = 0;

	m->iova = m->vaddr;
	if (rte_eal_iova_mode() != RTE_IOVA_VA)
		ret = find_physical(m, err);
	if (ret != 0)
		return ret;
	if (m->limit != 0 && (!ddw_add(m->iova, m->len, &end) || end > m->limit)) {
		ret = ddw_fail(err, DDW_MSG_POOL_WINDOW, ENOSPC,
			       "memory is at bus address 0x%" PRIx64
			       ", but all must be below 0x%" PRIx64,
			       m->iova, m->limit);
		ddw_error_why(err, "DPDK determines the bus addresses here");
		return ret;
	}
	return map_vfio(m, err);
}

static int
plain_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	struct mapped *m, *next;
	int ret = 0;

	pthread_mutex_lock(&mapped_lock);
	for (m = TAILQ_FIRST(&mapped_list); m != NULL; m = next) {
		next = TAILQ_NEXT(m, next);
		if (m->vaddr < vaddr || m->vaddr - vaddr >= len)
			continue;
		if (rte_vfio_container_dma_unmap(RTE_VFIO_DEFAULT_CONTAINER_FD, m->vaddr, m->iova,
						 m->len) != 0 &&
		    !no_vfio_device(rte_errno)) {
			ret = ddw_fail(err, DDW_MSG_UNMAP_FAILED, rte_errno == 0 ? EIO : rte_errno,
				       "VFIO failed to unmap %" PRIu64 " bytes at 0x%" PRIx64,
				       m->len, m->iova);
			continue;
		}
		TAILQ_REMOVE(&mapped_list, m, next);
		free(m);
	}
	pthread_mutex_unlock(&mapped_lock);
	return ret;
}

/* No device reaches what is not mapped, whatever the address. */
static uint64_t
plain_poison(void)
{
	return RTE_BAD_IOVA;
}

/* Any device uses these addresses; how many bits it has nobody says. */
static int
plain_device(const struct rte_device *dev, unsigned int *addr_bits)
{
	(void)dev;
	*addr_bits = 64;
	return 0;
}

static void
plain_set_reclaim(vfio_spapr_dma_reclaim reclaim)
{
	(void)reclaim;
}

const struct vfio_spapr_dma mpddw_dma_plain = {
	.version = VFIO_SPAPR_DMA_VERSION,
	.size = sizeof(struct vfio_spapr_dma),
	.info = plain_info,
	.pin = plain_pin,
	.unpin = plain_unpin,
	.map = plain_map,
	.unmap = plain_unmap,
	.poison = plain_poison,
	.device = plain_device,
	.set_reclaim = plain_set_reclaim,
};
