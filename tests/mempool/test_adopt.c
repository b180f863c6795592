/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that the application brings. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "memory_scene.h"

#define PAGES 16

static char *mine; /* populated, of PAGES normal pages, with an unmapped page on both sides */

static int
begin(void **state)
{
	(void)memory_begin(state);
	mine = mmap(NULL, (PAGES + 2) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (mine == MAP_FAILED)
		return -1;
	mine += page;
	if (munmap(mine - page, page) != 0 || munmap(mine + PAGES * page, page) != 0)
		return -1;
	memset(mine, 0x5a, PAGES * page);
	return 0;
}

static int
begin_one(void **state)
{
	(void)state;
	rig_log_clear();
	/* without windows, on any machine */
	mpddw_dma_use(&scene_dma);
	memset(&scene_windows, 0, sizeof(scene_windows));
	return 0;
}

static int
end_one(void **state)
{
	(void)state;
	mpddw_dma_use(NULL);
	assert_int_equal(scene_lists(), 0);
	return 0;
}

static void
refused(void *addr, size_t len, int errnum, const char *id, const char *why)
{
	rig_log_clear();
	rte_errno = 0;
	assert_null(rte_mempool_ddw_adopt(addr, len));
	assert_int_equal(rte_errno, errnum);
	assert_int_equal(rig_logged(id), 1);
	assert_true(rig_logged(why) > 0);
}

static void
bad_range(void *addr, size_t len, const char *why)
{
	refused(addr, len, EINVAL, "DDW-pool-memory", why);
}

static void
test_adopted_memory_listed_until_released(void **state)
{
	struct rte_mempool_ddw_memory *m;
	const struct rte_memseg *ms;

	(void)state;
	m = rte_mempool_ddw_adopt(mine, PAGES * page);
	assert_non_null(m);
	assert_int_equal(mpddw_memory_adopted_page(m), page);
	assert_int_equal(scene_lists(), 1);
	ms = rte_mem_virt2memseg(mine + 3 * page, NULL);
	assert_non_null(ms);
	assert_int_equal(ms->iova, RTE_BAD_IOVA);
	assert_int_equal(ms->hugepage_sz, page);
	assert_int_equal(rte_mempool_ddw_release(m), 0);
	assert_int_equal((unsigned char)mine[5 * page], 0x5a);
	assert_int_equal(rte_mempool_ddw_release(NULL), 0);
	assert_int_equal(rig_logged("DDW-"), 0);
}

static void
test_bad_range_not_adopted(void **state)
{
	uintptr_t last = UINTPTR_MAX - page + 1;
	char *hole = mine + 4 * page;

	(void)state;
	bad_range(NULL, page, "address or length is 0");
	bad_range(mine, 0, "address or length is 0");
	bad_range(mine + 1, page, "not a multiple");
	bad_range(mine, page + 1, "not a multiple");
	bad_range((void *)last, page, "wraps around");
	bad_range(mine, SIZE_MAX - page + 1, "wraps around");
	bad_range(mine, (PAGES + 1) * page, "nothing is mapped at");
	bad_range(mine - page, 2 * page, "nothing is mapped at");

	assert_int_equal(mprotect(hole, page, PROT_READ), 0);
	bad_range(mine, PAGES * page, "not all of it is readable and writable");
	assert_int_equal(mprotect(hole, page, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(madvise(hole, page, MADV_DONTNEED), 0);
	bad_range(mine, PAGES * page, "is not populated");
	memset(hole, 0, page);
	assert_int_equal(munmap(hole, page), 0);
	bad_range(mine, PAGES * page, "nothing is mapped at");
	assert_ptr_equal(mmap(hole, page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0),
			 hole);
}

static void
test_known_memory_not_adopted_again(void **state)
{
	struct rte_mempool_ddw_memory *m;
	uintptr_t of_eal;
	void *p;

	(void)state;
	m = rte_mempool_ddw_adopt(mine + 2 * page, 4 * page);
	assert_non_null(m);
	refused(mine + 2 * page, 4 * page, EEXIST, "DDW-pool-eal", "already adopted");
	refused(mine, 3 * page, EEXIST, "DDW-pool-eal", "already adopted");
	refused(mine + 5 * page, 3 * page, EEXIST, "DDW-pool-eal", "already adopted");
	refused(mine, PAGES * page, EEXIST, "DDW-pool-eal", "already adopted");
	assert_int_equal(rte_mempool_ddw_release(m), 0);

	p = rte_malloc(NULL, 2 * page, page);
	assert_non_null(p);
	memset(p, 0, 2 * page);
	of_eal = (uintptr_t)p;
	refused((void *)of_eal, page, EEXIST, "DDW-pool-eal", "EAL's own");
	rte_free(p);
}

/* The smallest page of any window decides. */
static void
test_pages_smaller_than_window_page_refused(void **state)
{
	struct rte_mempool_ddw_memory *m;

	(void)state;
	scene_windows.kind = VFIO_SPAPR_DMA_DDW;
	scene_windows.windows[DDW_RANGE_MAIN].size = UINT64_C(1) << 40;
	scene_windows.windows[DDW_RANGE_MAIN].page_shift = 21;
	refused(mine, PAGES * page, ENOTSUP, "DDW-pool-memory",
		"the windows accept none smaller than");
	assert_int_equal(rig_logged("2M"), 1);

	scene_windows.windows[DDW_RANGE_SMALL].size = UINT64_C(1) << 30;
	scene_windows.windows[DDW_RANGE_SMALL].page_shift = 12;
	m = rte_mempool_ddw_adopt(mine, PAGES * page);
	assert_non_null(m);
	assert_int_equal(rte_mempool_ddw_release(m), 0);

	/* without the plugin's windows any page will do */
	scene_windows.kind = VFIO_SPAPR_DMA_NONE;
	m = rte_mempool_ddw_adopt(mine, PAGES * page);
	assert_non_null(m);
	assert_int_equal(rte_mempool_ddw_release(m), 0);
}

static void
test_memory_in_use_not_released(void **state)
{
	struct rte_mempool_ddw_memory *m;
	uint64_t bytes[RTE_MAX_NUMA_NODES];
	struct arena a, b;
	struct ddw_error err;

	(void)state;
	m = rte_mempool_ddw_adopt(mine, PAGES * page);
	assert_non_null(m);
	assert_int_equal(mpddw_memory_use(&a, m, NULL), 0);
	assert_ptr_equal(a.base, mine);
	assert_int_equal(a.room, PAGES * page);
	assert_int_equal(a.populated, a.room);
	assert_int_equal(a.page_size, page);
	assert_int_equal(a.fd, -1);
	mpddw_memory_write_iova(&a, page, 2 * page, 0x10000);
	assert_int_equal(rte_mem_virt2memseg(mine + 2 * page, NULL)->iova, 0x10000 + page);
	assert_int_equal(mpddw_memory_nodes(&a, bytes), 0);
	assert_int_equal(bytes[0], PAGES * page);
	/* its pages are not ours to take or give back */
	assert_int_equal(mpddw_memory_add(&a, 0, page, &err), -EINVAL);
	mpddw_memory_remove(&a, 0, page);
	assert_int_equal(a.populated, a.room);

	assert_int_equal(mpddw_memory_use(&b, m, &err), -EBUSY);
	assert_int_equal(err.msg, DDW_MSG_POOL_BUSY);
	mpddw_memory_release(&b);
	assert_int_equal(rte_mempool_ddw_release(m), -EBUSY);
	assert_int_equal(rig_logged("DDW-pool-busy"), 1);
	assert_int_equal(scene_lists(), 1);

	mpddw_memory_release(&a);
	assert_int_equal(rte_mem_virt2memseg(mine + 2 * page, NULL)->iova, RTE_BAD_IOVA);
	assert_int_equal((unsigned char)mine[0], 0x5a);
	assert_int_equal(mpddw_memory_use(&b, m, NULL), 0);
	mpddw_memory_release(&b);
	assert_int_equal(rte_mempool_ddw_release(m), 0);
}

static void
adopt_file(int fd, uint64_t size)
{
	struct rte_mempool_ddw_memory *m;
	char *p;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(4 * size)), 0);
	p = mmap(NULL, 4 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(p != MAP_FAILED);
	bad_range(p, 4 * size, "is not populated");
	memset(p, 1, 4 * size);
	m = rte_mempool_ddw_adopt(p, 4 * size);
	assert_non_null(m);
	assert_int_equal(mpddw_memory_adopted_page(m), size);
	assert_int_equal(rte_mempool_ddw_release(m), 0);
	if (size > page) {
		bad_range(p + page, size, "not a multiple of its page size");
		bad_range(p, size / 2, "not a multiple of its page size");
	}
	assert_int_equal(munmap(p, 4 * size), 0);
	assert_int_equal(close(fd), 0);
}

static void
test_memory_of_file_adopted(void **state)
{
	(void)state;
	adopt_file(memfd_create("file", MFD_CLOEXEC), page);
}

static void
test_hugepages_adopted(void **state)
{
	uint64_t size = 0;

	(void)state;
	if (mpddw_memory_choose_page(8 * MIB, 2 * MIB, SOCKET_ID_ANY, &size, NULL) != 0) {
		print_message("no free hugepages of 2M on this machine\n");
		skip();
	}
	adopt_file(mpddw_memory_file("huge", 2 * MIB, NULL), 2 * MIB);
}

static void
test_adopt_and_release_leave_nothing(void **state)
{
	struct scene_left before = scene_left();
	struct rte_mempool_ddw_memory *m;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		m = rte_mempool_ddw_adopt(mine, PAGES * page);
		assert_non_null(m);
		assert_int_equal(rte_mempool_ddw_release(m), 0);
		assert_null(rte_mempool_ddw_adopt(mine, (PAGES + 1) * page));
	}
	scene_same(before);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin_one, end_one)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_adopted_memory_listed_until_released),
		CASE(test_bad_range_not_adopted),
		CASE(test_known_memory_not_adopted_again),
		CASE(test_pages_smaller_than_window_page_refused),
		CASE(test_memory_in_use_not_released),
		CASE(test_memory_of_file_adopted),
		CASE(test_hugepages_adopted),
		CASE(test_adopt_and_release_leave_nothing),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
