/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Check that a group of devices is viable and free. */

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ddw_group.h"
#include "sys/procfd.h"

#define SYSFS_GROUP_DEVICES "/sys/kernel/iommu_groups/%d/devices"
#define SYSFS_GROUP_NAME    "/sys/kernel/iommu_groups/%d/name"
#define SYSFS_PCI_DEVICES   "/sys/bus/pci/devices"

struct culprits {
	const struct ddw_sys *sys;
	char text[256]; /* "0001:00:00.0 (e1000e)", separated by ", " */
	char bind[160]; /* the addresses alone */
	unsigned int n;
};

/* Drivers that vfio accepts beside its own, see vfio_dev_driver_allowed(). */
static bool
driver_allowed(const char *driver)
{
	return driver[0] == '\0' || strncmp(driver, "vfio", 4) == 0 ||
	       strcmp(driver, "pci-stub") == 0 || strcmp(driver, "pcieport") == 0;
}

static int
add_host_driver(const char *pci, void *arg)
{
	struct culprits *c = arg;
	char driver[DDW_DRIVER_NAME];
	size_t n;

	if (ddw_pci_driver(c->sys, SYSFS_PCI_DEVICES, pci, driver, sizeof(driver)) != 0 ||
	    driver_allowed(driver))
		return 0;
	c->n++;
	/* Whole entries only: half an address would be worse than none. */
	n = strlen(c->text);
	if (n + strlen(pci) + strlen(driver) + 6 > sizeof(c->text) ||
	    strlen(c->bind) + strlen(pci) + 2 > sizeof(c->bind))
		return 0;
	snprintf(c->text + n, sizeof(c->text) - n, "%s%s (%s)", n ? ", " : "", pci, driver);
	n = strlen(c->bind);
	snprintf(c->bind + n, sizeof(c->bind) - n, " %s", pci);
	return 0;
}

static int
fail_not_viable(const struct ddw_sys *sys, int number, const char *name, struct ddw_error *err)
{
	struct culprits c = { .sys = sys };
	char path[128];
	int ret;

	snprintf(path, sizeof(path), SYSFS_GROUP_DEVICES, number);
	ret = sys->list_dir(sys->ctx, path, add_host_driver, &c);
	if (ret != 0 || c.n == 0)
		return ddw_fail(err, DDW_MSG_GROUP_NOT_VIABLE, EPERM, "%s is not viable", name);
	ret = ddw_fail(err, DDW_MSG_GROUP_NOT_VIABLE, EPERM,
		       "%s is not viable: %s has a host driver", name, c.text);
	ddw_error_fix(err, "dpdk-devbind.py -b vfio-pci%s", c.bind);
	return ret;
}

static int
is_vfio_device(const char *pci, void *arg)
{
	const struct ddw_sys *const *sys = arg;
	char driver[DDW_DRIVER_NAME];

	return ddw_pci_driver(*sys, SYSFS_PCI_DEVICES, pci, driver, sizeof(driver)) == 0 &&
	       strncmp(driver, "vfio", 4) == 0;
}

/*
 * Has the machine a file for the group that this process does not see? A container has a /dev
 * of its own, but the machine's sysfs. Without an IOMMU the file has another name, see
 * vfio_noiommu_group_alloc().
 */
static bool
has_file_elsewhere(const struct ddw_sys *sys, int number)
{
	char path[128], text[32];
	int fd;

	snprintf(path, sizeof(path), SYSFS_GROUP_NAME, number);
	if (sys->read_file(sys->ctx, path, text, sizeof(text)) > 0 &&
	    strncmp(text, "vfio-noiommu", strlen("vfio-noiommu")) == 0)
		return false;
	snprintf(path, sizeof(path), SYSFS_GROUP_DEVICES, number);
	if (sys->list_dir(sys->ctx, path, is_vfio_device, &sys) != 1)
		return false;
	fd = sys->open(sys->ctx, "/dev/vfio/vfio", O_RDWR);
	if (fd >= 0)
		(void)sys->close(sys->ctx, fd); /* nothing was done with it */
	return fd >= 0 || fd == -EACCES || fd == -EPERM;
}

static int
fail_not_given(int number, const char *name, int error, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_GROUP_NOT_GIVEN, error,
			   "%s: this process was not given /dev/vfio/%d: %s", name, number,
			   strerror(-error));

	ddw_error_fix(err,
		      "-a <address> for the devices that are yours, or give the container "
		      "/dev/vfio/%d; without a container: run as root, or chown $USER "
		      "/dev/vfio/%d",
		      number, number);
	return ret;
}

static int
fail_group_open(const struct ddw_sys *sys, int number, const char *name, int error,
		struct ddw_error *err)
{
	char owner[96] = "another process", path[64];
	int ret;

	if (error == -EBUSY) {
		snprintf(path, sizeof(path), "/dev/vfio/%d", number);
		(void)ddw_file_owner(sys, path, owner, sizeof(owner));
		return ddw_fail(err, DDW_MSG_GROUP_BUSY, EBUSY, "%s is in use by %s", name, owner);
	}
	if (error == -EACCES || error == -EPERM ||
	    (error == -ENOENT && has_file_elsewhere(sys, number)))
		return fail_not_given(number, name, error, err);
	ret = ddw_fail(err, DDW_MSG_GROUP_OPEN, error, "%s: cannot open /dev/vfio/%d: %s", name,
		       number, strerror(-error));
	if (error == -ENOENT)
		ddw_error_fix(err,
			      "bind the devices of the group with dpdk-devbind.py -b vfio-pci; "
			      "no-IOMMU mode of VFIO is not supported");
	return ret;
}

int
ddw_group_check(const struct ddw_sys *sys, int number, const char *name, struct ddw_error *err)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	fd = sys->open(sys->ctx, path, O_RDWR);
	if (fd < 0)
		return fail_group_open(sys, number, name, fd, err);

	ret = sys->ioctl(sys->ctx, fd, VFIO_GROUP_GET_STATUS, &status);
	if (ret != 0)
		ret = ddw_fail(err, DDW_MSG_GROUP_OPEN, ret, "%s: GET_STATUS returned %d", name,
			       ret);
	else if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		ret = fail_not_viable(sys, number, name, err);

	if (sys->close(sys->ctx, fd) != 0 && ret == 0)
		ret = ddw_fail(err, DDW_MSG_GROUP_OPEN, EIO, "%s: cannot close /dev/vfio/%d", name,
			       number);
	return ret;
}
