/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory of pools, when the kernel or EAL refuses. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <rte_errno.h>

#include "memory_fake.h"

static struct scene_left before;

static int
begin_one(void **state)
{
	(void)state;
	fake_none();
	rig_log_clear();
	before = scene_left();
	return 0;
}

static int
end_one(void **state)
{
	(void)state;
	fake_none();
	scene_same(before);
	assert_int_equal(scene_lists(), 0);
	return 0;
}

/* Nothing was taken, and it works the next time. */
static void
works_again(struct arena *a)
{
	assert_int_equal(scene_held(a), 0);
	assert_int_equal(a->populated, 0);
	assert_int_equal(scene_lists(), 0);
	assert_false(scene_accessible(a->base));
	assert_int_equal(mpddw_memory_add(a, 0, a->room, NULL), 0);
	assert_int_equal(scene_held(a), a->room);
	mpddw_memory_release(a);
}

static void
reserve_fails(uint64_t page_size, int errnum, enum ddw_msg msg, const char *why)
{
	struct ddw_error err;
	struct arena a;

	assert_int_equal(
		mpddw_memory_reserve(&a, "scene", 4 * page_size, page_size, page_size, 0, &err),
		-errnum);
	assert_int_equal(err.msg, msg);
	assert_non_null(strstr(err.why, why));
	assert_null(a.base);
	assert_int_equal(a.fd, -1);
	mpddw_memory_release(&a);
}

static void
test_failed_reservation_leaves_nothing(void **state)
{
	(void)state;
	fake.memfd = (struct fake_fault){ 1, EMFILE };
	reserve_fails(page, EMFILE, DDW_MSG_NO_MEMORY, "Too many open files");
	fake.ftruncate = (struct fake_fault){ 1, EFBIG };
	reserve_fails(page, EFBIG, DDW_MSG_NO_MEMORY, "File too large");
	fake.calloc = (struct fake_fault){ 1, ENOMEM };
	reserve_fails(page, ENOMEM, DDW_MSG_NO_MEMORY, "malloc failed");
	fake.memfd = (struct fake_fault){ 1, ENOSYS };
	reserve_fails(2 * MIB, ENOTSUP, DDW_MSG_POOL_HUGEPAGES, "no hugetlbfs");
	fake.memfd = (struct fake_fault){ 1, EINVAL };
	fake.mount = "/tmp";
	fake.mount_page = 16 * MIB;
	reserve_fails(2 * MIB, EINVAL, DDW_MSG_POOL_HUGEPAGES, "no hugetlbfs");
	fake.memfd = (struct fake_fault){ 1, EINVAL };
	fake.mount = "/nowhere";
	fake.mount_page = 2 * MIB;
	reserve_fails(2 * MIB, EINVAL, DDW_MSG_POOL_HUGEPAGES, "no hugetlbfs");
}

/* Kernels without memfd of hugepages: a file that has lost its name. */
static void
test_unlinked_file_used_without_memfd(void **state)
{
	struct arena a;
	struct stat st;

	(void)state;
	fake.memfd = (struct fake_fault){ 1, EINVAL };
	fake.mount = "/tmp";
	fake.mount_page = 2 * MIB;
	assert_int_equal(mpddw_memory_reserve(&a, "old", 4 * MIB, 2 * MIB, 2 * MIB, 0, NULL), 0);
	assert_int_equal(fstat(a.fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, 4 * MIB);
	mpddw_memory_release(&a);
}

static void
test_addition_without_pages_refused(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	fake.fallocate = (struct fake_fault){ 1, ENOSPC };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, "16 pages of"));
	works_again(&a);

	scene_reserve(&a, 16);
	fake.fallocate = (struct fake_fault){ 1, EIO };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -EIO);
	assert_int_equal(err.msg, DDW_MSG_POOL_HUGEPAGES);
	assert_non_null(strstr(err.what, strerror(EIO)));
	works_again(&a);

	/* the second piece; what the first has taken goes back */
	scene_reserve(&a, 64 * MIB / page);
	fake.fallocate = (struct fake_fault){ 2, ENOMEM };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOMEM);
	works_again(&a);
}

