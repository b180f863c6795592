/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define V     SCENE_VADDR
#define PAGES 96

struct track {
	uint64_t iova[PAGES];	    /* 0: not mapped */
	unsigned int region[PAGES]; /* 0: not registered */
	unsigned int next;
};

static unsigned int
track_regions(const struct track *t)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < PAGES; i++) {
		for (j = 0; j < i && t->region[j] != t->region[i]; j++)
			;
		n += t->region[i] != 0 && j == i;
	}
	return n;
}

static bool
track_map(struct scene *s, struct track *t, unsigned int at, unsigned int n, unsigned int piece)
{
	bool overlap = false;
	unsigned int i;
	uint64_t iova;
	int ret;

	for (i = at; i < at + n; i++)
		overlap = overlap || t->region[i] != 0;
	ret = ddw_space_map(s->space, V + at * MODEL_2M, n * MODEL_2M, piece * MODEL_2M, &iova,
			    &s->err);
	if (overlap || ret != 0)
		return ret == (overlap ? -EEXIST : -ENOSPC);
	for (i = 0; i < n; i++) {
		if (i == 0 || (piece != 0 && i % piece == 0))
			t->next++;
		t->iova[at + i] = iova + i * MODEL_2M;
		t->region[at + i] = t->next;
	}
	return true;
}

static bool
track_unmap(struct scene *s, struct track *t, unsigned int at, unsigned int n)
{
	unsigned int i, j, count = 0;
	uint64_t bytes;
	bool used;

	if (ddw_space_unmap(s->space, V + at * MODEL_2M, n * MODEL_2M, &bytes, &s->err) != 0)
		return false;
	model_free_memory(s->m, V + at * MODEL_2M, n * MODEL_2M);
	model_add_memory(s->m, V + at * MODEL_2M, n * MODEL_2M, 21);
	for (i = at; i < at + n; i++) {
		count += t->iova[i] != 0;
		t->iova[i] = 0;
	}
	for (i = at; i < at + n; i++) {
		unsigned int region = t->region[i];

		for (j = 0, used = false; j < PAGES; j++)
			used = used || (t->region[j] == region && t->iova[j] != 0);
		for (j = 0; j < PAGES && !used; j++)
			if (t->region[j] == region)
				t->region[j] = 0;
	}
	return bytes == count * MODEL_2M;
}

static bool
track_agrees(struct scene *s, const struct track *t)
{
	uint64_t iova, at, mapped = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < PAGES; i++) {
		ret = ddw_space_lookup(s->space, V + i * MODEL_2M, &iova);
		if (ret != (t->iova[i] != 0 ? 0 : -ENOENT) || (ret == 0 && iova != t->iova[i]))
			return false;
		if (ret != 0)
			continue;
		mapped++;
		if (model_dma(s->m, 1 + i % 2, iova, MODEL_2M, &at) != 0 || at != V + i * MODEL_2M)
			return false;
	}
	return model_check(s->m) == NULL && model_regions(s->m) == track_regions(t) &&
	       scene_stats(s).regions == track_regions(t) &&
	       scene_stats(s).mapped_bytes == mapped * MODEL_2M && model_tces(s->m) == 2 * mapped;
}

static void
test_random(void **state)
{
	static const uint64_t seeds[] = { 7, 1234567, 0xfeedface };
	unsigned int i, step, at, n;
	struct scene *s;
	struct track t;
	uint64_t seed;
	bool ok;

	(void)state;
	for (i = 0; i < 3; i++) {
		seed = seeds[i];
		memset(&t, 0, sizeof(t));
		/* a window of 64 pages for 96 pages of memory */
		s = scene_two(model_pseries, 64 * MODEL_2M, MODEL_2M);
		model_add_memory(s->m, V, PAGES * MODEL_2M, 21);
		for (step = 0; step < 3000; step++) {
			n = 1 + (unsigned int)(rnd(&seed) % 12);
			at = (unsigned int)(rnd(&seed) % (PAGES - n));
			if (rnd(&seed) % 2)
				ok = track_map(s, &t, at, n, (unsigned int)(rnd(&seed) % 5));
			else
				ok = track_unmap(s, &t, at, n);
			if (!ok || !track_agrees(s, &t))
				fail_msg("seed %" PRIu64 ", step %u", seeds[i], step);
		}
		scene_end(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("map_random", tests, NULL, NULL);
}
