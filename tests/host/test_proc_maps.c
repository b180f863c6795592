/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The parser of /proc/self/maps: texts, and this process itself. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/proc_maps.h"
#include "unit.h"

#define MAX_MAPS 8

struct found {
	struct proc_map maps[MAX_MAPS];
	unsigned int n;
	unsigned int stop; /* after so many; 0: never */
};

static bool
note(const struct proc_map *map, void *arg)
{
	struct found *f = arg;

	assert_true(f->n < MAX_MAPS);
	f->maps[f->n++] = *map;
	return f->n != f->stop;
}

static struct found
walk(const char *text, unsigned int stop)
{
	struct found f = { .stop = stop };
	FILE *list = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(list);
	spapr_proc_maps_walk(list, note, &f);
	assert_int_equal(fclose(list), 0);
	return f;
}

static const char maps_text[] =
	"100000000-140000000 rw-s 00000000 00:2d 4711    /dev/hugepages/rtemap_0\n"
	"140000000-180000000 rw-s 40000000 00:2d 4712    /dev/hugepages/rtemap 1 (deleted)\n"
	"7fff80000000-7fff80010000 r-xp 00001000 fd:03 9 /usr/lib/libc.so.6\n"
	"7fff80010000-7fff80020000 ---p 00000000 00:00 0\n"
	"7ffff0000000-7ffff0030000 rwxp 00000000 00:00 0 [stack]";

static void
test_each_mapping_reported(void **state)
{
	struct found f = walk(maps_text, 0);

	(void)state;
	assert_int_equal(f.n, 5);
	assert_int_equal(f.maps[0].start, 0x100000000);
	assert_int_equal(f.maps[0].end, 0x140000000);
	assert_int_equal(f.maps[0].prot, PROT_READ | PROT_WRITE);
	assert_int_equal(f.maps[0].inode, 4711);
	assert_true(f.maps[0].dev == makedev(0, 0x2d));
	assert_int_equal(f.maps[1].offset, 0x40000000);
	assert_int_equal(f.maps[2].prot, PROT_READ | PROT_EXEC);
	assert_true(f.maps[2].dev == makedev(0xfd, 3));
	assert_int_equal(f.maps[3].prot, PROT_NONE);
	assert_int_equal(f.maps[4].prot, PROT_READ | PROT_WRITE | PROT_EXEC);
	assert_int_equal(walk(maps_text, 2).n, 2);
}

/* A name may be as long as a path; what stands in it is no mapping. */
static void
test_longest_name_is_no_mapping(void **state)
{
	static const char begin[] = "1000-2000 rw-p 00000000 00:00 7 /";
	static const char end[] = "/3000-4000 r-xp 00000000 00:00 8\n5000-6000 r--p 0 00:00 9";
	char text[sizeof(begin) + 4096 + sizeof(end)];
	struct found f;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, begin, sizeof(begin) - 1);
	memcpy(text + sizeof(text) - sizeof(end), end, sizeof(end));
	f = walk(text, 0);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.maps[0].inode, 7);
	assert_int_equal(f.maps[1].inode, 9);
	assert_int_equal(walk("\n1000-2000\nabc\n1000-2000 rw-p 0\n", 0).n, 0);
}

static void
test_protection_of_pages_found(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 4 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct proc_maps maps = { 0 };

	(void)state;
	assert_true(p != MAP_FAILED);
	assert_int_equal(mprotect(p + page, page, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(mprotect(p + 2 * page, page, PROT_NONE), 0);
	assert_int_equal(munmap(p + 3 * page, page), 0);
	spapr_proc_maps_read(&maps);
	assert_int_equal(spapr_proc_maps_prot(&maps, (uintptr_t)p), PROT_READ);
	assert_int_equal(spapr_proc_maps_prot(&maps, (uintptr_t)p + 2 * page - 1),
			 PROT_READ | PROT_WRITE);
	assert_int_equal(spapr_proc_maps_prot(&maps, (uintptr_t)p + 2 * page), PROT_NONE);
	assert_int_equal(spapr_proc_maps_prot(&maps, 0), -1);
	spapr_proc_maps_free(&maps);
	assert_int_equal(spapr_proc_maps_prot(&maps, (uintptr_t)p), -1);
	assert_int_equal(munmap(p, 3 * page), 0);
}

/* In memory: some file systems have another device in the list than in struct stat. */
static void
test_mappings_of_file_found(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct stat st;
	void *p, *behind;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * page)), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_null(spapr_proc_maps_file(&st));
	behind = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);
	assert_true(behind != MAP_FAILED);
	assert_null(spapr_proc_maps_file(&st)); /* not its first byte */
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(p != MAP_FAILED);
	assert_ptr_equal(spapr_proc_maps_file(&st), p);
	assert_int_equal(munmap(p, page), 0);
	assert_int_equal(munmap(behind, page), 0);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mapping_reported),
		cmocka_unit_test(test_longest_name_is_no_mapping),
		cmocka_unit_test(test_protection_of_pages_found),
		cmocka_unit_test(test_mappings_of_file_found),
	};

	return cmocka_run_group_tests_name("proc_maps", tests, NULL, NULL);
}
