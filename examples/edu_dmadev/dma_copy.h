/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_COPY_H
#define DMA_COPY_H

#include <stdint.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_dmadev.h>

/* Copies that the queue of the device has room for, at least. */
#define RING 8
/* Bytes of the source, and of the destination. */
#define AREA UINT32_C(65536)

struct rte_mempool;

/* A device and memory that it copies from and to. */
struct copier {
	int16_t device;
	uint16_t next; /* number that the next copy gets */
	uint64_t copies;
	struct rte_mempool *pool; /* where the memory is from; NULL: EAL's heap */
	uint8_t *src, *dst;
	uint8_t *expected; /* what the destination has to hold; never seen by the device */
	rte_iova_t src_iova, dst_iova;
};

/*
 * End the program because something is wrong. The device is stopped first: not every driver
 * does that by itself at the end.
 */
#define give_up(c, ...)                              \
	do {                                         \
		(void)rte_dma_stop((c)->device);     \
		rte_exit(EXIT_FAILURE, __VA_ARGS__); \
	} while (0)

/* dma_copy_memory.c */

/** Source and destination, of a mempool with these operations, or of EAL's heap for NULL. */
void copier_memory(struct copier *c, const char *ops);
void copier_free(struct copier *c);

/** Fill all of the memory with random bytes. */
void copier_fill(struct copier *c);

/** Ask for a copy, and note in c->expected what will come of it. Returns its number. */
uint16_t copier_enqueue(struct copier *c, uint32_t from, uint32_t to, uint32_t length);

/** When a device that is silent from now on will not answer any more: a time of the timer. */
uint64_t copier_deadline(void);

/** Compare the destination as a whole. */
void copier_compare(const struct copier *c);

/** Wait until as many copies are completed, the last of all among them, and compare. */
void copier_finish(struct copier *c, uint16_t copies);

/** All of the above for one copy. */
void copy_and_compare(struct copier *c, uint32_t from, uint32_t to, uint32_t length);

/* dma_copy_checks.c: what a driver owes beyond right bytes. Each ends the program if not. */
void check_reach(struct copier *c, uint64_t unreachable);
void check_order(struct copier *c);
void check_ring(struct copier *c);
void check_stats(struct copier *c);
void check_stop(struct copier *c);

#endif /* DMA_COPY_H */
