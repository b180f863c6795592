/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Copies of the driver in examples/edu_dmadev, with a device that is made of memory. All
 * calls go through DPDK's library of DMA devices, so that this also shows that the library
 * finds in the driver's structures what it looks for.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_memory.h>

#include "edu_scene.h"
#include "unit.h"

/* In model_ram: source before, destination after. */
#define DST 32768

static struct rte_dma_stats
statistics(void)
{
	struct rte_dma_stats stats;

	assert_int_equal(rte_dma_stats_get(scene_id, 0, &stats), 0);
	return stats;
}

static enum rte_dma_vchan_status
channel_status(void)
{
	enum rte_dma_vchan_status status;

	assert_int_equal(rte_dma_vchan_status(scene_id, 0, &status), 0);
	return status;
}

/* Pieces of at most 4096 bytes, each of them two transfers, and no byte too many. */
static void
test_copies_of_any_length_exact(void **state)
{
	static const uint32_t lengths[] = { 1, 8, 4095, 4096, 4097, 8192, 12289 };
	unsigned int i, before;
	uint8_t guards[2];

	(void)state;
	for (i = 0; i < RTE_DIM(lengths); i++) {
		guards[0] = model_ram[DST - 1];
		guards[1] = model_ram[DST + lengths[i]];
		before = model_transfers();
		assert_int_equal(scene_copy(i, DST, lengths[i], RTE_DMA_OP_FLAG_SUBMIT), i);
		scene_complete(1);
		assert_int_equal(model_transfers() - before, 2 * ((lengths[i] + 4095) / 4096));
		assert_memory_equal(model_ram + i, model_ram + DST, lengths[i]);
		assert_int_equal(model_ram[DST - 1], guards[0]);
		assert_int_equal(model_ram[DST + lengths[i]], guards[1]);
	}
	assert_false(model_step());
}

/* The last byte that the device reaches, and the first one that it does not. */
static void
test_copy_beyond_reach_refused(void **state)
{
	const rte_iova_t ram = MODEL_RAM_IOVA, limit = MODEL_RAM_IOVA + MODEL_RAM_SIZE;

	(void)state;
	assert_int_equal(rte_dma_copy(scene_id, 0, limit, ram, 1, 0), -ERANGE);
	assert_int_equal(rte_dma_copy(scene_id, 0, ram, limit - 1, 2, 0), -ERANGE);
	assert_int_equal(rte_dma_copy(scene_id, 0, RTE_BAD_IOVA, ram, 1, 0), -ERANGE);
	assert_int_equal(rte_dma_copy(scene_id, 0, UINT64_C(1) << 59, ram, 1, 0), -ERANGE);
	assert_int_equal(rte_dma_copy(scene_id, 0, 0, ram, UINT32_MAX, 0), -ERANGE);
	assert_int_equal(rte_dma_copy(scene_id, 0, ram, ram, 0, 0), -EINVAL);
	assert_int_equal(rte_dma_submit(scene_id, 0), 0);
	assert_false(model_step());
	assert_int_equal(rte_dma_burst_capacity(scene_id, 0), SCENE_ROOM);
	assert_int_equal(statistics().submitted, 0);

	assert_int_equal(rte_dma_copy(scene_id, 0, ram, limit - 1, 1, RTE_DMA_OP_FLAG_SUBMIT), 0);
	scene_complete(1);
	assert_int_equal(model_ram[MODEL_RAM_SIZE - 1], model_ram[0]);
}

static void
test_full_ring_refuses_copy(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < SCENE_ROOM; i++) {
		assert_int_equal(scene_copy(i, DST + i, 1, 0), i);
		assert_int_equal(rte_dma_burst_capacity(scene_id, 0), SCENE_ROOM - 1 - i);
	}
	assert_int_equal(scene_copy(0, DST, 1, 0), -ENOSPC);
	assert_false(model_step());
	assert_int_equal(channel_status(), RTE_DMA_VCHAN_IDLE);
	assert_int_equal(rte_dma_submit(scene_id, 0), 0);
	assert_int_equal(channel_status(), RTE_DMA_VCHAN_ACTIVE);
	scene_complete(SCENE_ROOM);
	assert_memory_equal(model_ram, model_ram + DST, SCENE_ROOM);
	assert_int_equal(channel_status(), RTE_DMA_VCHAN_IDLE);
}

/* Numbers have 16 bits. */
static void
test_job_numbers_wrap_at_16_bits(void **state)
{
	uint16_t last = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 70000; i++) {
		assert_int_equal(scene_copy(0, DST, 1, RTE_DMA_OP_FLAG_SUBMIT), i & UINT16_MAX);
		while (model_step() && rte_dma_completed(scene_id, 0, 1, &last, NULL) == 0)
			;
		assert_int_equal(last, i & UINT16_MAX);
	}
	assert_int_equal(statistics().completed, 70000);
	assert_int_equal(rte_dma_burst_capacity(scene_id, 0), SCENE_ROOM);
}

