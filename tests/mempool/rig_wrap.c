/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "memory.h"
#include "rig.h"

/* Pages that the library gives back: the linker puts these functions before its own. */

void __wrap_memory_remove(struct arena *a, uint64_t off, uint64_t len);
void __real_memory_remove(struct arena *a, uint64_t off, uint64_t len);
void __wrap_memory_release(struct arena *a);
void __real_memory_release(struct arena *a);

void
__wrap_memory_remove(struct arena *a, uint64_t off, uint64_t len)
{
	rig_gone((uintptr_t)a->base + off, len);
	__real_memory_remove(a, off, len);
}

void
__wrap_memory_release(struct arena *a)
{
	if (a->base != NULL && a->adopted == NULL)
		rig_gone((uintptr_t)a->base, a->room);
	__real_memory_release(a);
}
