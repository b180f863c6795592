/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Calls of Linux that fail where they hardly ever do, or say what this machine does
 * not. The linker routes what libddw calls to the functions here.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ddw_sys.h"
#include "unit.h"

/* What the next calls do; each test sets what it needs. */
static struct {
	int malloc_error;
	int read_errors[4]; /* of the next calls; 0: works */
	unsigned int reads;
	const char *status;  /* in place of /proc/self/status */
	const char *user_ns; /* where /proc/self/ns/user leads; NULL: nowhere */
	int fopen_error;
	int fseek_error;
	int getrlimit_error;
	rlim_t limit;
	long page;
	int mmap_error;
} next;

void *__real_malloc(size_t size);
ssize_t __real_read(int fd, void *buf, size_t n);
void *__wrap_malloc(size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t n);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_fseek(FILE *f, long offset, int whence);
int __wrap_fseek(FILE *f, long offset, int whence);
int __wrap_getrlimit(int resource, struct rlimit *lim);
long __wrap_sysconf(int name);
void *__real_mmap(void *p, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t offset);
ssize_t __real_readlink(const char *path, char *buf, size_t size);
ssize_t __wrap_readlink(const char *path, char *buf, size_t size);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

/* With files of 64 bits the C library has other names for the same calls. */
FILE *__wrap_fopen64(const char *path, const char *mode) __attribute__((alias("__wrap_fopen")));
int __wrap_getrlimit64(int resource, struct rlimit *lim) __attribute__((alias("__wrap_getrlimit")));
void *__wrap_mmap64(void *p, size_t len, int prot, int flags, int fd, off_t offset)
	__attribute__((alias("__wrap_mmap")));

ssize_t
__wrap_readlink(const char *path, char *buf, size_t size)
{
	if (strcmp(path, "/proc/self/ns/user") != 0)
		return __real_readlink(path, buf, size);
	errno = ENOENT;
	if (next.user_ns == NULL)
		return -1;
	assert_true(strlen(next.user_ns) < size);
	memcpy(buf, next.user_ns, strlen(next.user_ns));
	return (ssize_t)strlen(next.user_ns);
}

void *
__wrap_malloc(size_t size)
{
	errno = next.malloc_error;
	return next.malloc_error != 0 ? NULL : __real_malloc(size);
}

ssize_t
__wrap_read(int fd, void *buf, size_t n)
{
	int error = next.reads < 4 ? next.read_errors[next.reads++] : 0;

	if (error == 0)
		return __real_read(fd, buf, n);
	errno = error;
	return -1;
}

FILE *
__wrap_fopen(const char *path, const char *mode)
{
	FILE *f;

	assert_string_equal(path, "/proc/self/status");
	assert_string_equal(mode, "re");
	errno = next.fopen_error;
	if (next.fopen_error != 0)
		return NULL;
	f = tmpfile();
	assert_non_null(f);
	assert_true(fputs(next.status, f) >= 0);
	return f;
}

int
__wrap_fseek(FILE *f, long offset, int whence)
{
	errno = next.fseek_error;
	return next.fseek_error != 0 ? -1 : __real_fseek(f, offset, whence);
}

int
__wrap_getrlimit(int resource, struct rlimit *lim)
{
	assert_int_equal(resource, RLIMIT_MEMLOCK);
	errno = next.getrlimit_error;
	lim->rlim_cur = next.limit;
	return next.getrlimit_error != 0 ? -1 : 0;
}

long
__wrap_sysconf(int name)
{
	assert_int_equal(name, _SC_PAGESIZE);
	return next.page;
}

void *
__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t offset)
{
	errno = next.mmap_error;
	return next.mmap_error != 0 ? MAP_FAILED : __real_mmap(p, len, prot, flags, fd, offset);
}

/* A device that answers like some sPAPR ioctls do. */
int
__wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	(void)arg;
	errno = ENXIO;
	return request == FIONREAD ? 4 : -1;
}

static int
clean(void **state)
{
	(void)state;
	memset(&next, 0, sizeof(next));
	return 0;
}

static int
take_line(const char *text, void *arg)
{
	assert_non_null(text);
	(*(unsigned int *)arg)++;
	return 0;
}

static void
test_ioctl_returns_result_or_errno(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();

	(void)state;
	assert_int_equal(sys->ioctl(sys->ctx, 0, FIONREAD, NULL), 4);
	assert_int_equal(sys->ioctl(sys->ctx, 0, FIOCLEX, NULL), -ENXIO);
}

static void
test_failed_read_leaves_buffer_alone(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	char buf[8] = "x";

	(void)state;
	next.read_errors[0] = EIO;
	assert_int_equal(sys->read_file(sys->ctx, "/proc/self/comm", buf, sizeof(buf)), -EIO);
	assert_string_equal(buf, "x");
	assert_int_equal(sys->read_file(sys->ctx, "/proc/self/comm", buf, 0), -EINVAL);
	assert_int_equal(sys->read_link(sys->ctx, "/proc/self/exe", buf, 0), -EINVAL);
	assert_int_equal(sys->read_link(sys->ctx, "/proc/self/exe", buf, 4), -ENAMETOOLONG);
}

