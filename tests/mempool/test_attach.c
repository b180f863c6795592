/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Both sides of an attachment in one process: what a secondary process would map, and
 * the messages between them, are replaced and counted. The real thing runs in the lab.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_memzone.h>

#include "attach_table.h"
#include "rig.h"

#define N 500

static struct {
	enum rte_proc_type_t role;
	rte_mp_t action; /* of the secondary process */
	int answer;	 /* of the last message; 1: there was none */
	int send_error;
	/* what the secondary process has */
	uint64_t reserved, mapped, offset;
	int tables;
	int reserve_error, table_error;
} fake;

enum rte_proc_type_t __wrap_rte_eal_process_type(void);
int __wrap_rte_mp_action_register(const char *name, rte_mp_t action);
int __wrap_rte_mp_request_sync(struct rte_mp_msg *req, struct rte_mp_reply *reply,
			       const struct timespec *ts);
int __wrap_rte_mp_reply(struct rte_mp_msg *msg, const char *peer);
int __wrap_rte_fbarray_attach(struct rte_fbarray *arr);
int __wrap_rte_fbarray_detach(struct rte_fbarray *arr);
int __wrap_attach_reserve(uint64_t base, uint64_t room, const char *name, struct ddw_error *err);
void __wrap_attach_release(uint64_t base, uint64_t room);
int __wrap_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
		      struct ddw_error *err);
void __wrap_attach_unmap(uint64_t addr, uint64_t len);

enum rte_proc_type_t
__wrap_rte_eal_process_type(void)
{
	return fake.role;
}

int
__wrap_rte_mp_action_register(const char *name, rte_mp_t action)
{
	assert_string_equal(name, ATTACH_NAME);
	if (fake.action == action) {
		rte_errno = EEXIST;
		return -1;
	}
	fake.action = action;
	return 0;
}

int
__wrap_rte_mp_reply(struct rte_mp_msg *msg, const char *peer)
{
	(void)peer;
	assert_string_equal(msg->name, ATTACH_NAME);
	assert_int_equal(msg->len_param, sizeof(struct attach_answer));
	memcpy(&fake.answer, msg->param, sizeof(fake.answer));
	return 0;
}

int
__wrap_rte_mp_request_sync(struct rte_mp_msg *req, struct rte_mp_reply *reply,
			   const struct timespec *ts)
{
	(void)ts;
	if (fake.send_error != 0) {
		rte_errno = fake.send_error;
		return -1;
	}
	assert_non_null(fake.action);
	assert_int_equal(fake.action(req, "peer"), 0);
	reply->nb_sent = reply->nb_received = 1;
	reply->msgs = calloc(1, sizeof(*reply->msgs));
	assert_non_null(reply->msgs);
	memcpy(reply->msgs[0].param, &fake.answer, sizeof(fake.answer));
	return 0;
}

int
__wrap_rte_fbarray_attach(struct rte_fbarray *arr)
{
	assert_non_null(arr->data);
	if (fake.table_error != 0) {
		rte_errno = fake.table_error;
		return -1;
	}
	fake.tables++;
	return 0;
}

int
__wrap_rte_fbarray_detach(struct rte_fbarray *arr)
{
	assert_non_null(arr->data);
	fake.tables--;
	return 0;
}

int
__wrap_attach_reserve(uint64_t base, uint64_t room, const char *name, struct ddw_error *err)
{
	assert_int_not_equal(base, 0);
	if (fake.reserve_error != 0)
		return ddw_fail(err, DDW_MSG_POOL_SECONDARY, fake.reserve_error, "%s", name);
	fake.reserved += room;
	return 0;
}

void
__wrap_attach_release(uint64_t base, uint64_t room)
{
	assert_int_not_equal(base, 0);
	fake.reserved -= room;
}

int
__wrap_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
		  struct ddw_error *err)
{
	(void)name;
	(void)err;
	assert_true(fd >= 0);
	assert_int_not_equal(addr, 0);
	fake.offset = offset;
	fake.mapped += len;
	return 0;
}

void
__wrap_attach_unmap(uint64_t addr, uint64_t len)
{
	assert_int_not_equal(addr, 0);
	fake.mapped -= len;
}

static int
attach_as_secondary(void)
{
	int ret;

	fake.role = RTE_PROC_SECONDARY;
	ret = rte_mempool_ddw_attach();
	fake.role = RTE_PROC_PRIMARY;
	return ret;
}

static struct rte_mempool *
make(const char *name, const struct rte_mempool_ddw_conf *conf)
{
	struct rte_mempool *mp;

	fake.answer = 1;
	mp = rte_mempool_create_ddw(name, N, 200, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0,
				    conf);
	assert_non_null(mp);
	return mp;
}

