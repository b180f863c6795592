/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Order, limits, statuses, stopping and statistics of a DMA device. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_dmadev.h>

#include "dma_copy.h"

static void
expect(bool right, const char *what)
{
	if (!right)
		rte_exit(EXIT_FAILURE, "%s\n", what);
}

static void
expect_number(int64_t number, int64_t wanted, const char *what)
{
	if (number != wanted)
		rte_exit(EXIT_FAILURE, "%s is %" PRId64 " and should be %" PRId64 "\n", what,
			 number, wanted);
}

/* An address that the device lacks the bits for is refused at once, and leaves no trace. */
void
check_reach(struct copier *c, uint64_t unreachable)
{
	uint16_t capacity = rte_dma_burst_capacity(c->device, 0);
	uint64_t edge = unreachable - 1;

	expect(rte_dma_copy(c->device, 0, RTE_BAD_IOVA, c->dst_iova, 1, 0) < 0 &&
		       rte_dma_copy(c->device, 0, c->src_iova, RTE_BAD_IOVA, 1, 0) < 0,
	       "RTE_BAD_IOVA is taken");
	expect(rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, 0, 0) < 0,
	       "a copy of nothing is taken");
	if (unreachable != 0)
		expect(rte_dma_copy(c->device, 0, unreachable, c->dst_iova, 1, 0) == -ERANGE &&
			       rte_dma_copy(c->device, 0, c->src_iova, edge, 2, 0) == -ERANGE,
		       "an address out of reach is taken");
	expect_number(rte_dma_burst_capacity(c->device, 0), capacity, "the room after refusals");
	printf("reach: addresses out of reach are refused\n");
}

/* Copies in one burst, each from and to the same place: the last one has to win. */
void
check_order(struct copier *c)
{
	enum rte_dma_status_code status[4];
	uint16_t got = 0, last = 0;
	uint32_t i;

	copier_fill(c);
	for (i = 0; i < RTE_DIM(status); i++)
		(void)copier_enqueue(c, 1024 * i, 77, 600);
	expect_number(rte_dma_completed(c->device, 0, 1, &last, NULL), 0,
		      "what is completed before rte_dma_submit()");
	(void)rte_dma_submit(c->device, 0);
	while (got == 0)
		got = rte_dma_completed_status(c->device, 0, RTE_DIM(status), &last, status);
	expect_number(status[0], RTE_DMA_STATUS_SUCCESSFUL, "the status");
	expect_number(last, (uint16_t)(c->next - RTE_DIM(status) + got - 1), "the last number");
	copier_finish(c, (uint16_t)(RTE_DIM(status) - got));
	printf("order: %u copies in one burst are right\n", i);
}

void
check_ring(struct copier *c)
{
	uint16_t room = rte_dma_burst_capacity(c->device, 0), i;

	expect(room >= RING, "the ring is smaller than asked for");
	copier_fill(c);
	for (i = 0; i < room; i++) {
		(void)copier_enqueue(c, i, 128 * i, 100);
		expect_number(rte_dma_burst_capacity(c->device, 0), room - i - 1, "the room");
	}
	expect_number(rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, 1, 0), -ENOSPC,
		      "a copy into a full ring");
	(void)rte_dma_submit(c->device, 0);
	copier_finish(c, room);
	expect_number(rte_dma_burst_capacity(c->device, 0), room, "the room of an empty ring");
	printf("ring: %u copies fill it, one more is refused\n", room);
}

/* A device that is stopped in the middle of a copy is silent from then on. */
void
check_stop(struct copier *c)
{
	enum rte_dma_vchan_status status;

	copier_fill(c);
	expect(rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, 5000, RTE_DMA_OP_FLAG_SUBMIT) >=
		       0,
	       "a copy is refused");
	c->copies++;
	expect(rte_dma_vchan_status(c->device, 0, &status) == 0 && status == RTE_DMA_VCHAN_ACTIVE,
	       "a channel with work is not active");
	expect(rte_dma_stop(c->device) == 0 && rte_dma_start(c->device) == 0,
	       "the device does not start again");
	expect(memcmp(c->dst, c->expected, AREA) == 0, "a copy that was stopped has written");
	expect(rte_dma_vchan_status(c->device, 0, &status) == 0 && status == RTE_DMA_VCHAN_IDLE,
	       "a channel without work is not idle");
	c->next = 0;
	(void)copier_enqueue(c, 5, 300, 1000);
	(void)rte_dma_submit(c->device, 0);
	copier_finish(c, 1);
	printf("stop: a copy was stopped, the next one is right and has number 0\n");
}

void
check_stats(struct copier *c)
{
	struct rte_dma_stats stats;

	expect(rte_dma_stats_get(c->device, 0, &stats) == 0, "no statistics");
	expect_number((int64_t)stats.submitted, (int64_t)c->copies, "submitted");
	expect_number((int64_t)stats.completed, (int64_t)c->copies - 1, "completed");
	expect_number((int64_t)stats.errors, 0, "errors");
	expect(rte_dma_stats_reset(c->device, 0) == 0 &&
		       rte_dma_stats_get(c->device, 0, &stats) == 0,
	       "statistics cannot be reset");
	expect_number((int64_t)(stats.submitted | stats.completed | stats.errors), 0,
		      "what is left of the statistics");
	printf("statistics: %" PRIu64 " copies, and one was stopped\n", c->copies - 1);
}
