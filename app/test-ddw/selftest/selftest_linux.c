/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common/power.h"
#include "selftest/selftest_linux.h"

/* Allocate hugepages in this process, and access devices through VFIO. */

static int
memory_get(void *ctx, uint64_t page_size, uint64_t len, uint64_t *vaddr)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE;
	void *p;

	(void)ctx;
	/* the pages are reserved here, so that touching them cannot fail later */
	p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		 flags | (int)(ddw_log2(page_size) << MAP_HUGE_SHIFT), -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	*vaddr = (uintptr_t)p;
	return 0;
}

static void
memory_put(void *ctx, uint64_t vaddr, uint64_t len)
{
	(void)ctx;
	(void)munmap((void *)(uintptr_t)vaddr, len); /* it is a mapping of our own */
}

/* The open device; only one at a time. */
struct device {
	int fd;
	uint64_t bar; /* where BAR 0 is in the file */
};

static struct device device = { .fd = -1 };

static int
access_device(uint64_t at, void *read_to, const void *write_from, size_t size)
{
	ssize_t n = read_to != NULL ? pread(device.fd, read_to, size, (off_t)at)
				    : pwrite(device.fd, write_from, size, (off_t)at);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

static int
find_region(uint32_t index, uint64_t *offset)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	const struct ddw_sys *sys = ddw_sys_linux();
	int ret = sys->ioctl(sys->ctx, device.fd, VFIO_DEVICE_GET_REGION_INFO, &info);

	*offset = info.offset;
	return ret != 0 || info.size != 0 ? ret : -ENODEV;
}

/* Enable memory access and bus mastering. */
static int
set_up_device(void)
{
	uint64_t config;
	uint16_t command = 0;
	int ret = find_region(VFIO_PCI_BAR0_REGION_INDEX, &device.bar);

	if (ret == 0)
		ret = find_region(VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (ret == 0)
		ret = access_device(config + PCI_COMMAND, &command, NULL, sizeof(command));
	if (ret != 0)
		return ret;
	command |= htole16(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return access_device(config + PCI_COMMAND, NULL, &command, sizeof(command));
}

static void
close_device(void *ctx)
{
	(void)ctx;
	if (device.fd >= 0)
		(void)close(device.fd); /* nothing is written back */
	device.fd = -1;
}

static int
open_device(void *ctx, int group_fd, const char *pci)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	char name[DDW_PCI_NAME];
	int ret;

	snprintf(name, sizeof(name), "%s", pci);
	device.fd = sys->ioctl(sys->ctx, group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
	if (device.fd < 0)
		return device.fd;
	ret = set_up_device();
	if (ret != 0)
		close_device(ctx);
	return ret;
}

static int
read_device(void *ctx, uint64_t reg, void *value, unsigned int size)
{
	(void)ctx;
	return access_device(device.bar + reg, value, NULL, size);
}

static int
write_device(void *ctx, uint64_t reg, const void *value, unsigned int size)
{
	(void)ctx;
	return access_device(device.bar + reg, NULL, value, size);
}

static void
wait_device(void *ctx)
{
	static const struct timespec millisecond = { .tv_nsec = 1000000 };

	(void)ctx;
	(void)nanosleep(&millisecond, NULL); /* less is no harm */
}

const struct selftest_host *
selftest_linux(void)
{
	static const struct edu_io edu = {
		.open = open_device,
		.read = read_device,
		.write = write_device,
		.wait = wait_device,
		.close = close_device,
	};
	static struct selftest_host host = {
		.is_power = test_ddw_is_power,
		.memory_get = memory_get,
		.memory_put = memory_put,
		.edu = &edu,
	};

	host.sys = ddw_sys_linux();
	return &host;
}
