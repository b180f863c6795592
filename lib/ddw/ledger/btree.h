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
#define BTREE_FULL 31
/* What every node has at least, but for the last one of each level. */
#define BTREE_HALF (BTREE_FULL / 2)

struct btree_node;

struct btree {
	struct btree_node *root; /* NULL: empty */
	unsigned int height;	 /* levels above the leaves */
	uint64_t nodes;		 /* in use */
	struct slab slab;
};

void ddw_btree_init(struct btree *x);
void ddw_btree_fini(struct btree *x);

/* Make room for that many entries in all. 0 or -ENOMEM. */
int ddw_btree_reserve(struct btree *x, uint64_t total);

/* The entry with the largest key that is not above "key"; NULL when there is none. */
void *ddw_btree_floor(const struct btree *x, uint64_t key);

/* Add an entry, whose key must not be there yet. There must be room. */
void ddw_btree_insert(struct btree *x, uint64_t key, void *entry);

/* Give an entry another key that leaves the order as it is. */
void ddw_btree_rekey(struct btree *x, uint64_t old, uint64_t key);

/* Remove the entry of a key, which must be there. */
void ddw_btree_remove(struct btree *x, uint64_t key);

#endif /* BTREE_H */
