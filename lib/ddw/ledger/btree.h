/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BTREE_H
#define BTREE_H

/*
 * Pointers ordered by 64-bit keys: a B+ tree. Each operation costs O(log n) and
 * touches few cache lines, which is what counts with a million of entries. Room is
 * made beforehand, so that neither insertion nor removal can fail. Private to
 * libddw; the caller serialises.
 */

#include <stdint.h>

#include "ledger/slab.h"

/* Entries of a node: it fills 512 bytes. */
#define INDEX_FULL 31
/* What every node has at least, but for the last one of each level. */
#define INDEX_HALF (INDEX_FULL / 2)

struct index_node;

struct index {
	struct index_node *root; /* NULL: empty */
	unsigned int height;	 /* levels above the leaves */
	uint64_t nodes;		 /* in use */
	struct pool pool;
};

void index_init(struct index *x);
void index_fini(struct index *x);

/* Make room for that many entries in all. 0 or -ENOMEM. */
int index_reserve(struct index *x, uint64_t total);

/* The entry with the largest key that is not above "key"; NULL when there is none. */
void *index_floor(const struct index *x, uint64_t key);

/* Add an entry, whose key must not be there yet. There must be room. */
void index_insert(struct index *x, uint64_t key, void *entry);

/* Give an entry another key that leaves the order as it is. */
void index_rekey(struct index *x, uint64_t old, uint64_t key);

/* Remove the entry of a key, which must be there. */
void index_remove(struct index *x, uint64_t key);

#endif /* BTREE_H */
