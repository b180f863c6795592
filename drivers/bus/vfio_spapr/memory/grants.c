/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "memory/grants.h"

struct grants spapr_grants;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of spapr_grants */

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Spans do not overlap, so the first address orders them. */
static int
span_cmp(const struct span *a, const struct span *b)
{
	return compare_u64(a->vaddr, b->vaddr);
}

/* Grants of one class differ in length by less than a factor of two. */
static unsigned int
size_class(uint64_t len)
{
	return 63 - (unsigned int)__builtin_clzll(len | 1);
}

/*
 * Grants may overlap each other. By class, and then by address, those that overlap a range
 * are neighbours, with few others among them.
 */
static int
grant_cmp(const struct grant *a, const struct grant *b)
{
	int ret = compare_u64(size_class(a->len), size_class(b->len));

	if (ret == 0)
		ret = compare_u64(a->vaddr, b->vaddr);
	if (ret == 0)
		ret = compare_u64(a->len, b->len);
	if (ret == 0)
		ret = compare_u64(a->iova, b->iova);
	return ret != 0 ? ret : compare_u64((uintptr_t)a->owner, (uintptr_t)b->owner);
}

static int
owner_cmp(const struct grant *a, const struct grant *b)
{
	int ret = compare_u64((uintptr_t)a->owner, (uintptr_t)b->owner);

	return ret != 0 ? ret : grant_cmp(a, b);
}

/* RB_GENERATE_STATIC() asks for a macro that libbsd does not define on Linux. */
#define TREE_FUNCTION __attribute__((unused)) static
RB_GENERATE_INTERNAL(span_tree, span, node, span_cmp, TREE_FUNCTION)
RB_GENERATE_INTERNAL(grant_tree, grant, node, grant_cmp, TREE_FUNCTION)
RB_GENERATE_INTERNAL(owner_tree, grant, of_owner, owner_cmp, TREE_FUNCTION)

void
spapr_grants_init(struct grants *all)
{
	memset(all, 0, sizeof(*all)); /* the trees are empty */
	TAILQ_INIT(&all->unused);
}

void
spapr_grants_fini(struct grants *all)
{
	struct grant *g;
	struct span *s;

	while ((g = RB_ROOT(&all->grants)) != NULL) {
		RB_REMOVE(grant_tree, &all->grants, g);
		free(g);
	}
	while ((s = RB_ROOT(&all->spans)) != NULL) {
		RB_REMOVE(span_tree, &all->spans, s);
		free(s);
	}
	spapr_grants_init(all);
}

static bool
overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b ? b - a < a_len : a - b < b_len;
}

static void
span_ref(struct grants *all, struct span *s)
{
	if (s->refs++ == 0)
		TAILQ_REMOVE(&all->unused, s, unused);
}

static void
span_unref(struct grants *all, struct span *s)
{
	if (--s->refs == 0)
		TAILQ_INSERT_TAIL(&all->unused, s, unused);
}

struct span *
spapr_grants_add_span(struct grants *all, uint64_t vaddr, uint64_t len)
{
	struct span *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->vaddr = vaddr;
	s->len = len;
	/* Grants from before are of memory that is not mapped any more. */
	spapr_grants_drop_range(all, vaddr, len);
	RB_INSERT(span_tree, &all->spans, s);
	TAILQ_INSERT_TAIL(&all->unused, s, unused);
	return s;
}

struct span *
spapr_grants_split_span(struct grants *all, struct span *s, uint64_t vaddr)
{
	struct span *rest;

	if (vaddr <= s->vaddr || vaddr - s->vaddr >= s->len)
		return s;
	rest = calloc(1, sizeof(*rest));
	if (rest == NULL)
		return NULL;
	rest->vaddr = vaddr;
	rest->len = s->len - (vaddr - s->vaddr);
	rest->unlisted = s->unlisted;
	s->len -= rest->len;
	RB_INSERT(span_tree, &all->spans, rest);
	TAILQ_INSERT_TAIL(&all->unused, rest, unused);
	return rest;
}

void
spapr_grants_keep(struct grants *all, struct span *s)
{
	span_ref(all, s);
}

struct span *
spapr_grants_span_at(struct grants *all, uint64_t vaddr)
{
	struct span key = { .vaddr = vaddr }, *next, *prev;

	next = RB_NFIND(span_tree, &all->spans, &key);
	prev = next != NULL ? RB_PREV(span_tree, &all->spans, next)
			    : RB_MAX(span_tree, &all->spans);
	return prev != NULL && vaddr - prev->vaddr < prev->len ? prev : next;
}

struct span *
spapr_grants_next_span(struct span *s)
{
	return RB_NEXT(span_tree, NULL, s);
}

void
spapr_grants_drop_span(struct grants *all, struct span *s)
{
	spapr_grants_drop_range(all, s->vaddr, s->len);
	if (s->refs == 0)
		TAILQ_REMOVE(&all->unused, s, unused);
	RB_REMOVE(span_tree, &all->spans, s);
	free(s);
}

