/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/report.h"
#include "groups.h"
#include "virtio.h"

int
spapr_virtio_check(const char *name, int fd)
{
	struct ddw_error err = { 0 };
	int ret = 0;

	if (ddw_pci_is_virtio(spapr_ctx.sys, spapr_devices_sysfs(), name))
		ret = ddw_virtio_check(spapr_ctx.sys, fd, name, &err);
	if (ret != 0)
		spapr_report_refused(-1, name, &err);
	return ret;
}

/* Opening a device resets it, so only those are opened that need it. */
static bool
is_refused(struct device *d)
{
	struct ddw_error err = { 0 };
	bool held = d->held;
	int ret;

	if (d->kind != DEVICE_VFIO || d->blocked ||
	    !ddw_pci_is_virtio(spapr_ctx.sys, spapr_devices_sysfs(), d->name))
		return false;
	if (!held && !spapr_group_hold(d)) {
		(void)ddw_fail(&err, DDW_MSG_GROUP_OPEN, EIO, "EAL cannot open %s", d->name);
		spapr_report_refused(-1, d->name, &err);
		return true;
	}
	ret = spapr_virtio_check(d->name, d->fd);
	if (!held)
		spapr_group_let_go(d, true);
	return ret != 0;
}

void
spapr_virtio_block(void)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++) {
		if (!is_refused(&spapr_ctx.devices[i]))
			continue;
		spapr_device_block(&spapr_ctx.devices[i]);
		spapr_ctx.n_refused++;
	}
}
