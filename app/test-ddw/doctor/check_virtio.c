/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>
#include <linux/virtio_config.h>

#include "common/groups.h"
#include "doctor/check_virtio.h"

/* Ask the device itself, as the plugin does. The group is in its container. */
static int
check_device(const struct ddw_sys *sys, int group, const char *pci, struct ddw_error *err)
{
	char name[DDW_PCI_NAME];
	int fd, ret;

	snprintf(name, sizeof(name), "%s", pci);
	fd = sys->ioctl(sys->ctx, group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (fd < 0)
		return ddw_fail(err, DDW_MSG_GROUP_OPEN, fd, "%s cannot be opened: %s", pci,
				strerror(-fd));
	ret = ddw_virtio_check(sys, fd, pci, err);
	(void)sys->close(sys->ctx, fd); /* nothing can be lost */
	return ret;
}

static int
open_and_check(const struct ddw_sys *sys, const struct pci_device *dev, struct ddw_error *err)
{
	struct ddw_space *space = ddw_space_create(sys, err);
	struct groups groups = { .n = 0 };
	int ret;

	if (space == NULL)
		return err->err;
	ret = test_ddw_groups_attach(&groups, sys, space, dev->group, dev->name, err);
	if (ret >= 0)
		ret = check_device(sys, groups.files[0].group, dev->name, err);
	test_ddw_groups_close(&groups, sys);
	ddw_space_destroy(space);
	return ret;
}

void
doctor_check_virtio(struct doctor *d, const struct pci_device *dev)
{
	struct ddw_error err = { 0 };
	struct finding *f;

	if (!ddw_pci_is_virtio(d->sys, PCI_DEVICES, dev->name) ||
	    open_and_check(d->sys, dev, &err) == 0)
		return;
	f = doctor_finding_add(&d->findings, FINDING_FAIL, dev->name, "%s", err.what);
	doctor_finding_why(f, "%s", err.why);
	doctor_finding_fix(f, "%s", err.fix);
}

struct features {
	const struct doctor *d;
	const char *pci;
	char text[256]; /* a '0' or '1' for each, from feature 0 on */
};

static int
read_features(const char *name, void *arg)
{
	struct features *f = arg;
	char path[320];
	unsigned int number;

	if (sscanf(name, "virtio%u", &number) != 1)
		return 0;
	snprintf(path, sizeof(path), PCI_DEVICES "/%.31s/virtio%u/features", f->pci, number);
	return doctor_read(f->d, path, f->text, sizeof(f->text)) ? 1 : 0;
}

bool
doctor_virtio_ignores_iommu(const struct doctor *d, const char *pci, struct ddw_error *err)
{
	struct features f = { .d = d, .pci = pci };
	char path[64];

	if (!ddw_pci_is_virtio(d->sys, PCI_DEVICES, pci))
		return false;
	snprintf(path, sizeof(path), PCI_DEVICES "/%.31s", pci);
	/* The kernel shows what it accepted: nothing without a driver, and this one always. */
	if (d->sys->list_dir(d->sys->ctx, path, read_features, &f) <= 0 ||
	    strchr(f.text, '1') == NULL)
		return false;
	if (strlen(f.text) > VIRTIO_F_ACCESS_PLATFORM && f.text[VIRTIO_F_ACCESS_PLATFORM] == '1')
		return false;
	(void)ddw_fail(err, DDW_MSG_VIRTIO_NO_IOMMU, ENOTSUP, "%s ignores the IOMMU", pci);
	return true;
}
