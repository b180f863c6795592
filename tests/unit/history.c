/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define HUGE_PAGES  HISTORY_PAGES
#define SMALL_PAGES 40
#define SMALL_VADDR (SCENE_VADDR + (UINT64_C(1) << 40))
/* What the windows are planned for: less than there is. */
#define WINDOW_PAGES 64

void
history_fail(const struct world *w, const char *text)
{
	const char *broken = model_check(w->m);

	print_error("DDW_SEED=%" PRIu64 " repeats it: step %u, %s\n%s%s\n", w->seed, w->step, w->op,
		    broken != NULL ? broken : "", w->err.what);
	fail_msg("%s", text);
	abort();
}

bool
is_told(const struct world *w, int ret)
{
	return ret < 0 && w->err.err == ret && w->err.msg > DDW_MSG_NONE &&
	       w->err.msg < DDW_MSG_COUNT && w->err.what[0] != '\0' && w->err.why[0] != '\0' &&
	       w->err.fix[0] != '\0';
}

struct area *
some_area(struct world *w)
{
	return pick(&w->random, 4) == 0 ? &w->pages : &w->huge;
}

void
replace_memory(struct world *w, const struct area *a, unsigned int at, unsigned int n)
{
	uint64_t vaddr = a->vaddr + at * a->size;

	model_free_memory(w->m, vaddr, n * a->size);
	model_add_memory(w->m, vaddr, n * a->size, a->shift);
}

int
group_number(unsigned int i)
{
	return (int)i + 1;
}

bool
held_by_child(const struct world *w, unsigned int i)
{
	unsigned int c;

	for (c = 0; c < HISTORY_CHILDREN; c++)
		if (w->children[c] >= 0 && (w->held[c] >> i & 1) != 0)
			return true;
	return false;
}

bool
is_attached(const struct world *w, unsigned int i)
{
	return w->index[i] >= 0 && (w->group[i] >= 0 || held_by_child(w, i));
}

unsigned int
n_attached(const struct world *w)
{
	unsigned int i, n = 0;

	for (i = 0; i < HISTORY_GROUPS; i++)
		n += is_attached(w, i);
	return n;
}

bool
is_misfit(const struct world *w, unsigned int i)
{
	if (w->began_empty && w->small_defaults && w->plan.mode == DDW_MODE_DMA32)
		return true;
	return i == HISTORY_GROUPS - 1 && w->plan.mode == DDW_MODE_DDW && !w->plan.low &&
	       model_group_cfg(w->m, group_number(i))->high_start != MODEL_HIGH;
}

int
open_group(struct world *w, unsigned int i)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%d", group_number(i));
	w->group[i] = w->sys->open(w->sys->ctx, path, O_RDWR);
	return w->group[i];
}

void
close_group(struct world *w, unsigned int i)
{
	CHECK(w, w->sys->close(w->sys->ctx, w->group[i]) == 0);
	w->group[i] = -1;
}

static void
make_area(struct world *w, struct area *a, uint64_t vaddr, unsigned int shift, unsigned int n)
{
	*a = (struct area){ .vaddr = vaddr, .size = UINT64_C(1) << shift, .shift = shift, .n = n };
	model_add_memory(w->m, vaddr, n * a->size, shift);
}

struct world *
world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	struct model_group_cfg cfg;
	bool powernv;
	unsigned int i;

	assert_non_null(w);
	w->seed = seed;
	w->random = random_state(seed);
	w->op = "begin";
	w->m = model_create();
	w->sys = model_sys(w->m);
	powernv = pick(&w->random, 2) != 0;
	w->small_defaults = pick(&w->random, 2) != 0;
	for (i = 0; i < HISTORY_GROUPS; i++) {
		cfg = powernv ? model_powernv(group_number(i)) : model_pseries(group_number(i));
		if (w->small_defaults)
			cfg.dma32_size = 64 * MODEL_2M;
		if (i == HISTORY_GROUPS - 1 && powernv)
			cfg.pgsizes = cfg.firmware_pgs = MODEL_4K | MODEL_64K;
		else if (i == HISTORY_GROUPS - 1)
			cfg.high_start = MODEL_HIGH << 1;
		model_add_group(w->m, &cfg);
	}
	for (i = 0; i < HISTORY_CHILDREN; i++)
		w->children[i] = -1;
	make_area(w, &w->huge, SCENE_VADDR, 21, HUGE_PAGES);
	make_area(w, &w->pages, SMALL_VADDR, MODEL_PAGE_SHIFT, SMALL_PAGES);
	life_begin(w);
	return w;
}

/* What this process asks for. */
static void
choose(struct world *w)
{
	bool powernv = model_group_cfg(w->m, 1)->platform == MODEL_POWERNV;

	memset(&w->in, 0, sizeof(w->in));
	w->in.memlock.unlimited = true;
	w->in.n_memory = 1;
	w->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, WINDOW_PAGES * MODEL_2M, 0 };
	w->v1 = pick(&w->random, 8) == 0;
	if (w->v1 || pick(&w->random, 8) == 0)
		w->in.wishes.mode = DDW_MODE_DMA32;
	else if (powernv && pick(&w->random, 6) == 0)
		w->in.wishes.low = true;
	ddw_space_choose_iommu(w->space, w->v1 ? DDW_IOMMU_V1 : DDW_IOMMU_AUTO);
}

