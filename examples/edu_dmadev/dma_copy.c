/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Copies random data with the first DMA device that there is, and looks at every byte
 * afterwards. DPDK's own functions only: no driver is known here.
 *
 *   dma_copy EAL-OPTIONS -- [--copies N] [--seed N] [--ops NAME] [--unreachable IOVA]
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_debug.h>
#include <rte_dmadev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_random.h>

#include "dma_copy.h"

/* Several times what the buffers of small devices hold. */
#define LONGEST 16384

struct options {
	unsigned int copies;
	uint64_t seed;
	uint64_t unreachable; /* the first address beyond the device's; 0: unknown */
	const char *ops;
};

static void
usage(void)
{
	rte_exit(EXIT_FAILURE, "usage: dma_copy EAL-OPTIONS -- [--copies 0..1000] [--seed N] "
			       "[--ops NAME] [--unreachable IOVA]\n");
}

static uint64_t
read_number(const char *text, uint64_t max)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (*text == '\0' || *text == '-' || *end != '\0' || errno != 0 || value > max)
		usage();
	return value;
}

static struct options
read_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "copies", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "ops", required_argument, NULL, 'o' },
		{ "unreachable", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .copies = 8, .seed = 1 };
	int opt;

	while ((opt = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (opt == 'c')
			o.copies = (unsigned int)read_number(optarg, 1000);
		else if (opt == 's')
			o.seed = read_number(optarg, UINT64_MAX);
		else if (opt == 'u')
			o.unreachable = read_number(optarg, UINT64_MAX);
		else if (opt == 'o')
			o.ops = optarg;
		else
			usage();
	}
	if (optind < argc)
		usage();
	return o;
}

static int16_t
open_device(void)
{
	struct rte_dma_vchan_conf vchan = { .direction = RTE_DMA_DIR_MEM_TO_MEM };
	const struct rte_dma_conf conf = { .nb_vchans = 1 };
	struct rte_dma_info info;
	int16_t id = rte_dma_next_dev(0);

	if (id < 0)
		rte_exit(EXIT_FAILURE, "no DMA device: bind one to vfio-pci, and load its driver "
				       "with -d\n");
	if (rte_dma_info_get(id, &info) != 0)
		rte_exit(EXIT_FAILURE, "cannot query the DMA device\n");
	vchan.nb_desc = RTE_MAX(RING, info.min_desc);
	if (rte_dma_configure(id, &conf) != 0 || rte_dma_vchan_setup(id, 0, &vchan) != 0 ||
	    rte_dma_start(id) != 0)
		rte_exit(EXIT_FAILURE, "cannot set up %s\n", info.dev_name);
	printf("device: %s\n", info.dev_name);
	return id;
}

/* Sizes around those of caches, pages and the buffers of devices, at every kind of address. */
static void
check_sizes(struct copier *c)
{
	static const uint32_t lengths[] = {
		1, 2, 3, 7, 64, 511, 1500, 4095, 4096, 4097, 8192, 9001
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(lengths); i++)
		copy_and_compare(c, rte_rand_max(64), rte_rand_max(64), lengths[i]);
	printf("sizes: %u copies of 1 to 9001 bytes are right\n", i);
}

static void
check_random(struct copier *c, unsigned int copies)
{
	uint64_t bytes = 0;
	uint32_t from, to, length;
	unsigned int i;

	for (i = 0; i < copies; i++) {
		length = 1 + (uint32_t)rte_rand_max(LONGEST);
		from = (uint32_t)rte_rand_max(AREA - length);
		to = (uint32_t)rte_rand_max(AREA - length);
		copy_and_compare(c, from, to, length);
		bytes += length;
	}
	printf("random: %u copies of %" PRIu64 " bytes are right\n", copies, bytes);
}

int
main(int argc, char **argv)
{
	struct copier c = { 0 };
	struct options o;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		rte_exit(EXIT_FAILURE, "cannot start EAL: %s\n", rte_strerror(rte_errno));
	o = read_options(argc - ret, argv + ret);
	rte_srand(o.seed);
	c.device = open_device();
	copier_memory(&c, o.ops);
	check_sizes(&c);
	if (o.unreachable != 0)
		check_reach(&c, o.unreachable);
	check_random(&c, o.copies);
	check_order(&c);
	check_ring(&c);
	check_stats(&c);
	check_stop(&c);

	/* In this order: the device, and then what it reached. */
	if (rte_dma_stop(c.device) != 0 || rte_dma_close(c.device) != 0)
		rte_exit(EXIT_FAILURE, "cannot stop the device\n");
	copier_free(&c);
	if (rte_eal_cleanup() != 0)
		return EXIT_FAILURE;
	printf("all copies are right\n");
	return EXIT_SUCCESS;
}
