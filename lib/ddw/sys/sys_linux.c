/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Reach files, ioctls, memory and the clock of Linux. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ddw_sys.h"
#include "ddw_units.h"

#define CAP_IPC_LOCK_BIT 14		     /* linux/capability.h */
#define INITIAL_USER_NS	 "user:[4026531837]" /* PROC_USER_INIT_INO of linux/proc_ns.h */

/* A record of /dev/kmsg is read as a whole or not at all; it has up to 8 KiB. */
#define LINE_MAX_BYTES 8192

static int
linux_open(void *ctx, const char *path, int flags)
{
	int fd;

	(void)ctx;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
linux_close(void *ctx, int fd)
{
	(void)ctx;
	return close(fd) < 0 ? -errno : 0;
}

static int
linux_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	int ret;

	(void)ctx;
	ret = ioctl(fd, request, arg);
	return ret < 0 ? -errno : ret;
}

static int
linux_read_at(void *ctx, int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t n;

	(void)ctx;
	n = pread(fd, buf, size, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

static int
linux_write_at(void *ctx, int fd, const void *buf, size_t size, uint64_t offset)
{
	ssize_t n;

	(void)ctx;
	n = pwrite(fd, buf, size, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

static int
linux_read_file(void *ctx, const char *path, char *buf, size_t size)
{
	ssize_t n;
	int fd, ret;

	if (size == 0)
		return -EINVAL;
	fd = linux_open(ctx, path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	ret = n < 0 ? -errno : (int)n;
	(void)linux_close(ctx, fd); /* read only: nothing can be lost */
	if (ret >= 0)
		buf[ret] = '\0';
	return ret;
}

struct lines {
	int (*line)(const char *text, void *arg);
	void *arg;
	size_t used; /* bytes of a line that has not ended yet */
	char buf[LINE_MAX_BYTES + 1];
};

/* Hand over the lines that are complete, and one that fills the buffer. */
static int
split_lines(struct lines *l)
{
	char *from = l->buf, *end;
	int ret = 0;

	l->buf[l->used] = '\0';
	while (ret == 0) {
		end = from + strcspn(from, "\n");
		if (end == &l->buf[l->used] && end != &from[LINE_MAX_BYTES])
			break;
		*end = '\0';
		ret = l->line(from, l->arg);
		from = end == &l->buf[LINE_MAX_BYTES] ? end : end + 1;
	}
	l->used -= (size_t)(from - l->buf);
	memmove(l->buf, from, l->used);
	return ret;
}

static int
each_line(int fd, struct lines *l)
{
	ssize_t n;
	int ret;

	for (;;) {
		n = read(fd, &l->buf[l->used], LINE_MAX_BYTES - l->used);
		/* EPIPE: records of /dev/kmsg were overwritten before they were read. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			break;
		l->used += (size_t)n;
		ret = split_lines(l);
		if (ret != 0)
			return ret;
	}
	if (l->used == 0)
		return 0;
	l->buf[l->used] = '\0';
	return l->line(l->buf, l->arg);
}

static int
linux_read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg), void *arg)
{
	struct lines *l = malloc(sizeof(*l));
	int fd, ret;

	if (l == NULL)
		return -ENOMEM;
	l->line = line;
	l->arg = arg;
	l->used = 0;
	fd = linux_open(ctx, path, O_RDONLY | O_NONBLOCK);
	ret = fd < 0 ? fd : each_line(fd, l);
	if (fd >= 0)
		(void)linux_close(ctx, fd); /* read only: nothing can be lost */
	free(l);
	return ret;
}

static int
linux_read_link(void *ctx, const char *path, char *buf, size_t size)
{
	ssize_t n;

	(void)ctx;
	if (size == 0)
		return -EINVAL;
	n = readlink(path, buf, size);
	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return (int)n;
}

static int
linux_list_dir(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	(void)ctx;
	dir = opendir(path);
	if (dir == NULL)
		return -errno;
	while (ret == 0 && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			ret = entry(d->d_name, arg);
	(void)closedir(dir); /* read only */
	return ret;
}

/* Number behind "key" in /proc/self/status. */
static int
status_field(FILE *f, const char *key, int base, uint64_t *value)
{
	char line[256];

	if (fseek(f, 0, SEEK_SET) != 0)
		return -errno;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		*value = strtoull(line + strlen(key), NULL, base);
		return 0;
	}
	return -ENOENT;
}

/*
 * The kernel asks for CAP_IPC_LOCK in the initial user namespace (account_locked_vm()), and
 * CapEff says what a process may do in its own. A kernel without namespaces has no such link.
 */
static bool
in_initial_user_ns(void)
{
	char name[64];

	return linux_read_link(NULL, "/proc/self/ns/user", name, sizeof(name)) < 0 ||
	       strcmp(name, INITIAL_USER_NS) == 0;
}

static int
linux_memlock(void *ctx, struct ddw_memlock *ml)
{
	uint64_t locked_kib = 0, caps = 0;
	struct rlimit lim;
	FILE *f;
	int ret;

	(void)ctx;
	if (getrlimit(RLIMIT_MEMLOCK, &lim) != 0)
		return -errno;
	f = fopen("/proc/self/status", "re");
	if (f == NULL)
		return -errno;
	ret = status_field(f, "VmLck:", 10, &locked_kib);
	if (ret == 0)
		ret = status_field(f, "CapEff:", 16, &caps);
	(void)fclose(f); /* read only */
	if (ret != 0)
		return ret;

	ml->unlimited = lim.rlim_cur == RLIM_INFINITY ||
			((caps >> CAP_IPC_LOCK_BIT & 1) && in_initial_user_ns());
	ml->limit = lim.rlim_cur;
	ml->used = locked_kib * 1024;
	return 0;
}

static int
linux_page_get(void *ctx, uint64_t *vaddr, uint64_t *size)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	(void)ctx;
	if (page <= 0)
		return -EINVAL;
	p = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	*vaddr = (uintptr_t)p;
	*size = (uint64_t)page;
	return 0;
}

static void
linux_page_put(void *ctx, uint64_t vaddr, uint64_t size)
{
	(void)ctx;
	(void)munmap((void *)(uintptr_t)vaddr, (size_t)size); /* it is a mapping of our own */
}

static uint64_t
linux_clock_ns(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	/* CLOCK_MONOTONIC always exists, the call has no other cause to fail. */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

static int
linux_pid(void *ctx)
{
	(void)ctx;
	return (int)getpid();
}

const struct ddw_sys *
ddw_sys_linux(void)
{
	static const struct ddw_sys sys = {
		.open = linux_open,
		.close = linux_close,
		.ioctl = linux_ioctl,
		.read_at = linux_read_at,
		.write_at = linux_write_at,
		.read_file = linux_read_file,
		.read_lines = linux_read_lines,
		.read_link = linux_read_link,
		.list_dir = linux_list_dir,
		.memlock = linux_memlock,
		.page_get = linux_page_get,
		.page_put = linux_page_put,
		.clock_ns = linux_clock_ns,
		.pid = linux_pid,
	};

	return &sys;
}