/* Attach groups at random; those that a child process has are refused. */
static unsigned int
attach_some(struct world *w)
{
	unsigned int i, n = 0, wanted = pick(&w->random, HISTORY_GROUPS);

	for (i = 0; i < wanted; i++) {
		if (open_group(w, i) < 0) {
			CHECK(w, held_by_child(w, i));
			continue;
		}
		CHECK(w, !held_by_child(w, i));
		w->index[i] = ddw_space_attach(w->space, group_number(i), "a group",
					       w->container[i], w->group[i], &w->err);
		CHECK(w, w->index[i] == (int)n);
		n++;
	}
	return n;
}

static void
open_windows(struct world *w, unsigned int attached)
{
	int ret;

	w->began_empty = attached == 0;
	if (attached == 0) {
		/* Which platform it is, and whether it has windows at 0, is not known then. */
		w->in.wishes.low = false;
		ret = ddw_space_open_empty(w->space, &w->in, &w->plan, &w->err);
		CHECK(w, ret == 0);
	} else {
		ret = ddw_space_open(w->space, &w->in, &w->plan, w->errors, &w->err);
		CHECK(w, ret == (int)attached);
	}
	CHECK(w, w->plan.mode ==
			 (w->in.wishes.mode == DDW_MODE_DMA32 ? DDW_MODE_DMA32 : DDW_MODE_DDW));
	CHECK(w, ddw_space_window(w->space, DDW_RANGE_MAIN, &w->main) == 0);
	w->has_small = ddw_space_window(w->space, DDW_RANGE_SMALL, &w->small) == 0;
}

void
life_begin(struct world *w)
{
	unsigned int i;

	w->process = model_spawn(w->m);
	model_switch(w->m, w->process);
	w->space = ddw_space_create(w->sys, &w->err);
	CHECK(w, w->space != NULL);
	choose(w);
	for (i = 0; i < HISTORY_GROUPS; i++) {
		w->group[i] = w->index[i] = -1;
		w->container[i] = w->sys->open(w->sys->ctx, "/dev/vfio/vfio", O_RDWR);
		CHECK(w, w->container[i] >= 0);
	}
	open_windows(w, attach_some(w));
	w->limit = 0;
	if (w->plan.mode == DDW_MODE_DDW && pick(&w->random, 4) == 0) {
		w->limit = model_locked(w->m) + 40 * MODEL_2M;
		model_set_memlock(w->m, false, w->limit);
	}
	account_agrees(w, NULL, 0, 0);
}

/* The account of a process that is no more. */
static void
forget(struct world *w)
{
	ddw_space_destroy(w->space);
	memset(w->huge.pages, 0, sizeof(w->huge.pages));
	memset(w->pages.pages, 0, sizeof(w->pages.pages));
	memset(w->reserved, 0, sizeof(w->reserved));
	model_set_memlock(w->m, true, 0);
	model_switch(w->m, 0);
	CHECK(w, model_check_all(w->m) == NULL);
}

void
life_end(struct world *w)
{
	unsigned int i;

	CHECK(w, ddw_space_release(w->space, &w->err) == 0);
	for (i = 0; i < HISTORY_PAGES; i++)
		w->huge.pages[i].held = w->pages.pages[i].held = false;
	account_unmapped(&w->huge, 0, w->huge.n);
	account_unmapped(&w->pages, 0, w->pages.n);
	account_agrees(w, &w->huge, 0, w->huge.n);
	for (i = 0; i < HISTORY_GROUPS; i++) {
		if (w->group[i] >= 0)
			close_group(w, i);
		CHECK(w, w->sys->close(w->sys->ctx, w->container[i]) == 0);
	}
	model_exit(w->m, w->process);
	forget(w);
}

void
life_killed(struct world *w)
{
	unsigned int i;

	model_exit(w->m, w->process);
	for (i = 0; i < HISTORY_GROUPS; i++)
		CHECK(w, model_attached(w->m, group_number(i)) == held_by_child(w, i));
	forget(w);
}

void
child_ends(struct world *w, unsigned int child)
{
	unsigned int i;

	model_exit(w->m, w->children[child]);
	w->children[child] = -1;
	for (i = 0; i < HISTORY_GROUPS; i++)
		if (!held_by_child(w, i) && w->group[i] < 0)
			CHECK(w, !model_attached(w->m, group_number(i)));
}

void
world_end(struct world *w)
{
	const char *left;
	unsigned int i;

	w->op = "end";
	life_end(w);
	for (i = 0; i < HISTORY_CHILDREN; i++)
		if (w->children[i] >= 0) {
			model_exit(w->m, w->children[i]);
			w->children[i] = -1;
		}
	left = model_leaks(w->m);
	if (left != NULL)
		history_fail(w, left);
	model_destroy(w->m);
	free(w);
}
