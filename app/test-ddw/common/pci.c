/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pci.h"

struct scan {
	const struct ddw_sys *sys;
	struct pci_devices *all;
};

static int
compare_names(const void *a, const void *b)
{
	const struct pci_device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
add_device(const char *name, void *arg)
{
	struct scan *s = arg;
	struct pci_device dev = { .class = 0 }, *list;
	char path[160], text[32] = "";

	snprintf(dev.name, sizeof(dev.name), "%s", name);
	if (ddw_pci_driver(s->sys, PCI_DEVICES, name, dev.driver, sizeof(dev.driver)) != 0)
		dev.driver[0] = '\0';
	dev.vfio = strcmp(dev.driver, "vfio-pci") == 0;
	snprintf(path, sizeof(path), PCI_DEVICES "/%.31s/class", name);
	if (s->sys->read_file(s->sys->ctx, path, text, sizeof(text)) > 0)
		dev.class = (unsigned int)(strtoul(text, NULL, 16) >> 16);
	if (!dev.vfio && dev.class != PCI_CLASS_NETWORK)
		return 0;
	dev.group = ddw_pci_group(s->sys, PCI_DEVICES, name);
	list = realloc(s->all->list, (s->all->n + 1) * sizeof(dev));
	if (list == NULL)
		return -ENOMEM;
	s->all->list = list;
	list[s->all->n++] = dev;
	return 0;
}

int
test_ddw_pci_read(const struct ddw_sys *sys, struct pci_devices *all)
{
	struct scan s = { sys, all };
	int ret;

	memset(all, 0, sizeof(*all));
	/* A machine without PCI has no such folder, and no device. */
	ret = sys->list_dir(sys->ctx, PCI_DEVICES, add_device, &s);
	if (ret == -ENOMEM) {
		test_ddw_pci_free(all);
		return ret;
	}
	if (all->n > 0)
		qsort(all->list, all->n, sizeof(all->list[0]), compare_names);
	return 0;
}

void
test_ddw_pci_free(struct pci_devices *all)
{
	free(all->list);
	memset(all, 0, sizeof(*all));
}