static void
drop(struct rte_mempool *mp)
{
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static struct attach_table *
table(void)
{
	struct attach_table *t = attach_table_lookup();

	assert_non_null(t);
	return t;
}

static uint64_t
bytes_of(const struct rte_mempool *mp)
{
	struct rte_mempool_ddw_stats s;

	assert_int_equal(rte_mempool_ddw_stats_get(mp, &s), 0);
	return s.bytes;
}

/* The secondary process has all of it, or nothing of it. */
static void
check_has(uint64_t bytes, int tables)
{
	assert_int_equal(fake.mapped, bytes);
	assert_int_equal(fake.tables, tables);
	assert_true(fake.reserved >= bytes);
	if (bytes == 0)
		assert_int_equal(fake.reserved, 0);
}

static int
begin(void **state)
{
	struct attach_table *t;

	(void)state;
	rig_eal();
	memset(&fake, 0, sizeof(fake));
	fake.role = RTE_PROC_PRIMARY;
	t = attach_table_lookup();
	if (t != NULL) {
		t->version = ATTACH_VERSION;
		memset(t->members, 0, sizeof(t->members));
	}
	rig_log_clear();
	return 0;
}

/* No secondary process: nobody is told. */
static void
test_alone(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(rte_mempool_ddw_attach(), 0);
	assert_null(fake.action);
	mp = make("one", NULL);
	assert_int_equal(fake.answer, 1);
	drop(mp);
}

static void
test_pools_that_are_there(void **state)
{
	struct rte_mempool *one, *two;

	(void)state;
	one = make("one", NULL);
	two = make("two", NULL);
	assert_int_equal(attach_as_secondary(), 2);
	check_has(bytes_of(one) + bytes_of(two), 2);
	assert_int_equal(attach_as_secondary(), 2);
	check_has(bytes_of(one) + bytes_of(two), 2);
	drop(one);
	check_has(bytes_of(two), 1);
	drop(two);
	check_has(0, 0);
	assert_int_equal(attach_as_secondary(), 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_pools_that_come_later(void **state)
{
	struct rte_mempool *one;
	const struct pool *p;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	one = make("one", NULL);
	assert_int_equal(fake.answer, 0);
	check_has(bytes_of(one), 1);
	/* A list that goes is let go before EAL unregisters it, and not taken again. */
	p = pools_get(one);
	attach_forget(p->arena.base);
	assert_int_equal(fake.tables, 0);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(attach_as_secondary(), 1);
	assert_int_equal(fake.tables, 0);
	attach_publish(p);
	check_has(bytes_of(one), 1);
	drop(one);
	check_has(0, 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_growth(void **state)
{
	struct rte_mempool_ddw_conf conf = { .max_n = 8 * N };
	struct rte_mempool_ddw_stats there;
	struct rte_mempool *mp;
	uint64_t before;

	(void)state;
	mp = make("one", &conf);
	assert_int_equal(attach_as_secondary(), 1);
	before = bytes_of(mp);
	assert_true(rte_mempool_ddw_grow(mp, 4 * N) >= 4 * N);
	assert_true(bytes_of(mp) > before);
	check_has(bytes_of(mp), 2);
	assert_true(rte_mempool_ddw_trim(mp, N) > 0);
	assert_true(fake.mapped >= bytes_of(mp));
	fake.role = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &there), 0);
	fake.role = RTE_PROC_PRIMARY;
	assert_int_equal(there.bytes, bytes_of(mp));
	drop(mp);
	check_has(0, 0);
	assert_int_equal(rig_logged("MEMPOOL_DDW"), 0);
}

static void
test_statistics(void **state)
{
	struct rte_mempool *mp = make("one", NULL);
	struct rte_mempool_ddw_stats here, there;

	(void)state;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &here), 0);
	fake.role = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &there), 0);
	fake.role = RTE_PROC_PRIMARY;
	assert_int_equal(there.objects, N);
	assert_int_equal(there.available, N);
	assert_int_equal(there.bytes, here.bytes);
	assert_int_equal(there.page_size, here.page_size);
	assert_int_equal(there.chunk_size, here.chunk_size);
	assert_int_equal(there.node, here.node);
	drop(mp);
}

/* Addresses that the secondary process uses for something else. */
static void
test_addresses_taken(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	fake.reserve_error = EEXIST;
	mp = make("one", NULL);
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
	check_has(bytes_of(mp), 1);
	drop(mp);
	check_has(0, 0);
}

