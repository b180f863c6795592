/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef IOVA_SELECT_H
#define IOVA_SELECT_H

/* Choose where a mapping goes. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* The range for a mapping, by its page size, its flags and the address that it names. */
int ddw_select_range(struct ddw_space *space, const struct ddw_mapping *m, struct range **range,
		     struct ddw_error *err);

/* Take bus addresses for a mapping in its range. */
int ddw_select_iova(struct ddw_space *space, struct range *r, struct ddw_mapping *m,
		    struct ddw_error *err);

/* Would ddw_select_iova() work, or with DDW_MAP_SCATTERED page by page? Takes nothing. */
int ddw_find_iova(struct ddw_space *space, const struct range *r, const struct ddw_mapping *m,
		  struct ddw_error *err);

#endif /* IOVA_SELECT_H */
