/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * A stand-in for the VFIO of EAL: that of 26.11 with ASSIGNS, else that of earlier releases.
 * PREFIX begins the names. Without LEAVE_OUT it is complete.
 */

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "vfio_fake.h"

#define JOIN(a, b)  a##b
#define FULL(a, b)  JOIN(a, b)
#define NAME(short) FULL(PREFIX, short)

int NAME(container_create)(void);
int NAME(container_destroy)(int container_fd);
int NAME(get_container_fd)(void);
int NAME(release_device)(const char *sysfs, const char *name, int fd);

struct vfio_fake vfio_fake;

static bool
fails(void)
{
	bool fail = vfio_fake.fail;

	vfio_fake.fail = false;
	return fail;
}

int
NAME(container_create)(void)
{
	return fails() ? -1 : FAKE_CONTAINER;
}

int
NAME(container_destroy)(int container_fd)
{
	vfio_fake.destroyed = container_fd == FAKE_CONTAINER;
	return 0;
}

int
NAME(get_container_fd)(void)
{
	return vfio_fake.new_containers ? open("/dev/null", O_RDONLY) : FAKE_CONTAINER + 1;
}

#ifdef ASSIGNS

int NAME(container_assign_device)(int container_fd, const char *sysfs, const char *name);
int NAME(setup_device)(const char *sysfs, const char *name, int *fd);

static int
find(const char *name)
{
	int i;

	for (i = 0; i < FAKE_DEVICES; i++)
		if (vfio_fake.devices[i] != NULL && strcmp(vfio_fake.devices[i], name) == 0)
			return i;
	return -1;
}

int
NAME(container_assign_device)(int container_fd, const char *sysfs, const char *name)
{
	int i;

	if (container_fd != FAKE_CONTAINER || strcmp(sysfs, "/sys/fake") != 0 || fails() ||
	    find(name) >= 0)
		return -1;
	for (i = 0; vfio_fake.devices[i] != NULL; i++)
		;
	vfio_fake.devices[i] = name; /* the lowest descriptor that is free */
	vfio_fake.opened++;
	vfio_fake.assigned++;
	return 0;
}

#ifndef LEAVE_OUT
int
NAME(setup_device)(const char *sysfs, const char *name, int *fd)
{
	if (strcmp(sysfs, "/sys/fake") != 0 || fails())
		return -1;
	vfio_fake.own_container |= vfio_fake.opened == 0;
	if (find(name) < 0)
		return -1;
	*fd = FAKE_FD + find(name);
	return 0;
}
#endif

int
NAME(release_device)(const char *sysfs, const char *name, int fd)
{
	(void)name;
	if (strcmp(sysfs, "/sys/fake") != 0 || vfio_fake.devices[fd - FAKE_FD] == NULL)
		return -1;
	vfio_fake.devices[fd - FAKE_FD] = NULL;
	vfio_fake.opened--;
	return 0;
}

#else

int NAME(container_group_bind)(int container_fd, int group);
int NAME(container_group_unbind)(int container_fd, int group);
int NAME(get_group_fd)(int group);
int NAME(setup_device)(const char *sysfs, const char *name, int *fd, struct vfio_device_info *info);

int
NAME(container_group_bind)(int container_fd, int group)
{
	if (container_fd != FAKE_CONTAINER || fails())
		return -1;
	vfio_fake.bound = group;
	return FAKE_GROUP;
}

#ifndef LEAVE_OUT
int
NAME(container_group_unbind)(int container_fd, int group)
{
	if (container_fd == FAKE_CONTAINER && vfio_fake.bound == group)
		vfio_fake.bound = 0;
	return 0;
}
#endif

int
NAME(get_group_fd)(int group)
{
	return vfio_fake.bound == group ? FAKE_GROUP : -1;
}

int
NAME(setup_device)(const char *sysfs, const char *name, int *fd, struct vfio_device_info *info)
{
	if (strcmp(sysfs, "/sys/fake") != 0 || name == NULL || info->argsz < sizeof(*info) ||
	    fails())
		return -1;
	*fd = FAKE_FD + vfio_fake.opened++;
	return 0;
}

int
NAME(release_device)(const char *sysfs, const char *name, int fd)
{
	if (strcmp(sysfs, "/sys/fake") == 0 && name != NULL && fd >= FAKE_FD)
		vfio_fake.opened--;
	return 0;
}

#endif
