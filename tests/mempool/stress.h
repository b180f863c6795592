/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef STRESS_H
#define STRESS_H

/*
 * Threads that take objects of pools, write into them, pass them to each other, look
 * at them as a device would, and give them back.
 */

#include <rte_ring.h>

#include "rig.h"

#define STRESS_POOLS   3
#define STRESS_THREADS 8
/* Bytes of an object that are not data. */
#define STRESS_PRIVATE 8

struct stress_conf {
	const char *name;
	unsigned int steps; /* of all threads together */
	struct rig_conf rig;
	enum rte_mempool_ddw_mapping mapping;
	uint64_t chunk_size;
	unsigned int pools; /* 0: one */
	unsigned int threads;
	unsigned int n;	    /* objects of each pool at first */
	unsigned int max_n; /* 0: n; otherwise one more thread grows, trims and asks for room */
	unsigned int size;  /* bytes of data in an object */
	unsigned int cache;
	unsigned int bulk;   /* most at once */
	unsigned int hold;   /* most that a thread has */
	bool mbufs;	     /* otherwise plain objects */
	bool shared;	     /* mbufs that share data; the third pool is of plain objects */
	bool flush;	     /* threads leave nothing in their caches */
	unsigned int faults; /* an ioctl in so many fails; 0: none */
};

struct stress {
	const struct stress_conf *conf;
	uint64_t seed;
	uint64_t steps; /* of a thread */
	struct rte_mempool *pools[STRESS_POOLS];
	struct rte_ring *rings[STRESS_THREADS];
	unsigned int at_work; /* threads that are not done yet */

	/* sums of all threads */
	uint64_t objects; /* taken */
	uint64_t refused; /* requests */
	uint64_t passed;  /* from one thread to another */
	uint64_t failed;  /* ioctls that were made to fail */
	uint64_t grown, trimmed;
};

/* What a thread has. */
struct worker {
	struct stress *s;
	unsigned int number;
	uint64_t random;
	void **held;
	unsigned int n;
	uint64_t done; /* steps */
	uint64_t objects, refused, passed;
};

/* The whole of it: pools are made, used by the threads, compared with their counters, and freed. */
void stress_run(const struct stress_conf *conf);

/* Parts of it. */
void stress_begin(struct stress *s, const struct stress_conf *conf);
/* The threads: each runs step() again and again, and at the end drop(), which also empties its ring. */
void stress_work(struct stress *s, void (*step)(struct worker *w), void (*drop)(struct worker *w));
void stress_end(struct stress *s);

/* What stress_run() does again and again, and at the end. */
void stress_step(struct worker *w);
void stress_drop(struct worker *w);
/* The same with mbufs that share data; two pools of mbufs and one of plain objects. */
void stress_mbuf_step(struct worker *w);
void stress_mbuf_drop(struct worker *w);

/* How many to take: each order of magnitude as often as the others. */
unsigned int stress_bulk(struct worker *w);

/* Contents of memory, which follow from a number in its first word. */
void stress_fill(void *data, uint64_t len, uint64_t number);
bool stress_same(const void *data, uint64_t len);

#endif /* STRESS_H */
