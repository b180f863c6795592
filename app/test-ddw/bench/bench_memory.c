/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <linux/mman.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/bench_memory.h"
#include "common/hugepages.h"
#include "common/power.h"

/* Count the bytes in hugepages that are neither in use nor reserved. */
static uint64_t
free_bytes(struct bench *b, uint64_t page)
{
	uint64_t unused = 0, reserved = 0;

	(void)test_ddw_hugepages(b->host->sys, page, "free_hugepages", &unused);
	(void)test_ddw_hugepages(b->host->sys, page, "resv_hugepages", &reserved);
	return unused > reserved ? (unused - reserved) * page : 0;
}

/* Choose the hugepage size with the most free memory. */
static uint64_t
choose_page(struct bench *b, uint64_t *bytes)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	int i, n = ddw_hugepages_read(b->host->sys, pages, DDW_MAX_HUGEPAGE_SIZES);
	uint64_t page = 0, here;

	*bytes = 0;
	for (i = 0; i < n; i++) {
		here = free_bytes(b, pages[i].page_size);
		if (here <= *bytes)
			continue;
		*bytes = here;
		page = pages[i].page_size;
	}
	return page;
}

/*
 * Allocate a power of two, so that it fits a window of the same size. Returns 0, also when no
 * hugepage is free, or a negative errno.
 */
static int
take_hugepages(struct bench *b)
{
	char have[DDW_SIZE_TEXT], want[DDW_SIZE_TEXT];
	struct bench_memory *mem = &b->memory;
	uint64_t bytes, most = b->options.memory;
	int ret;

	mem->page = choose_page(b, &bytes);
	if (bytes == 0) {
		snprintf(mem->why, sizeof(mem->why),
			 "no hugepage is free; reserve some (dpdk-hugepages.py -p 2M --setup 1G), "
			 "or end the programs that use them");
		return 0;
	}
	if (b->options.memory_wanted && bytes < most) {
		snprintf(mem->why, sizeof(mem->why),
			 "--memory %s: only %s of hugepages are free; ask for less, or reserve "
			 "more (dpdk-hugepages.py)",
			 ddw_format_size(most, want), ddw_format_size(bytes, have));
		return -ENOMEM;
	}
	if (most < mem->page)
		most = mem->page;
	mem->len = UINT64_C(1) << ddw_log2(bytes < most ? bytes : most);
	ret = b->host->memory_get(mem->page, mem->len, &mem->vaddr);
	if (ret == 0)
		return 0;
	snprintf(mem->why, sizeof(mem->why), "%s of hugepages cannot be allocated: %s",
		 ddw_format_size(mem->len, have), strerror(-ret));
	mem->len = 0;
	return ret;
}

bool
bench_memory_get(struct bench *b)
{
	struct bench_memory *mem = &b->memory;
	bool first = !mem->known;
	int ret = 0;

	mem->known = true;
	if (first)
		ret = take_hugepages(b);
	if (mem->len != 0)
		return true;
	if (ret != 0)
		bench_fail(b, "", "%s", mem->why);
	else
		bench_skip(b, "", "%s", mem->why);
	return false;
}

void
bench_memory_put(struct bench *b)
{
	if (b->memory.len != 0)
		b->host->memory_put(b->memory.vaddr, b->memory.len);
	b->memory.len = 0;
	b->memory.known = false;
}

static int
linux_memory_get(uint64_t page, uint64_t len, uint64_t *vaddr)
{
	int flags =
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (int)(ddw_log2(page) << MAP_HUGE_SHIFT);
	uint64_t i;
	void *p;

	/* Pages are reserved here, or it fails: touching them cannot kill the process. */
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	for (i = 0; i < len; i += page)
		*((volatile char *)p + i) = 0;
	*vaddr = (uintptr_t)p;
	return 0;
}

static void
linux_memory_put(uint64_t vaddr, uint64_t len)
{
	(void)munmap((void *)(uintptr_t)vaddr, len); /* it is a mapping of our own */
}

const struct bench_host *
bench_linux(void)
{
	static struct bench_host host = { .is_power = test_ddw_is_power,
					  .memory_get = linux_memory_get,
					  .memory_put = linux_memory_put };

	host.sys = ddw_sys_linux();
	return &host;
}

uint64_t
bench_memory_exists(const struct bench *b, uint64_t *largest)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	int i, n = ddw_hugepages_read(b->host->sys, pages, DDW_MAX_HUGEPAGE_SIZES);
	uint64_t bytes = 0;

	for (i = 0; i < n; i++) {
		bytes += pages[i].page_size * pages[i].count;
		*largest = pages[i].page_size;
	}
	return bytes;
}