static void
test_table_of_pages_refused(void **state)
{
	struct rte_mempool *mp = make("one", NULL);

	(void)state;
	fake.table_error = EADDRNOTAVAIL;
	assert_int_equal(attach_as_secondary(), -EADDRNOTAVAIL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	fake.table_error = 0;
	assert_int_equal(attach_as_secondary(), 1);
	check_has(bytes_of(mp), 1);
	drop(mp);
	check_has(0, 0);
}

/* Handlers with other numbers, told once as long as nobody asks. */
static void
test_other_numbers(void **state)
{
	struct rte_mempool *mp = make("one", NULL);

	(void)state;
	table()->ops++;
	assert_int_equal(attach_as_secondary(), -EINVAL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("mempool handler ddw has number"), 1);
	check_has(0, 0);
	attach_forget((void *)(uintptr_t)table()->pools[0].base);
	assert_int_equal(fake.answer, -EINVAL);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	drop(mp);
	assert_int_equal(fake.answer, 0);
}

static void
test_other_version(void **state)
{
	struct rte_mempool *mp = make("one", NULL);

	(void)state;
	table()->version++;
	assert_int_equal(attach_as_secondary(), -ENOTSUP);
	assert_int_equal(rig_logged("another version"), 1);
	table()->version = ATTACH_VERSION;
	drop(mp);
}

static void
test_members(void **state)
{
	struct attach_table *t;
	struct rte_mempool *mp;
	unsigned int i;
	pid_t child;

	(void)state;
	mp = make("one", NULL);
	t = table();
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
	drop(mp);
	assert_int_equal(fake.answer, 1);
	for (i = 0; i < ATTACH_MEMBERS; i++)
		assert_int_equal(t->members[i], 0);
}

static void
test_nobody_can_be_told(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	assert_int_equal(attach_as_secondary(), 0);
	fake.send_error = ENOTSUP;
	mp = make("one", NULL);
	assert_int_equal(rig_logged("secondary processes cannot be told"), 1);
	drop(mp);
	fake.send_error = 0;
	assert_int_equal(attach_as_secondary(), 0);
}

/* The file is there no more: the primary has ended. */
static void
test_primary_gone(void **state)
{
	struct rte_mempool *mp = make("one", NULL);
	struct attach_pool *e;

	(void)state;
	e = &table()->pools[0];
	assert_string_equal(e->name, "one");
	e->file.fd += 1000;
	assert_int_equal(attach_as_secondary(), -ENOENT);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("the primary process has ended"), 1);
	drop(mp);
	check_has(0, 0);
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
	mp = make("one", &conf);
	assert_int_equal(attach_as_secondary(), expected);
	if (expected > 0)
		check_has(len, 1);
	drop(mp);
	check_has(0, 0);
	assert_int_equal(rte_mempool_ddw_release(memory), 0);
	munmap(addr, len);
}

/* Memory that the application brings: shared, of one file. */
static void
test_adopted(void **state)
{
	int fd;

	(void)state;
	use_memory(-1, 0, -ENOTSUP);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 1);
	assert_int_equal(rig_logged("private or anonymous"), 1);
	fd = memfd_create("application", 0);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 128 * 4096), 0);
	use_memory(fd, 32 * 4096, 1);
	assert_int_equal(fake.offset, 32 * 4096);
	close(fd);
}

/* Only the primary changes pools. */
static void
test_refused_in_secondary(void **state)
{
	struct rte_mempool *mp = make("one", NULL);
	char page[4096];

	(void)state;
	fake.role = RTE_PROC_SECONDARY;
	assert_null(rte_mempool_create_ddw("two", N, 200, 0, 0, NULL, NULL, NULL, NULL,
					   SOCKET_ID_ANY, 0, NULL));
	assert_int_equal(rte_errno, ENOTSUP);
	assert_int_equal(rte_mempool_ddw_free(mp), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), -ENOTSUP);
	assert_null(rte_mempool_ddw_adopt(page, sizeof(page)));
	assert_int_equal(rte_errno, ENOTSUP);
	assert_int_equal(rig_logged("DDW-pool-secondary"), 5);
	fake.role = RTE_PROC_PRIMARY;
	drop(mp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_alone, begin),
		cmocka_unit_test_setup(test_pools_that_are_there, begin),
		cmocka_unit_test_setup(test_pools_that_come_later, begin),
		cmocka_unit_test_setup(test_growth, begin),
		cmocka_unit_test_setup(test_statistics, begin),
		cmocka_unit_test_setup(test_addresses_taken, begin),
		cmocka_unit_test_setup(test_table_of_pages_refused, begin),
		cmocka_unit_test_setup(test_other_numbers, begin),
		cmocka_unit_test_setup(test_other_version, begin),
		cmocka_unit_test_setup(test_members, begin),
		cmocka_unit_test_setup(test_nobody_can_be_told, begin),
		cmocka_unit_test_setup(test_primary_gone, begin),
		cmocka_unit_test_setup(test_adopted, begin),
		cmocka_unit_test_setup(test_refused_in_secondary, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
