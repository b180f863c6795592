/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Random histories: processes that map and unmap, lose groups and get them back,
 * fork and are killed. After each step the space, the simulated kernel and a plain
 * account of the test agree.
 *
 * DDW_SEED=N repeats one history, DDW_STEPS=N sets how many steps there are in all.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include "environment.h"
#include "history.h"

#define HISTORY_STEPS 10000
#if defined(__SANITIZE_ADDRESS__)
#define STEPS 100000
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STEPS 100000
#endif
#endif
#ifndef STEPS
#define STEPS 1000000
#endif

static void
map_pages(struct world *w, struct area *a, unsigned int at, unsigned int n, unsigned int piece,
	  bool fixed)
{
	struct ddw_mapping m = {
		.vaddr = a->vaddr + at * a->size,
		.len = n * a->size,
		.piece = piece * a->size,
		.page_size = a->size,
	};
	int ret, want;

	if (fixed) {
		m.flags = DDW_MAP_FIXED;
		m.iova = w->main.start + (uint64_t)pick(&w->random, 70) * a->size;
	}
	want = account_foresee(w, a, at, n, &m);
	ddw_error_clear(&w->err);
	ret = ddw_space_map_memory(w->space, &m, &w->err);
	CHECK(w, ret == want);
	if (ret == 0) {
		CHECK(w, account_in_main(w, a) ? account_free(w, m.iova, m.len) : true);
		account_mapped(w, a, at, n, piece, m.iova);
	} else {
		CHECK(w, is_told(w, ret));
	}
	account_agrees(w, a, at, n);
}

static void
op_map(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int n = 1 + pick(&w->random, 12);
	unsigned int at = pick(&w->random, a->n - n);
	bool fixed = a == &w->huge && pick(&w->random, 8) == 0;

	map_pages(w, a, at, n, pick(&w->random, 5), fixed);
}

static void
unmap_pages(struct world *w, struct area *a, unsigned int at, unsigned int n)
{
	uint64_t vaddr = a->vaddr + at * a->size, bytes = 0;
	unsigned int i;
	int ret;

	ddw_error_clear(&w->err);
	ret = ddw_space_unmap(w->space, vaddr, n * a->size, &bytes, &w->err);
	/* pages of a size that is mapped nowhere */
	CHECK(w, ret == (account_in_main(w, a) || w->has_small ? 0 : -EINVAL));
	CHECK(w, bytes == account_unmapped(a, at, n) * a->size);
	/* the memory goes, but for what stays registered */
	for (i = at; i < at + n; i++)
		if (!a->pages[i].held)
			replace_memory(w, a, i, 1);
	account_agrees(w, a, at, n);
}

static void
op_unmap(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int n = 1 + pick(&w->random, 12);

	unmap_pages(w, a, pick(&w->random, a->n - n), n);
}

/* As EAL does it: the next page that is free, by itself. */
static void
op_grow(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int i, from = pick(&w->random, a->n);

	for (i = 0; i < a->n; i++)
		if (a->pages[(from + i) % a->n].region == 0)
			break;
	if (i < a->n)
		map_pages(w, a, (from + i) % a->n, 1, 1, false);
}

static void
op_shrink(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int i, from = pick(&w->random, a->n);

	for (i = 0; i < a->n; i++)
		if (a->pages[(from + i) % a->n].mapped)
			break;
	if (i < a->n)
		unmap_pages(w, a, (from + i) % a->n, 1);
}

static void
op_reserve(struct world *w)
{
	struct reserved *r = &w->reserved[pick(&w->random, HISTORY_RESERVED)];
	unsigned int n = 1 + pick(&w->random, 8);
	int ret;

	if (r->len != 0) {
		ddw_space_unreserve(w->space, r->iova, r->len);
		r->len = 0;
	} else {
		ret = ddw_space_reserve(w->space, n * MODEL_2M, MODEL_2M, &r->iova);
		CHECK(w, ret == (account_room(w, &w->huge, n) ? 0 : -ENOSPC));
		CHECK(w, ret != 0 || account_free(w, r->iova, n * MODEL_2M));
		r->len = ret == 0 ? n * MODEL_2M : 0;
	}
	account_agrees(w, NULL, 0, 0);
}

