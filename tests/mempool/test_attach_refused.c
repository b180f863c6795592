/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A secondary process that cannot follow, and what only the primary may do. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach_scene.h"

/* Addresses that the secondary process uses for something else. */
static void
test_taken_addresses_refused(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	fake.reserve_error = EEXIST;
	mp = attach_make("one", NULL);
	assert_int_equal(fake.answer, -EEXIST);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("1 cannot use the memory"), 1);
	assert_int_equal(fake.reserved, 0);
	/* The table of pages is attached all the same: EAL looks into it. */
	assert_int_equal(fake.tables, 1);
	assert_int_equal(attach_as_secondary(), -EEXIST);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 2);
	fake.reserve_error = 0;
	assert_int_equal(attach_as_secondary(), 1);
	attach_check_has(attach_bytes_of(mp), 1);
	attach_drop(mp);
	attach_check_has(0, 0);
}

static void
test_table_of_pages_refused(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);

	(void)state;
	fake.table_error = EADDRNOTAVAIL;
	assert_int_equal(attach_as_secondary(), -EADDRNOTAVAIL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	fake.table_error = 0;
	assert_int_equal(attach_as_secondary(), 1);
	attach_check_has(attach_bytes_of(mp), 1);
	attach_drop(mp);
	attach_check_has(0, 0);
}

/* Handlers with other numbers, told once as long as nobody asks. */
static void
test_other_handler_numbers_refused(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);

	(void)state;
	attach_scene_table()->ops++;
	assert_int_equal(attach_as_secondary(), -EINVAL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("mempool handler ddw has number"), 1);
	attach_check_has(0, 0);
	mpddw_attach_forget((void *)(uintptr_t)attach_scene_table()->pools[0].base);
	assert_int_equal(fake.answer, -EINVAL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	attach_drop(mp);
	assert_int_equal(fake.answer, 0);
}

static void
test_other_table_version_refused(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);

	(void)state;
	attach_scene_table()->version++;
	assert_int_equal(attach_as_secondary(), -ENOTSUP);
	assert_int_equal(rig_logged("another version"), 1);
	attach_scene_table()->version = ATTACH_VERSION;
	attach_drop(mp);
}

static void
test_full_table_refuses_until_members_end(void **state)
{
	struct attach_table *t;
	struct rte_mempool *mp;
	unsigned int i;
	pid_t child;

	(void)state;
	mp = attach_make("one", NULL);
	t = attach_scene_table();
	for (i = 0; i < ATTACH_MEMBERS; i++)
		t->members[i] = getppid();
	assert_int_equal(attach_as_secondary(), -ENOSPC);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	/* Those that have ended make room, and nobody waits for them. */
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	for (i = 0; i < ATTACH_MEMBERS; i++)
		t->members[i] = child;
	attach_drop(mp);
	assert_int_equal(fake.answer, 1);
	for (i = 0; i < ATTACH_MEMBERS; i++)
		assert_int_equal(t->members[i], 0);
}

static void
test_unreachable_secondary_logged(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	fake.send_error = ENOTSUP;
	mp = attach_make("one", NULL);
	assert_int_equal(rig_logged("cannot inform secondary processes"), 1);
	attach_drop(mp);
	fake.send_error = 0;
	assert_int_equal(attach_as_secondary(), 0);
}

/* The file is there no more: the primary has ended. */
static void
test_pool_of_ended_primary_refused(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);
	struct attach_pool *e;

	(void)state;
	e = &attach_scene_table()->pools[0];
	assert_string_equal(e->name, "one");
	e->file.fd += 1000;
	assert_int_equal(attach_as_secondary(), -ENOENT);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("the primary process has ended"), 1);
	attach_drop(mp);
	attach_check_has(0, 0);
}

static void
use_memory(int fd, off_t offset, int expected)
{
	const size_t len = 64 * 4096;
	struct rte_mempool_ddw_memory *memory;
	struct rte_mempool_ddw_conf conf = { 0 };
	struct rte_mempool *mp;
	void *addr;

	addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE : MAP_SHARED | MAP_POPULATE,
		    fd, offset);
	assert_true(addr != MAP_FAILED);
	memset(addr, 0, len);
	memory = rte_mempool_ddw_adopt(addr, len);
	assert_non_null(memory);
	conf.memory = memory;
	mp = attach_make("one", &conf);
	assert_int_equal(attach_as_secondary(), expected);
	if (expected > 0)
		attach_check_has(len, 1);
	attach_drop(mp);
	attach_check_has(0, 0);
	assert_int_equal(rte_mempool_ddw_release(memory), 0);
	munmap(addr, len);
}

/* Memory that the application brings: shared, of one file. */
static void
test_private_memory_refused_shared_attached(void **state)
{
	int fd;

	(void)state;
	use_memory(-1, 0, -ENOTSUP);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("private or anonymous"), 1);
	/* Files without a name are shown to root only: /proc/PID/map_files. */
	if (geteuid() != 0)
		skip();
	fd = memfd_create("application", 0);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 128 * 4096), 0);
	use_memory(fd, 32 * 4096, 1);
	assert_int_equal(fake.offset, 32 * 4096);
	close(fd);
}

/* Only the primary changes pools. */
static void
test_secondary_cannot_change_pools(void **state)
{
	struct rte_mempool *mp = attach_make("one", NULL);
	char page[4096];

	(void)state;
	fake.role = RTE_PROC_SECONDARY;
	assert_null(rig_pool("two", N, 200, 0, NULL));
	assert_int_equal(rte_errno, ENOTSUP);
	assert_int_equal(rte_mempool_ddw_free(mp), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), -ENOTSUP);
	assert_null(rte_mempool_ddw_adopt(page, sizeof(page)));
	assert_int_equal(rte_errno, ENOTSUP);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 5);
	fake.role = RTE_PROC_PRIMARY;
	attach_drop(mp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_taken_addresses_refused, attach_begin),
		cmocka_unit_test_setup(test_table_of_pages_refused, attach_begin),
		cmocka_unit_test_setup(test_other_handler_numbers_refused, attach_begin),
		cmocka_unit_test_setup(test_other_table_version_refused, attach_begin),
		cmocka_unit_test_setup(test_full_table_refuses_until_members_end, attach_begin),
		cmocka_unit_test_setup(test_unreachable_secondary_logged, attach_begin),
		cmocka_unit_test_setup(test_pool_of_ended_primary_refused, attach_begin),
		cmocka_unit_test_setup(test_private_memory_refused_shared_attached, attach_begin),
		cmocka_unit_test_setup(test_secondary_cannot_change_pools, attach_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