static void
test_interrupted_addition_repeated(void **state)
{
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	fake.fallocate = (struct fake_fault){ 1, EINTR };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, NULL), 0);
	assert_int_equal(scene_held(&a), a.room);
	mpddw_memory_release(&a);
}

static void
test_addition_without_mapping_refused(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	fake.mprotect = (struct fake_fault){ 1, ENOMEM };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_NO_MEMORY);
	works_again(&a);
}

static void
test_addition_undone_when_eal_refuses(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	fake.extmem_register = (struct fake_fault){ 1, ENOSPC };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOSPC);
	assert_int_equal(err.msg, DDW_MSG_POOL_EAL);
	assert_non_null(strstr(err.why, "RTE_MAX_MEMSEG_LISTS"));
	works_again(&a);

	scene_reserve(&a, 16);
	fake.extmem_register = (struct fake_fault){ 1, 0 };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_POOL_EAL);
	assert_non_null(strstr(err.why, "table of pages"));
	works_again(&a);

	scene_reserve(&a, 16);
	fake.realloc = (struct fake_fault){ 1, ENOMEM };
	assert_int_equal(mpddw_memory_add(&a, 0, a.room, &err), -ENOMEM);
	assert_int_equal(err.msg, DDW_MSG_NO_MEMORY);
	works_again(&a);
}

/* New pages beside listed ones, which EAL does not take: the old list is as it was. */
static void
test_old_list_kept_when_eal_refuses_growth(void **state)
{
	struct ddw_error err;
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	assert_int_equal(mpddw_memory_add(&a, 4 * page, 4 * page, NULL), 0);
	mpddw_memory_remove(&a, 5 * page, 3 * page);
	/* 5..7 are listed, 8..9 are new */
	fake.extmem_register = (struct fake_fault){ 1, ENOSPC };
	assert_int_equal(mpddw_memory_add(&a, 5 * page, 5 * page, &err), -ENOSPC);
	assert_int_equal(a.populated, page);
	assert_int_equal(scene_held(&a), page);
	assert_true(scene_accessible(a.base + 4 * page));
	mpddw_memory_remove(&a, 4 * page, page);
	works_again(&a);

	/* 2..3 and 8..11 are new: EAL takes the first ones only. 4..7 are still listed. */
	scene_reserve(&a, 16);
	assert_int_equal(mpddw_memory_add(&a, 4 * page, 4 * page, NULL), 0);
	fake.extmem_unregister = (struct fake_fault){ 1, EBUSY };
	mpddw_memory_remove(&a, 4 * page, 4 * page);
	fake.extmem_register = (struct fake_fault){ 2, ENOSPC };
	assert_int_equal(mpddw_memory_add(&a, 2 * page, 10 * page, &err), -ENOSPC);
	works_again(&a);
}

/* All lists of EAL's are taken, as it says itself. */
static void
test_addition_refused_when_eal_full(void **state)
{
	static struct arena arenas[RTE_MAX_MEMSEG_LISTS];
	struct ddw_error err;
	unsigned int n;
	int ret = 0;

	(void)state;
	for (n = 0; n < RTE_DIM(arenas); n++) {
		scene_reserve(&arenas[n], 2);
		ret = mpddw_memory_add(&arenas[n], 0, page, &err);
		if (ret != 0)
			break;
	}
	assert_true(n > 0 && n < RTE_DIM(arenas));
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(err.msg, DDW_MSG_POOL_EAL);
	mpddw_memory_release(&arenas[0]);
	assert_int_equal(mpddw_memory_add(&arenas[n], 0, page, NULL), 0);
	for (; n > 0; n--)
		mpddw_memory_release(&arenas[n]);
}

/* A list that EAL keeps is told of, and serves again. */
static void
test_list_kept_by_eal_serves_again(void **state)
{
	struct arena a;

	(void)state;
	scene_reserve(&a, 16);
	assert_int_equal(mpddw_memory_add(&a, 0, 8 * page, NULL), 0);
	fake.extmem_unregister = (struct fake_fault){ 1, EBUSY };
	mpddw_memory_remove(&a, 0, 8 * page);
	assert_int_equal(scene_lists(), 1);
	assert_int_equal(rig_logged("EAL does not release"), 1);
	assert_int_equal(scene_held(&a), 0);
	assert_int_equal(mpddw_memory_add(&a, 0, 16 * page, NULL), 0);
	assert_int_equal(scene_lists(), 2);
	mpddw_memory_release(&a);
}