/* What is written into pages that could not be mapped leads nowhere. */
static void
op_poison(struct world *w)
{
	uint64_t len = (uint64_t)(1 + pick(&w->random, 8)) * MODEL_64K, iova, at;
	unsigned int i;

	iova = ddw_space_poison(w->space);
	for (i = 0; i < HISTORY_GROUPS; i++)
		for (at = 0; is_attached(w, i) && at < len; at += MODEL_4K)
			CHECK(w, model_dma(w->m, group_number(i), iova + at, 1, &(uint64_t){ 0 }) ==
					 -EFAULT);
	account_agrees(w, NULL, 0, 0);
}

/* A group goes as EAL closes it; a child may keep it where it is. */
static void
op_lose(struct world *w)
{
	unsigned int i = pick(&w->random, HISTORY_GROUPS);

	if (w->group[i] < 0)
		return;
	close_group(w, i);
	CHECK(w, model_attached(w->m, group_number(i)) == held_by_child(w, i));
	/* it may be noticed at once, or by the next call that fails */
	if (pick(&w->random, 2) != 0)
		CHECK(w, ddw_space_group_alive(w->space, (unsigned int)w->index[i]) ==
				 held_by_child(w, i));
	account_agrees(w, NULL, 0, 0);
}

static void
refused(struct world *w, unsigned int i, int ret)
{
	CHECK(w, is_told(w, ret));
	/* its window is elsewhere, or the limit does not allow for its table or the memory */
	if (w->limit == 0 || ret != -ENOMEM)
		CHECK(w, is_misfit(w, i) && w->err.msg == DDW_MSG_RANGE_MISMATCH);
	CHECK(w, !model_attached(w->m, group_number(i)));
	close_group(w, i);
}

/* A group comes, or comes back: all memory is where it was. */
static void
op_join(struct world *w)
{
	unsigned int i = pick(&w->random, HISTORY_GROUPS);
	int ret;

	if (w->group[i] >= 0)
		return;
	if (open_group(w, i) < 0) {
		CHECK(w, held_by_child(w, i));
		return;
	}
	CHECK(w, !held_by_child(w, i));
	if (w->index[i] >= 0)
		CHECK(w, !ddw_space_group_alive(w->space, (unsigned int)w->index[i]));
	ddw_error_clear(&w->err);
	ret = ddw_space_join(w->space, group_number(i), "a group that comes", w->container[i],
			     w->group[i], &w->err);
	CHECK(w, (ret < 0) >= is_misfit(w, i));
	if (ret < 0)
		refused(w, i, ret);
	else
		w->index[i] = ret;
	account_agrees(w, NULL, 0, 0);
}

static void
op_fork(struct world *w)
{
	unsigned int c = pick(&w->random, HISTORY_CHILDREN), i;

	if (w->children[c] >= 0) {
		child_ends(w, c);
		account_agrees(w, NULL, 0, 0);
		return;
	}
	w->children[c] = model_fork(w->m);
	w->held[c] = 0;
	for (i = 0; i < HISTORY_GROUPS; i++)
		if (w->group[i] >= 0)
			w->held[c] |= 1u << i;
}

