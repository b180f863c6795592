/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The least that a start with VFIO takes, without DPDK and libddw: see start_end.h.
 *
 *   vfio_floor FOLDER PAGE_MIB MIB
 *
 * Hugepages are mapped as EAL maps them, one file each, and from the files that EAL has
 * left in FOLDER. Each group gets a container with one CREATE, one REGISTER and one MAP
 * for all of the memory, and keeps its default window; its devices are opened. The end is
 * to close all that; the rest is left to the kernel.
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "start_end.h"

#define MIB	   (UINT64_C(1) << 20)
#define PAGE_SHIFT 21 /* of the IOMMU: no hugepage is smaller */
#define MAX_OPEN   64

static struct {
	uint64_t addr, len;
} memory;

/* In the order of opening, which is that of closing backwards. */
static struct {
	int fd[MAX_OPEN];
	unsigned int n;
} opened;

static bool
failed(const char *what)
{
	fprintf(stderr, "vfio_floor: %s: %s\n", what, strerror(errno));
	return false;
}

/* A page that is mapped needs no descriptor any more. */
static bool
map_page(const char *folder, uint64_t page, uint64_t i)
{
	char path[PATH_MAX];
	void *want, *got = MAP_FAILED;
	int fd;

	want = (void *)(uintptr_t)(memory.addr + i * page);
	snprintf(path, sizeof(path), "%s/rtemap_%" PRIu64, folder, i);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	if (fd >= 0 && ftruncate(fd, (off_t)page) == 0)
		got = mmap(want, page, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE | MAP_FIXED, fd, 0);
	if (got == MAP_FAILED)
		failed(path);
	if (fd >= 0)
		close(fd);
	return got != MAP_FAILED;
}

static bool
map_memory(const char *folder, uint64_t page)
{
	void *reserved =
		mmap(NULL, memory.len + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t i;

	if (reserved == MAP_FAILED)
		return failed("addresses");
	memory.addr = ((uintptr_t)reserved + page - 1) / page * page;
	for (i = 0; i < memory.len / page; i++)
		if (!map_page(folder, page, i))
			return false;
	return true;
}

static bool
keep(int fd, const char *what)
{
	if (fd < 0 || opened.n == MAX_OPEN)
		return failed(what);
	opened.fd[opened.n++] = fd;
	return true;
}

/* A window that just holds the memory, and the memory in it. */
static bool
map_dma(int container)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create),
		.page_shift = PAGE_SHIFT,
		.window_size = UINT64_C(1) << PAGE_SHIFT,
		.levels = 1,
	};
	struct vfio_iommu_spapr_register_memory region = {
		.argsz = sizeof(region),
		.vaddr = memory.addr,
		.size = memory.len,
	};
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = memory.addr,
		.size = memory.len,
	};

	while (create.window_size < memory.len)
		create.window_size *= 2;
	if (ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) != 0)
		return failed("CREATE");
	if (ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &region) != 0)
		return failed("REGISTER");
	map.iova = create.start_addr;
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0 || failed("MAP");
}

/* What is no device of VFIO, such as a bridge, cannot be opened and is left out. */
static bool
open_devices(int group, const char *number)
{
	char pattern[PATH_MAX];
	unsigned int n = 0;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/iommu_groups/%s/devices/*", number);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++) {
			int fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD,
				       strrchr(found.gl_pathv[i], '/') + 1);

			n += fd >= 0 && keep(fd, number);
		}
		globfree(&found);
	}
	return n > 0 || failed(pattern);
}

static bool
take_group(const char *path)
{
	int container = open("/dev/vfio/vfio", O_RDWR), group;

	if (!keep(container, "/dev/vfio/vfio"))
		return false;
	group = open(path, O_RDWR);
	if (!keep(group, path))
		return false;
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) != 0 ||
	    ioctl(container, VFIO_SET_IOMMU, (unsigned long)VFIO_SPAPR_TCE_v2_IOMMU) != 0)
		return failed(path);
	return map_dma(container) && open_devices(group, strrchr(path, '/') + 1);
}

static bool
start(int argc, char **argv)
{
	uint64_t page = argc == 4 ? strtoull(argv[2], NULL, 10) * MIB : 0;
	bool good = true;
	glob_t groups;
	size_t i;

	if (page == 0) {
		fprintf(stderr, "usage: vfio_floor FOLDER PAGE_MIB MIB\n");
		return false;
	}
	memory.len = strtoull(argv[3], NULL, 10) * MIB;
	if (!map_memory(argv[1], page))
		return false;
	errno = ENOENT; /* glob() sets none */
	if (glob("/dev/vfio/[0-9]*", 0, NULL, &groups) != 0)
		return failed("/dev/vfio");
	for (i = 0; i < groups.gl_pathc; i++)
		good = good && take_group(groups.gl_pathv[i]);
	globfree(&groups);
	return good;
}

static uint64_t
memory_len(void)
{
	return memory.len;
}

static void
end(void)
{
	while (opened.n > 0)
		close(opened.fd[--opened.n]);
}

int
main(int argc, char **argv)
{
	const struct start_end program = { start, memory_len, NULL, end };

	return start_end_measure(&program, argc, argv);
}
