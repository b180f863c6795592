/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SLOTS_H
#define SLOTS_H

/*
 * Where loaded objects keep the addresses of functions of other objects: slots
 * of the procedure linkage table and the global offset table. Writing another
 * address there redirects their calls.
 */

#include <stdint.h>

/** One slot that was changed. */
struct slot {
	uintptr_t *addr;
	uintptr_t old;	 /**< what it held before */
	uintptr_t start; /**< pages to be made writable for it; 0 when they are */
};

/** Slots that were changed; all zero when there are none. */
struct slots {
	struct slot *list;
	unsigned int n;
	unsigned int max;
};

/**
 * Redirect the calls of a function in all loaded objects but the one that
 * @p to is in.
 *
 * @param s
 *   Takes the slots that were changed.
 * @param symbol
 *   Name of the function.
 * @param to
 *   Address to call instead.
 * @param object
 *   Part of the path of an object that matters, such as "librte_eal.".
 * @return
 *   Slots changed in that object; a negative errno when memory ran out or a page
 *   could not be made writable: what was changed so far stays in @p s.
 * Thread safety: one thread; others may call the function meanwhile.
 */
int slots_replace(struct slots *s, const char *symbol, uintptr_t to, const char *object);

/** Write back what the slots held, unless somebody else changed them meanwhile. */
void slots_restore(struct slots *s, uintptr_t to1, uintptr_t to2);

#endif /* SLOTS_H */
