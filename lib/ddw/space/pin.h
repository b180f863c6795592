/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PIN_H
#define PIN_H

/* Memory that is pinned. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* Can memory be mapped without being registered, in pages of that size? 0 or -errno. */
int ddw_check_pinned(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		     struct ddw_error *err);

/* Nothing is held any more, and goes with what maps it. */
void ddw_unpin_all(struct ddw_space *space);

#endif /* PIN_H */
