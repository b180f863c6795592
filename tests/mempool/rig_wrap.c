/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that the library takes and gives back: the linker puts these functions before its own. */

#include <pthread.h>
#include <string.h>

#include "memory.h"
#include "rig.h"

#define ARENAS 16

int __wrap_mpddw_memory_reserve(struct arena *a, const char *name, uint64_t room,
				uint64_t page_size, uint64_t align, int node,
				struct ddw_error *err);
int __real_mpddw_memory_reserve(struct arena *a, const char *name, uint64_t room,
				uint64_t page_size, uint64_t align, int node,
				struct ddw_error *err);
void __wrap_mpddw_memory_remove(struct arena *a, uint64_t off, uint64_t len);
void __real_mpddw_memory_remove(struct arena *a, uint64_t off, uint64_t len);
void __wrap_mpddw_memory_release(struct arena *a);
void __real_mpddw_memory_release(struct arena *a);

/* Reserved and not released. */
static struct arena arenas[ARENAS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct arena *
find(const char *base)
{
	unsigned int i;

	for (i = 0; i < ARENAS; i++)
		if (arenas[i].base == base)
			return &arenas[i];
	return NULL;
}

int
__wrap_mpddw_memory_reserve(struct arena *a, const char *name, uint64_t room, uint64_t page_size,
			    uint64_t align, int node, struct ddw_error *err)
{
	int ret = __real_mpddw_memory_reserve(a, name, room, page_size, align, node, err);
	struct arena *copy;

	if (ret != 0)
		return ret;
	(void)pthread_mutex_lock(&lock);
	copy = find(NULL);
	if (RIG_CHECK(copy != NULL))
		*copy = *a;
	(void)pthread_mutex_unlock(&lock);
	return 0;
}

void
__wrap_mpddw_memory_remove(struct arena *a, uint64_t off, uint64_t len)
{
	rig_gone((uintptr_t)a->base + off, len);
	__real_mpddw_memory_remove(a, off, len);
}

void
__wrap_mpddw_memory_release(struct arena *a)
{
	struct arena *copy;

	if (a->base != NULL && a->adopted == NULL) {
		rig_gone((uintptr_t)a->base, a->room);
		(void)pthread_mutex_lock(&lock);
		copy = find(a->base);
		if (copy != NULL)
			memset(copy, 0, sizeof(*copy));
		(void)pthread_mutex_unlock(&lock);
	}
	__real_mpddw_memory_release(a);
}

unsigned int
rig_lost_memory(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARENAS; i++) {
		if (arenas[i].base == NULL)
			continue;
		__real_mpddw_memory_release(&arenas[i]);
		memset(&arenas[i], 0, sizeof(arenas[i]));
		n++;
	}
	return n;
}
