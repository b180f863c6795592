/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROMPT_NAMES_H
#define PROMPT_NAMES_H

/* Which name may have been meant. */

#include <limits.h>

/* Letters of a name, at the most. */
#define NAMES_MAX 63u

struct names_closest {
	const char *wanted;
	const char *name; /* NULL: none is close */
	unsigned int distance;
};

/* How many letters are different; UINT_MAX when "b" is longer than any name. */
unsigned int prompt_name_distance(const char *a, const char *b);
/* A name that there is: kept when it is closer than those before. */
void prompt_name_offer(struct names_closest *c, const char *name);

#endif /* PROMPT_NAMES_H */