/* In the child nothing works, and trying changes nothing. */
static void
op_ask_child(struct world *w)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	int child = model_fork(w->m), ret;
	unsigned int i, n = 1 + pick(&w->random, 12);
	unsigned int at = pick(&w->random, w->huge.n - n);
	uint64_t vaddr = w->huge.vaddr + at * MODEL_2M, iova;

	model_switch(w->m, child);
	for (i = 0; i < HISTORY_GROUPS; i++) {
		if (!is_attached(w, i))
			continue;
		ret = w->sys->ioctl(w->sys->ctx, w->container[i], VFIO_IOMMU_SPAPR_TCE_GET_INFO,
				    &info);
		CHECK(w, ret == -EPERM);
	}
	ddw_error_clear(&w->err);
	ret = ddw_space_map(w->space, vaddr, n * MODEL_2M, 0, &iova, &w->err);
	CHECK(w, is_told(w, ret) && w->err.msg == DDW_MSG_FORKED);
	ddw_error_clear(&w->err);
	ret = ddw_space_unmap(w->space, vaddr, MODEL_2M, NULL, &w->err);
	CHECK(w, is_told(w, ret) && w->err.msg == DDW_MSG_FORKED);
	model_switch(w->m, w->process);
	model_exit(w->m, child);
	account_agrees(w, &w->huge, at, n);
}

/* A process ends, killed or in order; its children may or may not live on. */
static void
op_end(struct world *w)
{
	bool killed = pick(&w->random, 2) != 0;
	unsigned int c;

	if (killed)
		life_killed(w);
	else
		life_end(w);
	for (c = 0; c < HISTORY_CHILDREN && pick(&w->random, 2) != 0; c++)
		if (w->children[c] >= 0) {
			model_exit(w->m, w->children[c]);
			w->children[c] = -1;
		}
	life_begin(w);
}

static const struct {
	const char *name;
	void (*run)(struct world *w);
	unsigned int weight;
} ops[] = {
	{ "map", op_map, 26 },
	{ "unmap", op_unmap, 22 },
	{ "grow", op_grow, 13 },
	{ "shrink", op_shrink, 10 },
	{ "reserve", op_reserve, 5 },
	{ "poison", op_poison, 1 },
	{ "lose", op_lose, 4 },
	{ "join", op_join, 5 },
	{ "fork", op_fork, 2 },
	{ "child", op_ask_child, 1 },
	{ "pin", op_pin, 4 },
	{ "unpin", op_unpin, 3 },
	{ "map of pinned", op_map_pinned, 4 },
};
#define N_OPS	  (sizeof(ops) / sizeof(ops[0]))
#define END_EVERY 400 /* steps of a life, on average */

static unsigned int done[N_OPS], lives;

static void
step(struct world *w)
{
	unsigned int i, roll;

	if (pick(&w->random, END_EVERY) == 0) {
		w->op = "end of a process";
		op_end(w);
		lives++;
		return;
	}
	roll = pick(&w->random, 100);
	for (i = 0; roll >= ops[i].weight; i++)
		roll -= ops[i].weight;
	w->op = ops[i].name;
	ops[i].run(w);
	done[i]++;
}

static void
play(uint64_t seed, unsigned int steps)
{
	struct world *w = world_new(seed);

	for (w->step = 1; w->step <= steps; w->step++)
		step(w);
	world_end(w);
}

static void
test_random_histories_agree_with_account(void **state)
{
	uint64_t all = env_number("DDW_STEPS", STEPS), seed = env_seed(), steps, i;

	(void)state;
	if (getenv("DDW_SEED") != NULL) {
		play(seed, (unsigned int)env_number("DDW_STEPS", HISTORY_STEPS));
		return;
	}
	printf("histories: first seed %" PRIu64 "\n", seed);
	for (i = 0; all != 0; all -= steps, i++) {
		steps = all < HISTORY_STEPS ? all : HISTORY_STEPS;
		play(seed + i, (unsigned int)steps);
	}
	printf("histories: %" PRIu64 " with", i);
	for (i = 0; i < N_OPS; i++)
		printf(" %u %s,", done[i], ops[i].name);
	printf(" %u processes ended\n", lives);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_histories_agree_with_account),
	};

	return cmocka_run_group_tests_name("histories", tests, NULL, NULL);
}
