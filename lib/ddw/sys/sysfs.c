/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Read drivers and groups of PCI devices, and hugepages, from sysfs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_group.h"
#include "ddw_sys.h"
#include "ddw_units.h"

#define SYSFS_HUGEPAGES "/sys/kernel/mm/hugepages"

/* Last component of the path a link points to. */
static int
read_link_name(const struct ddw_sys *sys, const char *path, char *name, size_t len)
{
	char target[512];
	const char *last;
	int ret;

	ret = sys->read_link(sys->ctx, path, target, sizeof(target));
	if (ret < 0)
		return ret;
	last = strrchr(target, '/');
	last = last == NULL ? target : last + 1;
	if (strlen(last) >= len)
		return -ENAMETOOLONG;
	memcpy(name, last, strlen(last) + 1);
	return 0;
}

int
ddw_pci_driver(const struct ddw_sys *sys, const char *sysfs, const char *pci, char *driver,
	       size_t len)
{
	char path[512];
	int ret;

	if (len == 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/%s/driver", sysfs, pci);
	ret = read_link_name(sys, path, driver, len);
	if (ret == -ENOENT) {
		driver[0] = '\0';
		return 0;
	}
	return ret;
}

int
ddw_pci_group(const struct ddw_sys *sys, const char *sysfs, const char *pci)
{
	char path[512], name[32], *end;
	long number;
	int ret;

	snprintf(path, sizeof(path), "%s/%s/iommu_group", sysfs, pci);
	ret = read_link_name(sys, path, name, sizeof(name));
	if (ret < 0)
		return ret;
	number = strtol(name, &end, 10);
	if (end == name || *end != '\0' || number < 0 || number > INT32_MAX)
		return -EINVAL;
	return (int)number;
}

struct scan {
	const struct ddw_sys *sys;
	struct ddw_hugepages *pages;
	unsigned int max;
	unsigned int n;
};

/* Read a counter of one size of hugepages. Returns false if there is none. */
static bool
read_counter(const struct ddw_sys *sys, const char *name, const char *counter, uint64_t *pages)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), SYSFS_HUGEPAGES "/%.64s/%s", name, counter);
	if (sys->read_file(sys->ctx, path, text, sizeof(text)) < 0)
		return false;
	*pages = strtoull(text, NULL, 10);
	return true;
}

/*
 * Count the pages that the kernel would still make on demand (gather_surplus_pages()).
 * The limit may be any number, but not the memory that they come from.
 */
static uint64_t
count_overcommit(const struct ddw_sys *sys, const char *name, uint64_t kib)
{
	uint64_t limit = 0, surplus = 0, most;
	char text[128];

	(void)read_counter(sys, name, "nr_overcommit_hugepages", &limit);
	(void)read_counter(sys, name, "surplus_hugepages", &surplus);
	if (limit <= surplus)
		return 0;
	limit -= surplus;
	if (sys->read_file(sys->ctx, "/proc/meminfo", text, sizeof(text)) > 0 &&
	    sscanf(text, "MemTotal: %" SCNu64, &most) == 1 && limit > most / kib)
		limit = most / kib;
	return limit;
}

static int
add_hugepage_size(const char *name, void *arg)
{
	struct scan *s = arg;
	uint64_t kib, count, more, page;
	unsigned int i;

	if (sscanf(name, "hugepages-%" SCNu64 "kB", &kib) != 1 || kib == 0)
		return 0;
	if (!read_counter(s->sys, name, "nr_hugepages", &count))
		return -ENOENT;
	more = count_overcommit(s->sys, name, kib);
	if (count == 0 && more == 0)
		return 0;
	if (s->n == s->max)
		return -E2BIG;
	if (!ddw_mul(kib, 1024, &page) || !ddw_add(count, more, &count))
		return -ERANGE;

	for (i = s->n; i > 0 && s->pages[i - 1].page_size > page; i--)
		s->pages[i] = s->pages[i - 1];
	s->pages[i] = (struct ddw_hugepages){
		.page_size = page,
		.count = count,
		.on_demand = more,
	};
	s->n++;
	return 0;
}

int
ddw_hugepages_read(const struct ddw_sys *sys, struct ddw_hugepages *pages, unsigned int max)
{
	struct scan s = { .sys = sys, .pages = pages, .max = max };
	int ret;

	ret = sys->list_dir(sys->ctx, SYSFS_HUGEPAGES, add_hugepage_size, &s);
	return ret < 0 ? ret : (int)s.n;
}

bool
ddw_hugepages_enough(const struct ddw_sys *sys, uint64_t page_size, uint64_t bytes)
{
	uint64_t unused, reserved = 0;
	char name[64];

	snprintf(name, sizeof(name), "hugepages-%" PRIu64 "kB", page_size / 1024);
	if (page_size < 1024 || !read_counter(sys, name, "free_hugepages", &unused))
		return true;
	(void)read_counter(sys, name, "resv_hugepages", &reserved);
	unused = unused > reserved ? unused - reserved : 0;
	if (!ddw_add(unused, count_overcommit(sys, name, page_size / 1024), &unused))
		return true;
	return bytes / page_size + (bytes % page_size != 0) <= unused;
}
