/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * EAL can only forget a list as a whole. So a list of which some pages have gone stays,
 * and serves these pages again when they come back: two lists never have the same address.
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_fbarray.h>

#include "memory_parts.h"
#include "pool.h"

struct list {
	char *addr;
	uint64_t len;
	uint64_t page_size;
	uint64_t present; /* bytes of which there are pages */
	const struct rte_memseg_list *msl;
};

/*
 * Changed by one thread at a time, under the lock; that thread reads without it. Others,
 * which write bus addresses, may hold EAL's lock: so EAL is never called under this one.
 */
struct arena_lists {
	pthread_mutex_t lock;
	unsigned int n;
	unsigned int room;
	struct list *lists;
};

struct arena_lists *
mpddw_lists_new(void)
{
	struct arena_lists *lists = calloc(1, sizeof(*lists));

	if (lists != NULL)
		pthread_mutex_init(&lists->lock, NULL);
	return lists;
}

static int
fail_eal(int cause, const void *addr, uint64_t len, struct ddw_error *err)
{
	int ret;

	ret = ddw_fail(err, DDW_MSG_POOL_EAL, cause == 0 ? ENOMEM : cause,
		       "rte_extmem_register of %" PRIu64 " bytes at %p: %s", len, addr,
		       rte_strerror(cause));
	if (cause != ENOSPC && cause != EEXIST)
		ddw_error_why(err, "EAL could not create its table of pages");
	return ret;
}

/* Room for a new entry, before EAL is changed. */
static bool
make_entry(struct arena_lists *lists)
{
	unsigned int room = lists->room == 0 ? 4 : 2 * lists->room;
	struct list *more;

	if (lists->n < lists->room)
		return true;
	pthread_mutex_lock(&lists->lock);
	more = realloc(lists->lists, room * sizeof(*more));
	if (more != NULL) {
		lists->lists = more;
		lists->room = room;
	}
	pthread_mutex_unlock(&lists->lock);
	return more != NULL;
}

static void
insert(struct arena_lists *lists, const struct list *l)
{
	pthread_mutex_lock(&lists->lock);
	lists->lists[lists->n++] = *l;
	pthread_mutex_unlock(&lists->lock);
}

static int
list_register(struct arena_lists *lists, char *addr, uint64_t len, uint64_t page_size,
	      struct ddw_error *err)
{
	struct list l = { .addr = addr, .len = len, .page_size = page_size };

	if (!make_entry(lists))
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a list of pages");
	if (len / page_size > INT32_MAX)
		return fail_eal(E2BIG, addr, len, err);
	mpddw_memory_make_way();
	rte_errno = 0;
	if (rte_extmem_register(addr, len, NULL, (unsigned int)(len / page_size), page_size) != 0)
		return fail_eal(rte_errno, addr, len, err);
	/* Kept, because it cannot be looked up where EAL's lock is held already. */
	rte_mcfg_mem_read_lock();
	l.msl = rte_mem_virt2memseg_list(addr);
	rte_mcfg_mem_read_unlock();
	insert(lists, &l);
	return 0;
}

static bool
list_unregister(struct arena_lists *lists, unsigned int i)
{
	struct list l = lists->lists[i];

	pthread_mutex_lock(&lists->lock);
	lists->lists[i] = lists->lists[--lists->n];
	pthread_mutex_unlock(&lists->lock);
	mpddw_attach_forget(l.addr);
	if (rte_extmem_unregister(l.addr, l.len) == 0)
		return true;
	LOG(WARNING, "EAL does not release %" PRIu64 " bytes at %p: %s", l.len, (void *)l.addr,
	    rte_strerror(rte_errno));
	insert(lists, &l);
	return false;
}

/* The list that has an address; else, in *next, where the next list begins. */
static struct list *
list_at(struct arena_lists *lists, const char *addr, const char **next)
{
	unsigned int i;
	struct list *l;

	for (i = 0; i < lists->n; i++) {
		l = &lists->lists[i];
		if (addr >= l->addr && addr < l->addr + l->len)
			return l;
		if (l->addr > addr && l->addr < *next)
			*next = l->addr;
	}
	return NULL;
}

