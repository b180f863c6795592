/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

/* The real calls, as far as any Linux has them. */

static char folder[] = "/tmp/ddw-test-XXXXXX";

static int
make_folder(void **state)
{
	char path[64];
	FILE *f;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	f = fopen(path, "w");
	if (f == NULL || fputs("12345\n", f) < 0 || fclose(f) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/link", folder);
	return symlink("../some/target", path);
}

static int
drop_folder(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/link", folder);
	unlink(path);
	return rmdir(folder);
}

struct seen {
	unsigned int lines;
	unsigned int stop; /* after so many; 0 = never */
	size_t longest;
	char last[16];
};

static int
see_line(const char *text, void *arg)
{
	struct seen *s = arg;

	s->lines++;
	if (strlen(text) > s->longest)
		s->longest = strlen(text);
	snprintf(s->last, sizeof(s->last), "%s", text);
	return s->lines == s->stop ? 7 : 0;
}

static void
write_text(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Lines of a file of any length, as modules.alias is. */
static void
test_lines_of_any_length_read(void **state)
{
	static const char text[] = "one\ntwo\n\nthree\0four\nfive";
	const struct ddw_sys *sys = ddw_sys_linux();
	struct seen s = { 0 };
	char path[64], *large;
	size_t i, n = 1 << 20;

	(void)state;
	snprintf(path, sizeof(path), "%s/lines", folder);
	write_text(path, text, sizeof(text) - 1);
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), 0);
	assert_int_equal(s.lines, 6);
	assert_string_equal(s.last, "five");
	s = (struct seen){ .stop = 4 };
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), 7);
	assert_int_equal(s.lines, 4);
	assert_string_equal(s.last, "three");
	s = (struct seen){ .stop = 6 };
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), 7);

	large = malloc(n);
	assert_non_null(large);
	for (i = 0; i < n; i++)
		large[i] = i % 64 == 63 ? '\n' : 'x';
	write_text(path, large, n);
	s = (struct seen){ 0 };
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), 0);
	assert_int_equal(s.lines, n / 64);
	assert_int_equal(s.longest, 63);
	/* A line without end comes in parts. */
	memset(large, 'x', n);
	large[n - 1] = 'y';
	write_text(path, large, n);
	s = (struct seen){ 0 };
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), 0);
	assert_int_equal(s.lines, n / 8192);
	assert_int_equal(s.longest, 8192);
	free(large);
	unlink(path);
	assert_int_equal(sys->read_lines(sys->ctx, path, see_line, &s), -ENOENT);
	assert_int_equal(sys->read_lines(sys->ctx, folder, see_line, &s), -EISDIR);
}

static void
test_files_opened_read_and_closed(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	char path[64], buf[32];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	fd = sys->open(sys->ctx, path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_true(sys->ioctl(sys->ctx, fd, 0, NULL) < 0);
	assert_int_equal(sys->close(sys->ctx, fd), 0);
	assert_int_equal(sys->close(sys->ctx, fd), -EBADF);
	assert_int_equal(sys->ioctl(sys->ctx, fd, 0, NULL), -EBADF);
	assert_int_equal(sys->read_file(sys->ctx, path, buf, sizeof(buf)), 6);
	assert_string_equal(buf, "12345\n");
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(sys->read_file(sys->ctx, path, buf, 4), 3);
	assert_string_equal(buf, "123");
	assert_true(sys->read_link(sys->ctx, path, buf, sizeof(buf)) < 0);
	snprintf(path, sizeof(path), "%s/link", folder);
	assert_int_equal(sys->read_link(sys->ctx, path, buf, sizeof(buf)), 14);
	assert_string_equal(buf, "../some/target");
	snprintf(path, sizeof(path), "%s/none", folder);
	assert_int_equal(sys->open(sys->ctx, path, O_RDONLY), -ENOENT);
	assert_int_equal(sys->read_file(sys->ctx, path, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys->read_link(sys->ctx, path, buf, sizeof(buf)), -ENOENT);
}

static void
test_parts_of_open_file_read_and_written(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	char path[64], buf[8] = "";
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/parts", folder);
	write_text(path, "0123456789", 10);
	fd = sys->open(sys->ctx, path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(sys->write_at(sys->ctx, fd, "ab", 2, 3), 0);
	assert_int_equal(sys->read_at(sys->ctx, fd, buf, 4, 2), 0);
	assert_string_equal(buf, "2ab5");
	/* Half of what was asked for is not enough. */
	assert_int_equal(sys->read_at(sys->ctx, fd, buf, 4, 8), -EIO);
	assert_int_equal(sys->close(sys->ctx, fd), 0);
	assert_int_equal(sys->read_at(sys->ctx, fd, buf, 4, 0), -EBADF);
	assert_int_equal(sys->write_at(sys->ctx, fd, buf, 4, 0), -EBADF);
	unlink(path);
}

static int
count_entry(const char *name, void *arg)
{
	assert_true(strcmp(name, "file") == 0 || strcmp(name, "link") == 0);
	++*(int *)arg;
	return 0;
}

static int
stop_at_once(const char *name, void *arg)
{
	(void)name;
	++*(int *)arg;
	return -EINTR;
}

static void
test_directory_listed_until_stopped(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	int n = 0;

	(void)state;
	assert_int_equal(sys->list_dir(sys->ctx, folder, count_entry, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(sys->list_dir(sys->ctx, folder, stop_at_once, &n), -EINTR);
	assert_int_equal(n, 1);
	assert_int_equal(sys->list_dir(sys->ctx, "/nonexistent", count_entry, &n), -ENOENT);
}

static void
test_memlock_and_clock_read(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	struct ddw_memlock ml;
	uint64_t before;

	(void)state;
	memset(&ml, 0x55, sizeof(ml));
	assert_int_equal(sys->memlock(sys->ctx, &ml), 0);
	assert_true(ml.used < UINT64_C(1) << 50);
	before = sys->clock_ns(sys->ctx);
	usleep(1000);
	assert_true(sys->clock_ns(sys->ctx) - before >= 1000000);
}

static void
test_process_has_its_own_number(void **state)
{
	const struct ddw_sys *sys = ddw_sys_linux();
	int status = -1, parent = sys->pid(sys->ctx);
	pid_t child;

	(void)state;
	assert_int_equal(parent, getpid());
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(sys->pid(sys->ctx) == parent);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_opened_read_and_closed),
		cmocka_unit_test(test_parts_of_open_file_read_and_written),
		cmocka_unit_test(test_lines_of_any_length_read),
		cmocka_unit_test(test_directory_listed_until_stopped),
		cmocka_unit_test(test_memlock_and_clock_read),
		cmocka_unit_test(test_process_has_its_own_number),
	};

	return cmocka_run_group_tests_name("sys", tests, make_folder, drop_folder);
}
