/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "memory/grants.h"

struct holdings holdings;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of holdings */

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Spans do not overlap, so the first address orders them. */
static int
span_cmp(const struct span *a, const struct span *b)
{
	return compare(a->vaddr, b->vaddr);
}

static int
grant_cmp(const struct grant *a, const struct grant *b)
{
	int ret = compare(a->vaddr, b->vaddr);

	if (ret == 0)
		ret = compare(a->len, b->len);
	if (ret == 0)
		ret = compare(a->iova, b->iova);
	return ret != 0 ? ret : compare((uintptr_t)a->owner, (uintptr_t)b->owner);
}

/* RB_GENERATE_STATIC() asks for a macro that libbsd does not define on Linux. */
#define TREE_FUNCTION __attribute__((unused)) static
RB_GENERATE_INTERNAL(span_tree, span, node, span_cmp, TREE_FUNCTION)
RB_GENERATE_INTERNAL(grant_tree, grant, node, grant_cmp, TREE_FUNCTION)

void
holdings_init(struct holdings *h)
{
	RB_INIT(&h->spans);
	RB_INIT(&h->grants);
	TAILQ_INIT(&h->unused);
}

void
holdings_fini(struct holdings *h)
{
	struct grant *g;
	struct span *s;

	while ((g = RB_ROOT(&h->grants)) != NULL) {
		RB_REMOVE(grant_tree, &h->grants, g);
		free(g);
	}
	while ((s = RB_ROOT(&h->spans)) != NULL) {
		RB_REMOVE(span_tree, &h->spans, s);
		free(s);
	}
	holdings_init(h);
}

static bool
overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b ? b - a < a_len : a - b < b_len;
}

static void
ref(struct holdings *h, struct span *s)
{
	if (s->refs++ == 0)
		TAILQ_REMOVE(&h->unused, s, unused);
}

static void
unref(struct holdings *h, struct span *s)
{
	if (--s->refs == 0)
		TAILQ_INSERT_TAIL(&h->unused, s, unused);
}

struct span *
holdings_add_span(struct holdings *h, uint64_t vaddr, uint64_t len, uint64_t iova)
{
	struct span *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->vaddr = vaddr;
	s->len = len;
	s->iova = iova;
	/* What was given there before was not mapped any more. */
	holdings_drop_range(h, vaddr, len);
	RB_INSERT(span_tree, &h->spans, s);
	TAILQ_INSERT_TAIL(&h->unused, s, unused);
	return s;
}

void
holdings_keep(struct holdings *h, struct span *s)
{
	ref(h, s);
}

struct span *
holdings_span_at(struct holdings *h, uint64_t vaddr)
{
	struct span key = { .vaddr = vaddr }, *next, *prev;

	next = RB_NFIND(span_tree, &h->spans, &key);
	prev = next != NULL ? RB_PREV(span_tree, &h->spans, next) : RB_MAX(span_tree, &h->spans);
	return prev != NULL && vaddr - prev->vaddr < prev->len ? prev : next;
}

struct span *
holdings_next_span(struct span *s)
{
	return RB_NEXT(span_tree, NULL, s);
}

void
holdings_drop_span(struct holdings *h, struct span *s)
{
	holdings_drop_range(h, s->vaddr, s->len);
	if (s->refs == 0)
		TAILQ_REMOVE(&h->unused, s, unused);
	RB_REMOVE(span_tree, &h->spans, s);
	free(s);
}

struct span *
holdings_unused(const struct holdings *h)
{
	return TAILQ_FIRST(&h->unused);
}

struct grant *
holdings_find(struct holdings *h, const void *owner, uint64_t vaddr, uint64_t len, uint64_t iova)
{
	struct grant key = { .owner = owner, .vaddr = vaddr, .len = len, .iova = iova };

	return RB_FIND(grant_tree, &h->grants, &key);
}

int
holdings_grant(struct holdings *h, const void *owner, uint64_t vaddr, uint64_t len, uint64_t iova)
{
	struct grant *g = holdings_find(h, owner, vaddr, len, iova);
	struct span *s;

	if (g == NULL) {
		g = calloc(1, sizeof(*g));
		if (g == NULL)
			return -ENOMEM;
		*g = (struct grant){ .owner = owner, .vaddr = vaddr, .len = len, .iova = iova };
		RB_INSERT(grant_tree, &h->grants, g);
		for (s = holdings_span_at(h, vaddr);
		     s != NULL && overlap(s->vaddr, s->len, vaddr, len); s = holdings_next_span(s))
			ref(h, s);
	}
	g->count++;
	return 0; /* NOLINT(clang-analyzer-unix.Malloc): the tree has it */
}

static void
drop(struct holdings *h, struct grant *g)
{
	struct span *s;

	for (s = holdings_span_at(h, g->vaddr);
	     s != NULL && overlap(s->vaddr, s->len, g->vaddr, g->len); s = holdings_next_span(s))
		unref(h, s);
	RB_REMOVE(grant_tree, &h->grants, g);
	free(g);
}

void
holdings_put(struct holdings *h, struct grant *g)
{
	if (--g->count == 0)
		drop(h, g);
}

void
holdings_drop_owner(struct holdings *h, const void *owner)
{
	struct grant *g, *next;

	for (g = RB_MIN(grant_tree, &h->grants); g != NULL; g = next) {
		next = RB_NEXT(grant_tree, &h->grants, g);
		if (g->owner == owner)
			drop(h, g);
	}
}

void
holdings_drop_range(struct holdings *h, uint64_t vaddr, uint64_t len)
{
	struct grant *g, *next;

	for (g = RB_MIN(grant_tree, &h->grants); g != NULL; g = next) {
		next = RB_NEXT(grant_tree, &h->grants, g);
		if (overlap(g->vaddr, g->len, vaddr, len))
			drop(h, g);
	}
}

static struct grant *
first_of(struct holdings *h, const void *owner)
{
	struct grant *g;

	RB_FOREACH(g, grant_tree, &h->grants)
	if (g->owner == owner)
		return g;
	return NULL;
}

void
holdings_drop_pool(struct holdings *h, const void *pool)
{
	struct grant *g;
	struct span *s;

	while ((g = first_of(h, pool)) != NULL) {
		s = holdings_span_at(h, g->vaddr);
		if (s != NULL && s->unlisted && overlap(s->vaddr, s->len, g->vaddr, g->len))
			holdings_drop_range(h, g->vaddr, g->len);
		else
			drop(h, g);
	}
}

void
holdings_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

void
holdings_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void
holdings_forget(uint64_t vaddr, uint64_t len)
{
	holdings_drop_range(&holdings, vaddr, len);
}
