/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_DMADEV_H
#define EDU_DMADEV_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_dmadev.h>
#include <rte_log.h>

#include "edu_hw.h"

/* Copies that may be under way; a power of two is taken. */
#define EDU_RING_MIN 2
#define EDU_RING_MAX 4096

/* One copy, from rte_dma_copy() until the application has been told of its end. */
struct edu_job {
	rte_iova_t src;
	rte_iova_t dst;
	uint32_t length;
	enum rte_dma_status_code status;
};

/* What the device is doing with the job that is at ring[done]. */
enum edu_phase {
	EDU_IDLE,
	EDU_FETCHING,	/* memory -> buffer of the device */
	EDU_DELIVERING, /* buffer of the device -> memory */
};

/*
 * The state of a device. Its queue is a ring in memory of the CPU, because the device has
 * none. Four counters run through it and are never reset while the device runs, so their
 * differences are right also when they have wrapped:
 *
 *   reported <= done <= submitted <= enqueued
 */
struct edu_dev {
	struct edu_regs regs;
	const char *name;
	struct edu_job *ring;
	uint16_t mask;	    /* jobs in the ring, less one */
	uint16_t enqueued;  /* the application has asked for */
	uint16_t submitted; /* of these, the device may do */
	uint16_t done;	    /* of these, the device has done */
	uint16_t reported;  /* of these, the application knows */
	enum edu_phase phase;
	uint32_t copied; /* bytes of the job that have arrived */
	bool started;
	bool lost;   /* the device does not answer any more */
	bool warned; /* of an address that is out of reach */
	struct rte_dma_stats stats;
};

/* edu_copy.c: what an application calls for each copy. */
int edu_copy(void *private, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t length,
	     uint64_t flags);
int edu_submit(void *private, uint16_t vchan);
uint16_t edu_completed(void *private, uint16_t vchan, const uint16_t max, uint16_t *last,
		       bool *has_error);
uint16_t edu_completed_status(void *private, uint16_t vchan, const uint16_t max, uint16_t *last,
			      enum rte_dma_status_code *status);
uint16_t edu_burst_capacity(const void *private, uint16_t vchan);

/** Look what the device has done, and give it the next piece of work. */
void edu_poll(struct edu_dev *dev);

/** Forget all jobs. Only while the device does nothing. */
void edu_reset_ring(struct edu_dev *dev);

extern int edu_logtype;

#define EDU_LOG(level, ...)                                           \
	rte_log(RTE_LOG_##level, edu_logtype,                         \
		RTE_FMT("dma_edu: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n", \
			RTE_FMT_TAIL(__VA_ARGS__, )))

#endif /* EDU_DMADEV_H */