/* Applications may wait for the channel, and ask for all that is completed at once. */
static void
test_channel_active_until_copies_done(void **state)
{
	enum rte_dma_status_code status[SCENE_ROOM];
	uint16_t last = 0;

	(void)state;
	assert_int_equal(scene_copy(0, DST, 5000, 0), 0);
	assert_int_equal(scene_copy(9, DST + 6000, 50, 0), 1);
	assert_int_equal(rte_dma_submit(scene_id, 0), 0);
	while (channel_status() == RTE_DMA_VCHAN_ACTIVE)
		assert_true(model_step());
	assert_int_equal(rte_dma_completed_status(scene_id, 0, SCENE_ROOM, &last, status), 2);
	assert_int_equal(last, 1);
	assert_int_equal(status[0] | status[1], RTE_DMA_STATUS_SUCCESSFUL);
	assert_int_equal(rte_dma_completed_status(scene_id, 0, SCENE_ROOM, &last, status), 0);
	assert_int_equal(last, 1);
}

/* The device is cut off between the two transfers of the second of three copies. */
static void
test_copies_fail_when_device_lost(void **state)
{
	enum rte_dma_status_code status[SCENE_ROOM];
	uint16_t i, last = 7;
	bool error = false;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(scene_copy(i, DST + i, 1, 0), i);
	assert_int_equal(rte_dma_submit(scene_id, 0), 0);
	scene_complete(1);
	assert_true(model_step());
	model_lose();
	assert_int_equal(rte_dma_completed(scene_id, 0, SCENE_ROOM, &last, &error), 0);
	assert_true(error);
	assert_int_equal(last, 0);
	assert_int_equal(rte_dma_completed_status(scene_id, 0, SCENE_ROOM, &last, status), 2);
	assert_int_equal(status[0], RTE_DMA_STATUS_BUS_ERROR);
	assert_int_equal(status[1], RTE_DMA_STATUS_BUS_ERROR);
	assert_int_equal(last, 2);
	assert_int_equal(channel_status(), RTE_DMA_VCHAN_HALTED_ERROR);
	/* Later copies fail the same way. */
	assert_int_equal(scene_copy(0, DST, 1, RTE_DMA_OP_FLAG_SUBMIT), 3);
	assert_int_equal(rte_dma_completed_status(scene_id, 0, 1, NULL, status), 1);
	assert_int_equal(status[0], RTE_DMA_STATUS_BUS_ERROR);
	assert_int_equal(statistics().completed, 4);
	assert_int_equal(statistics().errors, 3);
	assert_int_equal(rte_dma_stop(scene_id), 0);
	assert_int_equal(rte_dma_start(scene_id), -EIO);
}

/* A device that comes back can be started again. */
static void
test_returned_device_started_again(void **state)
{
	(void)state;
	model_lose();
	assert_int_equal(scene_copy(0, DST, 1, RTE_DMA_OP_FLAG_SUBMIT), 0);
	assert_int_equal(channel_status(), RTE_DMA_VCHAN_HALTED_ERROR);
	assert_int_equal(rte_dma_stop(scene_id), 0);
	model_reset(true);
	assert_int_equal(rte_dma_start(scene_id), 0);
	assert_int_equal(scene_copy(0, DST, 1, RTE_DMA_OP_FLAG_SUBMIT), 0);
	scene_complete(1);
}

/* Not while it may still write: the transfer of this one does not end for a second. */
static void
test_stop_refused_during_transfer(void **state)
{
	(void)state;
	assert_int_equal(scene_copy(0, DST, 100, RTE_DMA_OP_FLAG_SUBMIT), 0);
	assert_int_equal(scene_copy(0, DST, 100, 0), 1);
	assert_int_equal(rte_dma_stop(scene_id), -EBUSY);
	assert_true(model_step());
	assert_int_equal(rte_dma_stop(scene_id), 0);
	assert_int_equal(rte_dma_start(scene_id), 0);
	assert_false(model_step());
	assert_int_equal(rte_dma_burst_capacity(scene_id, 0), SCENE_ROOM);
	assert_int_equal(scene_copy(3, DST, 10, RTE_DMA_OP_FLAG_SUBMIT), 0);
	scene_complete(1);
	assert_memory_equal(model_ram + 3, model_ram + DST, 10);
}

static void
test_statistics_and_dump_count_copies(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	(void)state;
	assert_int_equal(scene_copy(0, DST, 1, RTE_DMA_OP_FLAG_SUBMIT), 0);
	assert_int_equal(scene_copy(0, DST, 1, 0), 1);
	scene_complete(1);
	assert_int_equal(statistics().submitted, 1);
	assert_int_equal(statistics().completed, 1);
	assert_int_equal(rte_dma_stats_reset(scene_id, 0), 0);
	assert_int_equal(statistics().submitted | statistics().completed, 0);
	f = open_memstream(&text, &size);
	assert_int_equal(rte_dma_dump(scene_id, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, "enqueued: 2, submitted: 1, done: 1, reported: 1\n"));
	free(text);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copies_of_any_length_exact, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_copy_beyond_reach_refused, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_full_ring_refuses_copy, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_job_numbers_wrap_at_16_bits, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_channel_active_until_copies_done, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_copies_fail_when_device_lost, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_returned_device_started_again, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_stop_refused_during_transfer, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(test_statistics_and_dump_count_copies, scene_begin,
						scene_end),
	};
	int ret;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rte_eal_cleanup();
	return ret;
}
