/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Devices of the driver in examples/edu_dmadev: found, refused, set up, given back. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_memory.h>

#include "edu_hw.h"
#include "edu_scene.h"
#include "unit.h"

#define DST 32768

static void
test_device_describes_itself(void **state)
{
	struct rte_dma_info info;

	(void)state;
	assert_int_equal(rte_dma_info_get(scene_id, &info), 0);
	assert_string_equal(info.dev_name, "0000:77:00.0");
	assert_true(info.dev_capa == (RTE_DMA_CAPA_MEM_TO_MEM | RTE_DMA_CAPA_OPS_COPY));
	assert_int_equal(info.numa_node, SOCKET_ID_ANY);
	assert_int_equal(info.nb_vchans, 1);
	assert_int_equal(rte_dma_burst_capacity(scene_id, 0), SCENE_ROOM);
}

/* Devices that are no edu, or do not answer, or are not mapped. */
static void
test_other_devices_refused(void **state)
{
	(void)state;
	model_reset(true);
	model_identify(0x010000ee);
	assert_int_equal(model_probe(), -ENODEV);
	model_lose();
	assert_int_equal(model_probe(), -ENODEV);
	model_reset(true);
	model_bar(NULL, EDU_BAR_SIZE);
	assert_int_equal(model_probe(), -ENODEV);
	model_bar(model_ram, MODEL_RAM_SIZE);
	assert_int_equal(model_probe(), -ENODEV);
	assert_int_equal(rte_dma_count_avail(), 0);
	assert_int_equal(model_remove(), 0);
}

/* In the wrong order, and with queues that are too small or too large. */
static void
test_setup_order_and_queue_size_checked(void **state)
{
	static const struct {
		uint16_t asked, result;
	} sizes[] = { { 2, 2 }, { 3, 4 }, { 8, 8 }, { 4096, 4096 } };
	struct rte_dma_vchan_conf vchan = scene_channel(1);
	unsigned int i;

	(void)state;
	scene_probe(false);
	assert_int_equal(rte_dma_configure(scene_id, &scene_one_channel), 0);
	assert_int_equal(rte_dma_start(scene_id), -EINVAL);
	assert_int_equal(rte_dma_vchan_setup(scene_id, 0, &vchan), -EINVAL);
	vchan = scene_channel(4097);
	assert_int_equal(rte_dma_vchan_setup(scene_id, 0, &vchan), -EINVAL);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		vchan = scene_channel(sizes[i].asked);
		assert_int_equal(rte_dma_vchan_setup(scene_id, 0, &vchan), 0);
		assert_int_equal(rte_dma_burst_capacity(scene_id, 0), sizes[i].result);
	}
	/* This machine has registers in the other byte order. */
	assert_int_equal(rte_dma_start(scene_id), 0);
	assert_int_equal(scene_copy(1, DST, 4097, RTE_DMA_OP_FLAG_SUBMIT), 0);
	scene_complete(1);
	assert_memory_equal(model_ram + 1, model_ram + DST, 4097);
	assert_int_equal(rte_dma_stop(scene_id), 0);
	assert_int_equal(rte_dma_close(scene_id), 0);
	assert_int_equal(model_remove(), 0);
}

/* Internal structures may change with each release, and only with a release. */
static void
test_only_built_dpdk_release_accepted(void **state)
{
	char text[64];

	(void)state;
	assert_true(edu_dpdk_fits(rte_version()));
	(void)snprintf(text, sizeof(text), "DPDK %d.%02d.99", RTE_VER_YEAR, RTE_VER_MONTH);
	assert_true(edu_dpdk_fits(text));
	(void)snprintf(text, sizeof(text), "DPDK %d.%02d.0", RTE_VER_YEAR + 1, RTE_VER_MONTH);
	assert_false(edu_dpdk_fits(text));
	(void)snprintf(text, sizeof(text), "DPDK %d.%02d.0", RTE_VER_YEAR, RTE_VER_MONTH - 4);
	assert_false(edu_dpdk_fits(text));
	assert_false(edu_dpdk_fits("DPDK"));
	assert_false(edu_dpdk_fits(""));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_device_describes_itself, scene_begin,
						scene_end),
		cmocka_unit_test(test_other_devices_refused),
		cmocka_unit_test(test_setup_order_and_queue_size_checked),
		cmocka_unit_test(test_only_built_dpdk_release_accepted),
	};
	int ret;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rte_eal_cleanup();
	return ret;
}
