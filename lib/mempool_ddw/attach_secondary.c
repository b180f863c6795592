/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_memory.h>

#include "attach_table.h"
#include "pool.h"

/*
 * A secondary process follows the primary: pools of the table get their addresses, and
 * each list that EAL has of them its memory and its table of pages.
 *
 * All of it happens under EAL's memory lock, which the primary holds when it asks. So
 * nothing in here may take that lock, nor that of the mempools or memzones: a thread of
 * the primary may have them and wait.
 */

/* A pool that this process knows. */
struct followed {
	uint64_t id; /* 0: free */
	uint64_t base, room;
	int fd; /* -1: its memory is not available */
};

/* A list of EAL's of such a pool. */
struct held {
	uint64_t base, len; /* len 0: free */
	bool mapped;
	bool seen;
	/* as it was, because the primary clears its own when the list goes */
	struct rte_fbarray pages;
};

static struct {
	struct attach_table *table;
	bool refused; /* for a reason that is the same for all pools */
	struct followed pools[ATTACH_POOLS];
	struct held lists[RTE_MAX_MEMSEG_LISTS];
} here;

/* The first failure counts; all are told. */
static void
note(int *result, const struct ddw_error *err)
{
	mpddw_pool_report(err);
	if (*result == 0)
		*result = err->err;
}

static bool
inside(const struct followed *f, uint64_t addr)
{
	return f->id != 0 && addr - f->base < f->room;
}

static void
let_go(struct held *l)
{
	if (l->mapped)
		mpddw_attach_unmap(l->base, l->len);
	(void)rte_fbarray_detach(&l->pages);
	l->len = 0;
}

static void
drop_pool(struct followed *f)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.lists); i++)
		if (here.lists[i].len != 0 && inside(f, here.lists[i].base))
			let_go(&here.lists[i]);
	if (f->fd >= 0) {
		mpddw_attach_release(f->base, f->room);
		close(f->fd);
	}
	f->id = 0;
}

static const struct attach_pool *
entry_of(const struct followed *f)
{
	uint32_t i;

	for (i = 0; i < ATTACH_POOLS; i++)
		if (here.table->pools[i].id == f->id)
			return &here.table->pools[i];
	return NULL;
}

static struct followed *
followed_of(uint64_t id)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.pools); i++)
		if (here.pools[i].id == id)
			return &here.pools[i];
	return NULL;
}

static int
open_pool(struct followed *f, const struct attach_pool *e, struct ddw_error *err)
{
	int fd, ret;

	fd = mpddw_attach_file_open(&e->file, e->name, err);
	if (fd < 0)
		return fd;
	ret = mpddw_attach_reserve(e->base, e->room, e->name, err);
	if (ret != 0) {
		close(fd);
		return ret;
	}
	f->fd = fd;
	return 0;
}

static void
follow_pools(bool retry, int *result)
{
	struct ddw_error err = { 0 };
	const struct attach_pool *e;
	struct followed *f;
	uint32_t i;

	for (i = 0; i < RTE_DIM(here.pools); i++)
		if (here.pools[i].id != 0 && entry_of(&here.pools[i]) == NULL)
			drop_pool(&here.pools[i]);
	for (i = 0; i < ATTACH_POOLS; i++) {
		e = &here.table->pools[i];
		if (e->id == 0)
			continue;
		f = followed_of(e->id);
		if (f != NULL && (f->fd >= 0 || !retry))
			continue;
		if (f == NULL)
			f = followed_of(0); /* there are as many as in the table */
		f->id = e->id;
		f->base = e->base;
		f->room = e->room;
		f->fd = -1;
		if (open_pool(f, e, &err) != 0)
			note(result, &err);
	}
}

static struct held *
held_at(uint64_t base)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.lists); i++)
		if (here.lists[i].len != 0 && here.lists[i].base == base)
			return &here.lists[i];
	return NULL;
}

static struct held *
held_new(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.lists); i++)
		if (here.lists[i].len == 0)
			return &here.lists[i];
	return NULL;
}

/* EAL's table of the pages: who asks EAL for an address looks into it. */
static int
attach_pages(struct held *l, const struct rte_memseg_list *msl, struct ddw_error *err)
{
	/* the array itself is only read */
	struct rte_fbarray *pages = (struct rte_fbarray *)(uintptr_t)&msl->memseg_arr;
	int cause;

	rte_errno = 0;
	if (rte_fbarray_attach(pages) == 0) {
		l->pages = *pages;
		l->base = msl->addr_64;
		l->len = msl->len;
		l->mapped = false;
		return 0;
	}
	cause = rte_errno == 0 ? EIO : rte_errno;
	(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, cause,
		       "EAL's table of the pages at 0x%" PRIx64 " cannot be attached: %s",
		       msl->addr_64, rte_strerror(cause));
	mpddw_attach_blame_addresses(err);
	return -cause;
}

