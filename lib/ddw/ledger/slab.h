/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SLAB_H
#define SLAB_H

/*
 * Elements of one size that stay where they are. Room is made beforehand, so that
 * taking one cannot fail; memory that was never taken is never touched. Private to
 * libddw; the caller serialises.
 */

#include <stddef.h>
#include <stdint.h>

struct slab_chunk;

struct slab {
	size_t elem;		  /* bytes of an element */
	uint64_t room;		  /* elements in all chunks */
	struct slab_chunk *first; /* in the order in which they are used up */
	struct slab_chunk *last;
	struct slab_chunk *fresh; /* first one with elements that were never taken */
	void *returned;		  /* elements that were given back, each points to the next */
};

/* An element must be large enough for a pointer, and is aligned like one. */
void ddw_slab_init(struct slab *p, size_t elem);
void ddw_slab_fini(struct slab *p);

/* Room for that many elements at one time, those in use included. 0 or -ENOMEM. */
int ddw_slab_reserve(struct slab *p, uint64_t total);

/* Take an element, contents undefined. There must be room. */
void *ddw_slab_get(struct slab *p);
void ddw_slab_put(struct slab *p, void *elem);

#endif /* SLAB_H */
