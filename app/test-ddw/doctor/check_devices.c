/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/groups.h"
#include "common/pci.h"
#include "doctor/check_devices.h"
#include "doctor/check_virtio.h"

/* Check if pSeries firmware offers dynamic windows: the device tree says so at the bridge. */
static bool
has_ddw(const struct doctor *d, const char *pci)
{
	static const char *const levels[] = { "", "../", "../../", "../../../" };
	char path[200];
	unsigned int i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		snprintf(path, sizeof(path), PCI_DEVICES "/%s/of_node/%sibm,ddw-applicable", pci,
			 levels[i]);
		if (doctor_exists(d, path))
			return true;
	}
	return false;
}

/* Check that a slot has dynamic windows, and that they are not disabled. */
static void
check_windows(struct doctor *d, const struct pci_device *dev)
{
	struct ddw_error err = { 0 };
	struct finding *f;

	if (d->platform != PLATFORM_PSERIES)
		return;
	if (!has_ddw(d, dev->name)) {
		f = doctor_finding_add(&d->findings, FINDING_LIMIT, dev->name,
				       "no dynamic windows");
		doctor_finding_why(
			f, "firmware offers none for this slot; the default window holds 1 or 2 "
			   "GiB, and Linux 6.11 and newer may not offer even that");
		doctor_finding_fix(
			f, "another slot; QEMU: ddw=on; PowerVM: enable 64-bit DMA for the slot");
		return;
	}
	if (!test_ddw_group_poisoned(d->sys, dev->group, dev->name, &err))
		return;
	f = doctor_finding_add(&d->findings, FINDING_FAIL, dev->name,
			       "its dynamic windows are disabled until the next reboot");
	doctor_finding_why(f, "%s", err.why);
	doctor_finding_fix(f, "%s", err.fix);
}

/*
 * Check that the group is free and all its devices are bound. Opens the group for a moment.
 * Returns whether this user can have it.
 */
static bool
check_group(struct doctor *d, const struct pci_device *dev)
{
	struct ddw_error err = { 0 };
	struct finding *f;
	char name[64];
	int ret;

	test_ddw_group_name(dev->group, dev->name, name, sizeof(name));
	ret = ddw_group_check(d->sys, dev->group, name, &err);
	if (ret == 0) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, dev->name,
					 "bound to vfio-pci, group %d is free", dev->group);
		check_windows(d, dev);
		doctor_check_virtio(d, dev);
		return true;
	}
	f = doctor_finding_add(&d->findings,
			       err.msg == DDW_MSG_GROUP_NOT_GIVEN ? FINDING_LIMIT : FINDING_FAIL,
			       dev->name, "%s", err.what);
	doctor_finding_why(f, "%s", err.why);
	doctor_finding_fix(f, "%s", err.fix);
	return err.msg != DDW_MSG_GROUP_NOT_GIVEN;
}

/* Returns whether DPDK may have the device, in so far as this user's rights decide it. */
static bool
check_device(struct doctor *d, const struct pci_device *dev)
{
	struct ddw_error err = { 0 };
	struct finding *f;

	if (dev->group < 0) {
		f = doctor_finding_add(&d->findings, FINDING_LIMIT, dev->name,
				       "has no IOMMU group");
		doctor_finding_why(f, "vfio-pci accepts only devices that an IOMMU isolates");
		return false;
	}
	if (dev->vfio)
		return check_group(d, dev);
	f = doctor_finding_add(
		&d->findings, FINDING_FINE, dev->name, "network device, %s%s, group %d",
		dev->driver[0] != '\0' ? "driven by " : "no driver", dev->driver, dev->group);
	if (doctor_virtio_ignores_iommu(d, dev->name, &err)) {
		doctor_finding_why(f, "DPDK cannot use it: it ignores the IOMMU");
		doctor_finding_fix(f, "to give it to DPDK, first: %s", err.fix);
		return false;
	}
	doctor_finding_fix(f, "to give it to DPDK: dpdk-devbind.py -b vfio-pci %s", dev->name);
	check_windows(d, dev);
	return false;
}

void
doctor_check_devices(struct doctor *d)
{
	struct pci_devices all;
	struct finding *f;
	bool vfio = false, allowed = false;
	unsigned int i;

	if (test_ddw_pci_read(d->sys, &all) != 0) {
		(void)doctor_finding_add(&d->findings, FINDING_LIMIT, "devices", "out of memory");
		return;
	}
	for (i = 0; i < all.n; i++) {
		allowed = check_device(d, &all.list[i]) || allowed;
		vfio = vfio || all.list[i].vfio;
	}
	if (!vfio) {
		f = doctor_finding_add(&d->findings, FINDING_LIMIT, "devices",
				       "none is bound to vfio-pci%s",
				       all.n == 0 ? ", nor is there a network device" : "");
		doctor_finding_why(f, "DPDK finds no device");
		doctor_finding_fix(f, "dpdk-devbind.py -b vfio-pci ADDRESS");
	} else if (!allowed) {
		f = doctor_finding_add(&d->findings, FINDING_FAIL, "devices",
				       "this user may use none of them");
		doctor_finding_why(f, "a process opens the files of its groups in /dev/vfio");
		doctor_finding_fix(f, "chown USER /dev/vfio/GROUP, or run as root");
	}
	test_ddw_pci_free(&all);
}
