/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Memory of the application's own, in all the ways in which DPDK takes it.
 *
 *   external_memory [EAL options] -- MAIN SIZE SMALL SIZE
 *
 * MAIN and SMALL are the ranges of bus addresses for large and for small pages, with
 * their sizes; they may be the same, and the second may be missing (0 0). One line is printed per expectation; the exit
 * status is 1 when one was not met.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_mempool.h>

#define HUGE   (UINT64_C(2) << 20)
#define HEAP   "external"
#define ROUNDS 10

struct range {
	uint64_t start, size;
};

static struct range large, small;
static struct rte_device *devices[2];
static size_t page;
static int failed;

static void
expect(bool met, const char *what)
{
	printf("external: %s %s (rte_errno %d)\n", met ? "ok" : "FAILED", what, rte_errno);
	fflush(stdout);
	failed |= !met;
}

/* Did a call fail in this way? */
static void
expect_refused(int ret, int error, const char *what)
{
	expect(ret == -1 && rte_errno == error, what);
}

/* Aligned to a hugepage in any case. */
static void *
take(size_t len, bool huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_HUGETLB | (21 << 26) : 0);
	char *addr = mmap(NULL, len + (huge ? 0 : HUGE), PROT_READ | PROT_WRITE, flags, -1, 0);

	if (addr == MAP_FAILED) {
		printf("external: FAILED no memory: %s\n", strerror(errno));
		exit(1);
	}
	return memset(RTE_PTR_ALIGN_CEIL(addr, HUGE), 1, len);
}

static uint64_t
iova_of(const void *addr)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(addr, NULL);

	return ms == NULL ? RTE_BAD_IOVA
			  : ms->iova + (uint64_t)((const char *)addr - (char *)ms->addr);
}

static bool
within(const struct range *r, uint64_t iova, uint64_t len)
{
	return iova >= r->start && len <= r->size && iova - r->start <= r->size - len;
}

/* Every page of the memory is in the range, and one follows the other. */
static bool
in_range(const char *addr, size_t len, size_t step, const struct range *r)
{
	uint64_t first = iova_of(addr);
	size_t off;

	for (off = 0; off < len; off += step)
		if (iova_of(addr + off) != first + off)
			return false;
	return within(r, first, len);
}

static int
add(void *addr, size_t len, size_t page_size)
{
	return rte_malloc_heap_memory_add(HEAP, addr, len, NULL, 0, page_size);
}

static void
heap(bool huge, size_t step, const struct range *r)
{
	size_t len = 4 * HUGE;
	void *addr = take(len, huge), *block;
	int i, socket = rte_malloc_heap_get_socket(HEAP);
	bool all = true;

	for (i = 0; i < ROUNDS; i++)
		all = all && add(addr, len, step) == 0 && in_range(addr, len, step, r) &&
		      rte_malloc_heap_memory_remove(HEAP, addr, len) == 0;
	expect(all, huge ? "heap of hugepages" : "heap of small pages");
	expect(add(addr, len, step) == 0, "add");
	block = rte_malloc_socket(NULL, len / 2, 0, socket);
	expect(block != NULL && rte_malloc_virt2iova(block) == iova_of(block) &&
		       within(r, rte_malloc_virt2iova(block), len / 2),
	       "a block of that heap");
	expect(rte_malloc_heap_memory_remove(HEAP, addr, len) != 0 && rte_errno == EBUSY &&
		       in_range(addr, len, step, r),
	       "memory in use stays");

	/* What is mapped anyway can be given to a device, at its address only. */
	expect(rte_dev_dma_map(devices[0], addr, iova_of(addr), len) == 0, "heap for a device");
	expect(rte_dev_dma_unmap(devices[0], addr, iova_of(addr), len) == 0 &&
		       in_range(addr, len, step, r),
	       "and back, the heap keeps it");
	rte_free(block);
	expect(rte_malloc_heap_memory_remove(HEAP, addr, len) == 0, "remove");
	munmap(addr, len);
}

