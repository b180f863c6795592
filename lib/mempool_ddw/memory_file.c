/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "memory_parts.h"

/* linux/mman.h: log2 of the page size is in these bits of the flags */
#define HUGE_SHIFT 26

/* The name is only for /proc; a long one is cut, because the kernel refuses it. */
static int
open_memfd(const char *name, uint64_t page_size)
{
	unsigned int flags = MFD_CLOEXEC;
	char text[64];

	if (page_size != mpddw_pages_normal_size())
		flags |= MFD_HUGETLB | (ddw_log2(page_size) << HUGE_SHIFT);
	snprintf(text, sizeof(text), "mempool_ddw:%.40s", name);
	return memfd_create(text, flags);
}

/* Where hugetlbfs with pages of that size is mounted. */
static bool
find_mount(uint64_t page_size, char *dir, size_t len)
{
	struct mntent *m, entry;
	struct statfs fs;
	bool found = false;
	char text[4096];
	FILE *f;

	f = setmntent("/proc/self/mounts", "re");
	if (f == NULL)
		return false;
	while (!found && (m = getmntent_r(f, &entry, text, sizeof(text))) != NULL) {
		if (strcmp(m->mnt_type, "hugetlbfs") != 0 || statfs(m->mnt_dir, &fs) != 0)
			continue;
		found = (uint64_t)fs.f_bsize == page_size && access(m->mnt_dir, W_OK) == 0 &&
			strlen(m->mnt_dir) < len;
		if (found)
			memcpy(dir, m->mnt_dir, strlen(m->mnt_dir) + 1);
	}
	endmntent(f);
	return found;
}

/* Kernels before 4.14 have no memfd of hugepages. */
static int
open_in_mount(uint64_t page_size)
{
	char dir[256], path[300];
	int fd;

	if (!find_mount(page_size, dir, sizeof(dir)))
		return -1;
	snprintf(path, sizeof(path), "%s/mempool_ddw_XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

int
mpddw_memory_file(const char *name, uint64_t page_size, struct ddw_error *err)
{
	char page[DDW_SIZE_TEXT];
	int fd, cause, ret;

	fd = open_memfd(name, page_size);
	if (fd >= 0)
		return fd;
	cause = errno;
	if (page_size != mpddw_pages_normal_size() && cause != EMFILE && cause != ENFILE)
		fd = open_in_mount(page_size);
	if (fd >= 0)
		return fd;

	ddw_format_size(page_size, page);
	if (cause == EMFILE || cause == ENFILE) {
		ret = ddw_fail(err, DDW_MSG_NO_MEMORY, cause,
			       "%s: cannot open a file with pages of %s", name, page);
		ddw_error_why(err, "memfd_create: %s", strerror(cause));
		ddw_error_fix(err, "raise the limit of open files (ulimit -n)");
		return ret;
	}
	ret = ddw_fail(err, DDW_MSG_POOL_HUGEPAGES, cause == ENOSYS ? ENOTSUP : cause,
		       "%s: cannot create a file with pages of %s", name, page);
	ddw_error_why(err,
		      "memfd_create: %s; and no hugetlbfs with such pages is mounted where this "
		      "process may write",
		      strerror(cause));
	ddw_error_fix(err,
		      "mount one: mount -t hugetlbfs -o pagesize=%s none /mnt/huge; or "
		      "choose another page_size",
		      page);
	return ret;
}
