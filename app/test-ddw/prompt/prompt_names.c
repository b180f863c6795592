/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "prompt/prompt_names.h"

static unsigned int
smaller_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * Levenshtein distance: count the letters to insert, remove or replace. UINT_MAX when "b" is
 * longer than any name.
 */
static unsigned int
name_distance(const char *a, const char *b)
{
	unsigned int row[NAMES_MAX + 1], n = (unsigned int)strlen(b), i, j, diagonal, above;

	if (n > NAMES_MAX)
		return UINT_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 1; j <= n; j++) {
			above = row[j];
			row[j] = smaller_of(smaller_of(above, row[j - 1]) + 1,
					    diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

void
prompt_name_offer(struct names_closest *c, const char *name)
{
	unsigned int distance = name_distance(c->wanted, name);

	/* more than a third of the letters is another word */
	if (distance > strlen(c->wanted) / 3 + 1 || (c->name != NULL && distance >= c->distance))
		return;
	c->name = name;
	c->distance = distance;
}