struct span *
spapr_grants_unused(const struct grants *all)
{
	return TAILQ_FIRST(&all->unused);
}

struct grant *
spapr_grants_find(struct grants *all, const void *owner, uint64_t vaddr, uint64_t len,
		  uint64_t iova)
{
	struct grant key = { .owner = owner, .vaddr = vaddr, .len = len, .iova = iova };

	return RB_FIND(grant_tree, &all->grants, &key);
}

int
spapr_grants_grant(struct grants *all, const void *owner, uint64_t vaddr, uint64_t len,
		   uint64_t iova)
{
	struct grant *g = spapr_grants_find(all, owner, vaddr, len, iova);
	struct span *s;

	if (g == NULL) {
		g = calloc(1, sizeof(*g));
		if (g == NULL)
			return -ENOMEM;
		*g = (struct grant){ .owner = owner, .vaddr = vaddr, .len = len, .iova = iova };
		RB_INSERT(grant_tree, &all->grants, g);
		RB_INSERT(owner_tree, &all->owners, g);
		all->in_class[size_class(len)]++;
		for (s = spapr_grants_span_at(all, vaddr);
		     s != NULL && overlaps(s->vaddr, s->len, vaddr, len);
		     s = spapr_grants_next_span(s))
			span_ref(all, s);
	}
	g->count++;
	return 0; /* NOLINT(clang-analyzer-unix.Malloc): the tree has it */
}

static void
drop_grant(struct grants *all, struct grant *g)
{
	struct span *s;

	for (s = spapr_grants_span_at(all, g->vaddr);
	     s != NULL && overlaps(s->vaddr, s->len, g->vaddr, g->len);
	     s = spapr_grants_next_span(s))
		span_unref(all, s);
	RB_REMOVE(grant_tree, &all->grants, g);
	RB_REMOVE(owner_tree, &all->owners, g);
	all->in_class[size_class(g->len)]--;
	free(g);
}

void
spapr_grants_put(struct grants *all, struct grant *g)
{
	if (--g->count == 0)
		drop_grant(all, g);
}

static struct grant *
first_grant_of(struct grants *all, const void *owner)
{
	struct grant key = { .owner = owner };
	struct grant *g = RB_NFIND(owner_tree, &all->owners, &key);

	return g != NULL && g->owner == owner ? g : NULL;
}

void
spapr_grants_drop_owner(struct grants *all, const void *owner)
{
	struct grant *g;

	while ((g = first_grant_of(all, owner)) != NULL)
		drop_grant(all, g);
}

/* Those of one class begin less than the longest of them before the range. */
static void
drop_class(struct grants *all, unsigned int class, uint64_t vaddr, uint64_t len)
{
	uint64_t shortest = UINT64_C(1) << class, longest = shortest + (shortest - 1);
	struct grant key = {
		.vaddr = vaddr > longest ? vaddr - longest : 0,
		.len = class == 0 ? 0 : shortest,
	};
	struct grant *g, *next;

	for (g = RB_NFIND(grant_tree, &all->grants, &key);
	     g != NULL && size_class(g->len) == class &&
	     (g->vaddr < vaddr || g->vaddr - vaddr < len);
	     g = next) {
		next = RB_NEXT(grant_tree, &all->grants, g);
		if (overlaps(g->vaddr, g->len, vaddr, len))
			drop_grant(all, g);
	}
}

void
spapr_grants_drop_range(struct grants *all, uint64_t vaddr, uint64_t len)
{
	unsigned int class;

	for (class = 0; class < GRANT_CLASSES; class ++)
		if (all->in_class[class] != 0)
			drop_class(all, class, vaddr, len);
}

/* Drop what others were given of a range, where it was mapped for mempools. */
static void
drop_in_unlisted(struct grants *all, uint64_t vaddr, uint64_t len)
{
	struct span *s;
	uint64_t from, to;

	for (s = spapr_grants_span_at(all, vaddr);
	     s != NULL && overlaps(s->vaddr, s->len, vaddr, len); s = spapr_grants_next_span(s)) {
		from = s->vaddr > vaddr ? s->vaddr : vaddr;
		to = s->vaddr + s->len < vaddr + len ? s->vaddr + s->len : vaddr + len;
		if (s->unlisted)
			spapr_grants_drop_range(all, from, to - from);
	}
}

void
spapr_grants_drop_pool(struct grants *all, const void *pool)
{
	struct grant *g;

	while ((g = first_grant_of(all, pool)) != NULL) {
		uint64_t vaddr = g->vaddr, len = g->len;

		drop_grant(all, g);
		drop_in_unlisted(all, vaddr, len);
	}
}

void
spapr_grants_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

void
spapr_grants_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_grants_forget(uint64_t vaddr, uint64_t len)
{
	spapr_grants_drop_range(&spapr_grants, vaddr, len);
}
