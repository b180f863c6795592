/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHUNKS_H
#define CHUNKS_H

/* A struct demand for its tests. Nothing looks into the objects, so they need no memory. */

#include "rig.h"

#define CHUNKS	8
#define PER	10
#define OBJECTS (CHUNKS * PER)
#define CHUNK	(64 * KIB)
#define STEP	(CHUNK / PER)
#define BASE	((uintptr_t)64 << 30)

static inline void *
object(uint64_t chunk_size, uint32_t chunk, uint32_t i)
{
	return (void *)(BASE + chunk * chunk_size + i * STEP);
}

static inline uint32_t
chunk_of(uint64_t chunk_size, const void *obj)
{
	return (uint32_t)(((uintptr_t)obj - BASE) / chunk_size);
}

/* Objects by number: of chunks of size CHUNK. */
static inline void *
numbered(uint32_t number)
{
	return object(CHUNK, number / PER, number % PER);
}

static inline uint32_t
number_of(const void *obj)
{
	uint32_t chunk = chunk_of(CHUNK, obj);

	return chunk * PER + (uint32_t)(((uintptr_t)obj - BASE - chunk * CHUNK) / STEP);
}

static inline void
add_objects(struct demand *d, uint64_t chunk_size, uint32_t chunk, uint32_t n)
{
	void *objs[PER];
	uint32_t i;

	for (i = 0; i < n; i++)
		objs[i] = object(chunk_size, chunk, i);
	mpddw_demand_put(d, objs, n);
}

/* All chunks with all objects, unmapped. */
static inline struct demand *
chunks_create(uint64_t chunk_size)
{
	struct demand *d;
	uint32_t i;

	rig_eal();
	rig_log_clear();
	d = mpddw_demand_create("pool", (void *)BASE, chunk_size, CHUNKS, PER, SOCKET_ID_ANY);
	assert_non_null(d);
	for (i = 0; i < CHUNKS; i++)
		add_objects(d, chunk_size, i, PER);
	return d;
}

static inline struct demand_counts
counts(struct demand *d)
{
	struct demand_counts c;

	mpddw_demand_get_counts(d, &c);
	assert_int_equal(c.available, mpddw_demand_count(d));
	assert_int_equal(c.ready, mpddw_demand_ready(d));
	return c;
}

#endif /* CHUNKS_H */
