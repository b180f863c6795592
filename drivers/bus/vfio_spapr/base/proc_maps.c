/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "base/proc_maps.h"

static bool
read_mapping(const char *line, struct proc_map *map)
{
	uint64_t start, end, offset, inode;
	unsigned int major_id, minor_id;
	char r, w, x;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %c%c%c%*c %" SCNx64 " %x:%x %" SCNu64, &start,
		   &end, &r, &w, &x, &offset, &major_id, &minor_id, &inode) != 9)
		return false;
	*map = (struct proc_map){
		.start = start,
		.end = end,
		.prot = (r == 'r' ? PROT_READ : 0) | (w == 'w' ? PROT_WRITE : 0) |
			(x == 'x' ? PROT_EXEC : 0),
		.offset = offset,
		.dev = makedev(major_id, minor_id),
		.inode = inode,
	};
	return true;
}

void
spapr_proc_maps_walk(FILE *list, proc_maps_fn fn, void *arg)
{
	struct proc_map map;
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, list) > 0)
		if (read_mapping(line, &map) && !fn(&map, arg))
			break;
	free(line);
}

static void
walk_self(proc_maps_fn fn, void *arg)
{
	FILE *list = fopen("/proc/self/maps", "re");

	if (list == NULL)
		return;
	spapr_proc_maps_walk(list, fn, arg);
	(void)fclose(list); /* it was only read */
}

struct file_search {
	const struct stat *file;
	void *found;
};

static bool
find_start(const struct proc_map *map, void *arg)
{
	struct file_search *s = arg;

	if (map->inode != s->file->st_ino || map->dev != s->file->st_dev || map->offset != 0)
		return true;
	s->found = (void *)map->start;
	return false;
}

void *
spapr_proc_maps_file(const struct stat *file)
{
	struct file_search s = { .file = file };

	walk_self(find_start, &s);
	return s.found;
}

static bool
add_area(const struct proc_map *map, void *arg)
{
	struct proc_maps *maps = arg;
	struct proc_area *list, *last = maps->n == 0 ? NULL : &maps->list[maps->n - 1];

	/* Thousands of hugepages are one area. */
	if (last != NULL && last->end == map->start && last->prot == map->prot) {
		last->end = map->end;
		return true;
	}
	list = realloc(maps->list, (maps->n + 1) * sizeof(*list));
	if (list == NULL)
		return false;
	maps->list = list;
	list[maps->n++] =
		(struct proc_area){ .start = map->start, .end = map->end, .prot = map->prot };
	return true;
}

void
spapr_proc_maps_read(struct proc_maps *maps)
{
	walk_self(add_area, maps);
}

int
spapr_proc_maps_prot(const struct proc_maps *maps, uintptr_t addr)
{
	size_t i;

	for (i = 0; i < maps->n; i++)
		if (addr >= maps->list[i].start && addr < maps->list[i].end)
			return maps->list[i].prot;
	return -1;
}

void
spapr_proc_maps_free(struct proc_maps *maps)
{
	free(maps->list);
	memset(maps, 0, sizeof(*maps));
}