int
mpddw_lists_add(struct arena_lists *lists, char *addr, uint64_t len, uint64_t page_size,
		struct ddw_error *err)
{
	char *pos, *end = addr + len;
	const char *next;
	uint64_t n;
	struct list *l;
	int ret;

	for (pos = addr; pos < end; pos += n) {
		next = end;
		l = list_at(lists, pos, &next);
		if (l == NULL) {
			n = (uint64_t)(next - pos);
			ret = list_register(lists, pos, n, page_size, err);
			if (ret < 0) {
				if (pos > addr)
					(void)mpddw_lists_remove(lists, addr,
								 (uint64_t)(pos - addr));
				return ret;
			}
			l = &lists->lists[lists->n - 1];
		} else {
			n = (uint64_t)(RTE_MIN(end, l->addr + l->len) - pos);
		}
		l->present += n;
	}
	mpddw_lists_write_iova(lists, addr, len, RTE_BAD_IOVA, false);
	return 0;
}

/* Bytes that two ranges have in common. */
static uint64_t
common(const struct list *l, const char *addr, uint64_t len)
{
	const char *from = RTE_MAX((const char *)l->addr, addr);
	const char *to = RTE_MIN((const char *)l->addr + l->len, addr + len);

	return from < to ? (uint64_t)(to - from) : 0;
}

bool
mpddw_lists_remove(struct arena_lists *lists, const char *addr, uint64_t len)
{
	bool gone = true;
	unsigned int i;
	uint64_t n;

	mpddw_lists_write_iova(lists, addr, len, RTE_BAD_IOVA, false);
	for (i = lists->n; i-- > 0;) {
		n = common(&lists->lists[i], addr, len);
		if (n == 0)
			continue;
		lists->lists[i].present -= n;
		if (lists->lists[i].present == 0)
			gone &= list_unregister(lists, i);
	}
	return gone;
}

bool
mpddw_lists_free(struct arena_lists *lists)
{
	bool gone = true;
	unsigned int i;

	if (lists == NULL)
		return true;
	for (i = lists->n; i-- > 0;)
		gone &= list_unregister(lists, i);
	pthread_mutex_destroy(&lists->lock);
	free(lists->lists);
	free(lists);
	return gone;
}

static void
list_write_iova(const struct list *l, const char *addr, uint64_t len, uint64_t iova, bool run)
{
	const char *from = RTE_MAX((const char *)l->addr, addr), *end = addr + len;
	const char *to = RTE_MIN((const char *)l->addr + l->len, end), *page;
	struct rte_memseg *ms;
	uint64_t i;

	for (i = (uint64_t)(from - l->addr) / l->page_size; l->addr + i * l->page_size < to; i++) {
		page = l->addr + i * l->page_size;
		/* One part of a page says where the rest is only when it says: nowhere. */
		if (run && (page < addr || page + l->page_size > end))
			continue;
		ms = rte_fbarray_get(&l->msl->memseg_arr, (unsigned int)i);
		if (ms != NULL)
			ms->iova = run ? iova + (uint64_t)(page - addr) : iova;
	}
}

void
mpddw_lists_write_iova(struct arena_lists *lists, const char *addr, uint64_t len, uint64_t iova,
		       bool run)
{
	unsigned int i;

	pthread_mutex_lock(&lists->lock);
	for (i = 0; i < lists->n; i++)
		if (common(&lists->lists[i], addr, len) != 0)
			list_write_iova(&lists->lists[i], addr, len, iova, run);
	pthread_mutex_unlock(&lists->lock);
}

struct overlap {
	uint64_t start;
	uint64_t end;
};

static int
overlaps(const struct rte_memseg_list *msl, void *arg)
{
	const struct overlap *o = arg;

	return msl->base_va != NULL && o->start < msl->addr_64 + msl->len && msl->addr_64 < o->end;
}

bool
mpddw_lists_overlap(const void *addr, uint64_t len)
{
	struct overlap o = { .start = (uintptr_t)addr, .end = (uintptr_t)addr + len };

	return rte_memseg_list_walk(overlaps, &o) != 0;
}
