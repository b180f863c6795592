/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLT_H
#define PLT_H

/**
 * @file
 * Redirect calls between shared objects by patching their PLT and GOT slots.
 *
 * A shared object calls a function that others may define through a slot, a pointer
 * that the dynamic linker fills. A struct slots is the set of all slots of one function
 * in all objects that are loaded, and what was in them.
 *
 * What is in doubt is not changed: an object whose tables differ from the ELF specification,
 * a slot that holds neither the function nor the object's own stub for it, a page that
 * cannot be made writable.
 *
 * Thread safety: one thread at a time. Other threads may call the function meanwhile:
 * a slot changes in one store.
 */

#include <stdint.h>

#include "base/proc_maps.h"

/** A slot that was changed. */
struct slot {
	uintptr_t addr;
	uintptr_t old;
	int prot; /**< of its page; PROT_... */
};

/** The slots of one function. All zero: none. */
struct slots {
	const char *symbol;
	uintptr_t replacement;
	uintptr_t definition; /**< where the calls of the caller of spapr_plt_replace() go */
	struct slot *list;
	unsigned int n;
	unsigned int inside; /**< of these, in the object that defines the function */
	unsigned int left;   /**< slots that could not be changed */
};

/**
 * Redirect the calls of all objects but that of @p replacement to @p replacement. Called
 * again with the same set, it adds the slots of objects that were loaded meanwhile.
 *
 * @param s
 *   All zero, or filled by an earlier call; filled.
 * @param symbol
 *   Name of the function; must stay.
 * @param replacement
 *   Address of a function of the same type, whose own object calls @p symbol by its
 *   name: it goes on to reach the function that the others called.
 * @param memory
 *   The protection of the memory of this process: pages of which it knows nothing are
 *   left alone. It serves several functions, as long as no object is loaded meanwhile.
 * @return
 *   Slots changed, 0 included; -ENOENT when the object of @p replacement does not call
 *   @p symbol, or that call is not resolved yet; -ENOMEM; -ENOTSUP on a processor whose
 *   slots are not known. After a failure nothing is changed.
 * Source: ELF gABI, Dynamic Linking; psABIs of x86-64 and Power (ELFv2).
 */
int spapr_plt_replace(struct slots *s, const char *symbol, uintptr_t replacement,
		      const struct proc_maps *memory);

/** Return how often objects were loaded and unloaded: a number that changes with them. */
unsigned long long spapr_plt_objects(void);

/**
 * Restore the slots of objects that are still loaded, and empty the set. Does nothing to
 * an empty set.
 */
void spapr_plt_restore(struct slots *s);

#endif /* PLT_H */
