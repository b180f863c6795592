/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "memory_scene.h"

/* Sanitizers reserve ranges at least as large, and use them up. */
#define SANITIZER (UINT64_C(4) << 30)

uint64_t page;
struct vfio_spapr_dma_info scene_windows;

static void
info(struct vfio_spapr_dma_info *i)
{
	*i = scene_windows;
}

static void
set_reclaim(vfio_spapr_dma_reclaim reclaim)
{
	(void)reclaim;
}

/* Only these functions of it are called. */
const struct vfio_spapr_dma scene_dma = {
	.version = VFIO_SPAPR_DMA_VERSION,
	.size = sizeof(scene_dma),
	.info = info,
	.set_reclaim = set_reclaim,
};

int
memory_begin(void **state)
{
	(void)state;
	rig_eal();
	page = mpddw_pages_normal_size();
	return 0;
}

void
scene_reserve(struct arena *a, uint64_t pages)
{
	struct ddw_error err;

	assert_int_equal(
		mpddw_memory_reserve(a, "scene", pages * page, page, page, SOCKET_ID_ANY, &err), 0);
}

struct mapping {
	uint64_t start;
	uint64_t end;
	char perms[8];
	bool ours;
};

static bool
next_mapping(FILE *f, struct mapping *m)
{
	char line[512];

	if (fgets(line, sizeof(line), f) == NULL)
		return false;
	assert_int_equal(sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &m->start, &m->end, m->perms),
			 3);
	m->ours = strstr(line, "mempool_ddw") != NULL;
	return true;
}

struct scene_left
scene_left(void)
{
	struct scene_left left = { 0 };
	struct mapping m;
	DIR *d;
	FILE *f;

	d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d) != NULL)
		left.files++;
	closedir(d);
	f = fopen("/proc/self/maps", "re");
	assert_non_null(f);
	while (next_mapping(f, &m))
		if (m.ours || (m.perms[0] == '-' && m.end - m.start < SANITIZER))
			left.bytes += m.end - m.start;
	fclose(f);
	return left;
}

void
scene_same(struct scene_left before)
{
	struct scene_left now = scene_left();

	assert_int_equal(now.files, before.files);
	assert_int_equal(now.bytes, before.bytes);
}

uint64_t
scene_held(const struct arena *a)
{
	struct stat st;

	assert_int_equal(fstat(a->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static int
count(const struct rte_memseg_list *msl, void *arg)
{
	unsigned int *n = arg;

	*n += msl->external != 0;
	return 0;
}

unsigned int
scene_lists(void)
{
	unsigned int n = 0;

	assert_int_equal(rte_memseg_list_walk(count, &n), 0);
	return n;
}

bool
scene_accessible(const void *addr)
{
	uint64_t at = (uintptr_t)addr;
	struct mapping m = { 0 };
	bool found = false;
	FILE *f;

	f = fopen("/proc/self/maps", "re");
	assert_non_null(f);
	while (!found && next_mapping(f, &m))
		found = at >= m.start && at < m.end;
	fclose(f);
	return found && m.perms[0] == 'r' && m.perms[1] == 'w';
}
