/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_malloc.h>

#include "demand_chunk.h"
#include "pool.h"

/* Objects of a pool that is mapped on demand go out and come back. */

#define HOT_MAX 512

/* Where the parts of the piece of shared memory are; its size is the result. */
static size_t
place_parts(struct demand *d, char *at)
{
	size_t chunks, objs, iova, hot;

	chunks = sizeof(*d);
	objs = chunks + (size_t)d->n_chunks * sizeof(*d->chunks);
	iova = objs + (size_t)d->n_chunks * d->per_chunk * sizeof(*d->objs);
	hot = iova + (size_t)d->n_chunks * sizeof(*d->iova);
	if (at != NULL) {
		d->chunks = (struct chunk *)(at + chunks);
		d->objs = (void **)(at + objs);
		d->iova = (uint64_t *)(at + iova);
		d->hot = (void **)(at + hot);
	}
	return hot + d->hot_max * sizeof(*d->hot);
}

struct demand *
mpddw_demand_create(const char *name, const void *base, uint64_t chunk_size, uint32_t n_chunks,
		    uint32_t per_chunk, int node)
{
	static const struct chunk_list none = { DEMAND_NO_CHUNK, DEMAND_NO_CHUNK, 0 };
	struct demand init = {
		.base = (uintptr_t)base,
		.bytes = chunk_size * n_chunks,
		.chunk_size = chunk_size,
		.n_chunks = n_chunks,
		.per_chunk = per_chunk,
		/* Few of a chunk: it is known the sooner that it is idle. */
		.hot_max = RTE_MIN(per_chunk / 2, (uint32_t)HOT_MAX),
		.by_chunk_size = rte_reciprocal_value_u64(chunk_size),
		.partial = none,
		.idle = none,
		.unmapped = none,
	};
	struct demand *d;
	uint32_t i;

	d = rte_zmalloc_socket("mempool_ddw", place_parts(&init, NULL), RTE_CACHE_LINE_SIZE, node);
	if (d == NULL)
		return NULL;
	*d = init;
	if (ddw_is_pow2(chunk_size))
		d->shift = (uint32_t)__builtin_ctzll(chunk_size);
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	rte_spinlock_init(&d->lock);
	(void)place_parts(d, (char *)d);
	for (i = 0; i < n_chunks; i++)
		d->iova[i] = RTE_BAD_IOVA;
	return d;
}

void
mpddw_demand_free(struct demand *d)
{
	rte_free(d);
}

static uint32_t
chunk_at(const struct demand *d, uint64_t off)
{
	if (d->shift != 0)
		return (uint32_t)(off >> d->shift);
	return (uint32_t)rte_reciprocal_divide_u64(off, &d->by_chunk_size);
}

/* Up to n objects of a chunk that is first in "partial"; returns how many. */
static unsigned int
take(struct demand *d, uint32_t i, void **objs, unsigned int n)
{
	struct chunk *c = &d->chunks[i];
	unsigned int k = RTE_MIN(n, c->in);

	c->in -= k;
	c->out += k;
	memcpy(objs, &d->objs[(size_t)i * d->per_chunk + c->in], k * sizeof(*objs));
	if (c->in == 0)
		demand_unlink(d, &d->partial, i);
	return k;
}

static void
take_all(struct demand *d, void **objs, unsigned int n)
{
	unsigned int done = 0;
	uint32_t i;

	while (done < n) {
		i = d->partial.first;
		if (i == DEMAND_NO_CHUNK) {
			i = d->idle.first;
			demand_unlink(d, &d->idle, i);
			demand_link_first(d, &d->partial, i);
		}
		done += take(d, i, objs + done, n - done);
	}
}

int
mpddw_demand_get(struct demand *d, void **objs, unsigned int n)
{
	unsigned int hot;

	rte_spinlock_lock(&d->lock);
	if (unlikely(n > d->ready)) {
		rte_spinlock_unlock(&d->lock);
		return -ENOBUFS;
	}
	hot = RTE_MIN(n, d->n_hot);
	d->n_hot -= hot;
	memcpy(objs, &d->hot[d->n_hot], hot * sizeof(*objs));
	if (hot < n)
		take_all(d, objs + hot, n - hot);
	demand_add_ready(d, -n);
	demand_add_available(d, -n);
	d->gets += n;
	rte_spinlock_unlock(&d->lock);
	return 0;
}

/* A chunk got k objects that are new. */
static void
count_new(struct demand *d, uint32_t i, uint32_t k)
{
	struct chunk *c = &d->chunks[i];

	d->objects += k;
	if (c->state == CHUNK_MAPPED)
		return;
	d->iova[i] = RTE_BAD_IOVA;
	if (c->state != CHUNK_ABSENT && c->state != CHUNK_QUARANTINED)
		return;
	d->quarantined -= c->state == CHUNK_QUARANTINED;
	d->present++;
	c->state = CHUNK_UNMAPPED;
	demand_link_last(d, &d->unmapped, i);
}

/* A mapped chunk got objects; it had "before" until then. */
static void
move_mapped(struct demand *d, uint32_t i, uint32_t before, bool was_idle, uint64_t now)
{
	struct chunk *c = &d->chunks[i];

	if (c->out != 0) {
		if (before == 0)
			demand_link_first(d, &d->partial, i);
		return;
	}
	if (was_idle)
		return;
	if (before != 0)
		demand_unlink(d, &d->partial, i);
	c->idle_since = now;
	demand_link_first(d, &d->idle, i);
}

/* Objects on their way into chunks. */
struct giving {
	uint64_t now; /* TSC, of chunks that become idle */
	bool add;     /* they are new */
	bool back;    /* they are not */
	uint32_t taken;
	uint32_t ready; /* of these, in mapped chunks */
};

