/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>

#include "attach_scene.h"

struct attach_fake fake;

enum rte_proc_type_t __wrap_rte_eal_process_type(void);
int __wrap_rte_mp_action_register(const char *name, rte_mp_t action);
int __wrap_rte_mp_request_sync(struct rte_mp_msg *req, struct rte_mp_reply *reply,
			       const struct timespec *ts);
int __wrap_rte_mp_reply(struct rte_mp_msg *msg, const char *peer);
int __wrap_rte_fbarray_attach(struct rte_fbarray *arr);
int __wrap_rte_fbarray_detach(struct rte_fbarray *arr);
int __wrap_mpddw_attach_reserve(uint64_t base, uint64_t room, const char *name,
				struct ddw_error *err);
void __wrap_mpddw_attach_release(uint64_t base, uint64_t room);
int __wrap_mpddw_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
			    struct ddw_error *err);
void __wrap_mpddw_attach_unmap(uint64_t addr, uint64_t len);

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
__wrap_mpddw_attach_reserve(uint64_t base, uint64_t room, const char *name, struct ddw_error *err)
{
	assert_int_not_equal(base, 0);
	if (fake.reserve_error != 0)
		return ddw_fail(err, DDW_MSG_POOL_SECONDARY, fake.reserve_error, "%s", name);
	fake.reserved += room;
	return 0;
}

void
__wrap_mpddw_attach_release(uint64_t base, uint64_t room)
{
	assert_int_not_equal(base, 0);
	fake.reserved -= room;
}

int
__wrap_mpddw_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
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
__wrap_mpddw_attach_unmap(uint64_t addr, uint64_t len)
{
	assert_int_not_equal(addr, 0);
	fake.mapped -= len;
}

int
attach_as_secondary(void)
{
	int ret;

	fake.role = RTE_PROC_SECONDARY;
	ret = rte_mempool_ddw_attach();
	fake.role = RTE_PROC_PRIMARY;
	return ret;
}

struct rte_mempool *
attach_make(const char *name, const struct rte_mempool_ddw_conf *conf)
{
	struct rte_mempool *mp;

	fake.answer = 1;
	mp = rig_pool(name, N, 200, 0, conf);
	assert_non_null(mp);
	return mp;
}

void
attach_drop(struct rte_mempool *mp)
{
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

struct attach_table *
attach_scene_table(void)
{
	struct attach_table *t = mpddw_attach_table_lookup();

	assert_non_null(t);
	return t;
}

uint64_t
attach_bytes_of(const struct rte_mempool *mp)
{
	struct rte_mempool_ddw_stats s;

	assert_int_equal(rte_mempool_ddw_stats_get(mp, &s), 0);
	return s.bytes;
}

void
attach_check_has(uint64_t bytes, int tables)
{
	assert_int_equal(fake.mapped, bytes);
	assert_int_equal(fake.tables, tables);
	assert_true(fake.reserved >= bytes);
	if (bytes == 0)
		assert_int_equal(fake.reserved, 0);
}

int
attach_begin(void **state)
{
	struct attach_table *t;

	(void)state;
	rig_eal();
	memset(&fake, 0, sizeof(fake));
	fake.role = RTE_PROC_PRIMARY;
	t = mpddw_attach_table_lookup();
	if (t != NULL) {
		t->version = ATTACH_VERSION;
		memset(t->members, 0, sizeof(t->members));
	}
	rig_log_clear();
	return 0;
}
