/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROMPT_NAMES_H
#define PROMPT_NAMES_H

/* Find the name that the user may have meant. */

#include <limits.h>

/* Limit of letters in a name. */
#define NAMES_MAX 63u

struct names_closest {
	const char *wanted;
	const char *name; /* NULL: none is close */
	unsigned int distance;
};

/* Consider an existing name; keep it if it is the closest so far. */
void prompt_name_offer(struct names_closest *c, const char *name);

#endif /* PROMPT_NAMES_H */
