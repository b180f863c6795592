/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <numa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "memory_parts.h"

#define SYSFS_PAGES "/sys/kernel/mm/hugepages"
#define SYSFS_NODES "/sys/devices/system/node"

uint64_t
pages_normal_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* 0 when there is no such file. */
static uint64_t
read_number(const char *dir, uint64_t size, const char *name)
{
	char path[160], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/hugepages-%" PRIu64 "kB/%s", dir, size / 1024, name);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	return strtoull(text, NULL, 10);
}

static uint64_t
free_pages(uint64_t size, int node)
{
	uint64_t all = read_number(SYSFS_PAGES, size, "free_hugepages");
	uint64_t reserved = read_number(SYSFS_PAGES, size, "resv_hugepages");
	uint64_t here;
	char dir[64];

	/* Reservations are not of a node. */
	all = all > reserved ? all - reserved : 0;
	if (node == SOCKET_ID_ANY || numa_available() < 0)
		return all;
	snprintf(dir, sizeof(dir), SYSFS_NODES "/node%d/hugepages", node);
	here = read_number(dir, size, "free_hugepages");
	return here < all ? here : all;
}

unsigned int
pages_read(int node, struct page_count counts[PAGE_SIZES])
{
	unsigned int n = 0, i;
	struct dirent *e;
	uint64_t kib;
	DIR *d;

	d = opendir(SYSFS_PAGES);
	if (d == NULL)
		return 0;
	while (n < PAGE_SIZES && (e = readdir(d)) != NULL) {
		if (sscanf(e->d_name, "hugepages-%" SCNu64 "kB", &kib) != 1)
			continue;
		for (i = n; i > 0 && counts[i - 1].size < kib * 1024; i--)
			counts[i] = counts[i - 1];
		counts[i].size = kib * 1024;
		counts[i].free = free_pages(kib * 1024, node);
		n++;
	}
	closedir(d);
	return n;
}

/* What is free, and what the kernel can drop at once; the files have the same words. */
uint64_t
pages_normal_free(int node)
{
	static const char *const words[] = { " MemFree:", " Active(file):", " Inactive(file):",
					     " SReclaimable:" };
	char path[64], line[128], *at;
	uint64_t kib = 0;
	unsigned int i;
	FILE *f;

	if (node == SOCKET_ID_ANY || numa_available() < 0)
		snprintf(path, sizeof(path), "/proc/meminfo");
	else
		snprintf(path, sizeof(path), SYSFS_NODES "/node%d/meminfo", node);
	f = fopen(path, "re");
	if (f == NULL)
		return UINT64_MAX;
	line[0] = ' ';
	while (fgets(line + 1, sizeof(line) - 1, f) != NULL)
		for (i = 0; i < RTE_DIM(words); i++) {
			at = strstr(line, words[i]);
			if (at != NULL)
				kib += strtoull(at + strlen(words[i]), NULL, 10);
		}
	fclose(f);
	return kib * 1024;
}

/* Append to a text, which may be cut. */
static void __attribute__((format(printf, 3, 4)))
append(char *text, size_t len, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + used, len - used, fmt, ap);
	va_end(ap);
}

/* "node 0: 12 of 2M, 0 of 1G; node 1: ..." */
static void
tell_free(char *text, size_t len)
{
	struct page_count counts[PAGE_SIZES];
	char size[DDW_SIZE_TEXT];
	unsigned int n, i;
	int node;

	text[0] = '\0';
	for (node = 0; node < node_count(); node++) {
		n = pages_read(node, counts);
		append(text, len, "%snode %d:", node == 0 ? "" : "; ", node);
		for (i = 0; i < n; i++)
			append(text, len, "%s %" PRIu64 " of %s", i == 0 ? "" : ",", counts[i].free,
			       ddw_format_size(counts[i].size, size));
		if (n == 0)
			append(text, len, " no hugepages");
	}
}

