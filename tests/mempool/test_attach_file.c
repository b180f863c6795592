/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory of one process in another, without EAL: the other one is a child. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach_table.h"
#include "unit.h"

#define NOBODY 65534

static uint64_t page;

static int
begin(void **state)
{
	(void)state;
	page = (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static int
new_file(uint64_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	return fd;
}

static char *
map_at(void *addr, uint64_t len, int flags, int fd, uint64_t offset)
{
	void *got = mmap(addr, len, PROT_READ | PROT_WRITE, flags, fd, (off_t)offset);

	assert_true(got != MAP_FAILED);
	return got;
}

static int
file_of(const char *addr, uint64_t len, struct attach_file *file)
{
	int ret = mpddw_attach_file_of((uintptr_t)addr, len, file);

	assert_int_equal(ret == 0, file->fd >= 0);
	return ret;
}

static void
test_unnamed_file_of_memory_found(void **state)
{
	int one = new_file(8 * page), two = new_file(8 * page);
	struct attach_file file;
	struct stat st;
	char *p;

	(void)state;
	/* Files without a name are shown to root only: /proc/PID/map_files. */
	if (geteuid() != 0) {
		close(one);
		close(two);
		skip();
	}
	p = map_at(NULL, 8 * page, MAP_SHARED, one, 0);
	assert_int_equal(file_of(p + page, 2 * page, &file), 0);
	assert_int_equal(fstat(one, &st), 0);
	assert_int_equal(file.ino, st.st_ino);
	assert_int_equal(file.dev, st.st_dev);
	assert_int_equal(file.pid, getpid());
	assert_int_equal(file.offset, page);
	close(file.fd);

	/* The same file, in two mappings, one behind the other. */
	assert_int_equal(mprotect(p + 4 * page, page, PROT_READ), 0);
	assert_int_equal(file_of(p, 8 * page, &file), 0);
	assert_int_equal(file.offset, 0);
	close(file.fd);

	/* Other parts of it, another file, a hole, private memory. */
	map_at(p + 4 * page, page, MAP_SHARED | MAP_FIXED, one, 0);
	assert_int_equal(file_of(p, 8 * page, &file), -ENOTSUP);
	map_at(p + 4 * page, page, MAP_SHARED | MAP_FIXED, two, 4 * page);
	assert_int_equal(file_of(p, 8 * page, &file), -ENOTSUP);
	munmap(p + 4 * page, page);
	assert_int_equal(file_of(p, 8 * page, &file), -ENOTSUP);
	map_at(p + 4 * page, page, MAP_PRIVATE | MAP_FIXED, one, 4 * page);
	assert_int_equal(file_of(p, 8 * page, &file), -ENOTSUP);
	assert_int_equal(file_of(p + 4 * page, page, &file), -ENOTSUP);
	munmap(p, 8 * page);
	close(one);
	close(two);
}

static void
test_named_file_of_memory_found(void **state)
{
	char path[] = "/dev/shm/test_attach_XXXXXX";
	struct attach_file file;
	int fd = mkstemp(path);
	char *p;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * page)), 0);
	p = map_at(NULL, 2 * page, MAP_SHARED, fd, 0);
	close(fd);
	assert_int_equal(file_of(p, 2 * page, &file), 0);
	close(file.fd);
	assert_int_equal(unlink(path), 0);
	/* Without a name it depends on what this process may see. */
	if (file_of(p, 2 * page, &file) == 0)
		close(file.fd);
	munmap(p, 2 * page);
}

/* In a child: 0 when its memory is that of the parent. */
static int
use(const struct attach_file *file, char *addr, uint64_t len)
{
	struct ddw_error err = { 0 };
	uint64_t base = (uintptr_t)addr;
	int fd;

	fd = mpddw_attach_file_open(file, "pool", &err);
	if (fd < 0)
		return 1;
	/* Taken by what came with fork(). */
	if (mpddw_attach_reserve(base, len, "pool", &err) != -EEXIST)
		return 2;
	if (err.msg != DDW_MSG_POOL_SECONDARY || strstr(err.what, "pool") == NULL)
		return 3;
	munmap(addr, len);
	if (mpddw_attach_reserve(base, len, "pool", &err) != 0)
		return 4;
	if (mpddw_attach_map(fd, file->offset + page, base + page, page, "pool", &err) != 0)
		return 5;
	if (addr[page] != 'p')
		return 6;
	addr[page] = 'c';
	mpddw_attach_unmap(base + page, page);
	if (mpddw_attach_map(-1, 0, base, page, "pool", &err) != -EBADF)
		return 7;
	mpddw_attach_release(base, len);
	if (mpddw_attach_reserve(base, len, "pool", &err) != 0)
		return 8;
	return 0;
}

static int
in_child(int (*run)(const struct attach_file *file, char *addr, uint64_t len),
	 const struct attach_file *file, char *addr, uint64_t len)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(run(file, addr, len));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct attach_file
describe(int fd)
{
	struct attach_file file = { .pid = getpid(), .fd = fd };
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	file.dev = st.st_dev;
	file.ino = st.st_ino;
	return file;
}

static void
test_memory_shared_with_child(void **state)
{
	int fd = new_file(4 * page);
	char *p = map_at(NULL, 4 * page, MAP_SHARED, fd, 0);
	struct attach_file file = describe(fd);

	(void)state;
	p[page] = 'p';
	assert_int_equal(in_child(use, &file, p, 4 * page), 0);
	assert_int_equal(p[page], 'c');
	munmap(p, 4 * page);
	close(fd);
}

static void
check_refused(const struct attach_file *file, int e, const char *why)
{
	struct ddw_error err = { 0 };

	assert_int_equal(mpddw_attach_file_open(file, "pool", &err), -e);
	assert_int_equal(err.msg, DDW_MSG_POOL_SECONDARY);
	assert_int_equal(err.err, -e);
	assert_non_null(strstr(err.what, "pool"));
	assert_non_null(strstr(err.why, why));
	assert_int_not_equal(strlen(err.fix), 0);
}

static void
test_wrong_file_refused(void **state)
{
	int fd = new_file(page);
	struct attach_file file = describe(fd), other;
	pid_t child;

	(void)state;
	other = file;
	other.fd = -1;
	check_refused(&other, ENOTSUP, "anonymous");
	other.fd = 12345;
	check_refused(&other, ENOENT, "has ended");
	/* Another process of that number, as in another PID namespace. */
	other = file;
	other.ino++;
	check_refused(&other, ESRCH, "containers");
	other = file;
	other.dev++;
	check_refused(&other, ESRCH, "containers");
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	other = file;
	other.pid = child;
	check_refused(&other, ENOENT, "has ended");
	close(fd);
}

static int
as_nobody(const struct attach_file *file, char *addr, uint64_t len)
{
	struct ddw_error err = { 0 };

	(void)addr;
	(void)len;
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return 100;
	if (mpddw_attach_file_open(file, "pool", &err) != -EACCES)
		return 1;
	return strstr(err.why, "same user") == NULL || strstr(err.fix, "CAP_SYS_PTRACE") == NULL;
}

/* Only root can become another user. */
static void
test_file_refused_to_other_user(void **state)
{
	int fd = new_file(page);
	struct attach_file file = describe(fd);

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(as_nobody, &file, NULL, 0), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unnamed_file_of_memory_found),
		cmocka_unit_test(test_named_file_of_memory_found),
		cmocka_unit_test(test_memory_shared_with_child),
		cmocka_unit_test(test_wrong_file_refused),
		cmocka_unit_test(test_file_refused_to_other_user),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