static int
follow_list(const struct rte_memseg_list *msl, void *arg)
{
	const struct attach_pool *e;
	struct ddw_error err = { 0 };
	const struct followed *f = NULL;
	int *result = arg, ret = 0;
	struct held *l;
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.pools) && f == NULL; i++)
		if (inside(&here.pools[i], msl->addr_64))
			f = &here.pools[i];
	if (f == NULL || !msl->external)
		return 0;
	e = entry_of(f);
	if (e->going == msl->addr_64)
		return 0;
	l = held_at(msl->addr_64);
	if (l == NULL) {
		l = held_new();
		ret = l == NULL ? 0 : attach_pages(l, msl, &err);
	}
	if (ret == 0 && l != NULL) {
		l->seen = true;
		if (!l->mapped && f->fd >= 0)
			ret = mpddw_attach_map(f->fd, e->file.offset + (l->base - f->base), l->base,
					       l->len, e->name, &err);
		l->mapped = f->fd >= 0 && ret == 0;
	}
	if (ret != 0)
		note(result, &err);
	return 0;
}

static void
follow_lists(int *result)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(here.lists); i++)
		here.lists[i].seen = false;
	(void)rte_memseg_list_walk_thread_unsafe(follow_list, result);
	for (i = 0; i < RTE_DIM(here.lists); i++)
		if (here.lists[i].len != 0 && !here.lists[i].seen)
			let_go(&here.lists[i]);
}

static int
check_version(const struct attach_table *t, struct ddw_error *err)
{
	if (t->version == ATTACH_VERSION && t->size == sizeof(*t))
		return 0;
	(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP,
		       "the primary has another version of this library");
	ddw_error_why(err, "its table of pools has version %u and %u bytes, but here %u and %zu",
		      t->version, t->size, ATTACH_VERSION, sizeof(*t));
	ddw_error_fix(err, "use the same library in both processes");
	return err->err;
}

/* A mempool names its handler by a number, which another process takes for its own. */
static int
check_ops(const struct attach_table *t, struct ddw_error *err)
{
	int i, index = mpddw_handler_index();
	bool pools_there = false;

	for (i = 0; i < ATTACH_POOLS; i++)
		pools_there |= t->pools[i].id != 0;
	if (!pools_there || index == t->ops)
		return 0;
	(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, EINVAL,
		       "mempool handler %s has number %d in the primary, but %d here: no pool is "
		       "attached",
		       RTE_MEMPOOL_DDW_OPS, t->ops, index);
	ddw_error_why(err, "handlers are numbered in the order in which libraries are loaded: "
			   "linked libraries, those of -d, those of the plugin directory; with "
			   "other numbers, objects would go to another handler");
	ddw_error_fix(err, "load the same libraries in the same order: the same program, "
			   "the same -d options, the same plugin directory");
	return err->err;
}

/* The lock is held, here or by the primary for us. Returns 0 or the first failure. */
static int
follow(bool retry)
{
	struct ddw_error err = { 0 };
	bool told = here.refused && !retry;
	int result = 0;

	mpddw_handler_serve_demand();
	here.refused = check_ops(here.table, &err) != 0;
	if (here.refused && told)
		return err.err;
	if (here.refused)
		note(&result, &err);
	else
		follow_pools(retry, &result);
	follow_lists(&result);
	return result;
}

static int
on_message(const struct rte_mp_msg *msg, const void *peer)
{
	struct rte_mp_msg reply = { .name = ATTACH_NAME,
				    .len_param = sizeof(struct attach_answer) };
	struct attach_answer answer = { 0 };

	RTE_SET_USED(msg);
	if (here.table != NULL)
		answer.result = follow(false);
	memcpy(reply.param, &answer, sizeof(answer));
	return rte_mp_reply(&reply, peer);
}

/* From now on the primary waits for this process. */
static int
join(struct attach_table *t, struct ddw_error *err)
{
	int32_t self = getpid(), *slot = NULL;
	uint32_t i;

	for (i = 0; i < ATTACH_MEMBERS; i++) {
		if (t->members[i] == self)
			return 0;
		if (slot == NULL && t->members[i] == 0)
			slot = &t->members[i];
	}
	if (slot == NULL) {
		(void)ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOSPC,
			       "%d secondary processes have attached", ATTACH_MEMBERS);
		ddw_error_why(err, "the primary's table is full");
		ddw_error_fix(err, "end one of the secondary processes");
		return err->err;
	}
	*slot = self;
	return 0;
}

static int
attach(struct attach_table *t, struct ddw_error *err)
{
	unsigned int i;
	int ret, n = 0;

	ret = check_version(t, err);
	if (ret == 0)
		ret = join(t, err);
	if (ret != 0) {
		mpddw_pool_report(err);
		return ret;
	}
	here.table = t;
	ret = follow(true);
	for (i = 0; i < RTE_DIM(here.pools); i++)
		n += here.pools[i].id != 0 && here.pools[i].fd >= 0;
	return ret != 0 ? ret : n;
}

int
rte_mempool_ddw_attach(void)
{
	struct ddw_error err = { 0 };
	struct attach_table *t;
	int ret;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return 0;
	t = mpddw_attach_table();
	if (t == NULL) {
		ret = ddw_fail(&err, DDW_MSG_NO_MEMORY, ENOMEM,
			       "cannot reserve a memzone for the table of pools");
		mpddw_pool_report(&err);
		return ret;
	}
	if (rte_mp_action_register(ATTACH_NAME, on_message) != 0 && rte_errno != EEXIST)
		LOG(WARNING, "later changes of pools are not followed: %s",
		    rte_strerror(rte_errno));
	rte_mcfg_mem_write_lock();
	ret = attach(t, &err);
	rte_mcfg_mem_write_unlock();
	return ret;
}
