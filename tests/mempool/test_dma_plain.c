/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Memory that VFIO maps without the plugin. EAL's functions are those of this program, with
 * names that begin as up to 26.07 (rte), as in 26.11 (dev), or otherwise (unknown).
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "pool.h"
#include "unit.h"

#define LEN UINT64_C(0x200000)

#define JOIN(a, b)  a##_vfio_##b
#define FULL(a, b)  JOIN(a, b)
#define NAME(short) FULL(PREFIX, short)

static struct {
	bool device; /* VFIO has one */
	bool enabled;
	bool iommu;
	int map_error;
	unsigned int maps;
	unsigned int unmaps;
} eal;

int NAME(container_dma_map)(int container, uint64_t vaddr, uint64_t iova, uint64_t len);
int NAME(container_dma_unmap)(int container, uint64_t vaddr, uint64_t iova, uint64_t len);
int NAME(is_enabled)(const char *module);
int NAME(noiommu_is_enabled)(void);
int NAME(get_iova_mode)(void);

int
NAME(container_dma_map)(int container, uint64_t vaddr, uint64_t iova, uint64_t len)
{
	assert_int_equal(container, -1);
	assert_true(vaddr == iova && len == LEN);
	eal.maps++;
	rte_errno = eal.map_error;
	return eal.map_error != 0 ? -1 : 0;
}

int
NAME(container_dma_unmap)(int container, uint64_t vaddr, uint64_t iova, uint64_t len)
{
	assert_int_equal(container, -1);
	assert_true(vaddr == iova && len == LEN);
	eal.unmaps++;
	return 0;
}

/* Up to 26.07. */
int
NAME(is_enabled)(const char *module)
{
	assert_string_equal(module, "vfio");
	return eal.enabled;
}

int
NAME(noiommu_is_enabled)(void)
{
	return !eal.iommu;
}

/* From 26.11 on. */
int
NAME(get_iova_mode)(void)
{
	if (!eal.enabled)
		return 0;
	return eal.iommu ? 1 : 2;
}

/* Of EAL, which does not run. */
enum rte_iova_mode
rte_eal_iova_mode(void)
{
	return RTE_IOVA_VA;
}

uint64_t
rte_mem_virt2iova(const void *addr)
{
	(void)addr;
	return 0;
}

RTE_DEFINE_PER_LCORE(int, _rte_errno);

/* Devices of the PCI bus. */
int
rte_dev_iterator_init(struct rte_dev_iterator *it, const char *text)
{
	assert_string_equal(text, "bus=pci");
	memset(it, 0, sizeof(*it));
	return 0;
}

struct rte_device *
rte_dev_iterator_next(struct rte_dev_iterator *it)
{
	static char device;

	if (it->device != NULL || !eal.device)
		return NULL;
	it->device = (void *)&device;
	return it->device;
}

/* Of libddw: the files of this process. */
static int
list_files(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	(void)ctx;
	assert_string_equal(path, "/proc/self/fd");
	return entry("3", arg) != 0 || entry("4", arg) != 0 || entry("5", arg) != 0;
}

static int
read_link(void *ctx, const char *path, char *buf, size_t size)
{
	(void)ctx;
	if (strcmp(path, "/proc/self/fd/5") == 0 && eal.device)
		return snprintf(buf, size, "/dev/vfio/12");
	return snprintf(buf, size, strcmp(path, "/proc/self/fd/4") == 0 ? "/dev/vfio/vfio" : "/x");
}

const struct ddw_sys *
ddw_sys_linux(void)
{
	static const struct ddw_sys sys = { .list_dir = list_files, .read_link = read_link };

	return &sys;
}

static int
setup(void **state)
{
	(void)state;
	memset(&eal, 0, sizeof(eal));
	eal.device = eal.enabled = eal.iommu = true;
	return 0;
}

static int
try_map(struct ddw_error *err)
{
	struct ddw_mapping m = { .vaddr = 16 * LEN, .len = LEN, .page_size = LEN };

	ddw_error_clear(err);
	return mpddw_dma_plain.map(&m, err);
}

static void
map_and_unmap(unsigned int calls)
{
	struct ddw_error err = { 0 };

	assert_int_equal(try_map(&err), 0);
	assert_int_equal(mpddw_dma_plain.unmap(16 * LEN, LEN, &err), 0);
	assert_int_equal(mpddw_dma_plain.unmap(16 * LEN, LEN, &err), 0); /* nothing is left */
	assert_int_equal(eal.maps, calls);
	assert_int_equal(eal.unmaps, calls);
}

static void
test_memory_mapped_for_devices(void **state)
{
	(void)state;
	map_and_unmap(1);
}

static void
test_nothing_mapped_without_need(void **state)
{
	(void)state;
	eal.device = false;
	map_and_unmap(0);
	setup(state);
	eal.enabled = false;
	map_and_unmap(0);
	setup(state);
	eal.iommu = false;
	map_and_unmap(0);
}

/* A device that VFIO does not drive is not behind it, whatever EAL says of that. */
static void
test_failure_reported(void **state)
{
	struct ddw_error err;

	(void)state;
	eal.map_error = ENOMEM;
	assert_int_equal(try_map(&err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_MAP_FAILED);
	eal.map_error = ENODEV;
	assert_int_equal(try_map(&err), 0);
	assert_int_equal(mpddw_dma_plain.unmap(16 * LEN, LEN, &err), 0);
	assert_int_equal(eal.unmaps, 0);
}

static void
test_unknown_vfio_refused(void **state)
{
	struct ddw_error err;

	(void)state;
	assert_int_equal(try_map(&err), -ENOTSUP);
	assert_int_equal(err.msg, DDW_MSG_MAP_FAILED);
	eal.device = false;
	assert_int_equal(try_map(&err), 0);
}

int
main(void)
{
	const struct CMUnitTest known[] = {
		cmocka_unit_test_setup(test_memory_mapped_for_devices, setup),
		cmocka_unit_test_setup(test_nothing_mapped_without_need, setup),
		cmocka_unit_test_setup(test_failure_reported, setup),
	};
	const struct CMUnitTest unknown[] = {
		cmocka_unit_test_setup(test_unknown_vfio_refused, setup),
	};

	if (strcmp(RTE_STR(PREFIX), "unknown") == 0)
		return cmocka_run_group_tests(unknown, NULL, NULL);
	return cmocka_run_group_tests(known, NULL, NULL);
}
