/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_memzone.h>

#include "attach_table.h"
#include "pool.h"

/* The primary's part: the table, and telling the others. */

#define PATIENCE 5 /* seconds, as EAL has when it tells of its own memory */

static bool
in_primary(void)
{
	return rte_eal_process_type() == RTE_PROC_PRIMARY;
}

struct attach_table *
mpddw_attach_table_lookup(void)
{
	const struct rte_memzone *mz = rte_memzone_lookup(ATTACH_NAME);

	return mz == NULL ? NULL : mz->addr;
}

/* Both kinds of processes may be the first to need it. */
static struct attach_table *
reserve_table(void)
{
	struct attach_table *t = mpddw_attach_table_lookup();
	const struct rte_memzone *mz;

	if (t != NULL)
		return t;
	mz = rte_memzone_reserve(ATTACH_NAME, sizeof(*t), SOCKET_ID_ANY, 0);
	return mz == NULL ? mpddw_attach_table_lookup() : mz->addr;
}

struct attach_table *
mpddw_attach_table(void)
{
	struct attach_table *t = reserve_table();

	if (t == NULL)
		return NULL;
	rte_mcfg_mem_write_lock();
	if (t->version == 0) { /* EAL's memory is all zero at first */
		t->size = sizeof(*t);
		t->version = ATTACH_VERSION;
	}
	rte_mcfg_mem_write_unlock();
	return t;
}

const struct attach_pool *
mpddw_attach_find(const struct attach_table *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < ATTACH_POOLS; i++)
		if (t->pools[i].id != 0 && strcmp(t->pools[i].name, name) == 0)
			return &t->pools[i];
	return NULL;
}

static struct attach_pool *
find_base(struct attach_table *t, uint64_t base)
{
	uint32_t i;

	for (i = 0; i < ATTACH_POOLS; i++)
		if (t->pools[i].id != 0 && t->pools[i].base == base)
			return &t->pools[i];
	return NULL;
}

static struct attach_pool *
add_pool(struct attach_table *t, const struct pool *p)
{
	struct attach_pool *e = NULL;
	uint32_t i;

	for (i = 0; i < ATTACH_POOLS && e == NULL; i++)
		if (t->pools[i].id == 0)
			e = &t->pools[i];
	if (e == NULL)
		return NULL;
	memset(e, 0, sizeof(*e));
	e->id = ++t->last_id;
	snprintf(e->name, sizeof(e->name), "%s", p->mp->name);
	e->base = (uintptr_t)p->arena.base;
	e->room = p->arena.room;
	e->page_size = p->arena.page_size;
	e->chunk_size = p->layout.chunk_size;
	e->node = p->arena.node;
	t->ops = mpddw_handler_index();
	return e;
}

/* The file of memory of the application's is looked for, and kept open for the others. */
static void
fill_file(struct attach_pool *e, const struct arena *a)
{
	struct stat st;

	if (a->fd < 0) {
		e->own_fd = mpddw_attach_file_of(e->base, e->room, &e->file) == 0;
		return;
	}
	e->file.pid = getpid();
	e->file.fd = fstat(a->fd, &st) == 0 ? a->fd : -1;
	e->file.dev = st.st_dev;
	e->file.ino = st.st_ino;
}

/* Are there secondary processes that follow? Those that have ended are forgotten. */
static bool
has_members(struct attach_table *t)
{
	bool found = false;
	uint32_t i;

	for (i = 0; i < ATTACH_MEMBERS; i++) {
		if (t->members[i] == 0)
			continue;
		if (kill(t->members[i], 0) != 0 && errno == ESRCH)
			t->members[i] = 0;
		else
			found = true;
	}
	return found;
}

/* They change what they have, and answer; the lock is held for them meanwhile. */
static void
tell(struct attach_table *t)
{
	struct timespec ts = { .tv_sec = PATIENCE };
	struct rte_mp_msg msg = { .name = ATTACH_NAME };
	struct rte_mp_reply reply = { 0 };
	const struct attach_answer *answer;
	int i, failed = 0;

	if (!has_members(t))
		return;
	if (rte_mp_request_sync(&msg, &reply, &ts) != 0) {
		LOG(WARNING, "cannot inform secondary processes of a change: errno %d (%s)",
		    rte_errno, rte_strerror(rte_errno));
		return;
	}
	for (i = 0; i < reply.nb_received; i++) {
		answer = (const struct attach_answer *)(const void *)reply.msgs[i].param;
		failed += answer->result != 0;
	}
	if (failed != 0 || reply.nb_received < reply.nb_sent)
		LOG(WARNING,
		    "of %d secondary processes %d did not reply, and %d cannot use the memory of "
		    "a pool: see their logs",
		    reply.nb_sent, reply.nb_sent - reply.nb_received, failed);
	free(reply.msgs);
}

void
mpddw_attach_publish(const struct pool *p)
{
	struct attach_table *t;
	struct attach_pool *e;

	if (!in_primary())
		return;
	t = mpddw_attach_table();
	if (t == NULL) {
		LOG(WARNING,
		    "secondary processes cannot use mempool %s: no memory for the table "
		    "of pools",
		    p->mp->name);
		return;
	}
	rte_mcfg_mem_write_lock();
	e = find_base(t, (uintptr_t)p->arena.base);
	if (e == NULL) {
		e = add_pool(t, p);
		if (e != NULL)
			fill_file(e, &p->arena);
	}
	if (e != NULL) {
		e->populated = p->arena.populated;
		e->going = 0;
		tell(t);
	}
	rte_mcfg_mem_write_unlock();
}

void
mpddw_attach_forget(const void *addr)
{
	struct attach_table *t = in_primary() ? mpddw_attach_table_lookup() : NULL;
	uint32_t i;

	if (t == NULL)
		return;
	rte_mcfg_mem_write_lock();
	for (i = 0; i < ATTACH_POOLS; i++) {
		struct attach_pool *e = &t->pools[i];

		if (e->id == 0 || (uintptr_t)addr - e->base >= e->room)
			continue;
		e->going = (uintptr_t)addr;
		tell(t);
	}
	rte_mcfg_mem_write_unlock();
}

void
mpddw_attach_withdraw(const struct pool *p)
{
	struct attach_table *t = in_primary() ? mpddw_attach_table_lookup() : NULL;
	struct attach_pool *e;

	if (t == NULL)
		return;
	rte_mcfg_mem_write_lock();
	e = find_base(t, (uintptr_t)p->arena.base);
	if (e != NULL) {
		e->id = 0;
		tell(t);
		if (e->own_fd)
			close(e->file.fd);
	}
	rte_mcfg_mem_write_unlock();
}
