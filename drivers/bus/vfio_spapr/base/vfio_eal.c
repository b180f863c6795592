/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Find the functions of EAL's VFIO, and call them. */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/vfio_eal.h"

/* Declared here: no header of any release has all of them. */
static struct {
	bool known;
	int (*create)(void);
	int (*destroy)(int container_fd);
	int (*container_fd)(void);
	int (*release)(const char *sysfs, const char *name, int fd);

	/* Up to 26.07. */
	int (*bind)(int container_fd, int group);
	int (*unbind)(int container_fd, int group);
	int (*group_fd)(int group);
	int (*open)(const char *sysfs, const char *name, int *fd, struct vfio_device_info *info);

	/* From 26.11 on. */
	int (*assign)(int container_fd, const char *sysfs, const char *name);
	int (*share)(const char *sysfs, const char *name, int *fd);
} eal;

static bool
find_function(const char *prefix, const char *name, void *pointer)
{
	char full[64];
	void *symbol;

	snprintf(full, sizeof(full), "%s_vfio_%s", prefix, name);
	symbol = dlsym(RTLD_DEFAULT, full);
	memcpy(pointer, (const void *)&symbol, sizeof(symbol)); /* POSIX has them alike */
	return symbol != NULL;
}

/* While 26.11 was made, the new functions had the old prefix. */
static void
find_functions(void)
{
	const char *prefix = "rte";

	if (find_function("dev", "container_assign_device", (void *)&eal.assign))
		prefix = "dev";
	else if (!find_function(prefix, "container_group_bind", (void *)&eal.bind))
		(void)find_function(prefix, "container_assign_device", (void *)&eal.assign);
	eal.known = find_function(prefix, "container_create", (void *)&eal.create) &&
		    find_function(prefix, "container_destroy", (void *)&eal.destroy) &&
		    find_function(prefix, "get_container_fd", (void *)&eal.container_fd) &&
		    find_function(prefix, "release_device", (void *)&eal.release);
	if (eal.assign != NULL)
		eal.known &= find_function(prefix, "setup_device", (void *)&eal.share);
	else
		eal.known &= eal.bind != NULL &&
			     find_function(prefix, "container_group_unbind", (void *)&eal.unbind) &&
			     find_function(prefix, "get_group_fd", (void *)&eal.group_fd) &&
			     find_function(prefix, "setup_device", (void *)&eal.open);
}

bool
spapr_vfio_known(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, find_functions);
	return eal.known;
}

bool
spapr_vfio_assigns(void)
{
	return spapr_vfio_known() && eal.assign != NULL;
}

int
spapr_vfio_container_create(void)
{
	int fd = spapr_vfio_known() ? eal.create() : -ENOTSUP;

	return fd == -1 ? -EIO : fd;
}

void
spapr_vfio_container_destroy(int container_fd)
{
	if (spapr_vfio_known())
		(void)eal.destroy(container_fd);
}

struct search {
	char file[32];
	int fd;
};

static int
fd_is_group(const char *fd, void *arg)
{
	struct search *s = arg;
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%.16s", fd);
	if (spapr_ctx.sys->read_link(spapr_ctx.sys->ctx, path, target, sizeof(target)) < 0 ||
	    strcmp(target, s->file) != 0)
		return 0;
	s->fd = atoi(fd);
	return 1;
}

int
spapr_vfio_group_fd(int number)
{
	struct search s = { .fd = -ENOENT };

	if (!spapr_vfio_known())
		return -ENOTSUP;
	if (eal.group_fd != NULL)
		return eal.group_fd(number);
	/* 26.11 has no function for it. */
	snprintf(s.file, sizeof(s.file), "/dev/vfio/%d", number);
	(void)spapr_ctx.sys->list_dir(spapr_ctx.sys->ctx, "/proc/self/fd", fd_is_group, &s);
	return s.fd;
}

/*
 * EAL refuses a device that is assigned already. With its group open in this process it may be
 * asked for; without, EAL would open the group in its own container, with windows of its own.
 */
static int
assign_device(int container_fd, int number, const char *name)
{
	if (eal.assign(container_fd, spapr_devices_sysfs(), name) == 0 ||
	    spapr_vfio_group_fd(number) >= 0)
		return 0;
	return -EIO;
}

bool
spapr_vfio_busy(int container_fd, int number, const char *name, bool *opened)
{
	*opened = false;
	if (!spapr_vfio_assigns() || spapr_vfio_group_fd(number) < 0)
		return false;
	*opened = eal.assign(container_fd, spapr_devices_sysfs(), name) == 0;
	return !*opened;
}

static int
share_device(int container_fd, int number, const char *name, int *fd)
{
	int ret = assign_device(container_fd, number, name);

	if (ret == 0 && eal.share(spapr_devices_sysfs(), name, fd) != 0)
		ret = -EIO;
	return ret;
}

/* The descriptor may have been closed, and be another device's by now: EAL is asked again. */
static void
close_shared(int container_fd, int number, const char *name)
{
	int fd;

	if (spapr_vfio_group_fd(number) >= 0 && share_device(container_fd, number, name, &fd) == 0)
		(void)eal.release(spapr_devices_sysfs(), name, fd);
}

int
spapr_vfio_enter(int container_fd, int number, const char *name, int *group_fd)
{
	if (spapr_vfio_assigns()) {
		*group_fd = DDW_GROUP_ATTACHED;
		return assign_device(container_fd, number, name);
	}
	*group_fd = spapr_vfio_known() ? eal.bind(container_fd, number) : -ENOTSUP;
	return *group_fd < 0 ? -EIO : 0;
}

void
spapr_vfio_leave(int container_fd, int number, const char *name)
{
	if (spapr_vfio_assigns())
		close_shared(container_fd, number, name);
	else if (spapr_vfio_known())
		(void)eal.unbind(container_fd, number);
}

int
spapr_vfio_hold(int container_fd, int number, const char *name, int *fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (spapr_vfio_assigns())
		return share_device(container_fd, number, name, fd);
	if (!spapr_vfio_known())
		return -ENOTSUP;
	return eal.open(spapr_devices_sysfs(), name, fd, &info) == 0 ? 0 : -EIO;
}

void
spapr_vfio_let_go(int container_fd, int number, const char *name, int fd, bool idle)
{
	if (!spapr_vfio_known())
		return;
	if (eal.assign == NULL)
		(void)eal.release(spapr_devices_sysfs(), name, fd);
	else if (idle)
		close_shared(container_fd, number, name);
}

int
spapr_vfio_container_fd(void)
{
	return spapr_vfio_known() ? eal.container_fd() : -ENOTSUP;
}

enum vfio_codes
spapr_vfio_codes(void)
{
	int a, b;

	if (spapr_vfio_assigns())
		return VFIO_CODES_26_11;
	/* They changed together with this function, also within stable releases. */
	a = spapr_vfio_container_fd();
	b = spapr_vfio_container_fd();
	if (a == b)
		return VFIO_CODES_SECOND;
	close(a);
	close(b);
	return VFIO_CODES_FIRST;
}
