/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Keep pointers in order of 64-bit keys: a B+ tree that never runs out of memory. */

#include <stdbool.h>
#include <string.h>

#include "ledger/btree.h"

/*
 * Invariants: the keys of a node ascend; the key of a child is its first key; every
 * node but the last one of its level has at least BTREE_HALF entries. The last one
 * may have fewer, because a tree that grows at its end would be half empty otherwise.
 */
struct btree_node {
	uint64_t n;
	uint64_t key[BTREE_FULL];
	void *ptr[BTREE_FULL]; /* children; in leaves the entries */
};

/* More levels than 2^64 entries can need. */
#define LEVELS_MAX 18

void
ddw_btree_init(struct btree *x)
{
	x->root = NULL;
	x->height = 0;
	x->nodes = 0;
	ddw_slab_init(&x->slab, sizeof(struct btree_node));
}

void
ddw_btree_fini(struct btree *x)
{
	ddw_slab_fini(&x->slab);
	ddw_btree_init(x);
}

int
ddw_btree_reserve(struct btree *x, uint64_t total)
{
	/*
	 * Each level has at most 1/BTREE_HALF of the nodes below it, and one more. The
	 * sum over all levels stays below 1/(BTREE_HALF - 1) and one more per level; an
	 * insertion needs no more than that at any moment.
	 */
	return ddw_slab_reserve(&x->slab, total / (BTREE_HALF - 1) + LEVELS_MAX);
}

static struct btree_node *
node_new(struct btree *x)
{
	struct btree_node *b = ddw_slab_get(&x->slab);

	b->n = 0;
	x->nodes++;
	return b;
}

static void
node_free(struct btree *x, struct btree_node *b)
{
	ddw_slab_put(&x->slab, b);
	x->nodes--;
}

