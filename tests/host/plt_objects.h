/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLT_OBJECTS_H
#define PLT_OBJECTS_H

/* Shared objects that test_slots is linked to, or loads. */

int slots_target(int value);
/* In the same object: through a slot, unless the object is bound to itself. */
int slots_call_inside(int value);

int slots_bound(int value);
int slots_call_bound(int value);

/* Callers in objects that are bound when they are loaded, when first called, and without PLT. */
int slots_call_now(int value);
int slots_call_lazy(int value);
int slots_call_no_plt(int value);
int slots_call_pointer(int value);
/* In an object that is loaded and unloaded. */
int slots_call_gone(int value);

#endif /* PLT_OBJECTS_H */
