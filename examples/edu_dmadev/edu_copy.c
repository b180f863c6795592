/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The fast path: copies. No locks, as one thread uses a DMA device at a time. No system
 * call and no translation of addresses: memory is mapped since the start, and an IOVA is
 * what the device puts on the bus.
 *
 * The device copies to and from its own buffer only, so a copy from memory to memory is
 * made of pieces, each of them fetched and then delivered. Whenever the application asks
 * what is completed, the driver looks whether a transfer is over and starts the next one.
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_common.h>

#include "edu_dmadev.h"

#define REACH (UINT64_C(1) << EDU_ADDR_BITS)

static bool
reaches(rte_iova_t addr, uint32_t length)
{
	return length <= REACH && addr <= REACH - length;
}

/* Said once: a fast path must not fill the log, and the application has the error. */
static int
refuse_address(struct edu_dev *dev, rte_iova_t src, rte_iova_t dst)
{
	if (!dev->warned)
		EDU_LOG(WARNING,
			"%s: refuses to copy from 0x%" PRIx64 " to 0x%" PRIx64 ": it has %d "
			"address bits. Use memory of its window: a pool with addr_bits=%d, or all "
			"memory, with the parameter dma32=%s of vfio_spapr",
			dev->name, src, dst, EDU_ADDR_BITS, EDU_ADDR_BITS, dev->name);
	dev->warned = true;
	return -ERANGE;
}

static struct edu_job *
job_of(const struct edu_dev *dev, uint16_t number)
{
	return &dev->ring[number & dev->mask];
}

static void
transfer(struct edu_dev *dev, uint64_t src, uint64_t dst, uint32_t length, uint32_t command)
{
	edu_write64(&dev->regs, EDU_DMA_SOURCE, src);
	edu_write64(&dev->regs, EDU_DMA_DEST, dst);
	edu_write64(&dev->regs, EDU_DMA_COUNT, length);
	edu_write32(&dev->regs, EDU_DMA_COMMAND, EDU_DMA_START | command);
}

static uint32_t
piece_length(const struct edu_dev *dev, const struct edu_job *job)
{
	return RTE_MIN(job->length - dev->copied, (uint32_t)EDU_BUFFER_SIZE);
}

static void
finish_job(struct edu_dev *dev, enum rte_dma_status_code status)
{
	job_of(dev, dev->done)->status = status;
	dev->done++;
	dev->copied = 0;
	dev->stats.completed++;
	if (status != RTE_DMA_STATUS_SUCCESSFUL)
		dev->stats.errors++;
}

/* The device has nothing to do: note what it has done, and give it the next transfer. */
static void
advance(struct edu_dev *dev)
{
	const struct edu_job *job = job_of(dev, dev->done);
	uint32_t length = piece_length(dev, job);

	if (dev->phase == EDU_FETCHING) {
		dev->phase = EDU_DELIVERING;
		transfer(dev, EDU_BUFFER, job->dst + dev->copied, length, EDU_DMA_TO_MEMORY);
		return;
	}
	if (dev->phase == EDU_DELIVERING) {
		dev->phase = EDU_IDLE;
		dev->copied += length;
		if (dev->copied == job->length)
			finish_job(dev, RTE_DMA_STATUS_SUCCESSFUL);
	}
	if (dev->done == dev->submitted)
		return;
	job = job_of(dev, dev->done);
	dev->phase = EDU_FETCHING;
	transfer(dev, job->src + dev->copied, EDU_BUFFER, piece_length(dev, job), 0);
}

/* On POWER a device is cut off after an error of the bus; nothing that it had to do counts. */
static void
lose(struct edu_dev *dev)
{
	if (!dev->lost)
		EDU_LOG(ERR, "%s does not respond: all copies fail from now on", dev->name);
	dev->lost = true;
	dev->phase = EDU_IDLE;
	while (dev->done != dev->submitted)
		finish_job(dev, RTE_DMA_STATUS_BUS_ERROR);
}

void
edu_poll(struct edu_dev *dev)
{
	uint32_t command;

	if (dev->done == dev->submitted)
		return; /* registers are slow to read: not for nothing */
	command = dev->lost ? EDU_GONE : edu_read32(&dev->regs, EDU_DMA_COMMAND);
	if (command == EDU_GONE)
		lose(dev);
	else if ((command & EDU_DMA_START) == 0)
		advance(dev);
}

void
edu_reset_ring(struct edu_dev *dev)
{
	dev->enqueued = 0;
	dev->submitted = 0;
	dev->done = 0;
	dev->reported = 0;
	dev->copied = 0;
	dev->phase = EDU_IDLE;
}

uint16_t
edu_burst_capacity(const void *private, uint16_t vchan)
{
	const struct edu_dev *dev = private;

	RTE_SET_USED(vchan);
	return (uint16_t)(dev->mask + 1 - (uint16_t)(dev->enqueued - dev->reported));
}

int
edu_submit(void *private, uint16_t vchan)
{
	struct edu_dev *dev = private;

	RTE_SET_USED(vchan);
	dev->stats.submitted += (uint16_t)(dev->enqueued - dev->submitted);
	dev->submitted = dev->enqueued;
	edu_poll(dev);
	return 0;
}

/*
 * A device is never handed an address that it does not reach. This is the place to look:
 * the caller still knows what it wanted, and no memory has been touched.
 *
 * RTE_DMA_OP_FLAG_FENCE needs nothing, as copies are made one after the other.
 */
int
edu_copy(void *private, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t length,
	 uint64_t flags)
{
	struct edu_dev *dev = private;
	uint16_t number;

	if (length == 0)
		return -EINVAL;
	if (!reaches(src, length) || !reaches(dst, length))
		return refuse_address(dev, src, dst);
	if (edu_burst_capacity(dev, vchan) == 0)
		return -ENOSPC;

	number = dev->enqueued++;
	*job_of(dev, number) = (struct edu_job){ .src = src, .dst = dst, .length = length };
	if ((flags & RTE_DMA_OP_FLAG_SUBMIT) != 0)
		(void)edu_submit(dev, vchan); /* cannot fail */
	return number;
}

uint16_t
edu_completed(void *private, uint16_t vchan, const uint16_t max, uint16_t *last, bool *has_error)
{
	struct edu_dev *dev = private;
	uint16_t n = 0;

	RTE_SET_USED(vchan);
	edu_poll(dev);
	while (n < max && dev->reported != dev->done) {
		if (job_of(dev, dev->reported)->status != RTE_DMA_STATUS_SUCCESSFUL) {
			*has_error = true; /* it stays for edu_completed_status() */
			break;
		}
		dev->reported++;
		n++;
	}
	*last = (uint16_t)(dev->reported - 1);
	return n;
}

uint16_t
edu_completed_status(void *private, uint16_t vchan, const uint16_t max, uint16_t *last,
		     enum rte_dma_status_code *status)
{
	struct edu_dev *dev = private;
	uint16_t n;

	RTE_SET_USED(vchan);
	edu_poll(dev);
	for (n = 0; n < max && dev->reported != dev->done; n++)
		status[n] = job_of(dev, dev->reported++)->status;
	*last = (uint16_t)(dev->reported - 1);
	return n;
}
