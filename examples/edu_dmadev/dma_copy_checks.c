/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Order, limits, statuses, stopping and statistics of a DMA device. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "dma_copy.h"

static void
expect(const struct copier *c, bool right, const char *what)
{
	if (!right)
		give_up(c, "%s\n", what);
}

static void
expect_number(const struct copier *c, int64_t number, int64_t wanted, const char *what)
{
	if (number != wanted)
		give_up(c, "%s is %" PRId64 " and should be %" PRId64 "\n", what, number, wanted);
}

/* What cannot be done is refused at once, before the device sees it, and leaves no trace. */
void
check_reach(struct copier *c, uint64_t unreachable)
{
	uint16_t capacity = rte_dma_burst_capacity(c->device, 0);
	uint64_t last = unreachable - 1;

	expect_number(c, rte_dma_copy(c->device, 0, unreachable, c->dst_iova, 1, 0), -ERANGE,
		      "a copy from out of reach");
	expect_number(c, rte_dma_copy(c->device, 0, c->src_iova, last, 2, 0), -ERANGE,
		      "a copy to the border");
	expect_number(c, rte_dma_copy(c->device, 0, c->src_iova, RTE_BAD_IOVA, 1, 0), -ERANGE,
		      "a copy to RTE_BAD_IOVA");
	expect_number(c, rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, 0, 0), -EINVAL,
		      "a copy of 0 bytes");
	expect_number(c, rte_dma_burst_capacity(c->device, 0), capacity, "the room after refusals");
	printf("reach: what is out of reach is refused\n");
}

/* Copies in one burst, all to the same place: the last one has to win. */
void
check_order(struct copier *c)
{
	enum rte_dma_status_code status[4];
	uint16_t first = c->next, last = 0, done = 0, n, i;
	uint64_t end;

	copier_fill(c);
	for (i = 0; i < 4; i++)
		(void)copier_enqueue(c, 1024U * i, 77, 600);
	expect_number(c, rte_dma_completed(c->device, 0, 1, &last, NULL), 0,
		      "what is completed before rte_dma_submit()");
	(void)rte_dma_submit(c->device, 0);
	end = copier_deadline();
	while (done < 4 && rte_get_timer_cycles() < end) {
		n = rte_dma_completed_status(c->device, 0, 4 - done, &last, status);
		for (i = 0; i < n; i++)
			expect_number(c, status[i], RTE_DMA_STATUS_SUCCESSFUL, "the status");
		done += n;
		expect_number(c, last, (uint16_t)(first + done - 1), "the last number");
	}
	expect_number(c, done, 4, "what is completed of four copies");
	copier_compare(c);
	printf("order: %u copies to the same place are right\n", done);
}

void
check_ring(struct copier *c)
{
	uint16_t room = rte_dma_burst_capacity(c->device, 0), i;

	expect(c, room >= RING, "the ring is smaller than requested");
	copier_fill(c);
	for (i = 0; i < room; i++) {
		(void)copier_enqueue(c, i, 128 * i, 100);
		expect_number(c, rte_dma_burst_capacity(c->device, 0), room - i - 1, "the room");
	}
	expect_number(c, rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, 1, 0), -ENOSPC,
		      "a copy into a full ring");
	(void)rte_dma_submit(c->device, 0);
	copier_finish(c, room);
	expect_number(c, rte_dma_burst_capacity(c->device, 0), room, "the room of an empty ring");
	printf("ring: %u copies fill it, one more is refused\n", room);
}

void
check_stats(struct copier *c)
{
	struct rte_dma_stats stats;

	expect(c, rte_dma_stats_get(c->device, 0, &stats) == 0, "no statistics");
	expect_number(c, (int64_t)stats.submitted, (int64_t)c->copies, "submitted");
	expect_number(c, (int64_t)stats.completed, (int64_t)c->copies, "completed");
	expect_number(c, (int64_t)stats.errors, 0, "errors");
	expect(c,
	       rte_dma_stats_reset(c->device, 0) == 0 &&
		       rte_dma_stats_get(c->device, 0, &stats) == 0,
	       "statistics cannot be reset");
	expect_number(c, (int64_t)(stats.submitted | stats.completed | stats.errors), 0,
		      "what is left of the statistics");
	printf("statistics: %" PRIu64 " copies submitted and completed\n", c->copies);
}

/*
 * A device that is stopped in the middle of a copy is silent from then on: what it has
 * written stays as it is while another copy is made.
 */
void
check_stop(struct copier *c)
{
	const uint32_t length = 5000;

	copier_fill(c);
	expect(c,
	       rte_dma_copy(c->device, 0, c->src_iova, c->dst_iova, length,
			    RTE_DMA_OP_FLAG_SUBMIT) >= 0,
	       "a copy is refused");
	expect(c, rte_dma_stop(c->device) == 0, "cannot stop the device");
	memcpy(c->expected, c->dst, length);
	expect(c, rte_dma_start(c->device) == 0, "cannot restart the device");
	c->next = 0;
	(void)copier_enqueue(c, 5, length + 300, 1000);
	(void)rte_dma_submit(c->device, 0);
	copier_finish(c, 1);
	printf("stop: a copy was stopped, the next one is right and has number 0\n");
}
