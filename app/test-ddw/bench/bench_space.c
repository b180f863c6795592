/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_space.h"
#include "common/groups.h"
#include "common/pci.h"

struct bench_space {
	struct ddw_space *space;
	struct groups groups;
	/* Too large for the stack. */
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error errors[DDW_MAX_GROUPS];
};

static bool
is_chosen(const struct bench_groups *g, int group)
{
	unsigned int i;

	for (i = 0; i < g->n; i++)
		if (g->list[i].group == group)
			return true;
	return false;
}

static int
explain_no_groups(struct bench_groups *g, const struct ddw_error *err)
{
	char text[DDW_ERROR_TEXT];

	g->n = 0;
	snprintf(g->why, sizeof(g->why), "%s", ddw_error_format(err, text));
	return err->err;
}

static int
choose_named(struct bench *b, const struct pci_devices *all)
{
	struct bench_groups *g = &b->groups;
	struct ddw_error err = { 0 };
	unsigned int i, k;

	for (i = 0; i < b->options.n_devices; i++) {
		const char *name = b->options.devices[i];

		for (k = 0; k < all->n && strcmp(all->list[k].name, name) != 0; k++)
			;
		if (k == all->n || !all->list[k].vfio || all->list[k].group < 0) {
			g->n = 0;
			snprintf(g->why, sizeof(g->why),
				 "--device %s: no such device is bound to vfio-pci; bind it "
				 "(dpdk-devbind.py -b vfio-pci %s), or look for others "
				 "(dpdk-devbind.py -s)",
				 name, name);
			return -ENODEV;
		}
		if (is_chosen(g, all->list[k].group))
			continue;
		if (test_ddw_group_check(b->host->sys, all->list[k].group, name, &err) != 0)
			return explain_no_groups(g, &err);
		g->list[g->n++] = all->list[k];
	}
	return 0;
}

static int
choose_first(struct bench *b, const struct pci_devices *all)
{
	struct ddw_error err = { 0 }, first = { 0 };
	struct bench_groups *g = &b->groups;
	unsigned int i;

	for (i = 0; i < all->n; i++) {
		if (!all->list[i].vfio || all->list[i].group < 0)
			continue;
		if (test_ddw_group_check(b->host->sys, all->list[i].group, all->list[i].name,
					 &err) == 0) {
			g->list[g->n++] = all->list[i];
			return 0;
		}
		if (first.err == 0)
			first = err;
	}
	if (first.err != 0)
		return explain_no_groups(g, &first);
	snprintf(g->why, sizeof(g->why),
		 "no device is bound to vfio-pci; bind one (dpdk-devbind.py -b vfio-pci ADDRESS)");
	return 0;
}

static int
choose_groups(struct bench *b)
{
	struct pci_devices all;
	int ret = test_ddw_pci_read(b->host->sys, &all);

	if (ret != 0) {
		snprintf(b->groups.why, sizeof(b->groups.why), "out of memory");
		return ret;
	}
	ret = b->options.n_devices > 0 ? choose_named(b, &all) : choose_first(b, &all);
	test_ddw_pci_free(&all);
	return ret;
}

static void
free_space(struct bench *b, struct bench_space *s)
{
	test_ddw_groups_close(&s->groups, b->host->sys);
	if (s->space != NULL)
		ddw_space_destroy(s->space);
	free(s);
}

/* Open the groups and attach them to a new space, without opening windows. */
static struct bench_space *
attach_groups(struct bench *b, struct ddw_error *err)
{
	struct bench_space *s = calloc(1, sizeof(*s));
	const struct bench_groups *g = &b->groups;
	unsigned int i;

	if (s == NULL) {
		(void)ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot open the groups");
		return NULL;
	}
	s->space = ddw_space_create(b->host->sys, err);
	for (i = 0; s->space != NULL && i < g->n; i++) {
		if (test_ddw_groups_attach(&s->groups, b->host->sys, s->space, g->list[i].group,
					   g->list[i].name, err) < 0)
			break;
	}
	if (s->space != NULL && i == g->n)
		return s;
	free_space(b, s);
	return NULL;
}

/* Reduce capabilities to those of both groups. */
static void
join_caps(struct ddw_caps *all, const struct ddw_caps *one)
{
	all->pgsizes &= one->pgsizes;
	all->v1 = all->v1 || one->v1;
	if (one->max_windows == UINT32_MAX || one->max_windows < all->max_windows)
		all->max_windows = one->max_windows;
	if (one->dma32_size < all->dma32_size)
		all->dma32_size = one->dma32_size;
	if (one->levels < all->levels)
		all->levels = one->levels;
}

static int
read_caps(struct bench *b)
{
	struct bench_groups *g = &b->groups;
	struct ddw_error err = { 0 };
	struct bench_space *s = attach_groups(b, &err);
	unsigned int i;

	if (s == NULL)
		return explain_no_groups(g, &err);
	ddw_space_caps(s->space, &s->in);
	g->caps = s->in.groups[0].caps;
	for (i = 1; i < s->in.n_groups; i++)
		join_caps(&g->caps, &s->in.groups[i].caps);
	free_space(b, s);
	return 0;
}

