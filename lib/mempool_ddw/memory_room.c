/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include <rte_fbarray.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "memory_parts.h"

/*
 * EAL places its own memory upwards from a low address, and complains when something is
 * in its way. As far behind its last list nothing is likely to be: neither in this process
 * nor in a secondary one. It is still below 2^39, so that IOMMUs of few bits reach it
 * where bus addresses are virtual ones.
 */
#define DISTANCE (UINT64_C(128) << 30)
#define TRIES	 32
/* Each moves EAL on by six normal pages. */
#define TABLES 4096

/* Where EAL's own lists are; end 0: there is none. */
struct span {
	uint64_t first, end;
};

static int
widen(const struct rte_memseg_list *msl, void *arg)
{
	struct span *s = arg;

	/* lists of other libraries' memory may be anywhere */
	if (msl->external)
		return 0;
	if (msl->len != 0 && msl->addr_64 < s->first)
		s->first = msl->addr_64;
	if (msl->addr_64 + msl->len > s->end)
		s->end = msl->addr_64 + msl->len;
	return 0;
}

static struct span
own_lists(void)
{
	struct span s = { .first = UINT64_MAX };

	(void)rte_memseg_list_walk(widen, &s);
	return s;
}

static char *
take(uint64_t hint, uint64_t len)
{
	void *where = NULL, *got;

	if (hint != 0)
		where = (void *)(uintptr_t)hint;
	got = mmap(where, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return got == MAP_FAILED ? NULL : got;
}

/* Any addresses are better than none. */
static char *
take_far(uint64_t len, uint64_t align)
{
	uint64_t end = own_lists().end, hint, step;
	unsigned int i;
	char *got;

	if (end == 0 || !ddw_align_up(end + DISTANCE, align, &hint) ||
	    !ddw_align_up(len, align, &step))
		return take(0, len);
	for (i = 0; i < TRIES; i++, hint += step) {
		got = take(hint, len);
		if (got == NULL || (uintptr_t)got == hint)
			return got;
		munmap(got, len);
	}
	return take(0, len);
}

char *
mpddw_memory_room(int fd, uint64_t room, uint64_t align)
{
	uint64_t len, start;
	char *got, *base;

	if (!ddw_add(room, align, &len)) {
		errno = ENOMEM;
		return NULL;
	}
	got = take_far(len, align);
	if (got == NULL)
		return NULL;
	start = ((uintptr_t)got + align - 1) & ~(align - 1);
	base = got + (start - (uintptr_t)got);
	if (mmap(base, room, PROT_NONE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, 0) ==
	    MAP_FAILED) {
		int cause = errno;

		munmap(got, len);
		errno = cause;
		return NULL;
	}
	if (base > got)
		munmap(got, (size_t)(base - got));
	if (base + room < got + len)
		munmap(base + room, (size_t)(got + len - (base + room)));
	return base;
}

static bool
table_is_near(const struct span *s)
{
	struct rte_fbarray table = { 0 };
	uint64_t where;

	if (rte_fbarray_init(&table, "mempool_ddw_place", 1, sizeof(uint64_t)) != 0)
		return true; /* more of them do not help */
	where = (uintptr_t)table.data;
	(void)rte_fbarray_destroy(&table);
	return where >= s->first && (where < s->end || where - s->end < DISTANCE);
}

void
mpddw_memory_make_way(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool in_vain; /* once: it would be the same each time */
	struct span own = own_lists();
	unsigned int i;
	int level;

	if (own.end == 0)
		return;
	pthread_mutex_lock(&lock);
	level = rte_log_get_level(RTE_LOGTYPE_EAL);
	if (level > (int)RTE_LOG_ERR) /* EAL warns of each place that it cannot have */
		(void)rte_log_set_level(RTE_LOGTYPE_EAL, RTE_LOG_ERR);
	for (i = 0; !in_vain && !table_is_near(&own); i++)
		in_vain = i == TABLES;
	(void)rte_log_set_level(RTE_LOGTYPE_EAL, (uint32_t)level);
	pthread_mutex_unlock(&lock);
}