static void
two_devices(bool huge, uint64_t iova)
{
	size_t len = 2 * HUGE, step = huge ? HUGE : page;
	char *addr = take(len, huge);

	expect(rte_extmem_register(addr, len, NULL, 0, step) == 0, "register");
	expect(rte_dev_dma_map(devices[0], addr, iova, len) == 0 &&
		       iova_of(addr + step) == iova + step,
	       huge ? "hugepages for a device" : "small pages for a device");
	expect(rte_dev_dma_map(devices[1], addr, iova, len) == 0, "for the other one too");
	expect(rte_dev_dma_map(devices[1], addr, iova, len) == 0, "twice");
	expect_refused(rte_dev_dma_map(devices[1], addr, iova + len, len), EINVAL,
		       "not at another address");
	expect(rte_dev_dma_map(devices[1], addr + HUGE, iova + HUGE, HUGE) == 0, "a part of it");
	expect(rte_dev_dma_map(devices[1], addr, 0, len) == 0, "address left open");
	expect(rte_dev_dma_unmap(devices[0], addr, iova, len) == 0 && iova_of(addr) == iova,
	       "the first one leaves");
	expect_refused(rte_dev_dma_unmap(devices[0], addr, iova, len), EINVAL, "once only");
	expect(rte_dev_dma_unmap(devices[1], addr, 0, len) == 0 &&
		       rte_dev_dma_unmap(devices[1], addr + HUGE, iova + HUGE, HUGE) == 0 &&
		       rte_dev_dma_unmap(devices[1], addr, iova, len) == 0 && iova_of(addr) == iova,
	       "one use is left");
	expect(rte_dev_dma_unmap(devices[1], addr, iova, len) == 0 && iova_of(addr) != iova,
	       "none is left");
	expect(rte_dev_dma_map(devices[1], addr, iova + HUGE, len) == 0 &&
		       rte_dev_dma_unmap(devices[1], addr, iova + HUGE, len) == 0,
	       "another address now");
	expect(rte_extmem_unregister(addr, len) == 0, "unregister");
	munmap(addr, len);
}

/* Each of these is one message of the plugin. */
static void
mistakes(uint64_t iova)
{
	size_t len = 2 * HUGE;
	char *addr = take(len, true), *other = take(HUGE, false);

	expect(rte_extmem_register(addr, len, NULL, 0, HUGE) == 0 &&
		       rte_extmem_register(other, HUGE, NULL, 0, page) == 0,
	       "register for mistakes");
	expect_refused(
		rte_dev_dma_map(devices[0], addr, rte_mem_virt2phy(addr) | UINT64_C(1) << 58, len),
		EINVAL, "outside of all windows");
	expect_refused(rte_dev_dma_map(devices[0], addr, 0, len), EINVAL, "no address");
	expect_refused(rte_dev_dma_map(devices[0], addr, iova + 512, len), EINVAL,
		       "address not aligned");
	expect_refused(rte_dev_dma_map(devices[0], addr + 512, iova, HUGE), EINVAL,
		       "memory not aligned");
	expect_refused(rte_dev_dma_map(devices[0], addr, iova, HUGE + 512), EINVAL,
		       "length not aligned");
	expect_refused(rte_dev_dma_map(devices[0], addr, iova, len + HUGE), EINVAL,
		       "more than is registered");
	expect_refused(rte_dev_dma_unmap(devices[0], addr, iova, len), EINVAL, "never mapped");
	expect(rte_dev_dma_map(devices[0], addr, iova, HUGE) == 0, "the first half");
	expect_refused(rte_dev_dma_map(devices[0], addr, iova, len), EINVAL, "a half is mapped");
	expect_refused(rte_dev_dma_unmap(devices[0], addr, iova, HUGE / 2), EINVAL, "not in parts");
	expect(rte_dev_dma_unmap(devices[0], addr, iova, HUGE) == 0, "unmap the half");
	if (small.size != 0 && large.start != small.start)
		expect_refused(rte_dev_dma_map(devices[0], other, iova, HUGE), EINVAL,
			       "small pages in the large window");
	expect(rte_extmem_unregister(addr, len) == 0 && rte_extmem_unregister(other, HUGE) == 0,
	       "unregister after mistakes");
	munmap(addr, len);
	munmap(other, HUGE);
}

/* The application forgets to unmap, and has other memory at the same address later. */
static void
replaced(uint64_t iova)
{
	char *addr = take(HUGE, true), *again;

	expect(rte_extmem_register(addr, HUGE, NULL, 0, HUGE) == 0 &&
		       rte_dev_dma_map(devices[0], addr, iova, HUGE) == 0 &&
		       rte_extmem_unregister(addr, HUGE) == 0,
	       "unregister what is mapped");
	munmap(addr, HUGE);
	again = mmap(addr, HUGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED | (21 << 26), -1, 0);
	expect(again == addr && rte_extmem_register(addr, HUGE, &iova, 1, HUGE) == 0 &&
		       rte_dev_dma_map(devices[1], addr, iova, HUGE) == 0,
	       "other memory at that address");
	expect_refused(rte_dev_dma_unmap(devices[0], addr, iova, HUGE), EINVAL,
		       "the first owner has lost it");
	expect(rte_dev_dma_unmap(devices[1], addr, iova, HUGE) == 0 &&
		       rte_extmem_unregister(addr, HUGE) == 0,
	       "unmap the other memory");
	munmap(addr, HUGE);
}

struct objects {
	const struct range *r;
	unsigned int n, bad;
};

