/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Memory that a library pins and maps through the plugin's table of calls.
 *
 *   pinned [EAL options] -- KIND START SIZE
 *
 * KIND is the plugin's name for where bus addresses come from: "ddw" or "dma32"; START
 * and SIZE are the main window. One line is printed per expectation; the exit status is 1
 * when one was not met.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_mempool.h>

#include "dma_table.h"

#define PAGE  (UINT64_C(2) << 20)
#define PAGES 16
/* More than a window of that size would take all hugepages. */
#define ROOM_MAX (UINT64_C(256) << 20)

static const struct vfio_spapr_dma *table;
static struct rte_device *devices[2];
static char device_names[2][RTE_DEV_NAME_MAX_LEN];
static uint64_t start, size;
static int failed;

static void
expect(bool met, const char *what)
{
	printf("pinned: %s %s (rte_errno %d)\n", met ? "ok" : "FAILED", what, rte_errno);
	fflush(stdout);
	failed |= !met;
}

static uint64_t
vaddr(const char *addr)
{
	return (uintptr_t)addr;
}

static char *
take(size_t len)
{
	char *addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << 26), -1, 0);

	if (addr == MAP_FAILED) {
		printf("pinned: FAILED no memory: %s\n", strerror(errno));
		exit(1);
	}
	return memset(addr, 1, len);
}

static bool
find_devices(void)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	unsigned int n = 0;

	RTE_DEV_FOREACH(dev, "bus=pci", &it) {
		if (!rte_dev_is_probed(dev) || n == 2)
			continue;
		snprintf(device_names[n], sizeof(device_names[n]), "%s", rte_dev_name(dev));
		devices[n++] = dev;
	}
	return n == 2;
}

static int
map(const char *addr, uint64_t len, unsigned int flags, uint64_t *iova)
{
	struct ddw_mapping m = {
		.vaddr = vaddr(addr),
		.len = len,
		.page_size = PAGE,
		.flags = DDW_MAP_PINNED | flags,
	};
	int ret = table->map(&m, NULL);

	*iova = m.iova;
	return ret;
}

static bool
in_window(uint64_t iova)
{
	return iova >= start && iova - start < size;
}

static void
state(const char *kind)
{
	struct vfio_spapr_dma_info info;
	unsigned int bits[2] = { 0 };

	table->info(&info);
	expect(info.kind == (strcmp(kind, "ddw") == 0 ? VFIO_SPAPR_DMA_DDW : VFIO_SPAPR_DMA_DMA32),
	       "kind of window");
	expect(info.windows[DDW_RANGE_MAIN].start == start &&
		       info.windows[DDW_RANGE_MAIN].size == size &&
		       (info.windows[DDW_RANGE_SMALL].size != 0) ==
			       (info.kind == VFIO_SPAPR_DMA_DDW),
	       "windows");
	expect(table->device(devices[0], &bits[0]) == 0 &&
		       table->device(devices[1], &bits[1]) == 0 && bits[0] == 64 && bits[1] == 64,
	       "devices");
}

/* Pages are mapped here and there; the rest has an address where nothing is. */
static void
addresses(char *addr)
{
	uint64_t iova, again, other;

	expect(rte_extmem_register(addr, PAGES * PAGE, NULL, 0, PAGE) == 0, "register with EAL");
	expect(table->pin(vaddr(addr), PAGES * PAGE, PAGES * PAGE, NULL) == 0, "pin");
	expect(table->pin(vaddr(addr) + PAGE, PAGE, 0, NULL) == -EEXIST, "once only");
	expect(!in_window(rte_mem_virt2iova(addr)) || rte_mem_virt2iova(addr) == table->poison(),
	       "not mapped: an address where nothing is");
	expect(map(addr, 2 * PAGE, 0, &iova) == 0 && in_window(iova), "map");
	expect(rte_mem_virt2iova(addr + PAGE + 5) == iova + PAGE + 5, "mapped: its address");
	expect(map(addr + 4 * PAGE, PAGE, DDW_MAP_DEFAULT_WINDOW, &other) == 0 &&
		       other < UINT32_MAX && rte_mem_virt2iova(addr + 4 * PAGE) == other,
	       "default window");
	expect(table->unpin(vaddr(addr), PAGES * PAGE, NULL) == -EBUSY, "mapped memory stays");
	expect(table->unmap(vaddr(addr), PAGES * PAGE, NULL) == 0 &&
		       rte_mem_virt2iova(addr + PAGE) != iova + PAGE,
	       "unmap");
	expect(map(addr, 2 * PAGE, 0, &again) == 0 && again == iova, "map again");
	expect(table->unmap(vaddr(addr), PAGES * PAGE, NULL) == 0, "unmap again");
}

