/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Hand out elements of one size from memory that was reserved before. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/slab.h"

#define ROOM_MIN 64

struct slab_chunk {
	struct slab_chunk *next;
	uint64_t room;
	uint64_t taken; /* from the start on; those behind were never touched */
	max_align_t elems[];
};

void
ddw_slab_init(struct slab *p, size_t elem)
{
	memset(p, 0, sizeof(*p));
	p->elem = elem;
}

void
ddw_slab_fini(struct slab *p)
{
	while (p->first != NULL) {
		struct slab_chunk *s = p->first;

		p->first = s->next;
		free(s);
	}
	memset(p, 0, sizeof(*p));
}

int
ddw_slab_reserve(struct slab *p, uint64_t total)
{
	struct slab_chunk *s;
	uint64_t add;
	size_t bytes;

	if (total <= p->room)
		return 0;
	/* Half as much again at least: memory that grows page by page gets few slabs. */
	add = total - p->room;
	if (add < p->room / 2)
		add = p->room / 2;
	if (add < ROOM_MIN)
		add = ROOM_MIN;
	if (__builtin_mul_overflow(add, p->elem, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*s), &bytes))
		return -ENOMEM;
	s = malloc(bytes);
	if (s == NULL)
		return -ENOMEM;
	*s = (struct slab_chunk){ .room = add };
	if (p->last != NULL)
		p->last->next = s;
	else
		p->first = s;
	if (p->fresh == NULL)
		p->fresh = s;
	p->last = s;
	p->room += add;
	return 0;
}

void *
ddw_slab_get(struct slab *p)
{
	struct slab_chunk *s = p->fresh;
	void *elem = p->returned;

	if (elem != NULL) {
		memcpy(&p->returned, elem, sizeof(p->returned));
		return elem;
	}
	elem = (char *)s->elems + s->taken * p->elem;
	if (++s->taken == s->room)
		p->fresh = s->next;
	return elem;
}

void
ddw_slab_put(struct slab *p, void *elem)
{
	memcpy(elem, &p->returned, sizeof(p->returned));
	p->returned = elem;
}