static void
look_at(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	struct objects *o = arg;

	(void)i;
	o->n++;
	o->bad += !within(o->r, rte_mempool_virt2iova(obj), mp->elt_size);
}

static struct objects
objects_of(struct rte_mempool *mp, const struct range *r)
{
	struct objects o = { .r = r };

	rte_mempool_obj_iter(mp, look_at, &o);
	return o;
}

static struct rte_mempool *
pool_of(unsigned int n)
{
	struct rte_mempool *mp =
		rte_mempool_create_empty("objects", n, 2048, 0, 0, SOCKET_ID_ANY, 0);

	if (mp != NULL && rte_mempool_set_ops_byname(mp, "ring_mp_mc", NULL) == 0)
		return mp;
	expect(false, "an empty pool");
	exit(1);
}

static void
anonymous_pools(void)
{
	unsigned int n = 1000;
	struct rte_mempool *mp;
	struct objects o;
	bool all = true;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		mp = pool_of(n);
		all = all && rte_mempool_populate_anon(mp) == (int)n;
		o = objects_of(mp, &small);
		all = all && o.n == n && o.bad == 0;
		rte_mempool_free(mp);
	}
	expect(all, "anonymous pool");
}

static void
pool_of_hugepages(void)
{
	struct rte_mempool *mp;
	unsigned int n = 1000;
	size_t len = 4 * HUGE;
	struct objects o;
	char *addr;

	/* The end of the pool lies inside a hugepage. */
	addr = take(len, true);
	mp = pool_of(n);
	expect(rte_mempool_populate_virt(mp, addr + 4096, len - 8192, page, NULL, NULL) == (int)n,
	       "populate with hugepages");
	o = objects_of(mp, &large);
	expect(o.n == n && o.bad == 0, "pool of hugepages");
	rte_mempool_free(mp);
	munmap(addr, len);
}

/* Without a window for small pages nothing of them may get a bus address that is in use. */
static void
small_pages_refused(uint64_t iova)
{
	size_t len = 4 * HUGE;
	char *addr = take(len, false);
	struct rte_mempool *mp;
	struct objects o;

	expect(add(addr, len, page) == 0 && !within(&large, iova_of(addr), 1) &&
		       !within(&large, iova_of(addr + len - 1), 1) &&
		       rte_malloc_heap_memory_remove(HEAP, addr, len) == 0,
	       "a heap that no device reaches");
	expect(rte_extmem_register(addr, len, NULL, 0, page) == 0, "register small pages");
	expect_refused(rte_dev_dma_map(devices[0], addr, iova, len), ENOTSUP,
		       "no window for small pages");
	expect(rte_extmem_unregister(addr, len) == 0, "unregister small pages");
	munmap(addr, len);

	mp = pool_of(100);
	expect(rte_mempool_populate_anon(mp) == 100, "populate what no device reaches");
	o = objects_of(mp, &large);
	expect(o.n == 100 && o.bad == 100, "a pool that no device reaches");
	rte_mempool_free(mp);
}

/* Its last use goes with the device. */
static void
device_leaves(uint64_t iova)
{
	char *addr = take(HUGE, true);

	expect(rte_extmem_register(addr, HUGE, NULL, 0, HUGE) == 0 &&
		       rte_dev_dma_map(devices[1], addr, iova, HUGE) == 0,
	       "memory for one device");
	expect(rte_dev_remove(devices[1]) == 0, "the device leaves");
	/* This stays mapped until the end of EAL. */
	expect(rte_dev_dma_map(devices[0], addr, iova + HUGE, HUGE) == 0, "another address then");
}

static bool
find_devices(void)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	unsigned int n = 0;

	RTE_DEV_FOREACH(dev, "bus=pci", &it)
		if (rte_dev_is_probed(dev) && n < 2)
			devices[n++] = dev;
	return n == 2;
}

static int
run(char **argv)
{
	uint64_t top;

	large = (struct range){ strtoull(argv[0], NULL, 0), strtoull(argv[1], NULL, 0) };
	small = (struct range){ strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0) };
	top = large.start + large.size / 2; /* EAL's memory is at the bottom */
	page = (size_t)sysconf(_SC_PAGESIZE);
	if (!find_devices() || rte_malloc_heap_create(HEAP) != 0)
		return 2;

	heap(true, HUGE, &large);
	two_devices(true, top);
	mistakes(top);
	replaced(top);
	pool_of_hugepages();
	if (small.size != 0) {
		heap(false, page, &small);
		heap(false, HUGE, &small); /* the page size is a lie */
		two_devices(false, small.start + small.size / 2);
		anonymous_pools();
	} else {
		small_pages_refused(top);
	}
	device_leaves(top);
	return failed;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;

	if (used < 0)
		return 2;
	if (argc - used != 5)
		return 2;
	ret = run(argv + used + 1);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
