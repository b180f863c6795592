/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/groups.h"
#include "common/pci.h"
#include "plan/machine_probe.h"

struct scan {
	const struct ddw_sys *sys;
	struct machine *m;
	struct ddw_space *space;
	struct groups groups;
	int numbers[DDW_MAX_GROUPS]; /* groups that were looked at, or refused */
	unsigned int n;
};

static void
note_refusal(struct scan *s, const struct ddw_error *err)
{
	size_t used = strlen(s->m->refused);
	char text[DDW_ERROR_TEXT];

	snprintf(s->m->refused + used, sizeof(s->m->refused) - used, "%s\n",
		 ddw_error_format(err, text));
}

static void
add_group(struct scan *s, const struct pci_device *dev)
{
	struct ddw_error err = { 0 };
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->numbers[i] == dev->group)
			return;
	if (!dev->vfio || dev->group < 0 || s->n == DDW_MAX_GROUPS)
		return;
	s->numbers[s->n++] = dev->group;
	if (test_ddw_groups_attach(&s->groups, s->sys, s->space, dev->group, dev->name, &err) < 0)
		note_refusal(s, &err);
}

/* Count the hugepages that exist, assuming that DPDK takes all of them at start. */
static int
count_hugepages(const struct ddw_sys *sys, struct ddw_plan_input *in)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	int n = ddw_hugepages_read(sys, pages, DDW_MAX_HUGEPAGE_SIZES), i;

	for (i = 0; i < n; i++) {
		struct ddw_plan_memory *mem = &in->memory[in->n_memory++];

		mem->page_size = pages[i].page_size;
		if (!ddw_mul(pages[i].page_size, pages[i].count, &mem->exist_bytes))
			return -ERANGE;
		mem->start_bytes = mem->exist_bytes;
	}
	return n < 0 ? n : 0;
}

static int
probe_groups(struct scan *s, char *error, size_t size)
{
	struct ddw_plan_input *in = &s->m->in;
	struct pci_devices all;
	unsigned int i;
	int ret = test_ddw_pci_read(s->sys, &all);

	if (ret != 0) {
		snprintf(error, size, "out of memory");
		return ret;
	}
	for (i = 0; i < all.n; i++)
		add_group(s, &all.list[i]);
	test_ddw_pci_free(&all);
	if (s->n == 0) {
		snprintf(error, size,
			 "no device is bound to vfio-pci; bind one (dpdk-devbind.py -b vfio-pci "
			 "ADDRESS)");
		return -ENODEV;
	}
	ddw_space_caps(s->space, in);
	if (in->n_groups == 0) {
		/* The last line goes on. */
		s->m->refused[strlen(s->m->refused) - 1] = '\0';
		snprintf(error, size, "no group can be queried:\n%s", s->m->refused);
		return -ENODEV;
	}
	ret = count_hugepages(s->sys, in);
	if (ret == 0)
		ret = s->sys->memlock(s->sys->ctx, &in->memlock);
	if (ret != 0)
		snprintf(error, size, "hugepages or the memlock limit cannot be read: %s",
			 strerror(-ret));
	return ret;
}

int
plan_machine_probe(struct machine *m, const struct ddw_sys *sys, char *error, size_t size)
{
	struct scan s = { .sys = sys, .m = m };
	struct ddw_error err = { 0 };
	int ret;

	memset(m, 0, sizeof(*m));
	s.space = ddw_space_create(sys, &err);
	if (s.space == NULL) {
		snprintf(error, size, "%s", err.what);
		return -ENOMEM;
	}
	ret = probe_groups(&s, error, size);
	test_ddw_groups_close(&s.groups, sys);
	ddw_space_destroy(s.space);
	return ret;
}
