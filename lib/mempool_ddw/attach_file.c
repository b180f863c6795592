/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach_table.h"

/* Memory of one process in another: by the file that it is in. */

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct vma {
	uint64_t start, end, offset, ino;
	unsigned int major, minor;
	char shared;
	int path; /* where it begins in the line */
};

static bool
parse_vma(const char *line, struct vma *v)
{
	char r, w, x;

	v->path = 0;
	return sscanf(line, "%" SCNx64 "-%" SCNx64 " %c%c%c%c %" SCNx64 " %x:%x %" SCNu64 " %n",
		      &v->start, &v->end, &r, &w, &x, &v->shared, &v->offset, &v->major, &v->minor,
		      &v->ino, &v->path) >= 10;
}

/*
 * The link of the kernel leads to files that have no name any more, and never to another
 * one, but not everybody may follow it.
 */
static int
open_vma(const struct vma *v, const char *path)
{
	char link[64];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/map_files/%" PRIx64 "-%" PRIx64, v->start, v->end);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && path[0] == '/')
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd;
}

static int
take_file(const struct vma *v, const char *path, uint64_t base, struct attach_file *file)
{
	struct stat st;

	file->fd = open_vma(v, path);
	if (file->fd < 0)
		return -ENOTSUP;
	if (fstat(file->fd, &st) != 0 || st.st_ino != v->ino) {
		close(file->fd);
		file->fd = -1;
		return -ENOTSUP;
	}
	file->pid = getpid();
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->offset = v->offset + (base - v->start);
	return 0;
}

static bool
continues(const struct vma *first, const struct vma *v)
{
	return v->ino == first->ino && v->major == first->major && v->minor == first->minor &&
	       v->offset - first->offset == v->start - first->start;
}

int
mpddw_attach_file_of(uint64_t base, uint64_t len, struct attach_file *file)
{
	char line[4096 + 128], path[sizeof(line)] = "";
	struct vma v, first = { 0 };
	uint64_t covered = base;
	FILE *maps;

	file->fd = -1;
	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return -ENOTSUP;
	while (covered < base + len && fgets(line, sizeof(line), maps) != NULL) {
		if (!parse_vma(line, &v) || v.end <= covered)
			continue;
		if (v.start > covered || v.shared != 's')
			break;
		if (covered == base) {
			first = v;
			line[strcspn(line, "\n")] = '\0';
			snprintf(path, sizeof(path), "%s", line + v.path);
		} else if (!continues(&first, &v)) {
			break;
		}
		covered = v.end;
	}
	fclose(maps);
	return covered < base + len ? -ENOTSUP : take_file(&first, path, base, file);
}

static int
refuse_open(const struct attach_file *file, const char *name, int e, struct ddw_error *err)
{
	(void)ddw_fail(
		err, DDW_MSG_POOL_SECONDARY, e,
		"the memory of mempool %s, file %d of process %d, cannot be opened: errno %d "
		"(%s)",
		name, file->fd, file->pid, e, strerror(e));
	if (e == EACCES || e == EPERM) {
		ddw_error_why(err,
			      "a process can open a file of another process only as the same user "
			      "or as root");
		ddw_error_fix(err, "run both processes as the same user, or give this one "
				   "CAP_SYS_PTRACE");
	} else {
		ddw_error_why(err, "the primary process has ended, or the processes do not see "
				   "each other in /proc (containers)");
		ddw_error_fix(err, "start the primary process first; run containers with a common "
				   "PID namespace");
	}
	return -e;
}

int
mpddw_attach_file_open(const struct attach_file *file, const char *name, struct ddw_error *err)
{
	struct stat st;
	char path[64];
	int fd;

	if (file->fd < 0) {
		(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP,
			       "the memory of mempool %s is not available in this process", name);
		ddw_error_why(err,
			      "the application provided it, and it is private or anonymous, or in "
			      "more than one file");
		ddw_error_fix(err, "adopt shared memory of one file, such as a file on hugetlbfs "
				   "or from memfd_create()");
		return -ENOTSUP;
	}
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", file->pid, file->fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return refuse_open(file, name, errno, err);
	/* Another process may have that number by now, or here. */
	if (fstat(fd, &st) != 0 || st.st_dev != file->dev || st.st_ino != file->ino) {
		close(fd);
		return refuse_open(file, name, ESRCH, err);
	}
	return fd;
}

void
mpddw_attach_blame_addresses(struct ddw_error *err)
{
	ddw_error_why(err, "a secondary process needs the memory at the addresses of the primary, "
			   "and already uses them");
	ddw_error_fix(err, "restart this process, as the kernel chooses addresses at random, or "
			   "start both with setarch -R");
}

int
mpddw_attach_reserve(uint64_t base, uint64_t room, const char *name, struct ddw_error *err)
{
	void *want = (void *)(uintptr_t)base, *got;
	int e;

	got = mmap(want, room, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (got == want)
		return 0;
	e = got == MAP_FAILED ? errno : EEXIST;
	if (got != MAP_FAILED) /* a kernel before 4.17 */
		munmap(got, room);
	(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, e,
		       "the addresses of mempool %s, 0x%" PRIx64 " to 0x%" PRIx64 ", cannot be "
		       "reserved: errno %d (%s)",
		       name, base, base + room, e, strerror(e));
	if (e == EEXIST)
		mpddw_attach_blame_addresses(err);
	return -e;
}

void
mpddw_attach_release(uint64_t base, uint64_t room)
{
	(void)munmap((void *)(uintptr_t)base, room);
}

int
mpddw_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
		 struct ddw_error *err)
{
	void *want = (void *)(uintptr_t)addr;

	/* No reservation: the pages are there, and those that are not must not be taken. */
	if (mmap(want, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd,
		 (off_t)offset) == want)
		return 0;
	return ddw_fail(err, DDW_MSG_POOL_SECONDARY, errno,
			"%" PRIu64 " bytes of mempool %s cannot be mapped at 0x%" PRIx64
			": errno %d (%s)",
			len, name, addr, errno, strerror(errno));
}

void
mpddw_attach_unmap(uint64_t addr, uint64_t len)
{
	(void)mmap((void *)(uintptr_t)addr, len, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}
