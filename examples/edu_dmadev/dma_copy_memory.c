/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that the device reaches, and what has to be in it. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_random.h>

#include "dma_copy.h"

/* A device that is silent for so long will not answer any more. */
#define HANG_SECONDS 60

static void
memory_of_pool(struct copier *c, const char *ops)
{
	void *objects[2];

	c->pool = rte_mempool_create_empty("dma_copy", RTE_DIM(objects), AREA, 0, 0, SOCKET_ID_ANY,
					   0);
	if (c->pool == NULL)
		give_up(c, "cannot create the pool: %s\n", rte_strerror(rte_errno));
	if (rte_mempool_set_ops_byname(c->pool, ops, NULL) != 0)
		give_up(c, "there is no mempool handler '%s': load it with -d\n", ops);
	if (rte_mempool_populate_default(c->pool) < 0 ||
	    rte_mempool_get_bulk(c->pool, objects, RTE_DIM(objects)) != 0)
		give_up(c, "no memory for the pool\n");
	c->src = objects[0];
	c->dst = objects[1];
	c->src_iova = rte_mempool_virt2iova(c->src);
	c->dst_iova = rte_mempool_virt2iova(c->dst);
}

static void
memory_of_heap(struct copier *c)
{
	c->src = rte_malloc("source", AREA, 0);
	c->dst = rte_malloc("destination", AREA, 0);
	if (c->src == NULL || c->dst == NULL)
		give_up(c, "no memory in the heap\n");
	c->src_iova = rte_malloc_virt2iova(c->src);
	c->dst_iova = rte_malloc_virt2iova(c->dst);
}

void
copier_memory(struct copier *c, const char *ops)
{
	if (ops != NULL)
		memory_of_pool(c, ops);
	else
		memory_of_heap(c);
	c->expected = malloc(AREA);
	if (c->expected == NULL)
		give_up(c, "no memory\n");
	printf("memory: source 0x%" PRIx64 ", destination 0x%" PRIx64 "\n", c->src_iova,
	       c->dst_iova);
}

void
copier_free(struct copier *c)
{
	if (c->pool != NULL) {
		rte_mempool_put(c->pool, c->src);
		rte_mempool_put(c->pool, c->dst);
		rte_mempool_free(c->pool);
	} else {
		rte_free(c->src);
		rte_free(c->dst);
	}
	free(c->expected);
}

void
copier_fill(struct copier *c)
{
	uint64_t word;
	uint32_t i;

	for (i = 0; i < AREA; i += sizeof(word)) {
		word = rte_rand();
		memcpy(c->src + i, &word, sizeof(word));
		word = rte_rand();
		memcpy(c->dst + i, &word, sizeof(word));
	}
	memcpy(c->expected, c->dst, AREA);
}

uint16_t
copier_enqueue(struct copier *c, uint32_t from, uint32_t to, uint32_t length)
{
	int number = rte_dma_copy(c->device, 0, c->src_iova + from, c->dst_iova + to, length, 0);

	if (number < 0)
		give_up(c, "a copy of %u bytes is refused: %s\n", length, rte_strerror(-number));
	if (number != c->next)
		give_up(c, "a copy has number %d, not %u\n", number, c->next);
	memcpy(c->expected + to, c->src + from, length);
	c->next++;
	c->copies++;
	return (uint16_t)number;
}

uint64_t
copier_deadline(void)
{
	return rte_get_timer_cycles() + HANG_SECONDS * rte_get_timer_hz();
}

static uint16_t
wait_completed(struct copier *c, uint16_t copies, uint16_t *last)
{
	uint64_t end = copier_deadline();
	uint16_t done = 0;
	bool failed = false;

	while (done < copies && !failed && rte_get_timer_cycles() < end)
		done += rte_dma_completed(c->device, 0, copies - done, last, &failed);
	if (failed)
		give_up(c, "a copy failed\n");
	return done;
}

void
copier_compare(const struct copier *c)
{
	uint32_t i;

	for (i = 0; i < AREA; i++)
		if (c->dst[i] != c->expected[i])
			give_up(c, "byte %u is 0x%02x and should be 0x%02x\n", i, c->dst[i],
				c->expected[i]);
}

void
copier_finish(struct copier *c, uint16_t copies)
{
	uint16_t last = 0, done = wait_completed(c, copies, &last);

	if (done != copies || last != (uint16_t)(c->next - 1))
		give_up(c, "%u of %u copies completed, the last is %u\n", done, copies, last);
	copier_compare(c);
}

void
copy_and_compare(struct copier *c, uint32_t from, uint32_t to, uint32_t length)
{
	copier_fill(c);
	(void)copier_enqueue(c, from, to, length);
	(void)rte_dma_submit(c->device, 0);
	copier_finish(c, 1);
}
