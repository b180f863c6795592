/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* What a thread does with objects, each of which belongs to one thread at a time. */

#include <inttypes.h>

#include <rte_lcore.h>

#include "stress.h"

#define TRAVELLING UINT32_MAX
#define PHASE	   300 /* steps in which a thread prefers one pool */

/* At the start of a plain object, and in the private area of an mbuf. */
struct tag {
	uint32_t owner; /* a thread, from 1 on; 0: it is in the pool */
	uint32_t unused;
};

void
stress_fill(void *data, uint64_t len, uint64_t number)
{
	uint64_t *words = data, i;

	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = number + i * i;
}

bool
stress_same(const void *data, uint64_t len)
{
	const uint64_t *words = data;
	uint64_t i;

	for (i = 1; i < len / sizeof(*words); i++)
		if (words[i] != words[0] + i * i)
			return false;
	return true;
}

unsigned int
stress_bulk(struct worker *w)
{
	unsigned int most = w->s->conf->bulk, n = 1;

	while (n < most && pick(&w->random, 3) != 0)
		n *= 2;
	n = 1 + pick(&w->random, n);
	return n < most ? n : most;
}

static struct tag *
tag_of(const struct stress *s, void *obj)
{
	return s->conf->mbufs ? rte_mbuf_to_priv(obj) : obj;
}

static void *
data_of(const struct stress *s, void *obj)
{
	struct rte_mbuf *m = obj;

	return s->conf->mbufs ? m->buf_addr : (char *)obj + sizeof(struct tag);
}

static void
change_owner(struct stress *s, void *obj, uint32_t from, uint32_t to)
{
	uint32_t was = __atomic_exchange_n(&tag_of(s, obj)->owner, to, __ATOMIC_ACQ_REL);

	if (was != from)
		rig_wrong("object %p of %s belongs to %" PRIu32 ", not to %" PRIu32, obj,
			  rte_mempool_from_obj(obj)->name, was, from);
}

/* What was written is there, and devices reach it. */
static void
look_at(struct stress *s, void *obj)
{
	if (!stress_same(data_of(s, obj), s->conf->size))
		rig_wrong("object %p of %s has other contents", obj,
			  rte_mempool_from_obj(obj)->name);
	(void)rig_object(rte_mempool_from_obj(obj), obj);
	if (s->conf->mbufs)
		(void)rig_mbuf(obj);
}

/* Objects of one pool may come back together, mbufs of several too. */
static void
give_back(struct stress *s, void **objs, unsigned int n)
{
	unsigned int i, first;

	if (s->conf->mbufs) {
		rte_pktmbuf_free_bulk((struct rte_mbuf **)objs, n);
		return;
	}
	for (first = 0, i = 1; i <= n; i++) {
		if (i < n && rte_mempool_from_obj(objs[i]) == rte_mempool_from_obj(objs[first]))
			continue;
		rte_mempool_put_bulk(rte_mempool_from_obj(objs[first]), objs + first, i - first);
		first = i;
	}
}

/* The last ones, or some from the middle, in whose place the last ones come. */
static void
give(struct worker *w, unsigned int n)
{
	struct stress *s = w->s;
	unsigned int i, at;
	void *obj;

	if (n > w->n)
		n = w->n;
	for (i = 0; i < n; i++) {
		at = pick(&w->random, w->n - i);
		obj = w->held[at];
		w->held[at] = w->held[w->n - 1 - i];
		w->held[w->n - 1 - i] = obj;
		look_at(s, obj);
		change_owner(s, obj, w->number + 1, 0);
	}
	w->n -= n;
	give_back(s, w->held + w->n, n);
}

/* Mostly the same one for a while, so that room changes hands. */
static struct rte_mempool *
some_pool(struct worker *w)
{
	unsigned int i = pick(&w->random, w->s->conf->pools);

	if (pick(&w->random, 8) != 0)
		i = (unsigned int)(w->done / PHASE) % w->s->conf->pools;
	return w->s->pools[i];
}

static void
take(struct worker *w)
{
	struct stress *s = w->s;
	struct rte_mempool *mp = some_pool(w);
	void **objs = w->held + w->n;
	unsigned int i, n = stress_bulk(w);
	int ret;

	if (w->n + n > s->conf->hold)
		return;
	if (s->conf->mbufs)
		ret = rte_pktmbuf_alloc_bulk(mp, (struct rte_mbuf **)objs, n);
	else
		ret = rte_mempool_get_bulk(mp, objs, n);
	if (ret != 0) {
		w->refused++;
		give(w, w->n / 2);
		return;
	}
	for (i = 0; i < n; i++) {
		change_owner(s, objs[i], 0, w->number + 1);
		(void)RIG_CHECK(rte_mempool_from_obj(objs[i]) == mp);
		stress_fill(data_of(s, objs[i]), s->conf->size, rnd(&w->random));
		look_at(s, objs[i]);
	}
	w->n += n;
	w->objects += n;
}

static void
pass_on(struct worker *w)
{
	struct rte_ring *ring = w->s->rings[pick(&w->random, w->s->conf->threads)];
	unsigned int i, n = stress_bulk(w), sent;

	if (n > w->n)
		n = w->n;
	for (i = 0; i < n; i++)
		change_owner(w->s, w->held[w->n - 1 - i], w->number + 1, TRAVELLING);
	sent = rte_ring_enqueue_burst(ring, w->held + w->n - n, n, NULL);
	/* the first of them went */
	for (i = 0; i < n - sent; i++)
		change_owner(w->s, w->held[w->n - 1 - i], TRAVELLING, w->number + 1);
	for (i = 0; i < n - sent; i++)
		w->held[w->n - n + i] = w->held[w->n - n + sent + i];
	w->n -= sent;
	w->passed += sent;
}

static void
receive(struct worker *w)
{
	unsigned int i, n = w->s->conf->hold - w->n;

	n = rte_ring_dequeue_burst(w->s->rings[w->number], w->held + w->n, n, NULL);
	for (i = 0; i < n; i++) {
		change_owner(w->s, w->held[w->n + i], TRAVELLING, w->number + 1);
		look_at(w->s, w->held[w->n + i]);
	}
	w->n += n;
}

/* Room can change hands only when little is in use, caches included. */
static void
pause_work(struct worker *w)
{
	struct rte_mempool *mp;
	unsigned int i;

	receive(w);
	give(w, w->n);
	for (i = 0; i < w->s->conf->pools; i++) {
		mp = w->s->pools[i];
		rte_mempool_cache_flush(rte_mempool_default_cache(mp, rte_lcore_id()), mp);
	}
}

void
stress_step(struct worker *w)
{
	unsigned int roll = pick(&w->random, 100);

	if (roll < 45)
		take(w);
	else if (roll < 75)
		give(w, stress_bulk(w));
	else if (roll < 85)
		pass_on(w);
	else if (roll < 99)
		receive(w);
	else
		give(w, w->n);
	if (++w->done % PHASE == 0)
		pause_work(w);
}

void
stress_drop(struct worker *w)
{
	do {
		give(w, w->n);
		receive(w);
	} while (w->n != 0);
}
