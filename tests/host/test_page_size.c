/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The page size of memory: what the running kernel says, and what older ones write. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/page_size.h"
#include "unit.h"

#define HUGE   (UINT64_C(2) << 20)
#define NOBODY 65534

static struct ddw_sys sys; /* of Linux, until a test replaces a part of it */
static unsigned int n_ioctl, n_lines;
static const char *smaps; /* NULL: the real one */
static int open_error;

static int
open_or_fail(void *ctx, const char *path, int flags)
{
	return open_error != 0 ? open_error : ddw_sys_linux()->open(ctx, path, flags);
}

static int
count_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	n_ioctl++;
	return ddw_sys_linux()->ioctl(ctx, fd, request, arg);
}

static int
refuse_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	(void)ctx;
	(void)fd;
	(void)arg;
	assert_true(request == PAGE_SIZE_QUERY);
	return -ENOTTY;
}

static int
read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg), void *arg)
{
	char *text, *at, *next;
	int ret = 0;

	assert_string_equal(path, "/proc/self/smaps");
	n_lines++;
	if (open_error != 0)
		return open_error;
	if (smaps == NULL)
		return ddw_sys_linux()->read_lines(ctx, path, line, arg);
	text = strdup(smaps);
	assert_non_null(text);
	for (at = text; ret == 0 && (next = strsep(&at, "\n")) != NULL;)
		ret = line(next, arg);
	free(text);
	return ret;
}

static int
begin(void **state)
{
	(void)state;
	sys = *ddw_sys_linux();
	sys.open = open_or_fail;
	sys.ioctl = count_ioctl;
	sys.read_lines = read_lines;
	n_ioctl = n_lines = 0;
	smaps = NULL;
	open_error = 0;
	return 0;
}

static uint64_t
page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
check_this_process(void)
{
	uint64_t len = 4 * page();
	char *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)p, len), page());
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)p + 1, 1), page());
	assert_int_equal(munmap(p + page(), page()), 0);
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)p + page(), page()), 0);
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)p, len), page());
	assert_int_equal(munmap(p, len), 0);
	assert_int_equal(spapr_page_size(&sys, 0, 1), 0);
	assert_int_equal(spapr_page_size(&sys, UINT64_MAX - 1, 4), 0);
}

/* Address space for hugepages: none of them need exist. */
static void
check_hugepages(void)
{
	char *p = mmap(NULL, 4 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *huge = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));

	assert_true(p != MAP_FAILED);
	if (mmap(huge, 2 * HUGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED | MAP_HUGETLB |
			 (21 << MAP_HUGE_SHIFT),
		 -1, 0) == MAP_FAILED)
		skip(); /* this kernel has no such pages */
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)huge, 2 * HUGE), HUGE);
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)huge + HUGE + 5, 1), HUGE);
	/* small ones begin where they end */
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)huge, 2 * HUGE + 1), page());
	assert_int_equal(munmap(p, 4 * HUGE), 0);
}

static void
test_page_size_of_this_process(void **state)
{
	(void)state;
	check_this_process();
}

static void
test_page_size_of_hugepages(void **state)
{
	(void)state;
	check_hugepages();
}

/* Since Linux 6.11 nothing is read but what was asked for. */
static void
test_kernel_asked_for_one_mapping(void **state)
{
	(void)state;
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)&n_ioctl, sizeof(n_ioctl)), page());
	assert_int_equal(n_ioctl, 1);
	assert_true(n_lines <= 1); /* an older kernel */
}

static void
test_smaps_read_on_old_kernel(void **state)
{
	(void)state;
	sys.ioctl = refuse_ioctl;
	check_this_process();
	assert_true(n_lines != 0);
	check_hugepages();
}

static void
test_smallest_page_in_smaps_counts(void **state)
{
	(void)state;
	sys.ioctl = refuse_ioctl;
	smaps = "KernelPageSize:        8 kB\n" /* without a mapping */
		"100000000-140000000 rw-s 00000000 00:2d 4711    /dev/hugepages/rtemap_0\n"
		"Size:            1048576 kB\n"
		"KernelPageSize:  1048576 kB\n"
		"MMUPageSize:          64 kB\n"
		"VmFlags: rd wr sh mr mw me ms de ht sd\n"
		"140000000-140200000 rw-s 00000000 00:2e 9    /1-2 KernelPageSize: 1 kB\n"
		"KernelPageSize:     2048 kB\n"
		"AnonHugePages:         0 kB\n"
		"7fff80010000-7fff80020000 ---p 00000000 00:00 0\n"
		"KernelPageSize:       64 kB\n";
	assert_int_equal(spapr_page_size(&sys, 0x100000000, 0x40000000), UINT64_C(1) << 30);
	assert_int_equal(spapr_page_size(&sys, 0x100000000, 0x40000001), HUGE);
	assert_int_equal(spapr_page_size(&sys, 0x1401fffff, 1), HUGE);
	assert_int_equal(spapr_page_size(&sys, 0x140200000, 1), 0);
	assert_int_equal(spapr_page_size(&sys, 0, UINT64_MAX), 64 << 10);
	smaps = "";
	assert_int_equal(spapr_page_size(&sys, 0, UINT64_MAX), 0);
}

static void
test_nothing_known_without_proc(void **state)
{
	(void)state;
	open_error = -EACCES;
	assert_int_equal(spapr_page_size(&sys, (uintptr_t)&n_ioctl, 1), 0);
	assert_int_equal(n_ioctl, 0);
	assert_int_equal(n_lines, 1);
}

/* As after setuid(): most files below /proc/self belong to root then. */
static int
child_without_privileges(void)
{
	uint64_t asked, read;

	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return 2;
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return 3;
	asked = spapr_page_size(&sys, (uintptr_t)&open_error, 1);
	sys.ioctl = refuse_ioctl;
	read = spapr_page_size(&sys, (uintptr_t)&open_error, 1);
	return asked == page() && read == page() ? 0 : 1;
}

static void
test_process_without_privileges_may_ask(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(child_without_privileges());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup(fn, begin)
	const struct CMUnitTest tests[] = {
		TEST(test_page_size_of_this_process),
		TEST(test_page_size_of_hugepages),
		TEST(test_kernel_asked_for_one_mapping),
		TEST(test_smaps_read_on_old_kernel),
		TEST(test_smallest_page_in_smaps_counts),
		TEST(test_nothing_known_without_proc),
		TEST(test_process_without_privileges_may_ask),
	};

	return cmocka_run_group_tests_name("page_size", tests, NULL, NULL);
}