/*
 * Take back the first objects of a list, as far as they are of one chunk. Returns how many;
 * 0 when the first one cannot be an object that is out.
 */
static unsigned int
give(struct demand *d, void *const *objs, unsigned int n, struct giving *g)
{
	uint64_t off = (uintptr_t)objs[0] - d->base;
	uint32_t i, k = 0, before, room;
	struct chunk *c;
	uintptr_t start;
	bool add;
	void **to;

	if (unlikely(off >= d->bytes))
		return 0;
	i = chunk_at(d, off);
	c = &d->chunks[i];
	add = g->add || (c->out == 0 && c->state != CHUNK_BUSY && !g->back);
	room = add ? d->per_chunk - c->in - c->out : c->out;
	if (unlikely(room == 0))
		return 0;
	before = c->in;
	start = d->base + i * d->chunk_size;
	to = &d->objs[(size_t)i * d->per_chunk + before];
	n = RTE_MIN(n, room);
	do {
		to[k] = objs[k];
		k++;
	} while (k < n && (uintptr_t)objs[k] - start < d->chunk_size);
	c->in += k;
	if (add)
		count_new(d, i, k);
	else
		c->out -= k;
	g->taken += k;
	if (c->state == CHUNK_MAPPED) {
		g->ready += k;
		move_mapped(d, i, before, add && c->out == 0, g->now);
	}
	return k;
}

static void
give_all(struct demand *d, void *const *objs, unsigned int n, struct giving *g)
{
	unsigned int i = 0, k;

	while (i < n) {
		k = give(d, objs + i, n - i, g);
		if (unlikely(k == 0))
			d->wrong = objs[i++];
		i += k;
	}
}

/* Sort the n oldest of the hot objects into their chunks. */
static void
cool(struct demand *d, uint32_t n)
{
	struct giving g = { .now = d->hot_since, .back = true };

	if (n == 0)
		return;
	give_all(d, d->hot, n, &g);
	/* They were counted when they came; one that was put twice was, too. */
	demand_add_ready(d, g.ready - n);
	demand_add_available(d, g.taken - n);
	d->n_hot -= n;
	memmove(d->hot, d->hot + n, d->n_hot * sizeof(*d->hot));
}

void
mpddw_demand_cool(struct demand *d)
{
	cool(d, d->n_hot);
}

/* Can all of them be objects that are out? */
static bool
may_be_out(const struct demand *d, void *const *objs, unsigned int n)
{
	unsigned int i;
	uint64_t off;

	for (i = 0; i < n; i++) {
		off = (uintptr_t)objs[i] - d->base;
		if (unlikely(off >= d->bytes || d->chunks[chunk_at(d, off)].out == 0))
			return false;
	}
	return true;
}

static void
put_hot(struct demand *d, void *const *objs, unsigned int n, uint64_t now)
{
	uint32_t keep = d->hot_max / 2;

	if (d->n_hot + n > d->hot_max)
		cool(d, RTE_MIN(d->n_hot, d->n_hot + n - keep));
	memcpy(&d->hot[d->n_hot], objs, n * sizeof(*objs));
	d->n_hot += n;
	d->hot_since = now;
	demand_add_ready(d, n);
	demand_add_available(d, n);
}

static void
put_cold(struct demand *d, void *const *objs, unsigned int n, struct giving *g)
{
	mpddw_demand_cool(d);
	give_all(d, objs, n, g);
	demand_add_ready(d, g->ready);
	demand_add_available(d, g->taken);
}

/* Release the lock, and tell what was wrong, once. */
static void
unlock(struct demand *d)
{
	const void *wrong = d->wrong;
	bool tell = unlikely(wrong != NULL) && !d->told;

	d->told = d->told || tell;
	rte_spinlock_unlock(&d->lock);
	if (tell)
		LOG(ERR, "%s: %p is not an object of this pool, or was put back twice: ignored",
		    d->name, wrong);
}

void
mpddw_demand_put(struct demand *d, void *const *objs, unsigned int n)
{
	struct giving g = { .now = rte_rdtsc() };

	rte_spinlock_lock(&d->lock);
	if (n <= d->hot_max && may_be_out(d, objs, n))
		put_hot(d, objs, n, g.now);
	else
		put_cold(d, objs, n, &g);
	unlock(d);
}

void
mpddw_demand_add(struct demand *d, void *const *objs, unsigned int n)
{
	struct giving g = { .now = rte_rdtsc(), .add = true };

	rte_spinlock_lock(&d->lock);
	put_cold(d, objs, n, &g);
	unlock(d);
}

uint32_t
mpddw_demand_count(const struct demand *d)
{
	return __atomic_load_n(&d->available, __ATOMIC_RELAXED);
}

uint32_t
mpddw_demand_ready(const struct demand *d)
{
	return __atomic_load_n(&d->ready, __ATOMIC_RELAXED);
}

void
mpddw_demand_get_counts(struct demand *d, struct demand_counts *c)
{
	rte_spinlock_lock(&d->lock);
	mpddw_demand_cool(d);
	*c = (struct demand_counts){
		.objects = d->objects,
		.available = d->available,
		.ready = d->ready,
		.chunks = d->present,
		.mapped = d->mapped,
		.idle = d->idle.n,
		.quarantined = d->quarantined,
		.gets = d->gets,
		.no_room = d->no_room,
	};
	rte_spinlock_unlock(&d->lock);
}

void
mpddw_demand_count_no_room(struct demand *d)
{
	rte_spinlock_lock(&d->lock);
	d->no_room++;
	rte_spinlock_unlock(&d->lock);
}