/* rte_dev_dma_map() neither maps nor unmaps what is pinned. */
static void
for_devices(char *addr)
{
	uint64_t iova, free_iova = start + size / 2;

	expect(rte_dev_dma_map(devices[0], addr, free_iova, PAGE) == -1 && rte_errno == EINVAL,
	       "not mapped: refused for a device");
	expect(map(addr, PAGE, 0, &iova) == 0, "map for a device");
	expect(rte_dev_dma_map(devices[0], addr, free_iova, PAGE) == -1 && rte_errno == EINVAL,
	       "not at another address");
	expect(rte_dev_dma_map(devices[0], addr, iova, PAGE) == 0 &&
		       rte_dev_dma_map(devices[1], addr, 0, PAGE) == 0,
	       "mapped: accepted");
	expect(rte_dev_dma_unmap(devices[0], addr, iova, PAGE) == 0 &&
		       rte_dev_dma_unmap(devices[1], addr, 0, PAGE) == 0 &&
		       rte_mem_virt2iova(addr) == iova,
	       "the last use does not unmap it");
	/* a use that is never given back is no reason to keep the memory */
	expect(rte_dev_dma_map(devices[0], addr, iova, PAGE) == 0 &&
		       table->unmap(vaddr(addr), PAGE, NULL) == 0 &&
		       table->unpin(vaddr(addr), PAGES * PAGE, NULL) == 0,
	       "unpin what a device was given");
	expect(rte_dev_dma_unmap(devices[0], addr, iova, PAGE) == -1 && rte_errno == EINVAL,
	       "nobody has it any more");
	expect(rte_dev_dma_map(devices[0], addr, free_iova, PAGE) == 0 &&
		       rte_dev_dma_unmap(devices[0], addr, free_iova, PAGE) == 0,
	       "memory like any other now");
	expect(table->pin(vaddr(addr), PAGES * PAGE, 2 * PAGE, NULL) == 0, "pin again");
}

static void
look_at(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	(void)mp;
	(void)i;
	*(unsigned int *)arg += rte_mempool_virt2iova(obj) == RTE_BAD_IOVA;
}

/* A mempool on pinned memory keeps the addresses that its handler has written. */
static void
for_mempools(char *addr)
{
	struct rte_mempool *mp;
	unsigned int bad = 0;
	uint64_t iova;

	mp = rte_mempool_create_empty("objects", 100, 2048, 0, 0, SOCKET_ID_ANY, 0);
	if (mp == NULL || rte_mempool_set_ops_byname(mp, "ring_mp_mc", NULL) != 0) {
		expect(false, "an empty pool");
		return;
	}
	expect(rte_mempool_populate_iova(mp, addr, RTE_BAD_IOVA, PAGE, NULL, NULL) == 100,
	       "populate");
	rte_mempool_obj_iter(mp, look_at, &bad);
	expect(bad == 100, "the pool is left alone");
	rte_mempool_free(mp);
	expect(map(addr, PAGE, 0, &iova) == 0 && table->unmap(vaddr(addr), PAGE, NULL) == 0,
	       "and so is its memory");
}

