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

/* Where the parts of the piece of shared memory are; its size is the result. */
static size_t
place_parts(struct demand *d, char *at)
{
	size_t chunks, objs, iova, end;

	chunks = sizeof(*d);
	objs = chunks + (size_t)d->n_chunks * sizeof(*d->chunks);
	iova = objs + (size_t)d->n_chunks * d->per_chunk * sizeof(*d->objs);
	end = iova + (size_t)d->n_chunks * sizeof(*d->iova);
	if (at != NULL) {
		d->chunks = (struct chunk *)(at + chunks);
		d->objs = (void **)(at + objs);
		d->iova = (uint64_t *)(at + iova);
	}
	return end;
}

struct demand *
demand_create(const char *name, const void *base, uint64_t chunk_size, uint32_t n_chunks,
	      uint32_t per_chunk, int node)
{
	static const struct chunk_list none = { DEMAND_NO_CHUNK, DEMAND_NO_CHUNK, 0 };
	struct demand init = {
		.base = (uintptr_t)base,
		.bytes = chunk_size * n_chunks,
		.chunk_size = chunk_size,
		.n_chunks = n_chunks,
		.per_chunk = per_chunk,
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
demand_free(struct demand *d)
{
	rte_free(d);
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

int
demand_get(struct demand *d, void **objs, unsigned int n)
{
	unsigned int done = 0;
	uint32_t i;

	rte_spinlock_lock(&d->lock);
	if (unlikely(n > d->ready)) {
		rte_spinlock_unlock(&d->lock);
		return -ENOBUFS;
	}
	while (done < n) {
		i = d->partial.first;
		if (i == DEMAND_NO_CHUNK) {
			i = d->idle.first;
			demand_unlink(d, &d->idle, i);
			demand_link_first(d, &d->partial, i);
		}
		done += take(d, i, objs + done, n - done);
	}
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
	if (c->state != CHUNK_ABSENT && c->state != CHUNK_LOST)
		return;
	d->lost -= c->state == CHUNK_LOST;
	d->present++;
	c->state = CHUNK_UNMAPPED;
	demand_link_last(d, &d->unmapped, i);
}

/* A mapped chunk got objects; it had "before" until then. */
static void
move_mapped(struct demand *d, uint32_t i, uint32_t before, bool was_idle)
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
	c->idle_since = rte_rdtsc();
	demand_link_first(d, &d->idle, i);
}

/*
 * Take back the first objects of a list, as far as they are of one chunk. Returns how many;
 * 0 when the first one cannot be an object that is out.
 */
static unsigned int
give(struct demand *d, void *const *objs, unsigned int n, bool add)
{
	uint64_t off = (uintptr_t)objs[0] - d->base;
	uint32_t i, k = 0, before, room;
	struct chunk *c;
	uintptr_t start;
	void **to;

	if (unlikely(off >= d->bytes))
		return 0;
	i = (uint32_t)(d->shift != 0 ? off >> d->shift : off / d->chunk_size);
	c = &d->chunks[i];
	if (c->out == 0 && !add) {
		if (unlikely(c->state == CHUNK_BUSY))
			return 0;
		add = true;
	}
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
	demand_add_available(d, k);
	if (c->state == CHUNK_MAPPED) {
		demand_add_ready(d, k);
		move_mapped(d, i, before, add && c->out == 0);
	}
	return k;
}

static void
give_all(struct demand *d, void *const *objs, unsigned int n, bool add)
{
	const void *wrong = NULL;
	unsigned int i = 0, k;
	bool tell = false;

	rte_spinlock_lock(&d->lock);
	while (i < n) {
		k = give(d, objs + i, n - i, add);
		if (unlikely(k == 0))
			wrong = objs[i++];
		i += k;
	}
	if (unlikely(wrong != NULL)) {
		tell = !d->told;
		d->told = true;
	}
	rte_spinlock_unlock(&d->lock);
	if (tell)
		LOG(ERR, "%s: %p is no object of this pool, or it was put back twice: ignored",
		    d->name, wrong);
}

void
demand_put(struct demand *d, void *const *objs, unsigned int n)
{
	give_all(d, objs, n, false);
}

void
demand_add(struct demand *d, void *const *objs, unsigned int n)
{
	give_all(d, objs, n, true);
}

uint32_t
demand_count(const struct demand *d)
{
	return __atomic_load_n(&d->available, __ATOMIC_RELAXED);
}

uint32_t
demand_ready(const struct demand *d)
{
	return __atomic_load_n(&d->ready, __ATOMIC_RELAXED);
}

void
demand_get_counts(struct demand *d, struct demand_counts *c)
{
	rte_spinlock_lock(&d->lock);
	*c = (struct demand_counts){
		.objects = d->objects,
		.available = d->available,
		.ready = d->ready,
		.chunks = d->present,
		.mapped = d->mapped,
		.idle = d->idle.n,
		.lost = d->lost,
		.gets = d->gets,
		.no_room = d->no_room,
	};
	rte_spinlock_unlock(&d->lock);
}

void
demand_count_no_room(struct demand *d)
{
	rte_spinlock_lock(&d->lock);
	d->no_room++;
	rte_spinlock_unlock(&d->lock);
}
