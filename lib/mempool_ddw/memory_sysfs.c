/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dirent.h>
#include <inttypes.h>
#include <numa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory_parts.h"

#define SYSFS_PAGES "/sys/kernel/mm/hugepages"
#define SYSFS_NODES "/sys/devices/system/node"

uint64_t
mpddw_pages_normal_size(void)
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
mpddw_pages_read(int node, struct page_count counts[PAGE_SIZES])
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
mpddw_pages_normal_free(int node)
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
