/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/proc_maps.h"

static bool
add_area(struct protection *p, const struct protection_area *a)
{
	struct protection_area *list, *last = p->n == 0 ? NULL : &p->list[p->n - 1];

	/* Thousands of hugepages are one area. */
	if (last != NULL && last->end == a->start && last->prot == a->prot) {
		last->end = a->end;
		return true;
	}
	list = realloc(p->list, (p->n + 1) * sizeof(*list));
	if (list == NULL)
		return false;
	p->list = list;
	list[p->n++] = *a;
	return true;
}

void
spapr_proc_maps_read(struct protection *p)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], r, w, x;
	uint64_t start, end;

	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL) {
		struct protection_area a;

		/* What is left of a long line does not look like this. */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %c%c%c", &start, &end, &r, &w, &x) != 5)
			continue;
		a.start = start;
		a.end = end;
		a.prot = (r == 'r' ? PROT_READ : 0) | (w == 'w' ? PROT_WRITE : 0) |
			 (x == 'x' ? PROT_EXEC : 0);
		if (!add_area(p, &a))
			break;
	}
	(void)fclose(maps);
}

int
spapr_proc_maps_prot(const struct protection *p, uintptr_t addr)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (addr >= p->list[i].start && addr < p->list[i].end)
			return p->list[i].prot;
	return -1;
}

void
spapr_proc_maps_free(struct protection *p)
{
	free(p->list);
	memset(p, 0, sizeof(*p));
}
