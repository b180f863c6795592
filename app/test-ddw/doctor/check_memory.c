/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hugepages.h"
#include "doctor/check_memory.h"

struct node_scan {
	struct doctor *d;
	uint64_t page; /* size of hugepage */
	char text[200];
};

static int
add_node_counts(const char *name, void *arg)
{
	struct node_scan *s = arg;
	const struct ddw_sys *sys = s->d->sys;
	size_t used = strlen(s->text);
	uint64_t all, unused;
	unsigned int node;

	if (sscanf(name, "node%u", &node) != 1 ||
	    !test_ddw_hugepages_on_node(sys, node, s->page, "nr_hugepages", &all) ||
	    !test_ddw_hugepages_on_node(sys, node, s->page, "free_hugepages", &unused))
		return 0;
	snprintf(s->text + used, sizeof(s->text) - used, "%snode %u %" PRIu64 " (%" PRIu64 " free)",
		 used > 0 ? ", " : "", node, all, unused);
	return 0;
}

static uint64_t
check_hugepages(struct doctor *d)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	int i, n = ddw_hugepages_read(d->sys, pages, DDW_MAX_HUGEPAGE_SIZES);
	char size[DDW_SIZE_TEXT], all[DDW_SIZE_TEXT];
	uint64_t bytes = 0;
	struct finding *f;

	for (i = 0; i < n; i++) {
		struct node_scan s = { .d = d, .page = pages[i].page_size };
		uint64_t here = pages[i].page_size * pages[i].count;

		bytes += here;
		if (pages[i].on_demand != 0)
			snprintf(s.text, sizeof(s.text), "%" PRIu64 " made on demand",
				 pages[i].on_demand);
		/* Without NUMA there is no such folder. */
		(void)d->sys->list_dir(d->sys->ctx, HUGEPAGES_NODES, add_node_counts, &s);
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "hugepages",
					 "%" PRIu64 " of %s (%s): %s", pages[i].count,
					 ddw_format_size(pages[i].page_size, size),
					 ddw_format_size(here, all), s.text);
	}
	if (n > 0)
		return bytes;
	f = doctor_finding_add(&d->findings, FINDING_FAIL, "hugepages", "none");
	doctor_finding_why(f, "memory for devices must be in hugepages");
	doctor_finding_fix(f, "dpdk-hugepages.py -p 2M --setup 1G");
	return 0;
}

static void
check_memlock(struct doctor *d, uint64_t bytes)
{
	char limit[DDW_SIZE_TEXT], need[DDW_SIZE_TEXT];
	struct ddw_memlock ml;
	struct finding *f;
	int ret = d->sys->memlock(d->sys->ctx, &ml);

	if (ret != 0) {
		f = doctor_finding_add(&d->findings, FINDING_LIMIT, "memlock", "cannot be read: %s",
				       strerror(-ret));
		doctor_finding_why(f, "memory that devices reach counts as locked");
		return;
	}
	if (ml.unlimited) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "memlock", "unlimited");
		return;
	}
	ddw_format_size(ml.limit, limit);
	ddw_format_size(bytes, need);
	if (ml.limit >= bytes + bytes / 64) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "memlock",
					 "%s for this user, enough for all %s of hugepages", limit,
					 need);
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_LIMIT, "memlock", "%s for this user", limit);
	doctor_finding_why(
		f,
		"memory that devices reach counts as locked, and so do TCE tables; all hugepages "
		"would need %s",
		need);
	doctor_finding_fix(f, "ulimit -l unlimited (LimitMEMLOCK= of a service), or run as root");
}

void
doctor_check_memory(struct doctor *d)
{
	check_memlock(d, check_hugepages(d));
}