static void
group_comes_back(char *addr)
{
	uint64_t iova, other;
	unsigned int i, bits;

	expect(map(addr + 4 * PAGE, PAGE, 0, &iova) == 0, "map before the groups leave");
	for (i = 0; i < 2; i++)
		expect(rte_dev_remove(devices[i]) == 0, "a device leaves");
	expect(map(addr + 6 * PAGE, PAGE, 0, &other) == 0, "map without groups");
	for (i = 0; i < 2; i++)
		expect(rte_dev_probe(device_names[i]) == 0, "a device comes back");
	expect(find_devices() && table->device(devices[0], &bits) == 0 &&
		       table->device(devices[1], &bits) == 0,
	       "both are usable");
	expect(rte_mem_virt2iova(addr + 4 * PAGE) == iova &&
		       rte_mem_virt2iova(addr + 6 * PAGE) == other,
	       "with the same addresses");
	expect(map(addr + 5 * PAGE, PAGE, 0, &other) == 0, "a part of what was pinned before");
	expect(table->unmap(vaddr(addr), PAGES * PAGE, NULL) == 0, "all of it");
}

/* Pages that are mapped for nobody. */
static char *idle;
static unsigned int n_idle, n_asked;

static void
give_way(uint64_t bytes)
{
	n_asked++;
	for (; bytes > 0 && n_idle > 0; bytes -= RTE_MIN(bytes, PAGE)) {
		n_idle--;
		if (table->unmap(vaddr(idle) + n_idle * PAGE, PAGE, NULL) != 0)
			return;
	}
}

/* EAL gets the room that it needs, at the cost of memory that is idle. */
static void
room_for_eal(unsigned int pages)
{
	uint64_t iova;
	void *block;

	idle = take(pages * PAGE);
	expect(table->pin(vaddr(idle), pages * PAGE, 0, NULL) == 0, "pin much");
	while (n_idle < pages && map(idle + n_idle * PAGE, PAGE, 0, &iova) == 0)
		n_idle++;
	expect(n_idle < pages && n_idle > pages / 2, "the window is full");
	block = rte_malloc(NULL, 64 << 20, 0);
	expect(block == NULL, "no room for EAL");
	table->set_reclaim(give_way);
	block = rte_malloc(NULL, 64 << 20, 0);
	expect(block != NULL && n_asked != 0 && rte_mem_virt2iova(block) != RTE_BAD_IOVA &&
		       in_window(rte_malloc_virt2iova(block)),
	       "room for EAL");
	rte_free(block);
	table->set_reclaim(NULL);
	printf("pinned: asked %u times, %u of %u pages are still mapped\n", n_asked, n_idle, pages);
}

static void
after_the_end(char *addr)
{
	struct ddw_error err = { 0 };
	struct vfio_spapr_dma_info info;

	table->info(&info);
	expect(info.kind == VFIO_SPAPR_DMA_NONE &&
		       table->pin(vaddr(addr), PAGE, 0, &err) == -ENODEV &&
		       table->unmap(vaddr(addr), PAGE, &err) == -ENODEV && err.what[0] == '\0',
	       "nothing works after the end");
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	char *addr;

	table = dma_table_find();
	if (used < 0 || argc - used != 4 || table == NULL || !find_devices())
		return 2;
	argv += used + 1;
	start = strtoull(argv[1], NULL, 0);
	size = strtoull(argv[2], NULL, 0);
	state(argv[0]);
	addr = take(PAGES * PAGE);
	addresses(addr);
	for_devices(addr);
	for_mempools(addr);
	group_comes_back(addr);
	if (size <= ROOM_MAX)
		room_for_eal((unsigned int)(size / PAGE));
	/* What is left goes at the end. */
	if (rte_eal_cleanup() != 0)
		failed = 1;
	after_the_end(addr);
	return failed;
}