/* How many keys of a node are not above "key". */
static unsigned int
node_rank(const struct btree_node *b, uint64_t key)
{
	unsigned int lo = 0, n = (unsigned int)b->n;

	while (n > 0) {
		unsigned int half = n / 2;

		if (b->key[lo + half] <= key) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

/* The child in which a key is, or belongs. */
static unsigned int
node_child(const struct btree_node *b, uint64_t key)
{
	unsigned int i = node_rank(b, key);

	return i == 0 ? 0 : i - 1;
}

void *
ddw_btree_floor(const struct btree *x, uint64_t key)
{
	const struct btree_node *b = x->root;
	unsigned int level, i;

	if (b == NULL)
		return NULL;
	for (level = x->height; level > 0; level--)
		b = b->ptr[node_child(b, key)];
	i = node_rank(b, key);
	return i == 0 ? NULL : b->ptr[i - 1];
}

/* Move "n" entries of one node behind the last one of another. */
static void
node_append(struct btree_node *to, const struct btree_node *from, uint64_t first, uint64_t n)
{
	memcpy(&to->key[to->n], &from->key[first], n * sizeof(to->key[0]));
	memcpy(&to->ptr[to->n], &from->ptr[first], n * sizeof(to->ptr[0]));
	to->n += n;
}

/* Make a gap of "n" entries, or close it (n < 0), in front of entry "at". */
static void
node_shift(struct btree_node *b, uint64_t at, int64_t n)
{
	uint64_t rest = b->n - at;

	memmove(&b->key[at] + n, &b->key[at], rest * sizeof(b->key[0]));
	memmove(&b->ptr[at] + n, &b->ptr[at], rest * sizeof(b->ptr[0]));
	b->n += (uint64_t)n;
}

static void
node_put(struct btree_node *b, uint64_t at, uint64_t key, void *ptr)
{
	node_shift(b, at, 1);
	b->key[at] = key;
	b->ptr[at] = ptr;
}

/*
 * The same for a node that may be full. Returns the new node behind it, or NULL.
 * "last" tells that it is the last one of its level.
 */
static struct btree_node *
node_put_split(struct btree *x, struct btree_node *b, uint64_t at, uint64_t key, void *ptr,
	       bool last)
{
	struct btree_node *next;
	uint64_t keep = BTREE_HALF + 1;

	if (b->n < BTREE_FULL) {
		node_put(b, at, key, ptr);
		return NULL;
	}
	next = node_new(x);
	if (last && at == BTREE_FULL)
		keep = BTREE_FULL;
	node_append(next, b, keep, BTREE_FULL - keep);
	b->n = keep;
	if (at <= keep && keep < BTREE_FULL)
		node_put(b, at, key, ptr);
	else
		node_put(next, at - keep, key, ptr);
	return next;
}

/* Insert below a node. Returns the new node behind it, or NULL. */
static struct btree_node *
node_insert(struct btree *x, struct btree_node *b, unsigned int level, uint64_t key, void *entry,
	    bool last)
{
	struct btree_node *child, *next;
	unsigned int i;

	if (level == 0)
		return node_put_split(x, b, node_rank(b, key), key, entry, last);
	i = node_child(b, key);
	child = b->ptr[i];
	next = node_insert(x, child, level - 1, key, entry, last && i == b->n - 1);
	b->key[i] = child->key[0];
	return next == NULL ? NULL : node_put_split(x, b, i + 1, next->key[0], next, last);
}

void
ddw_btree_insert(struct btree *x, uint64_t key, void *entry)
{
	struct btree_node *root, *next;

	if (x->root == NULL)
		x->root = node_new(x);
	next = node_insert(x, x->root, x->height, key, entry, true);
	if (next == NULL)
		return;
	root = node_new(x);
	node_put(root, 0, x->root->key[0], x->root);
	node_put(root, 1, next->key[0], next);
	x->root = root;
	x->height++;
}

void
ddw_btree_rekey(struct btree *x, uint64_t old, uint64_t key)
{
	struct btree_node *b = x->root;
	unsigned int level, i;

	for (level = x->height; level > 0; level--) {
		i = node_child(b, old);
		if (b->key[i] == old)
			b->key[i] = key;
		b = b->ptr[i];
	}
	b->key[node_rank(b, old) - 1] = key;
}

/*
 * Child "i" has too few entries: make one node of it and a neighbour, or let both
 * have the same number.
 */
static void
node_refill(struct btree *x, struct btree_node *b, unsigned int i)
{
	unsigned int l = i > 0 ? i - 1 : i;
	struct btree_node *left = b->ptr[l], *right = b->ptr[l + 1];
	uint64_t sum = left->n + right->n, move;

	if (sum <= BTREE_FULL) {
		node_append(left, right, 0, right->n);
		node_free(x, right);
		node_shift(b, l + 2, -1);
	} else if (left->n < right->n) {
		move = sum / 2 - left->n;
		node_append(left, right, 0, move);
		node_shift(right, move, -(int64_t)move);
		b->key[l + 1] = right->key[0];
	} else {
		move = sum / 2 - right->n;
		node_shift(right, 0, (int64_t)move);
		left->n -= move;
		memcpy(right->key, &left->key[left->n], move * sizeof(right->key[0]));
		memcpy(right->ptr, &left->ptr[left->n], move * sizeof(right->ptr[0]));
		b->key[l + 1] = right->key[0];
	}
}

static void
node_remove(struct btree *x, struct btree_node *b, unsigned int level, uint64_t key)
{
	struct btree_node *child;
	unsigned int i;

	if (level == 0) {
		node_shift(b, node_rank(b, key), -1);
		return;
	}
	i = node_child(b, key);
	child = b->ptr[i];
	node_remove(x, child, level - 1, key);
	if (child->n > 0)
		b->key[i] = child->key[0];
	if (child->n < BTREE_HALF && b->n > 1) {
		node_refill(x, b, i);
	} else if (child->n == 0) {
		/* An only child: the last nodes of two levels end together. */
		node_free(x, child);
		b->n = 0;
	}
}

void
ddw_btree_remove(struct btree *x, uint64_t key)
{
	struct btree_node *root = x->root;

	node_remove(x, root, x->height, key);
	while (x->height > 0 && root->n == 1) {
		x->root = root->ptr[0];
		x->height--;
		node_free(x, root);
		root = x->root;
	}
	if (root->n == 0) {
		node_free(x, root);
		x->root = NULL;
	}
}
