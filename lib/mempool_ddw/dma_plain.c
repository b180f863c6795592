/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Bus addresses as DPDK has them, where the plugin gives none out: virtual addresses,
 * or physical ones, page by page. Where VFIO has an IOMMU, memory is mapped in its
 * default container, as EAL does with its own.
 */

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <ddw_units.h>

#include "pool.h"

/* What VFIO maps. A part of it cannot be unmapped, so the mappings are remembered. */
struct mapped {
	TAILQ_ENTRY(mapped) next;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
};

#define DEFAULT_CONTAINER (-1)
#define IOVA_MODE_VA	  1 /* of 26.11: VFIO has an IOMMU */

/* EAL's functions have other names from 26.11 on: found by name, NULL when there is none. */
static struct {
	int (*map)(int container, uint64_t vaddr, uint64_t iova, uint64_t len);
	int (*unmap)(int container, uint64_t vaddr, uint64_t iova, uint64_t len);

	/* Up to 26.07. */
	int (*is_enabled)(const char *module);
	int (*noiommu_is_enabled)(void);

	/* From 26.11 on. */
	int (*get_iova_mode)(void);
} vfio;

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

static void
find_function(const char *prefix, const char *name, void *pointer)
{
	char full[64];
	void *symbol;

	snprintf(full, sizeof(full), "%s_vfio_%s", prefix, name);
	symbol = dlsym(RTLD_DEFAULT, full);
	memcpy(pointer, (const void *)&symbol, sizeof(symbol));
}

static void
find_functions(void)
{
	const char *prefix = "dev";

	find_function(prefix, "get_iova_mode", (void *)&vfio.get_iova_mode);
	if (vfio.get_iova_mode == NULL) {
		prefix = "rte";
		find_function(prefix, "is_enabled", (void *)&vfio.is_enabled);
		find_function(prefix, "noiommu_is_enabled", (void *)&vfio.noiommu_is_enabled);
	}
	find_function(prefix, "container_dma_map", (void *)&vfio.map);
	find_function(prefix, "container_dma_unmap", (void *)&vfio.unmap);
}

static int
fd_is_device(const char *fd, void *arg)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	char path[64], target[64];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%.16s", fd);
	return sys->read_link(sys->ctx, path, target, sizeof(target)) > 0 &&
	       strncmp(target, "/dev/vfio/", 10) == 0 && strcmp(target, "/dev/vfio/vfio") != 0;
}

static bool
has_device_open(void)
{
	const struct ddw_sys *sys = ddw_sys_linux();

	return sys->list_dir(sys->ctx, "/proc/self/fd", fd_is_device, NULL) == 1;
}

/*
 * Does VFIO have a device behind an IOMMU? EAL logs errors when it is asked to map and has
 * none, and 26.11 does not tell that from others: there a group or a device must be open.
 */
static bool
uses_vfio(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct rte_dev_iterator it;
	struct rte_device *dev;
	bool found = false;

	(void)pthread_once(&once, find_functions);
	if (vfio.get_iova_mode != NULL)
		return vfio.get_iova_mode() == IOVA_MODE_VA && has_device_open();
	if (vfio.is_enabled == NULL || vfio.noiommu_is_enabled == NULL)
		return has_device_open();
	if (!vfio.is_enabled("vfio"))
		return false;
	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		found = true;
	return found && !vfio.noiommu_is_enabled();
}

static int
map_vfio(const struct ddw_mapping *m, struct ddw_error *err)
{
	struct mapped *done;

	if (!uses_vfio())
		return 0;
	if (vfio.map == NULL || vfio.unmap == NULL)
		return ddw_fail(err, DDW_MSG_MAP_FAILED, ENOTSUP,
				"this DPDK has no function to map memory for VFIO");
	done = calloc(1, sizeof(*done));
	if (done == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a mapping");
	*done = (struct mapped){ .vaddr = m->vaddr, .len = m->len, .iova = m->iova };
	if (vfio.map(DEFAULT_CONTAINER, m->vaddr, m->iova, m->len) != 0) {
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
		if (vfio.unmap(DEFAULT_CONTAINER, m->vaddr, m->iova, m->len) != 0 &&
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
