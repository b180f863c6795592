/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ddw_sys.h"
#include "ddw_units.h"

#define SYSFS_HUGEPAGES "/sys/kernel/mm/hugepages"

struct scan {
	const struct ddw_sys *sys;
	struct ddw_hugepages *pages;
	unsigned int max;
	unsigned int n;
};

static int
add_size(const char *name, void *arg)
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

	ret = sys->list_dir(sys->ctx, SYSFS_HUGEPAGES, add_size, &s);
	return ret < 0 ? ret : (int)s.n;
}