/*
 * An unusable group is a failure; having none is not, unless the user named it. After a
 * failure no window is requested: it might be refused as well.
 */
bool
bench_groups_get(struct bench *b)
{
	struct bench_groups *g = &b->groups;
	int ret = 0;

	if (!g->known) {
		g->known = true;
		if (b->host->is_power(g->why, sizeof(g->why)))
			ret = choose_groups(b);
		if (ret == 0 && g->n > 0)
			ret = read_caps(b);
	}
	if (g->n > 0 && !b->failed)
		return true;
	if (g->n > 0)
		bench_skip(b, "", "skipped after an earlier failure");
	else if (ret != 0)
		bench_fail(b, "", "%s", g->why);
	else
		bench_skip(b, "", "%s", g->why);
	return false;
}

uint64_t
bench_pages(const struct bench *b, uint64_t hugepage)
{
	const struct ddw_caps *caps = &b->groups.caps;
	uint64_t pages = caps->pgsizes & (hugepage | (hugepage - 1));

	if (caps->v1 || caps->max_windows == 0 || caps->max_windows == UINT32_MAX)
		return 0;
	/* pSeries: the kernel names 4K whatever firmware says (SPAPR_DDW_PGSIZES). */
	return caps->levels > 1 ? pages : pages & ~UINT64_C(4096);
}

/* Plan the windows; fail unless all groups are accepted, and leave no second try. */
static int
plan_windows(struct bench *b, struct bench_space *s, const struct bench_wish *wish,
	     struct ddw_error *err)
{
	uint64_t page = wish->page != 0 ? wish->page : UINT64_C(65536);
	const struct ddw_sys *sys = b->host->sys;
	unsigned int i;
	int ret;

	ddw_space_caps(s->space, &s->in);
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ page, wish->window, wish->memory };
	s->in.wishes = (struct ddw_plan_wishes){ .mode = wish->mode,
						 .page_size = wish->page,
						 .window_size = wish->window };
	if (wish->window == 0)
		s->in.memory[0].exist_bytes = wish->memory;
	ret = sys->memlock(sys->ctx, &s->in.memlock);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_MEMLOCK, ret, "the memlock limit cannot be read: %s",
				strerror(-ret));
	ret = ddw_plan_make(&s->in, &s->plan, err);
	for (i = 0; ret == 0 && i < s->in.n_groups; i++) {
		if (s->plan.windows[i].accepted)
			continue;
		*err = s->plan.windows[i].error;
		ret = err->err;
	}
	s->plan.min_size = s->plan.size;
	return ret;
}

struct bench_space *
bench_space_open(struct bench *b, const struct bench_wish *wish)
{
	struct ddw_error err = { 0 };
	struct bench_space *s = attach_groups(b, &err);
	unsigned int i;
	int ret;

	if (s == NULL) {
		bench_fail_ddw(b, "", &err);
		return NULL;
	}
	ret = plan_windows(b, s, wish, &err);
	if (ret == 0) {
		ret = ddw_space_open_windows(s->space, &s->plan, s->errors);
		for (i = 0; i < s->in.n_groups && err.err == 0; i++)
			err = s->errors[i];
	}
	if (ret >= 0 && err.err == 0)
		return s;
	bench_fail_ddw(b, "", &err);
	free_space(b, s);
	return NULL;
}

struct ddw_space *
bench_space_get(struct bench_space *s)
{
	return s->space;
}

double
bench_space_create_us(struct bench_space *s)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(s->space, &stats);
	return (double)stats.ops[DDW_OP_CREATE].ns / 1000 / s->in.n_groups;
}

double
bench_space_remove_us(struct bench *b, struct bench_space *s)
{
	struct vfio_iommu_spapr_tce_remove arg = { .argsz = sizeof(arg) };
	const struct ddw_sys *sys = b->host->sys;
	struct ddw_group_info info;
	unsigned int i;
	uint64_t t0;
	double us = 0;
	int ret;

	for (i = 0; i < s->in.n_groups; i++) {
		(void)ddw_space_group(s->space, i, &info); /* it is there */
		arg.start_addr = info.start;
		t0 = bench_clock(b);
		ret = sys->ioctl(sys->ctx, s->groups.files[i].container,
				 VFIO_IOMMU_SPAPR_TCE_REMOVE, &arg);
		us += bench_us(b, t0);
		if (ret != 0) {
			bench_fail(b, "", "%s: the window cannot be removed: %d", info.name, ret);
			return -1;
		}
	}
	return us / s->in.n_groups;
}

void
bench_space_close(struct bench *b, struct bench_space *s)
{
	struct ddw_error err = { 0 };

	if (ddw_space_release(s->space, &err) != 0)
		bench_fail_ddw(b, "release", &err);
	free_space(b, s);
}
