/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Find the functions of EAL's VFIO, and call them. */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "base/devices.h"
#include "base/vfio_eal.h"

/* Declared here: not every release has them, and none has all of them in a public header. */
static struct {
	int (*container_create)(void);
	int (*container_destroy)(int container_fd);
	int (*group_bind)(int container_fd, int group);
	int (*group_unbind)(int container_fd, int group);
	int (*get_group_fd)(int group);
	int (*get_container_fd)(void);
	int (*setup_device)(const char *sysfs, const char *name, int *fd,
			    struct vfio_device_info *info);
	int (*release_device)(const char *sysfs, const char *name, int fd);
	bool known;
} eal;

/* POSIX has pointers to functions and to data alike. */
static bool
find_function(const char *name, void *pointer)
{
	void *symbol = dlsym(RTLD_DEFAULT, name);

	memcpy(pointer, (const void *)&symbol, sizeof(symbol));
	return symbol != NULL;
}

static void
find_functions(void)
{
	eal.known = find_function("rte_vfio_container_create", (void *)&eal.container_create) &&
		    find_function("rte_vfio_container_destroy", (void *)&eal.container_destroy) &&
		    find_function("rte_vfio_container_group_bind", (void *)&eal.group_bind) &&
		    find_function("rte_vfio_container_group_unbind", (void *)&eal.group_unbind) &&
		    find_function("rte_vfio_get_group_fd", (void *)&eal.get_group_fd) &&
		    find_function("rte_vfio_get_container_fd", (void *)&eal.get_container_fd) &&
		    find_function("rte_vfio_setup_device", (void *)&eal.setup_device) &&
		    find_function("rte_vfio_release_device", (void *)&eal.release_device);
}

bool
spapr_vfio_known(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, find_functions);
	return eal.known;
}

int
spapr_vfio_container_create(void)
{
	int fd = spapr_vfio_known() ? eal.container_create() : -ENOTSUP;

	return fd == -1 ? -EIO : fd;
}

void
spapr_vfio_container_destroy(int container_fd)
{
	if (spapr_vfio_known())
		(void)eal.container_destroy(container_fd);
}

int
spapr_vfio_enter(int container_fd, int number, int *group_fd)
{
	if (!spapr_vfio_known())
		return -ENOTSUP;
	*group_fd = eal.group_bind(container_fd, number);
	return *group_fd < 0 ? -EIO : 0;
}

void
spapr_vfio_leave(int container_fd, int number)
{
	if (spapr_vfio_known())
		(void)eal.group_unbind(container_fd, number);
}

int
spapr_vfio_hold(const char *name, int *fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (!spapr_vfio_known())
		return -ENOTSUP;
	return eal.setup_device(spapr_devices_sysfs(), name, fd, &info) == 0 ? 0 : -EIO;
}

void
spapr_vfio_let_go(const char *name, int fd)
{
	if (spapr_vfio_known())
		(void)eal.release_device(spapr_devices_sysfs(), name, fd);
}

int
spapr_vfio_group_fd(int number)
{
	return spapr_vfio_known() ? eal.get_group_fd(number) : -ENOTSUP;
}

int
spapr_vfio_container_fd(void)
{
	return spapr_vfio_known() ? eal.get_container_fd() : -ENOTSUP;
}

bool
spapr_vfio_opens_containers(void)
{
	int a = spapr_vfio_container_fd(), b = spapr_vfio_container_fd();

	if (a == b)
		return false;
	close(a);
	close(b);
	return true;
}
