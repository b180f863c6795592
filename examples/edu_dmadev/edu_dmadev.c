/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * A poll-mode driver for QEMU's device "edu": a DMA device (dmadev) of DPDK. This file is
 * about devices as a whole: how one is found, set up, started, stopped and given back.
 * edu_copy.c is what runs for each copy.
 *
 * Nothing in here is about POWER, VFIO or DMA windows. An ordinary PCI driver is all that
 * it takes: the plugin vfio_spapr has given every page of memory its bus address (IOVA)
 * before probe is called. What a driver owes in return is to know which addresses its
 * device reaches, see edu_copy().
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include "edu_bind.h"
#include "edu_dmadev.h"
#include "edu_dpdk.h"

/* A transfer takes the device 100 ms. */
#define STOP_WAIT_MS 1000

int edu_logtype;

/* Operations of the device. The library has checked most arguments before they come here. */

static int
edu_info_get(const struct rte_dma_dev *dmadev, struct rte_dma_info *info, uint32_t size)
{
	RTE_SET_USED(dmadev);
	RTE_SET_USED(size);
	info->dev_capa = RTE_DMA_CAPA_MEM_TO_MEM | RTE_DMA_CAPA_OPS_COPY;
	info->max_vchans = 1;
	info->min_desc = EDU_RING_MIN;
	info->max_desc = EDU_RING_MAX;
	return 0;
}

static int
edu_configure(struct rte_dma_dev *dmadev, const struct rte_dma_conf *conf, uint32_t size)
{
	RTE_SET_USED(dmadev);
	RTE_SET_USED(conf);
	RTE_SET_USED(size);
	return 0; /* one channel, and no choices */
}

static int
edu_vchan_setup(struct rte_dma_dev *dmadev, uint16_t vchan, const struct rte_dma_vchan_conf *conf,
		uint32_t size)
{
	struct edu_dev *dev = dmadev->data->dev_private;
	uint32_t jobs = rte_align32pow2(conf->nb_desc);
	struct edu_job *ring;

	RTE_SET_USED(vchan);
	RTE_SET_USED(size);
	ring = rte_zmalloc_socket("edu ring", jobs * sizeof(*ring), 0, dmadev->data->numa_node);
	if (ring == NULL)
		return -ENOMEM;
	rte_free(dev->ring);
	dev->ring = ring;
	dev->mask = (uint16_t)(jobs - 1);
	edu_reset_ring(dev);
	return 0;
}

/*
 * Memory may be freed and unmapped once a device is stopped, so it must not be in the middle
 * of a transfer then.
 */
static int
wait_until_idle(const struct edu_dev *dev)
{
	unsigned int ms;
	uint32_t command;

	for (ms = 0; ms < STOP_WAIT_MS; ms++) {
		command = edu_read32(&dev->regs, EDU_DMA_COMMAND);
		if (command == EDU_GONE || (command & EDU_DMA_START) == 0)
			return 0;
		rte_delay_us_sleep(1000);
	}
	EDU_LOG(ERR, "%s does not end its transfer", dev->name);
	return -EBUSY;
}

static int
edu_start(struct rte_dma_dev *dmadev)
{
	struct edu_dev *dev = dmadev->data->dev_private;
	int ret;

	if (dev->ring == NULL)
		return -EINVAL; /* no rte_dma_vchan_setup() */
	ret = wait_until_idle(dev);
	if (ret != 0)
		return ret;
	if (edu_read32(&dev->regs, EDU_DMA_COMMAND) == EDU_GONE)
		return -EIO;
	dev->lost = false;
	dev->started = true;
	return 0;
}

static int
edu_stop(struct rte_dma_dev *dmadev)
{
	struct edu_dev *dev = dmadev->data->dev_private;
	int ret = wait_until_idle(dev);

	if (ret != 0)
		return ret;
	edu_reset_ring(dev);
	dev->started = false;
	return 0;
}

static int
edu_close(struct rte_dma_dev *dmadev)
{
	struct edu_dev *dev = dmadev->data->dev_private;

	rte_free(dev->ring);
	dev->ring = NULL;
	return 0; /* the library frees dev itself */
}

static int
edu_stats_get(const struct rte_dma_dev *dmadev, uint16_t vchan, struct rte_dma_stats *stats,
	      uint32_t size)
{
	const struct edu_dev *dev = dmadev->data->dev_private;

	RTE_SET_USED(vchan);
	RTE_SET_USED(size);
	*stats = dev->stats;
	return 0;
}

static int
edu_stats_reset(struct rte_dma_dev *dmadev, uint16_t vchan)
{
	struct edu_dev *dev = dmadev->data->dev_private;

	RTE_SET_USED(vchan);
	dev->stats = (struct rte_dma_stats){ 0 };
	return 0;
}

/* Applications wait for this to become idle, so it has to keep the device going too. */
static int
edu_vchan_status(const struct rte_dma_dev *dmadev, uint16_t vchan,
		 enum rte_dma_vchan_status *status)
{
	struct edu_dev *dev = dmadev->data->dev_private;

	RTE_SET_USED(vchan);
	edu_poll(dev);
	if (dev->lost)
		*status = RTE_DMA_VCHAN_HALTED_ERROR;
	else if (dev->done == dev->submitted)
		*status = RTE_DMA_VCHAN_IDLE;
	else
		*status = RTE_DMA_VCHAN_ACTIVE;
	return 0;
}