/* As /dev/kmsg does: records that were lost, an interruption, no more records. */
static void
test_lines_survive_lost_records_and_interruption(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	unsigned int lines = 0;

	(void)state;
	memcpy(next.read_errors, (int[]){ EPIPE, EINTR, 0, EAGAIN }, sizeof(next.read_errors));
	assert_int_equal(sys->read_lines(sys->ctx, "/proc/self/comm", take_line, &lines), 0);
	assert_int_equal(lines, 1);
	assert_int_equal(next.reads, 4);

	clean(NULL);
	next.read_errors[0] = EIO;
	assert_int_equal(sys->read_lines(sys->ctx, "/proc/self/comm", take_line, &lines), -EIO);
	assert_int_equal(lines, 1);

	clean(NULL);
	next.malloc_error = ENOMEM;
	assert_int_equal(sys->read_lines(sys->ctx, "/proc/self/comm", take_line, &lines), -ENOMEM);
}

static int
memlock(const char *status, rlim_t limit, struct ddw_memlock *ml)
{
	const struct ddw_sys *sys = ddw_sys_linux();

	next.status = status;
	next.limit = limit;
	return sys->memlock(sys->ctx, ml);
}

static void
test_memlock_follows_limit_and_capability(void **state)
{
	static const char user[] = "Name:\tx\nVmLck:\t      24 kB\nCapEff:\t0000000000000000\n";
	/* CAP_IPC_LOCK alone, and everything else. */
	static const char locker[] = "CapEff:\t0000000000004000\nVmLck:\t       0 kB\n";
	static const char other[] = "VmLck:\t       4 kB\nCapEff:\t000001ffffffbfff\n";
	struct ddw_memlock ml;

	(void)state;
	assert_int_equal(memlock(user, 65536, &ml), 0);
	assert_false(ml.unlimited);
	assert_int_equal(ml.limit, 65536);
	assert_int_equal(ml.used, 24 * 1024);
	assert_int_equal(memlock(user, RLIM_INFINITY, &ml), 0);
	assert_true(ml.unlimited);
	assert_int_equal(memlock(locker, 65536, &ml), 0);
	assert_true(ml.unlimited);
	assert_int_equal(ml.used, 0);
	assert_int_equal(memlock(other, 65536, &ml), 0);
	assert_false(ml.unlimited);
	assert_int_equal(ml.used, 4096);
}

/* Root of a container: the kernel asks the initial user namespace. */
static void
test_capability_of_user_namespace_is_none(void **state)
{
	static const char root[] = "VmLck:\t       0 kB\nCapEff:\t000001ffffffffff\n";
	struct ddw_memlock ml;

	(void)state;
	next.user_ns = "user:[4026531837]";
	assert_int_equal(memlock(root, 65536, &ml), 0);
	assert_true(ml.unlimited);
	next.user_ns = "user:[4026532211]";
	assert_int_equal(memlock(root, 65536, &ml), 0);
	assert_false(ml.unlimited);
	assert_int_equal(memlock(root, RLIM_INFINITY, &ml), 0);
	assert_true(ml.unlimited);
}

static void
test_unreadable_memlock_reported(void **state)
{
	static const char no_caps[] = "VmLck:\t       0 kB\n";
	struct ddw_memlock ml;

	(void)state;
	assert_int_equal(memlock("", 65536, &ml), -ENOENT);
	assert_int_equal(memlock(no_caps, 65536, &ml), -ENOENT);
	next.fseek_error = EBADF;
	assert_int_equal(memlock(no_caps, 65536, &ml), -EBADF);
	next.fopen_error = EMFILE;
	assert_int_equal(memlock(no_caps, 65536, &ml), -EMFILE);
	next.getrlimit_error = EPERM;
	assert_int_equal(memlock(no_caps, 65536, &ml), -EPERM);
}

/* One page of memory, which can be written. */
static void
test_page_got_can_be_written(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	uint64_t vaddr = 0, size = 0;

	(void)state;
	next.page = 65536;
	assert_int_equal(sys->page_get(sys->ctx, &vaddr, &size), 0);
	assert_int_equal(size, 65536);
	*(volatile char *)(uintptr_t)(vaddr + size - 1) = 1;
	sys->page_put(sys->ctx, vaddr, size);
	next.mmap_error = ENOMEM;
	assert_int_equal(sys->page_get(sys->ctx, &vaddr, &size), -ENOMEM);
	next.page = -1;
	assert_int_equal(sys->page_get(sys->ctx, &vaddr, &size), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ioctl_returns_result_or_errno, clean, clean),
		cmocka_unit_test_setup_teardown(test_failed_read_leaves_buffer_alone, clean, clean),
		cmocka_unit_test_setup_teardown(test_lines_survive_lost_records_and_interruption,
						clean, clean),
		cmocka_unit_test_setup_teardown(test_memlock_follows_limit_and_capability, clean,
						clean),
		cmocka_unit_test_setup_teardown(test_capability_of_user_namespace_is_none, clean,
						clean),
		cmocka_unit_test_setup_teardown(test_unreadable_memlock_reported, clean, clean),
		cmocka_unit_test_setup_teardown(test_page_got_can_be_written, clean, clean),
	};

	return cmocka_run_group_tests_name("sys_faults", tests, NULL, NULL);
}
