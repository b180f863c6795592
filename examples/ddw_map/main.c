/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Use libddw without DPDK: attach the IOMMU groups of some PCI devices, plan and open their
 * DMA windows, map a hugepage, and print its bus address, which is the same for all of them.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ddw.h>

#define SYSFS "/sys/bus/pci/devices"
#define PAGE  ((size_t)2 << 20)

static int
fail(const struct ddw_error *err)
{
	char text[DDW_ERROR_TEXT];

	fprintf(stderr, "ddw_map: %s\n", ddw_error_format(err, text));
	return EXIT_FAILURE;
}

/* Attach the group of a device. The files stay open: the kernel ties the window to them. */
static int
attach(struct ddw_space *space, const char *pci, struct ddw_error *err)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	int number = ddw_pci_group(sys, SYSFS, pci);
	int container, group, ret;
	char path[32], name[64];

	if (number < 0)
		return ddw_fail(err, DDW_MSG_GROUP_OPEN, number, "%.31s has no IOMMU group", pci);
	snprintf(name, sizeof(name), "IOMMU group %d (%.31s)", number, pci);
	ret = ddw_group_check(sys, number, name, err);
	if (ret != 0)
		return ret;
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0)
		return ddw_fail(err, DDW_MSG_GROUP_OPEN, errno, "%s cannot be opened: %s", path,
				strerror(errno));
	return ddw_space_attach(space, number, name, container, group, err);
}

/* Describe the machine to the planner, and let libddw create what was planned. */
static int
open_windows(struct ddw_space *space, struct ddw_error *err)
{
	/* Too large for the stack. */
	static struct ddw_error errors[DDW_MAX_GROUPS];
	static struct ddw_plan_input in;
	static struct ddw_plan plan;
	const struct ddw_sys *sys = ddw_sys_linux();
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	int i, n, ret;

	n = ddw_hugepages_read(sys, pages, DDW_MAX_HUGEPAGE_SIZES);
	for (i = 0; i < n; i++)
		in.memory[in.n_memory++] = (struct ddw_plan_memory){
			.page_size = pages[i].page_size,
			.exist_bytes = pages[i].page_size * pages[i].count,
			.start_bytes = pages[i].page_size == PAGE ? PAGE : 0,
		};
	ddw_space_caps(space, &in);
	ret = ddw_space_open(space, &in, &plan, errors, err);
	for (i = 0; i < (int)in.n_groups; i++) {
		const struct ddw_error *e =
			plan.windows[i].error.err != 0 ? &plan.windows[i].error : &errors[i];

		if (e->err != 0)
			(void)fail(e);
		else
			printf("%s: %s\n", in.groups[i].name, plan.windows[i].reason);
	}
	return ret;
}

static int
map_page(struct ddw_space *space, struct ddw_error *err)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	uint64_t iova;
	int ret;

	if (page == MAP_FAILED)
		return ddw_fail(err, DDW_MSG_NO_HUGEPAGES, errno, "no free hugepage of 2M");
	ret = ddw_space_map(space, (uint64_t)(uintptr_t)page, PAGE, 0, &iova, err);
	if (ret == 0) {
		printf("address %p, bus address 0x%" PRIx64 "\n", page, iova);
		ret = ddw_space_unmap(space, (uint64_t)(uintptr_t)page, PAGE, NULL, err);
	}
	(void)munmap(page, PAGE);
	return ret;
}

static int
use(struct ddw_space *space, char **devices, int n, struct ddw_error *err)
{
	struct ddw_window_info window;
	int i, ret;

	for (i = 0; i < n; i++) {
		ret = attach(space, devices[i], err);
		if (ret < 0)
			return ret;
	}
	ret = open_windows(space, err);
	if (ret <= 0)
		return ret < 0 ? ret : -ENODEV;
	if (ddw_space_window(space, DDW_RANGE_MAIN, &window) == 0)
		printf("window at 0x%" PRIx64 ", %" PRIu64 " MiB, pages of %u KiB\n", window.start,
		       window.size >> 20, 1u << (window.page_shift - 10));
	ret = map_page(space, err);
	return ret != 0 ? ret : ddw_space_release(space, err);
}

int
main(int argc, char **argv)
{
	struct ddw_error err = { 0 };
	struct ddw_space *space;
	int ret;

	if (argc < 2) {
		fprintf(stderr, "usage: ddw_map PCI_ADDRESS...   one device of each IOMMU group\n");
		return EXIT_FAILURE;
	}
	space = ddw_space_create(ddw_sys_linux(), &err);
	if (space == NULL)
		return fail(&err);
	ret = use(space, argv + 1, argc - 1, &err);
	if (ret != 0 && err.err != 0)
		(void)fail(&err); /* the kernel undoes the rest when the files are closed */
	ddw_space_destroy(space);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