static uint64_t
free_of(uint64_t page_size, int node)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n, i;

	if (page_size == pages_normal_size())
		return pages_normal_free(node) / page_size;
	n = pages_read(node, counts);
	for (i = 0; i < n; i++)
		if (counts[i].size == page_size)
			return counts[i].free;
	return 0;
}

static uint64_t
pages_for(uint64_t bytes, uint64_t page_size)
{
	return bytes / page_size + (bytes % page_size != 0);
}

int
pages_too_few(uint64_t bytes, uint64_t page_size, int node, struct ddw_error *err)
{
	bool normal = page_size == pages_normal_size();
	char size[DDW_SIZE_TEXT], text[300], where[32] = "";
	int ret;

	if (node != SOCKET_ID_ANY)
		snprintf(where, sizeof(where), " on NUMA node %d", node);
	ddw_format_size(page_size, size);
	ret = ddw_fail(err, DDW_MSG_POOL_HUGEPAGES, ENOMEM,
		       "%" PRIu64 " %spages of %s are needed%s, %" PRIu64 " are free",
		       pages_for(bytes, page_size), normal ? "" : "huge", size, where,
		       free_of(page_size, node));
	if (normal) {
		ddw_error_why(err,
			      "the memory of this machine, or what this process may have of it, is "
			      "in use");
		ddw_error_fix(err, "make the pool smaller, or free some memory");
		return ret;
	}
	tell_free(text, sizeof(text));
	ddw_error_why(err, "a pool takes hugepages of its own, beside those of EAL; free are %s",
		      text);
	return ret;
}

static int
fail_no_such_size(uint64_t wanted, const struct page_count *counts, unsigned int n,
		  struct ddw_error *err)
{
	char size[DDW_SIZE_TEXT], text[160] = "";
	unsigned int i;
	int ret;

	for (i = n; i-- > 0;)
		append(text, sizeof(text), ", %s", ddw_format_size(counts[i].size, size));
	ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "page_size=%s: there are no such pages",
		       ddw_format_size(wanted, size));
	ddw_error_why(err, "this machine has pages of %s%s",
		      ddw_format_size(pages_normal_size(), size), text);
	ddw_error_fix(err, "use one of these sizes, or leave page_size out");
	return ret;
}

static int
choose_normal(uint64_t bytes, int node, uint64_t *page_size, struct ddw_error *err)
{
	if (bytes > pages_normal_free(node))
		return pages_too_few(bytes, pages_normal_size(), node, err);
	*page_size = pages_normal_size();
	return 0;
}

static int
choose_wanted(uint64_t bytes, uint64_t wanted, int node, uint64_t *page_size, struct ddw_error *err)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n, i;

	if (wanted == pages_normal_size())
		return choose_normal(bytes, node, page_size, err);
	n = pages_read(node, counts);
	for (i = 0; i < n && counts[i].size != wanted; i++)
		;
	if (i == n)
		return fail_no_such_size(wanted, counts, n, err);
	if (counts[i].free < pages_for(bytes, wanted))
		return pages_too_few(bytes, wanted, node, err);
	*page_size = wanted;
	return 0;
}

int
memory_choose_page(uint64_t bytes, uint64_t wanted, int node, uint64_t *page_size,
		   struct ddw_error *err)
{
	struct page_count counts[PAGE_SIZES];
	uint64_t size, least = pages_normal_size();
	unsigned int n, i;
	int ret;

	ret = node_check(node, err);
	if (ret < 0)
		return ret;
	if (wanted != 0)
		return choose_wanted(bytes, wanted, node, page_size, err);
	if (!rte_eal_has_hugepages())
		return choose_normal(bytes, node, page_size, err);
	n = pages_read(node, counts);
	for (i = 0; i < n; i++) {
		/* A tiny pool wastes most of any page; the smallest is what there is. */
		size = counts[i].size;
		if (i + 1 < n && bytes % size != 0 && size - bytes % size > bytes)
			continue;
		least = size;
		if (counts[i].free >= pages_for(bytes, size)) {
			*page_size = size;
			return 0;
		}
	}
	return pages_too_few(bytes, least, node, err);
}