/* At the end, too: then no other memory may get these addresses. */
static void
test_addresses_kept_by_eal_not_reused(void **state)
{
	struct arena a;
	char *base;

	(void)state;
	scene_reserve(&a, 16);
	base = a.base;
	assert_int_equal(mpddw_memory_add(&a, 0, 8 * page, NULL), 0);
	mpddw_memory_write_iova(&a, 0, 8 * page, 1 << 30);
	assert_int_equal(rte_mem_virt2memseg(base, NULL)->iova, 1 << 30);
	fake.extmem_unregister = (struct fake_fault){ 1, EBUSY };
	mpddw_memory_release(&a);
	assert_null(a.base);
	assert_int_equal(scene_lists(), 1);
	assert_true(rte_mem_virt2memseg(base, NULL)->iova == RTE_BAD_IOVA);
	assert_int_equal(scene_left().files, before.files);
	assert_int_equal(scene_left().bytes, before.bytes + 16 * page);
	assert_false(scene_accessible(base));
	assert_int_equal(rte_extmem_unregister(base, 8 * page), 0);
	assert_int_equal(munmap(base, 16 * page), 0);
}

static void
adopt_fails(char *mine, int errnum, const char *id)
{
	rig_log_clear();
	assert_null(rte_mempool_ddw_adopt(mine, 4 * page));
	assert_int_equal(rte_errno, errnum);
	assert_int_equal(rig_logged(id), 1);
	assert_int_equal(scene_lists(), 0);
}

/* Memory of the application's: EAL refuses it, keeps it, or the process is a secondary one. */
static void
test_adoption_undone_when_eal_refuses(void **state)
{
	struct rte_mempool_ddw_memory *m;
	char *mine = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	(void)state;
	assert_true(mine != MAP_FAILED);
	mpddw_dma_use(&scene_dma);
	fake.extmem_register = (struct fake_fault){ 1, ENOSPC };
	adopt_fails(mine, ENOSPC, "DDW-pool-eal");
	fake.calloc = (struct fake_fault){ 1, ENOMEM };
	adopt_fails(mine, ENOMEM, "DDW-no-memory");
	fake.calloc = (struct fake_fault){ 2, ENOMEM };
	adopt_fails(mine, ENOMEM, "DDW-no-memory");
	fake.secondary = true;
	adopt_fails(mine, ENOTSUP, "DDW-pool-secondary");
	fake.secondary = false;

	m = rte_mempool_ddw_adopt(mine, 4 * page);
	assert_non_null(m);
	fake.secondary = true;
	assert_int_equal(rte_mempool_ddw_release(m), -ENOTSUP);
	fake.secondary = false;
	fake.extmem_unregister = (struct fake_fault){ 1, EBUSY };
	assert_int_equal(rte_mempool_ddw_release(m), -EBUSY);
	assert_int_equal(rig_logged("EAL does not release the memory"), 1);
	assert_int_equal(scene_lists(), 1);
	assert_int_equal(rte_mempool_ddw_release(m), 0);
	mpddw_dma_use(NULL);
	assert_int_equal(munmap(mine, 4 * page), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin_one, end_one)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_failed_reservation_leaves_nothing),
		CASE(test_unlinked_file_used_without_memfd),
		CASE(test_addition_without_pages_refused),
		CASE(test_interrupted_addition_repeated),
		CASE(test_addition_without_mapping_refused),
		CASE(test_addition_undone_when_eal_refuses),
		CASE(test_addition_refused_when_eal_full),
		CASE(test_old_list_kept_when_eal_refuses_growth),
		CASE(test_list_kept_by_eal_serves_again),
		CASE(test_addresses_kept_by_eal_not_reused),
		CASE(test_adoption_undone_when_eal_refuses),
	};

	return cmocka_run_group_tests(tests, memory_begin, NULL);
}