static int
edu_dump(const struct rte_dma_dev *dmadev, FILE *f)
{
	const struct edu_dev *dev = dmadev->data->dev_private;

	(void)fprintf(f, "  address_bits: %d\n", EDU_ADDR_BITS);
	(void)fprintf(f, "  enqueued: %u, submitted: %u, done: %u, reported: %u\n", dev->enqueued,
		      dev->submitted, dev->done, dev->reported);
	return 0;
}

static const struct rte_dma_dev_ops edu_ops = {
	.dev_info_get = edu_info_get,
	.dev_configure = edu_configure,
	.vchan_setup = edu_vchan_setup,
	.dev_start = edu_start,
	.dev_stop = edu_stop,
	.dev_close = edu_close,
	.stats_get = edu_stats_get,
	.stats_reset = edu_stats_reset,
	.vchan_status = edu_vchan_status,
	.dev_dump = edu_dump,
};

/* The PCI device. */

/* Is it what its IDs say? In which byte order? */
static int
identify(struct edu_regs *regs, const char *name)
{
	uint32_t id = edu_read32(regs, EDU_IDENTIFICATION);

	if ((id & 0xffff) != EDU_IDENTITY) {
		regs->swap = true;
		id = rte_bswap32(id);
	}
	if ((id & 0xffff) != EDU_IDENTITY) {
		EDU_LOG(ERR, "%s is not an edu device, or does not respond: it reads as 0x%08x",
			name, id);
		return -ENODEV;
	}
	EDU_LOG(INFO, "%s: edu revision %u.%u", name, id >> 24, id >> 16 & 0xff);
	return 0;
}

static int
edu_probe(struct rte_pci_driver *driver, struct rte_pci_device *pci)
{
	const char *name = pci->device.name;
	const struct rte_mem_resource *bar = &pci->mem_resource[0];
	struct edu_regs regs = { .bar = bar->addr };
	struct rte_dma_dev *dmadev;
	struct edu_dev *dev;
	int ret;

	RTE_SET_USED(driver);
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 1; /* not for this driver: the device has one user */
	if (bar->addr == NULL || bar->len < EDU_BAR_SIZE) {
		EDU_LOG(ERR, "%s: BAR 0 is not mapped", name);
		return -ENODEV;
	}
	ret = identify(&regs, name);
	if (ret != 0)
		return ret;

	dmadev = rte_dma_pmd_allocate(name, pci->device.numa_node, sizeof(*dev));
	if (dmadev == NULL)
		return -ENOMEM;
	dev = dmadev->data->dev_private;
	dev->regs = regs;
	dev->name = name;
	dmadev->device = &pci->device;
	dmadev->dev_ops = &edu_ops;
	dmadev->fp_obj->dev_private = dev;
	dmadev->fp_obj->copy = edu_copy;
	dmadev->fp_obj->submit = edu_submit;
	dmadev->fp_obj->completed = edu_completed;
	dmadev->fp_obj->completed_status = edu_completed_status;
	dmadev->fp_obj->burst_capacity = edu_burst_capacity;
	dmadev->state = RTE_DMA_DEV_READY;
	return 0;
}

/* Also called at the end of the process, when the application may have left it running. */
static int
edu_remove(struct rte_pci_device *pci)
{
	int id = rte_dma_get_dev_id_by_name(pci->device.name);
	const struct edu_dev *dev;

	if (id < 0)
		return 0; /* the application has closed it */
	dev = rte_dma_fp_objs[id].dev_private;
	if (dev->started)
		(void)rte_dma_stop((int16_t)id); /* without that, release refuses */
	return rte_dma_pmd_release(pci->device.name);
}

static const struct rte_pci_id edu_ids[] = {
	{ RTE_PCI_DEVICE(EDU_VENDOR_ID, EDU_DEVICE_ID) },
	{ .vendor_id = 0 },
};

static struct rte_pci_driver edu_driver = {
	.driver.name = "dma_edu",
	.id_table = edu_ids,
	.drv_flags = RTE_PCI_DRV_NEED_MAPPING,
	.probe = edu_probe,
	.remove = edu_remove,
};

/* Runs when EAL loads the plugin. A driver inside of DPDK has RTE_PMD_REGISTER_PCI() here. */
RTE_INIT(edu_register)
{
	switch (edu_bind()) {
	case EDU_BIND_NO_EAL:
		fprintf(stderr,
			"dma_edu: this program does not export EAL's functions: not used\n");
		return;
	case EDU_BIND_NO_DMADEV:
		return;
	case EDU_BIND_ALL:
		break;
	}
	edu_logtype =
		RTE_MAX(rte_log_register_type_and_pick_level("pmd.dma.edu", RTE_LOG_NOTICE), 0);
	if (!edu_dpdk_fits(rte_version())) {
		EDU_LOG(ERR, "built for DPDK %d.%02d, but this is %s: not used. Rebuild it",
			RTE_VER_YEAR, RTE_VER_MONTH, rte_version());
		return;
	}
	if (edu_bind_pci_register(&edu_driver) != 0) {
		EDU_LOG(ERR, "there is no PCI bus: not used");
		return;
	}
	EDU_LOG(DEBUG, "registered with %s", rte_version());
}
