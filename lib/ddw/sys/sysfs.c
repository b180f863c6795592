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

static int
add_hugepage_size(const char *name, void *arg)
{
	struct scan *s = arg;
	char path[128], text[32];
	uint64_t kib, count;
	unsigned int i;
	int ret;

	if (sscanf(name, "hugepages-%" SCNu64 "kB", &kib) != 1)
		return 0;
	snprintf(path, sizeof(path), SYSFS_HUGEPAGES "/%.64s/nr_hugepages", name);
	ret = s->sys->read_file(s->sys->ctx, path, text, sizeof(text));
	if (ret < 0)
		return ret;
	count = strtoull(text, NULL, 10);
	if (count == 0)
		return 0;
	if (s->n == s->max)
		return -E2BIG;
	if (!ddw_mul(kib, 1024, &kib))
		return -ERANGE;

	for (i = s->n; i > 0 && s->pages[i - 1].page_size > kib; i--)
		s->pages[i] = s->pages[i - 1];
	s->pages[i].page_size = kib;
	s->pages[i].count = count;
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
